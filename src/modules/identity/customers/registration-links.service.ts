import type { App } from '../../../platform/app-context.ts'
import { AppError } from '../../../platform/errors.ts'
import type { LinkEnd } from '../accounts/link-holders.service.ts'
import { findRegistrationLink } from './registration-links.queries.ts'
import { readRegistrationToken } from './registration-tokens.ts'

/** The link of a registration as whoever has it may see it. The address is shown only while the link is good. */
export type SeenRegistration = { tenant: { slug: string; name: string } | null } & (
  | { end: LinkEnd }
  | { end: null; email: string }
)

const unknown: SeenRegistration = { tenant: null, end: 'unknown' }

/**
 * Looks at the link of a mail that finishes a registration, and changes nothing: it may be a scanner of mails that asks. A
 * token that this program did not make costs no query.
 */
export const lookAtRegistration = async (app: App, token: string): Promise<SeenRegistration> => {
  try {
    const { tenantId, registrationId } = readRegistrationToken(app, token)
    const link = await findRegistrationLink(app.pool, tenantId, registrationId)
    if (link === null) return unknown
    const tenant = { slug: link.tenant, name: link.tenant_name }
    if (link.is_used) return { tenant, end: 'used' }
    return link.is_expired ? { tenant, end: 'expired' } : { tenant, end: null, email: link.email }
  } catch (error) {
    if (error instanceof AppError && error.code === 'invalid_registration_token') return unknown
    throw error
  }
}
