import type { App } from '../../../platform/app-context.ts'
import { endOf, readOrNull, type SeenLink, seenBy, unknownLink } from '../accounts/link-holders.service.ts'
import { settingsOf } from '../tenants/tenant-settings.service.ts'
import { findRegistrationLink } from './registration-links.queries.ts'
import { readRegistrationToken } from './registration-tokens.ts'
import { mayRegister } from './registrations.service.ts'

/** What a good link is for, and why it could not be followed if it were now. */
interface SeenRegistration {
  email: string
  refusal: 'registration_closed' | 'email_taken' | null
}

/**
 * Looks at the link of a mail that finishes a registration, and changes nothing. The name that was typed is not told: a
 * stranger may have typed it.
 */
export const lookAtRegistration = async (app: App, token: string): Promise<SeenLink<SeenRegistration>> => {
  const ids = readOrNull(() => readRegistrationToken(app, token))
  const link = ids && (await findRegistrationLink(app.pool, ids.tenantId, ids.registrationId))
  if (ids === null || link === null) return unknownLink
  const seen = seenBy({ ...link, language: null })
  const end = endOf(link)
  if (end !== null) return { ...seen, end }
  const isOpen = mayRegister(await settingsOf(app, ids.tenantId), link.email)
  const refusal = link.is_taken ? 'email_taken' : isOpen ? null : 'registration_closed'
  return { ...seen, end, email: link.email, refusal }
}
