import { expect, test } from 'vitest'
import { rolesThatMay, scopes } from '../../contract/capabilities.ts'
import { isReading, scopesOf } from './scopes.ts'

test.each(['admin', 'technician', 'customer'] as const)(
  'the scopes that a token of a role %s may have are those of the API',
  (role) => {
    const offered = [...scopesOf(role).values()].flat()
    expect(offered.sort()).toEqual(scopes.filter((scope) => rolesThatMay(scope)?.includes(role)))
  },
)

test('what only reads changes nothing', () => {
  const reading = [...scopesOf('admin').values()].flat().filter(isReading)
  expect(reading).toContain('ticket:read-links')
  expect(
    reading.filter((scope) => /create|update|delete|merge|move|restore|resend|mark|watch$|tag$/.test(scope)),
  ).toEqual([])
})
