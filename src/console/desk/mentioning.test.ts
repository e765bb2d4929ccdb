import { expect, test } from 'vitest'
import { mentioningAt, withMention } from './mentioning.ts'

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
