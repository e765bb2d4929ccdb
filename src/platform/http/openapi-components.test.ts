import { expect, test } from 'vitest'
import { parseIdempotencyKey } from './idempotency.ts'
import { sharedParameters } from './openapi-components.ts'

const isTaken = (key: string): boolean => {
  try {
    return parseIdempotencyKey(key) !== null
  } catch {
    return false
  }
}

test('the API document takes the same Idempotency-Keys as the server, quoted or not', () => {
  const { pattern } = Object(sharedParameters.IdempotencyKey).schema
  const long = 'k'.repeat(255)
  const taken = ['k', 'a b', long, `"${long}"`, '"a b"', '"', 'a"b', '"""']
  const refused = ['', '""', `${long}k`, `"${long}k"`, 'a\tb', '\u00e9', '" a"']
  for (const key of [...taken, ...refused]) {
    expect([isTaken(key), new RegExp(pattern).test(key)], key).toEqual([taken.includes(key), taken.includes(key)])
  }
})
