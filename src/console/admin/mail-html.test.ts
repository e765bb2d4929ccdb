import { expect, test } from 'vitest'
import { partsOfMail } from './mail-html.ts'

test('a mail becomes parts of the console, and its texts stay texts', () => {
  const html =
    '<html><head><title>Not this</title></head><body style="margin:0"><div><h1 style="x">Hi</h1>' +
    '<p style="margin:0">a &lt;b&gt; &amp;amp;<br>\n<b>c</b></p><p><a href="https://x" style="y">Open</a></p>' +
    '<pre>q</pre><p style="border-top:1px">foot <a href="https://x">end</a></p></div></body></html>'
  expect(partsOfMail(html)).toEqual([
    { kind: 'heading', parts: [{ kind: 'text', text: 'Hi' }] },
    {
      kind: 'paragraph',
      parts: [
        { kind: 'text', text: 'a <b> &amp;' },
        { kind: 'break' },
        { kind: 'text', text: '\n' },
        { kind: 'strong', parts: [{ kind: 'text', text: 'c' }] },
      ],
    },
    { kind: 'paragraph', parts: [{ kind: 'button', parts: [{ kind: 'text', text: 'Open' }] }] },
    { kind: 'quote', parts: [{ kind: 'text', text: 'q' }] },
    {
      kind: 'small',
      parts: [
        { kind: 'text', text: 'foot ' },
        { kind: 'link', parts: [{ kind: 'text', text: 'end' }] },
      ],
    },
  ])
})
