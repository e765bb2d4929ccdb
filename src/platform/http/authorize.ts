import { isScope, rolesThatMay } from '../../contract/capabilities.ts'
import { AppError } from '../errors.ts'
import type { Endpoint } from './endpoint.ts'
import type { Principal } from './request-context.ts'

/** RFC 6750, 3.1: a 403 says which scope is missing. */
const insufficientScope = (scope: string): AppError =>
  new AppError('insufficient_scope', {
    detail: `This needs the scope ${scope}, which the API token does not have.`,
    headers: { 'WWW-Authenticate': `Bearer realm="counterdesk", error="insufficient_scope", scope="${scope}"` },
  })

/**
 * Checks the scope of an act that an endpoint does only when it is asked for, beside what the endpoint itself needs.
 * @throws AppError `insufficient_scope` for an API token without it.
 */
export const requireScope = ({ token }: Pick<Principal, 'token'>, scope: string): void => {
  if (token !== null && !token.scopes.includes(scope)) throw insufficientScope(scope)
}

const enrolmentRequired = (): AppError =>
  new AppError('second_factor_enrolment_required', {
    detail:
      'This tenant asks its staff for a second factor. Set yours up with POST /me/second-factor and ' +
      'POST /me/second-factor/confirm; until then you can do nothing else.',
  })

/**
 * Checks whether the caller may do such a thing at all: by the role, then by the session or by the scopes of the API
 * token. The policy of each module checks the row.
 * @throws AppError `not_signed_in` without a sign-in, `forbidden` when the role does not have the capability,
 * `session_required` and `insufficient_scope` for an API token, `second_factor_enrolment_required`.
 */
export const authorize = (
  { can, needsSession, whileEnrolling }: Pick<Endpoint, 'can' | 'needsSession' | 'whileEnrolling'>,
  principal: Pick<Principal, 'role' | 'sessionId' | 'token' | 'mustEnrol'> | null,
): void => {
  const roles = rolesThatMay(can)
  if (roles !== null && principal === null) throw new AppError('not_signed_in')
  if (principal === null) return
  if (roles !== null && !roles.includes(principal.role)) {
    const those = roles.map((role) => `${role}s`).join(' and ')
    throw new AppError('forbidden', { detail: `This is for ${those}. You are signed in as ${principal.role}.` })
  }
  if (principal.mustEnrol && roles !== null && !whileEnrolling) throw enrolmentRequired()
  if (needsSession && principal.sessionId === null) {
    throw new AppError('session_required', { detail: 'An API token cannot do this. Sign in with a password.' })
  }
  if (isScope(can)) requireScope(principal, can)
}
