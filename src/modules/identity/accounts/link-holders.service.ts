import type { App } from '../../../platform/app-context.ts'
import { AppError } from '../../../platform/errors.ts'
import { findConfirmationHolder, findPasswordLinkHolder, type Holder } from './link-holders.queries.ts'
import { confirmationTokens, resetTokens } from './mailed-links.ts'

/** Why a link is over. `unknown`: this program did not make it, or it is long gone. `suspended`: its tenant is. */
export type LinkEnd = 'used' | 'expired' | 'unknown' | 'suspended'

/** A link as whoever has it may see it. When it is over, whoever finds the old mail does not learn of the account. */
export type SeenLink<OfAccount> = {
  tenant: { slug: string; name: string } | null
  language: string | null
} & ({ end: LinkEnd } | ({ end: null } & OfAccount))

/** A link that sets a password. `isInvitation`: it is the first one of an invited person. */
export type SeenPasswordLink = SeenLink<{ isInvitation: boolean; signInName: string }>

/** A link that confirms an address. `isNew`: the account gets the address by it. */
type SeenConfirmation = SeenLink<{ isNew: boolean; email: string }>

/** A link that this program did not make, or that is long gone. */
export const unknownLink = { tenant: null, language: null, end: 'unknown' } as const

type Ending = Pick<Holder, 'is_used' | 'is_expired'> & Partial<Pick<Holder, 'status' | 'is_suspended'>>

/**
 * Why a link is over; null while it is good. `status`: that of its account, where there is one.
 * `is_suspended`: whether its tenant is, where that ends the link for as long.
 */
export const endOf = ({ status, is_used, is_expired, is_suspended = false }: Ending): LinkEnd | null => {
  if (is_used || status === 'deactivated') return 'used'
  if (is_suspended) return 'suspended'
  return is_expired ? 'expired' : null
}

/** Whose link it is, which may be seen whatever became of the link. */
export const seenBy = ({ tenant, tenant_name, language }: Omit<Holder, keyof Ending>) => ({
  tenant: { slug: tenant, name: tenant_name },
  language,
})

/** What a token says; null when this program did not make the token. */
export const readOrNull = <Ids>(read: () => Ids): Ids | null => {
  try {
    return read()
  } catch (error) {
    if (error instanceof AppError) return null
    throw error
  }
}

/**
 * Looks at the link of a mail that sets a password, and changes nothing: it may be a scanner of mails that asks. A
 * token that this program did not make costs no query.
 */
export const lookAtPasswordLink = async (app: App, token: string): Promise<SeenPasswordLink> => {
  const ids = readOrNull(() => resetTokens.read(app, token))
  const holder = ids && (await findPasswordLinkHolder(app.pool, ids.tenantId, ids.rowId))
  if (holder === null) return unknownLink
  const end = endOf(holder)
  const seen = seenBy(holder)
  if (end !== null) return { ...seen, end }
  return { ...seen, end, isInvitation: holder.status === 'invited', signInName: holder.sign_in_name }
}

/** Looks at the link of a mail that confirms an address, and changes nothing. */
export const lookAtConfirmation = async (app: App, token: string): Promise<SeenConfirmation> => {
  const ids = readOrNull(() => confirmationTokens.read(app, token))
  const holder = ids && (await findConfirmationHolder(app.pool, ids.tenantId, ids.rowId))
  if (holder === null) return unknownLink
  const end = holder.is_stale ? 'used' : endOf(holder)
  const seen = seenBy(holder)
  return end === null ? { ...seen, end, isNew: holder.is_new, email: holder.email } : { ...seen, end }
}
