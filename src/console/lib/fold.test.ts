import { expect, test } from 'vitest'
import { fits, fold, markedParts } from './fold.ts'

test.each([
  ['Łukasz  MÜLLER', 'lukasz muller'],
  ['Straße', 'strasse'],
  ['Ærø', 'aero'],
  ['naïve café', 'naive cafe'],
  ['한국', '한국'.normalize('NFKD')],
])('%s is compared as %s', (text, folded) => {
  expect(fold(text)).toBe(folded)
})

test.each([
  ['Nicht zugewiesen', 'zug', true],
  ['Set the priority', 'pri set', true],
  ['José Núñez', 'nunez', true],
  ['Mail and resolve', 'ail', false],
  ['TKT0042', 'tkt', true],
  ['Anything', '', true],
])('%s fits %j: %s', (text, typed, expected) => {
  expect(fits(text, typed)).toBe(expected)
})

test.each([
  [
    'Assign to Maya',
    'ma',
    [
      ['Assign to ', false],
      ['Ma', true],
      ['ya', false],
    ],
  ],
  [
    'Jürgen Weißenfels',
    'weissen',
    [
      ['Jürgen ', false],
      ['Weißen', true],
      ['fels', false],
    ],
  ],
  ['Camel', 'mel', [['Camel', false]]],
  ['Camel', '', [['Camel', false]]],
] as const)('%s with %j marked', (text, typed, parts) => {
  expect(markedParts(text, typed).map((part) => [part.text, part.isMarked])).toEqual(parts)
})
