import { rolesThatMay } from '../../contract/capabilities.ts'
import { AppError } from '../errors.ts'

/**
 * The first net: may this role do such a thing at all? Which rows it may do it to is for each module's policy.
 * @throws AppError `not_signed_in` when nobody is signed in, `forbidden` when the role has no such capability.
 */
export const authorize = (capability: string, principal: { role: string } | null): void => {
  const roles = rolesThatMay(capability)
  if (roles === null) return
  if (principal === null) throw new AppError('not_signed_in')
  if (!roles.includes(principal.role)) throw new AppError('forbidden')
}
