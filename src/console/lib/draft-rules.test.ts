import { expect, test } from 'vitest'
import { join, onNews } from './draft-rules.ts'

const served = (body: string, version: number) => ({ body, version, updated_at: '2026-11-26T10:00:00.000Z' })

test.each([
  ['nothing anywhere', null, null, ['', 0, false, null]],
  ['only the server has a text', null, served('Hello', 3), ['Hello', 3, false, null]],
  ['an emptied text is no text', { text: '', base: 2 }, served('Hello', 3), ['Hello', 3, false, null]],
  ['typed before anything was saved', { text: 'Hi', base: 0 }, null, ['Hi', 0, true, null]],
  [
    'typed on from what the server has',
    { text: 'Hello you', base: 3 },
    served('Hello', 3),
    ['Hello you', 3, true, null],
  ],
  ['saved already, with other line ends', { text: 'a\r\nb ', base: 2 }, served('a\nb', 3), ['a\r\nb ', 3, false, null]],
  ['another device wrote meanwhile', { text: 'Hi', base: 2 }, served('Hello', 3), ['Hi', 2, true, 'Hello']],
  ['the draft was sent elsewhere', { text: 'Hi again', base: 3 }, null, ['Hi again', 0, true, null]],
])('%s', (_name, kept, draft, [text, base, isUnsaved, other]) => {
  const standing = join(kept, draft)
  expect({ ...standing, other: standing.other?.body ?? null }).toEqual({ text, base, isUnsaved, other })
})

test.each([
  ['an echo of the own save', { base: 3, isUnsaved: false }, 3, 'nothing'],
  ['sent or deleted elsewhere', { base: 3, isUnsaved: false }, 0, 'empty'],
  ['sent elsewhere while somebody types here', { base: 3, isUnsaved: true }, 0, 'nothing'],
  ['written elsewhere', { base: 3, isUnsaved: false }, 4, 'read'],
  ['written elsewhere while somebody types here', { base: 3, isUnsaved: true }, 4, 'read'],
])('news: %s', (_name, standing, version, expected) => {
  expect(onNews(standing, version)).toBe(expected)
})
