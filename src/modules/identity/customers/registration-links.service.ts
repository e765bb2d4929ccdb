import type { App } from '../../../platform/app-context.ts'
import { endOf, readOrNull, type SeenLink, seenBy, unknownLink } from '../accounts/link-holders.service.ts'
import { findRegistrationLink } from './registration-links.queries.ts'
import { readRegistrationToken } from './registration-tokens.ts'

/**
 * Looks at the link of a mail that finishes a registration, and changes nothing. The name that was typed is not told: a
 * stranger may have typed it.
 */
export const lookAtRegistration = async (app: App, token: string): Promise<SeenLink<{ email: string }>> => {
  const ids = readOrNull(() => readRegistrationToken(app, token))
  const link = ids && (await findRegistrationLink(app.pool, ids.tenantId, ids.registrationId))
  if (link === null) return unknownLink
  const seen = seenBy({ ...link, language: null })
  const end = endOf(link)
  return end === null ? { ...seen, end, email: link.email } : { ...seen, end }
}
