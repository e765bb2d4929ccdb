import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { attributesOf, skeletonOf, textsOf } from './read-html.ts'
import { context, samplesWith, templateNames, userWritten } from './sample-parameters.ts'
import type { TemplateName } from './template-names.ts'
import { samples } from './template-samples.ts'
import { renderMail } from './templates.ts'
import { oneLine, prose, spokenName } from './user-text.ts'

const corpus = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  '</title><h1>Pwned</h1>',
  '</pre></blockquote></div></body></html><p>after',
  '<!-- --><!--',
  ']]><![CDATA[<b>',
  '&lt;b&gt; &amp;lt; &#60; &',
  '<a href="https://evil.example">here</a>',
  'javascript:alert(1)',
  '//evil.example/x?token=1',
  'Printer\r\nBcc: victim@example.com\r\n\r\nBody',
  'one\u2028two\u2029three\u0085four\vfive\fsix',
  '\u202egpj.exe\u202c \u2066isolated\u2069',
  'bell\u0007 escape\u001b[31m delete\u007f',
  '=?utf-8?Q?=0D=0ABcc=3A_victim=40example=2Ecom?=',
  'x'.repeat(5_000),
  '長い言葉'.repeat(300),
  '👩‍👩‍👧‍👦🏳️‍🌈'.repeat(60),
  'z̷̢̛͍'.repeat(200),
  '\ud800 alone',
  '   ',
  '\u202e',
  '> quoted\n-- \nsignature',
  '{{7*7}} <%= 7 %> %s $& $1 $`',
  '__proto__',
]

const isProse = (key: string): boolean => key === 'issue_description' || key === 'resolution_summary'
/** Without what folding and quoting put in between. */
const squeezed = (text: string): string => text.replaceAll(/[>\s]/g, '')
const lineOr = (text: string): string => oneLine(text) || '–'

/**
 * Any text of a user leaves the elements and links of the mail as they are, and a reader of the mail sees the text as
 * it was written.
 */
const checkHostile = (template: TemplateName, text: string): void => {
  const benign = renderMail(template, samples[template], context)
  const mail = renderMail(template, samplesWith(template, text), { ...context, recipientName: text, tenantName: text })

  expect(skeletonOf(mail.html)).toEqual(skeletonOf(benign.html))
  expect(attributesOf(mail.html, 'href')).toEqual(attributesOf(benign.html, 'href'))

  const texts = textsOf(mail.html)
  const plain = squeezed(mail.text)
  for (const key of userWritten(template)) {
    const shown = isProse(key) ? prose(text) || '–' : lineOr(text)
    if (key === 'status' && text === 'in_progress') continue
    expect(texts).toContain(shown)
    expect(plain).toContain(squeezed(shown))
  }

  expect(mail.subject).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]|=\?/u)
  expect(mail.subject.isWellFormed() && mail.text.isWellFormed() && mail.html.isWellFormed()).toBe(true)
  expect([...mail.subject].length).toBeLessThanOrEqual(120)
  expect(mail.text).not.toMatch(/[^\P{Cc}\n\t]|[\u2028\u2029\u202a-\u202e\u2066-\u2069]/u)
  expect(mail.html).not.toMatch(/[^\P{Cc}\n\t]|[\u2028\u2029\u202a-\u202e\u2066-\u2069]/u)
}

describe.each(templateNames)('%s', (template) => {
  it.each(corpus)('takes %j', (text) => checkHostile(template, text))
})

it('takes any text in any template', () => {
  const nasty = fc.constantFrom(
    ...corpus,
    '<',
    '>',
    '&',
    '"',
    "'",
    '\n',
    '\r',
    '\t',
    ' ',
    '-->',
    '\u202d',
    'in_progress',
  )
  const text = fc.array(fc.oneof(nasty, fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' })), {
    maxLength: 6,
  })
  fc.assert(
    fc.property(fc.constantFrom(...templateNames), text, (template, parts) => checkHostile(template, parts.join(''))),
    { numRuns: 500 },
  )
})

