import { expect, test } from 'vitest'
import { mentionsIn } from './mentions.ts'

test.each<[string, string[]]>([
  ['@TEC0001 please look', ['TEC0001']],
  ['Ask @tec1, (@TEC0002) and @ada.', ['TEC0001', 'TEC0002', 'ada']],
  ['@TEC0001 and again @TEC0001', ['TEC0001']],
  ["It is @TEC0001's, or @CUS0001?", ['TEC0001', 'CUS0001']],
  ['Not a@TEC0001, nor tess@tec0001.example.com, nor @TEC0001@example.com', []],
  ['https://example.com/@TEC0001 and -@TEC0001 and @@TEC0001', []],
  ['@TEC0001.example.com and @TEC0001-B', ['TEC0001.example.com', 'TEC0001-B']],
  ['Run `@TEC0001` or\n```\n@TEC0002\n```\n@TEC0003', ['TEC0003']],
  ['An open block\n```\n@TEC0001', []],
  ['> @TEC0001 said so\n  > and @TEC0002\n@TEC0003 too', ['TEC0003']],
  ['@ TEC0001, @', []],
  ['@TEC0001...', ['TEC0001']],
  ['@käthe.müller', ['käthe.müller']],
])('%j mentions %j', (text, names) => {
  expect(mentionsIn(text)).toEqual(names)
})

test('reads every hostile text of the greatest length at once', () => {
  const parts = ['@', '`', '```', '> ', '\n', ' ', '@a', '@a.', '@a@', 'a', '\t', '@TEC0001 ']
  const found = parts.flatMap((part) => mentionsIn(part.repeat(Math.floor(10_000 / part.length))))
  expect(found).toEqual(['TEC0001'])
})
