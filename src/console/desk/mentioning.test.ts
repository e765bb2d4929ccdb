import { expect, test } from 'vitest'
import { mentionedIds, mentioningAt, shownText, withMention, writtenText } from './mentioning.ts'

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
  const end = mentioningAt('@t', 2)
  expect(end && withMention('@t', end, 'ada')).toEqual({ text: '@ada ', caret: 5 })
})

const names = { TEC0001: 'Tess', TEC0002: 'Tess Technician', TEC0003: 'Noor', TEC0004: 'noor', TEC0005: 'C++ (Ü.)' }

test.each([
  ['Ask @TEC0002, and @TEC0001.', 'Ask @Tess Technician, and @Tess.'],
  ['@TEC0003 or @TEC0004?', '@Noor (TEC0003) or @noor (TEC0004)?'],
  ['(@TEC0005)\n@TEC0001', '(@C++ (Ü.))\n@Tess'],
  ['@TEC0009 is nobody here', '@TEC0009 is nobody here'],
  ['mail tec@TEC0001.example, @TEC00011', 'mail tec@TEC0001.example, @TEC00011'],
])('%j is shown as %j and written back', (written, shown) => {
  expect(shownText(written, names)).toBe(shown)
  expect(writtenText(shown, names)).toBe(written)
})

test('a name that is changed by hand mentions nobody, and one typed by hand mentions as one that was picked', () => {
  expect(writtenText('Ask @Tess Technicia and @Tessa', names)).toBe('Ask @TEC0001 Technicia and @Tessa')
  expect(writtenText('Ask @Nobody', names)).toBe('Ask @Nobody')
  expect(mentionedIds('@TEC0001 @TEC0002 @TEC0001 a@TEC0003')).toEqual(['TEC0001', 'TEC0002'])
})
