import { describe, expect, test } from 'vitest'
import { linkify } from './linkify.ts'

const links = (text: string) =>
  linkify(text).flatMap((part) => (part.kind === 'text' ? [] : [`${part.kind} ${part.text}`]))

const hostile = [
  '<script>alert(1)</script>',
  'javascript:alert(1)',
  'data:text/html,<b>x</b>',
  'see https://user:secret@bank.example/ now',
  'https://',
  'http://[',
  'ftp://files.example/a',
  '<a href="https://a.example/">x</a>',
  'https://a.example/\u202Egpj.exe',
]

describe('plain text', () => {
  test.each([
    ['Look at https://a.example/x?y=1&z=2#t.', ['link https://a.example/x?y=1&z=2#t']],
    ['(see https://a.example/a_(b)), then go', ['link https://a.example/a_(b)']],
    ['https://a.example/ä and http://b.example!', ['link https://a.example/ä', 'link http://b.example']],
    ['as TKT0388, tkt0389 and XTKT0390 or TKT1', ['ticket TKT0388', 'ticket tkt0389']],
    ['ORD0007 · PRD0001, ord0008, XORD0009 and ORD1', ['order ORD0007', 'order ord0008']],
    ['@TEC0001 and @ada. But not dana@harbour.example', ['mention @TEC0001', 'mention @ada']],
    ['https://a.example/TKT0388/@ada', ['link https://a.example/TKT0388/@ada']],
    ['nothing here', []],
    ['', []],
  ])('%s', (text, expected) => {
    expect(links(text)).toEqual(expected)
  })

  test.each(hostile)('stays what it is: %s', (text) => {
    const parts = linkify(text)
    expect(parts.map((part) => part.text).join('')).toBe(text)
    for (const part of parts) if (part.kind === 'link') expect(part.href).toMatch(/^https?:\/\/a\.example\//)
  })

  test('a long text is read once', () => {
    const text = '@'.repeat(50_000) + 'https://a.example/'.repeat(3_000) + 'TKT'.repeat(20_000)
    expect(
      linkify(text)
        .map((part) => part.text)
        .join(''),
    ).toBe(text)
  })
})
