import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mentionedIds, mentioningAt, shownAgain, shownText, withMention, writtenText } from './mentioning.ts'

test.each([
  ['@', { at: 0, word: '' }],
  ['Look, @te', { at: 6, word: 'te' }],
  ['(@Ü', { at: 1, word: 'Ü' }],
  ['dana@harbour', null],
  ['@tess did', null],
  ['', null],
])('typing %j', (text, expected) => {
  expect(mentioningAt(text, text.length)).toEqual(expected)
})

test('a mention takes the place of what was typed, wherever the caret is', () => {
  const text = 'Ask @te, please'
  const typing = mentioningAt(text, 7)
  expect(typing && withMention(text, typing, 'TEC0001')).toEqual({ text: 'Ask @TEC0001 , please', caret: 13 })
  const before = mentioningAt('@te look', 3)
  expect(before && withMention('@te look', before, 'TEC0001')).toEqual({ text: '@TEC0001 look', caret: 9 })
  const end = mentioningAt('@t', 2)
  expect(end && withMention('@t', end, 'ada')).toEqual({ text: '@ada ', caret: 5 })
})

const names = { TEC0001: 'Tess', TEC0002: 'Ada Technician', TEC0003: 'Noor', TEC0004: 'noor', TEC0005: 'C++ (Ü.)' }

test.each([
  ['Ask @TEC0002, and @TEC0001.', 'Ask @Ada Technician, and @Tess.'],
  ['@TEC0003 or @TEC0004?', '@Noor (TEC0003) or @noor (TEC0004)?'],
  ['(@TEC0005)\n@TEC0001', '(@C++ (Ü.))\n@Tess'],
  ['@TEC0009 is nobody here', '@TEC0009 is nobody here'],
  ['mail tec@TEC0001.example, @TEC00011', 'mail tec@TEC0001.example, @TEC00011'],
])('%j is shown as %j and written back', (written, shown) => {
  expect(shownText(written, names)).toBe(shown)
  expect(writtenText(shown, names)).toBe(written)
})

test('a name that is changed by hand mentions nobody, and one typed by hand mentions as one that was picked', () => {
  expect(writtenText('Ask @Ada Technicia and @Tessa, @Tess', names)).toBe('Ask @Ada Technicia and @Tessa, @TEC0001')
  expect(writtenText('Ask @Nobody', names)).toBe('Ask @Nobody')
  expect(mentionedIds('@TEC0001 @TEC0002 @TEC0001 a@TEC0003')).toEqual(['TEC0001', 'TEC0002'])
})

test.each([
  ['one begins the other', { TEC0001: 'Max', TEC0002: 'Max son' }, '@Max (TEC0001) son'],
  ['one has the number of the other', { TEC0001: 'Max', TEC0002: 'Max (TEC0001)' }, '@Max son'],
  ['one looks like the other', { TEC0001: 'Max', TEC0002: 'M\u200báx' }, '@Max (TEC0001) son'],
  ['one turns the text', { TEC0001: '\u202exaM' }, '@TEC0001 son'],
  ['one is a number', { TEC0001: '@TEC0002' }, '@TEC0001 son'],
  ['one is nothing to see', { TEC0001: '\u200b', TEC0002: 'son' }, '@TEC0001 son'],
])('a mention is of one person where %s', (_, known, shown) => {
  expect(shownText('@TEC0001 son', known)).toBe(shown)
  expect(writtenText(shown, known)).toBe('@TEC0001 son')
})

const odd = [
  'Max',
  'max',
  'son',
  ' ',
  '(TEC0001)',
  '(',
  ')',
  '@',
  'TEC0002',
  '\u200b',
  '\u202e',
  'é',
  'e\u0301',
  '$&',
  '.',
  '',
]
const someName = fc.array(fc.constantFrom(...odd), { maxLength: 4 }).map((parts) => parts.join(''))
const someNames = fc.record({ TEC0001: someName, TEC0002: someName, TEC0003: someName })
const someText = fc
  .array(fc.constantFrom('@TEC0001', '@TEC0002', '@TEC0003', '@TEC0004', ...odd.filter((part) => part !== '@')))
  .map((parts) => parts.join(''))

test('whatever people are called, a text that is shown with names is written as it was', () => {
  fc.assert(
    fc.property(someText, someNames, (text, known) => {
      expect(writtenText(shownText(text, known), known)).toBe(text)
    }),
    { numRuns: 2_000 },
  )
})

test('names that come later change no text, and the caret stays at its place', () => {
  const [text, caret] = ['first @TEC0005 line', 14]
  const known = shownAgain({ shown: text, names: {} }, caret, names)
  expect(known).toEqual({ shown: 'first @C++ (Ü.) line', caret: 15 })
  expect(shownAgain({ shown: known.shown, names }, 15, { ...names, TEC0006: 'C++ Ü.' })).toEqual({
    shown: 'first @C++ Ü. (TEC0005) line',
    caret: 23,
  })
})
