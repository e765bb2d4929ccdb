import type { App } from '../../../platform/app-context.ts'
import { AppError } from '../../../platform/errors.ts'
import { findLinkHolder } from './link-holders.queries.ts'
import { readResetToken } from './reset-tokens.ts'

/** The tenant that mailed a link. */
interface TenantOfLink {
  slug: string
  name: string
}

/** A link that sets a password, as far as whoever has it may know. */
export type SeenLink =
  | {
      state: 'good'
      tenant: TenantOfLink
      /** Whether it is for the first password of an invited person. */
      isInvitation: boolean
      signInName: string
    }
  /**
   * The link is over, so whoever finds the old mail does not learn of the account. `unknown`: this program did not make
   * it, or it is long gone.
   */
  | { state: 'used' | 'expired' | 'unknown'; tenant: TenantOfLink | null }

const resetIdOf = (app: App, token: string): { tenantId: number; resetId: string } | null => {
  try {
    return readResetToken(app, token)
  } catch (error) {
    if (error instanceof AppError) return null
    throw error
  }
}

/**
 * Looks at the link of a mail that sets a password, and changes nothing: it may be a scanner of mails that asks. A token
 * that this program did not make costs no query.
 */
export const lookAtPasswordLink = async (app: App, token: string): Promise<SeenLink> => {
  const ids = resetIdOf(app, token)
  const holder = ids && (await findLinkHolder(app.pool, ids.tenantId, ids.resetId))
  if (holder === null) return { state: 'unknown', tenant: null }
  const tenant = { slug: holder.tenant, name: holder.tenant_name }
  if (holder.is_used || holder.status === 'deactivated') return { state: 'used', tenant }
  if (holder.is_expired) return { state: 'expired', tenant }
  return { state: 'good', tenant, isInvitation: holder.status === 'invited', signInName: holder.sign_in_name }
}
