import { rolesThatMay } from '../../contract/capabilities.ts'
import { AppError } from '../errors.ts'

/**
 * Checks whether the role has the capability. The policy of each module checks the row.
 * @throws AppError `not_signed_in` without a sign-in, `forbidden` when the role does not have the capability.
 */
export const authorize = (capability: string, principal: { role: string } | null): void => {
  const roles = rolesThatMay(capability)
  if (roles === null) return
  if (principal === null) throw new AppError('not_signed_in')
  if (roles.includes(principal.role)) return
  const those = roles.map((role) => `${role}s`).join(' and ')
  throw new AppError('forbidden', { detail: `This is for ${those}. You are signed in as ${principal.role}.` })
}
