import { expect, test } from 'vitest'
import { readMarkup } from './mail-markup.ts'

test('a mail keeps its elements and its looks, and its texts stay texts', () => {
  const html =
    '<html lang="de"><head><title>Not this</title></head><body style="margin:0"><div style="color:red">' +
    '<img src="https://x/api/tenant/logo" alt="A &quot;B&quot;" height="40">a &lt;b&gt; &amp;amp;<br>\n<b>c</b>' +
    '<a href="https://x?a=1&amp;b=2" style="y">Open</a></div></body></html>'
  expect(readMarkup(html)).toEqual({
    language: 'de',
    nodes: [
      {
        tag: 'div',
        attributes: { style: 'color:red' },
        nodes: [
          { tag: 'img', attributes: { src: 'https://x/api/tenant/logo', alt: 'A "B"', height: '40' }, nodes: [] },
          'a <b> &amp;',
          { tag: 'br', attributes: {}, nodes: [] },
          '\n',
          { tag: 'b', attributes: {}, nodes: ['c'] },
          { tag: 'a', attributes: { href: 'https://x?a=1&b=2', style: 'y' }, nodes: ['Open'] },
        ],
      },
    ],
  })
})

test('what no mail has becomes nothing that does something', () => {
  const html = '<body><script src="/x" onload="y()">z</script><iframe srcdoc="q"></iframe></p><svg onload="y">w</svg>'
  expect(readMarkup(html).nodes).toEqual([
    { tag: 'span', attributes: { src: '/x' }, nodes: ['z'] },
    { tag: 'span', attributes: {}, nodes: [] },
    { tag: 'span', attributes: {}, nodes: ['w'] },
  ])
})