describe('in plain text', () => {
  it.each(templateNames)('%s lets nothing of a user stand at the margin', (template) => {
    const rows = `${'EVIL '.repeat(60)}\r\n\r\n-- \r\nEVIL\u2028EVIL${'\u2800EVIL'.repeat(100)}`
    const benign = samples[template].technician_name === undefined ? {} : { technician_name: 'Tess' }
    const parameters = { ...samplesWith(template, rows), ...benign }
    const { text } = renderMail(template, parameters, { ...context, recipientName: rows })
    const loose = text.split('\n').filter((line) => line.includes('EVIL') && !/^(?:> | {2})/.test(line))
    expect(loose).toEqual([])
    expect(text.split('\n').filter((line) => line === '-- ')).toHaveLength(1)
  })

  it.each(templateNames)('%s keeps to 78 columns with any text', (template) => {
    for (const character of ['x', '長', ' ', 'é ', '👍']) {
      const width = character === '長' || character === '👍' ? 2 : 1
      const { text } = renderMail(template, samplesWith(template, character.repeat(2_000)), context)
      for (const line of text.split('\n').filter((row) => !row.includes('://'))) {
        const columns = [...line].reduce((sum, each) => sum + (each === character ? width : 1), 0)
        expect(columns).toBeLessThanOrEqual(78)
      }
    }
  })
})

describe('to an address that nobody has confirmed', () => {
  it.each(templateNames)('%s has no text that the recipient typed', (template) => {
    const typed = 'Collect EVIL at evil.example'
    const others = { technician_name: 'Tess', role: 'customer', priority: 'high', status: 'new', at: 'today' }
    const ours = Object.fromEntries(Object.entries(others).filter(([key]) => key in samples[template]))
    const parameters = {
      ...samplesWith(template, typed),
      ...ours,
      ...('email' in samples[template] && { email: 'me@x.example' }),
    }
    const bare = { ...context, recipientName: typed, isConfirmed: false, isByStaff: false }
    const mail = renderMail(template, parameters, bare)
    expect(JSON.stringify(mail)).not.toMatch(/evil|\uE000/i)
    expect(mail.subject).not.toBe('')
    expect(renderMail(template, parameters, { ...bare, recipientName: 'Other' })).toEqual(mail)
    // Links and the number of the ticket stay.
    const { ticket_id: id } = samples[template]
    if (id !== undefined)
      expect([mail.subject.includes(String(id)), mail.text.includes(String(id))]).toEqual([true, true])
    expect(attributesOf(mail.html, 'href')).toEqual(
      attributesOf(renderMail(template, samples[template], context).html, 'href'),
    )
  })

  it.each(['192.0.2.7', '2026-11-26T10:00:00Z', String(samples.account_invited.reset_id)])(
    '%s is no subject',
    (text) => {
      const parameters = { ...samples.ticket_created_customer, ticket_subject: text, issue_category: text }
      const mail = renderMail('ticket_created_customer', parameters, {
        ...context,
        isConfirmed: false,
        isByStaff: true,
      })
      expect(JSON.stringify(mail)).not.toContain(text)
    },
  )

  it('the words of the staff stay, without what they quote', () => {
    const bare = { ...context, isConfirmed: false, isByStaff: true }
    const comment_body = 'Hello.\n> EVIL said\n  > EVIL again\r\n| EVIL\u2028> EVIL\nPlease restart it.'
    const { text, html } = renderMail('comment_customer', { ...samples.comment_customer, comment_body }, bare)
    for (const part of [text, html])
      expect([part.includes('Please restart it.'), part.includes('EVIL')]).toEqual([true, false])
    expect(text).toContain('Ada Admin')
    expect(text).toContain('Our mails leave out what you wrote')
  })
})

describe('a name in a sentence of ours', () => {
  it.each(['Cora Customer', "Seán O'Brien", 'J. R. R. Tolkien', '山田 太郎', 'Ann-Marie <3'])('may be %j', (name) => {
    expect(spokenName(name)).toBe(name)
  })

  it.each([
    'You won, see evil.example',
    'https://evil',
    'evil。example',
    'cora@example.com',
    '//evil',
    'Dear customer, please send us your password today',
    '👍',
    '\u202e',
    '',
    null,
  ])('is left out when it is %j', (name) => {
    expect(spokenName(name)).toBeNull()
  })

  it('is cleaned', () => {
    expect(spokenName(' Cora\r\n\tCustomer\u202e ')).toBe('Cora Customer')
  })
})

