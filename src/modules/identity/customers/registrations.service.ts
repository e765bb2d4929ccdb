import { comparedDomain } from '../../../contract/domains.ts'
import type { RegistrationMode } from '../../../contract/enums.ts'
import type { App } from '../../../platform/app-context.ts'
import type { Tx } from '../../../platform/db/sql.ts'
import { transaction } from '../../../platform/db/transaction.ts'
import { AppError, invalidMember } from '../../../platform/errors.ts'
import { type Origin, systemOf } from '../accounts/actor.ts'
import { endOf, readOrNull, type SeenLink, seenBy, unknownLink } from '../accounts/link-holders.service.ts'
import { registrationTokens } from '../accounts/mailed-links.ts'
import { hashNewPassword, inviteOwnerAgain, type LinkOwner, lockOwnerOfAddress } from '../accounts/passwords.service.ts'
import { askWithinQuotas } from '../accounts/quotas.service.ts'
import { refuseWeakPassword } from '../accounts/weak-passwords.ts'
import type { SessionKind } from '../sign-in/sign-in.schemas.ts'
import type { TenantSettings } from '../tenants/known-settings.schemas.ts'
import { settingsOf } from '../tenants/tenant-settings.service.ts'
import { getTenantName, refuseSuspended } from '../tenants/tenants.service.ts'
import type { RegistrationKind } from './customers.schemas.ts'
import {
  addNewCustomer,
  type NewRegistration,
  type RegisteredCustomer,
  signInNewCustomer,
} from './customers.service.ts'
import {
  type AskedRegistration,
  deleteExpiredRegistrations,
  findRegistrationLink,
  insertRegistration,
  lockAddress,
  useRegistration,
} from './registrations.queries.ts'

/** How long the link that finishes a registration is good for. */
const registrationHours = 24

/** How many mails an address gets for registrations within an hour. */
const maxPerHour = 3

/** @throws AppError `registration_closed`, in every case. */
const refuseRegistration = (): never => {
  throw new AppError('registration_closed', {
    detail: 'Nobody can register here. Ask the people who run this desk for an invitation.',
  })
}

/** Whether an address may register at a tenant by a link. Domains are compared exactly: a subdomain is another one. */
const mayRegister = ({ registration, registration_domains: domains }: TenantSettings, email: string): boolean => {
  if (registration === 'closed') return false
  const domain = comparedDomain(email.slice(email.lastIndexOf('@') + 1))
  return registration !== 'by_domain' || (domain !== null && domains.includes(domain))
}

/** What is mailed to an address. Null: nothing, or an invitation again. */
const kindOf = (settings: TenantSettings, owner: LinkOwner, email: string): RegistrationKind | null => {
  if (owner === null) return mayRegister(settings, email) ? 'confirm' : 'elsewhere'
  return owner.status === 'active' ? 'known' : null
}

/**
 * Mails what an address needs that registers: a link, that it has an account, or that it may not register. Somebody who
 * is invited is invited again, and somebody who is deactivated gets nothing. The answer, and the work for it, is the
 * same in every case.
 */
const askForRegistration = (
  app: App,
  tenantId: number,
  { requestId, receipt }: Origin,
  settings: TenantSettings,
  asked: AskedRegistration,
  mayMail: boolean,
): Promise<{ isMailed: boolean }> => {
  const act = { actor: systemOf(tenantId), requestId, receipt }
  return transaction(
    app.pool,
    async (tx) => {
      await lockAddress(tx, tenantId, asked.email)
      const owner = await lockOwnerOfAddress(tx, tenantId, asked.email)
      const isInvited = await inviteOwnerAgain(tx, act, mayMail ? owner : null)
      const kind = mayMail ? kindOf(settings, owner, asked.email) : null
      const isAsked = await insertRegistration(tx, act, kind, asked, { hours: registrationHours, maxPerHour })
      return { isMailed: isInvited || isAsked }
    },
    receipt,
  )
}

/** What a registration came to: an account and a session, or a mail. */
export type Outcome<Session> = Session | { isMailed: boolean }

