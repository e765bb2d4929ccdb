import { expect, test } from 'vitest'
import { rolesThatMay, scopes } from '../../contract/capabilities.ts'
import { scopeRoles } from './scopes.ts'

test('the scopes that the console offers are those of the API, for the roles that may use them', () => {
  expect(scopeRoles).toEqual(Object.fromEntries(scopes.map((scope) => [scope, rolesThatMay(scope)])))
})