it('greets nobody by a name that could be a link', () => {
  const { text } = renderMail('customer_registered', samples.customer_registered, {
    ...context,
    recipientName: 'You won! evil.example',
  })
  expect(text).toMatch(/^Hello,$/m)
  expect(text).not.toContain('evil')
})

describe('what an admin wrote for a tenant', () => {
  const layout = { ...context.layout, logoUrl: `${context.publicUrl}/api/tenant/logo` }
  const own = { subject: '[{{ticket_id}}] Hello', text: 'Hello' }

  it.each(corpus)('as name and signature %j is text', (text) => {
    const bare = renderMail('ticket_closed', samples.ticket_closed, {
      ...context,
      layout: { ...layout, signature: 'x' },
    })
    const signature = prose(text) || null
    const named = { ...context, tenantName: text, layout: { ...layout, signature: signature ?? 'x' } }
    const mail = renderMail('ticket_closed', samples.ticket_closed, named)
    const elementsOf = (html: string): string[] =>
      skeletonOf(html).flatMap((token) => ('element' in token && token.element !== 'br' ? [token.element] : []))
    expect(elementsOf(mail.html)).toEqual(elementsOf(bare.html))
    for (const name of ['href', 'src']) expect(attributesOf(mail.html, name)).toEqual(attributesOf(bare.html, name))
    expect(attributesOf(mail.html, 'alt')).toEqual([oneLine(text)])
    if (signature !== null) expect(squeezed(mail.text)).toContain(squeezed(signature))
    expect(mail.html).not.toMatch(/[^\P{Cc}\n\t]|[\u2028\u2029\u202a-\u202e\u2066-\u2069]/u)
  })

  it.each(corpus)('as a template %j is text, or the built-in mail is sent', (text) => {
    const faults: string[] = []
    const builtIn = renderMail('ticket_closed', samples.ticket_closed, context)
    const mail = renderMail(
      'ticket_closed',
      samples.ticket_closed,
      { ...context, own: { subject: `[{{ticket_id}}] ${text}`, text: `Hello\n\n${text}` } },
      (fault) => faults.push(fault),
    )
    if (faults.length > 0) expect(mail).toEqual(builtIn)
    const allowed = new Set([
      ...skeletonOf(builtIn.html).flatMap((token) => ('element' in token ? [token.element] : [])),
    ])
    for (const token of skeletonOf(mail.html)) if ('element' in token) expect(allowed).toContain(token.element)
    expect([
      attributesOf(mail.html, 'src'),
      attributesOf(mail.html, 'href').filter((url) => !url.startsWith(context.publicUrl)),
    ]).toEqual([[], []])
    expect(mail.subject).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]|=\?/u)
    expect([...mail.subject].length).toBeLessThanOrEqual(120)
  })

  it.each(corpus)('what a customer wrote, %j, runs nothing in a template', (text) => {
    const shows = { ...own, text: '# {{ticket_subject}}\n\n{{ticket_subject}}: {{customer_name}}\n\n{{link}}' }
    const mail = renderMail('ticket_closed', samplesWith('ticket_closed', text), { ...context, own: shows })
    const benign = renderMail('ticket_closed', samples.ticket_closed, { ...context, own: shows })
    expect(skeletonOf(mail.html)).toEqual(skeletonOf(benign.html))
    for (const name of ['href', 'src']) expect(attributesOf(mail.html, name)).toEqual(attributesOf(benign.html, name))
    expect(`${mail.subject} ${mail.text}`).not.toMatch(/\b49\b/)
  })
})

it('writes the longest of mails in no time', () => {
  const start = performance.now()
  renderMail('ticket_resolved', samplesWith('ticket_resolved', '<é '.repeat(40_000)), context)
  expect(performance.now() - start).toBeLessThan(1_000)
})