/**
 * Registers an address the way the tenant lets people register. `openAccount` makes the account at once, and is called
 * only where that is the way.
 * @throws AppError `registration_closed`; `validation_failed` without a password where the account is made at once;
 * `quota_exceeded`; what `openAccount` throws.
 */
export const register = async <Session>(
  app: App,
  tenantId: number,
  origin: Origin & { address: string },
  { password, ...asked }: AskedRegistration & { password?: string | undefined },
  openAccount: (password: string) => Promise<Session>,
): Promise<Outcome<Session>> => {
  const settings = await settingsOf(app, tenantId)
  if (settings.registration === 'closed') refuseRegistration()
  if (settings.registration === 'open') {
    if (password === undefined) throw invalidMember('password', 'is missing', 'missing')
    return openAccount(password)
  }
  const quotasOf = { tenantId, address: origin.address }
  return askWithinQuotas(app, quotasOf, asked.email, (mayMail) =>
    askForRegistration(app, tenantId, origin, settings, asked, mayMail),
  )
}

/**
 * Finishes a registration by the link of a mail: makes the account, whose address is confirmed by that, and signs it
 * in. The account is not signed in when a page asks, because a page keeps no session.
 * @throws AppError `invalid_registration_token` when the link was not made by this program, was used or has expired;
 * `registration_closed` when the address may not register any more; `email_taken` when an account got the address
 * meanwhile, which does not use the link up; `validation_failed` for a weak password;
 * `tenant_suspended`.
 */
export const confirmRegistration = async (
  app: App,
  origin: Origin & { isByPage: boolean },
  kind: SessionKind,
  { token, name, password }: { token: string; name?: string | undefined; password: string },
): Promise<RegisteredCustomer<SessionKind> | Pick<RegisteredCustomer<SessionKind>, 'customer'>> => {
  const { tenantId, rowId: registrationId } = registrationTokens.read(app, token)
  await refuseSuspended(app, tenantId)
  const settings = await settingsOf(app, tenantId)
  if (settings.registration === 'closed') refuseRegistration()
  const passwordHash = await hashNewPassword(app, password, name === undefined ? [] : [name])
  const prepare = async (tx: Tx): Promise<NewRegistration> => {
    const used = await useRegistration(tx, tenantId, registrationId)
    if (used === null) throw new AppError('invalid_registration_token')
    if (!mayRegister(settings, used.email)) refuseRegistration()
    await refuseWeakPassword(password, { names: [name ?? used.name ?? '', used.email] })
    return { email: used.email, name: name ?? used.name ?? undefined, passwordHash, isConfirmed: true }
  }
  return origin.isByPage
    ? addNewCustomer(app, tenantId, origin, prepare, async () => ({}))
    : signInNewCustomer(app, tenantId, origin, kind, prepare)
}

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
  const ids = readOrNull(() => registrationTokens.read(app, token))
  const link = ids && (await findRegistrationLink(app.pool, ids.tenantId, ids.rowId))
  if (ids === null || link === null) return unknownLink
  const seen = seenBy({ ...link, language: null })
  const end = endOf(link)
  if (end !== null) return { ...seen, end }
  const isOpen = mayRegister(await settingsOf(app, ids.tenantId), link.email)
  const refusal = link.is_taken ? 'email_taken' : isOpen ? null : 'registration_closed'
  return { ...seen, end, email: link.email, refusal }
}

/**
 * How people register at a tenant, and what it is called. The domains are not told, because they would tell strangers
 * whom to pretend to be.
 */
export const registrationModeOf = async (
  app: App,
  tenantId: number,
): Promise<{ mode: RegistrationMode; tenant_name: string }> => {
  const [{ registration }, tenantName] = await Promise.all([settingsOf(app, tenantId), getTenantName(app, tenantId)])
  return { mode: registration, tenant_name: tenantName }
}

/** Removes at most `limit` registrations that expired long ago, and answers with their number. */
export const deleteOldRegistrations = (app: App, limit: number): Promise<number> =>
  deleteExpiredRegistrations(app.pool, limit)
