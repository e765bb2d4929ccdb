import { expect, test } from 'vitest'
import { requireRead, requireWrite, writeIf } from './access.ts'
import type { AppError } from './errors.ts'

const row = { owner: 'cleo' }
const ownedBy = (name: string) => (found: typeof row) => writeIf(found.owner === name)
const refusal = (require: () => unknown): [string, string | undefined] => {
  try {
    require()
  } catch (error) {
    const { code, options } = error as AppError
    return [code, options.detail]
  }
  throw new Error('nothing was refused')
}

test('a row that was not found is 404, for reading and for writing', () => {
  for (const none of [null, undefined]) {
    expect(refusal(() => requireRead(none, 'ticket_not_found'))[0]).toBe('ticket_not_found')
    expect(refusal(() => requireWrite(none, () => 'write', 'ticket_not_found', 'Not yours.'))[0]).toBe(
      'ticket_not_found',
    )
  }
})

test('a row that the policy gives no access to is 404, too', () => {
  expect(refusal(() => requireWrite(row, () => 'none', 'ticket_not_found', 'Not yours.'))[0]).toBe('ticket_not_found')
})

test('a row that may only be read is 403 with the reason where it is to be written', () => {
  expect(requireRead(row, 'ticket_not_found')).toBe(row)
  const refused = refusal(() => requireWrite(row, ownedBy('carl'), 'ticket_not_found', 'Not yours.'))
  expect(refused).toEqual(['forbidden', 'Not yours.'])
  expect(requireWrite(row, ownedBy('cleo'), 'ticket_not_found', 'Not yours.')).toBe(row)
})
