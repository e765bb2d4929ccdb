import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { errorCodes } from '../../contract/error-codes.ts'
import { Warning } from '../../contract/warnings.ts'
import { problemWords as german } from './problem-words.de.ts'
import { problemWords as english } from './problem-words.en.ts'

// English readers get the sentence of the API where the console has none of its own. German readers have no other.

/** The codes of `errors[].code`, from the table of the guide. */
const fieldCodes = (): string[] => {
  const guide = readFileSync(new URL('../../../docs/guide.md', import.meta.url), 'utf8')
  const [, table = ''] = guide.split('| `errors[].code` | The member or parameter |\n|---|---|\n')
  const rows = (table.split('\n\n')[0] ?? '').split('\n')
  return rows.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([a-z_]+)`/g)].map(([, code = '']) => code))
}

test('every refusal of the API, and everything odd about a success, has a German sentence', () => {
  const { sentences, warnings } = german
  expect(Object.keys(errorCodes).filter((code) => !sentences[code])).toEqual([])
  expect(Warning.shape.code.options.filter((code) => !warnings[code])).toEqual([])
})

test('everything that can be wrong with a field has a sentence in both languages, which names no member of the API', () => {
  expect(fieldCodes().length).toBeGreaterThan(10)
  for (const { fields } of [english, german]) expect(fieldCodes().filter((code) => !fields[code])).toEqual([])
  expect(Object.keys(english.fields).sort()).toEqual(Object.keys(german.fields).sort())
})

test('no sentence is for a code that does not exist', () => {
  const { sentences, warnings } = german
  const known = new Set([...Object.keys(errorCodes), 'offline', 'unknown', 'broken_answer', 'waited_long'])
  expect(Object.keys(sentences).filter((code) => !known.has(code))).toEqual([])
  expect(Object.keys(warnings).filter((code) => !Warning.shape.code.safeParse(code).success)).toEqual([])
})
