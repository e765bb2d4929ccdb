import type { Role } from '../../../contract/enums.ts'
import type { App } from '../../../platform/app-context.ts'
import type { Config } from '../../../platform/config.ts'
import { mailableForm } from '../../../platform/email-address.ts'
import { AppError } from '../../../platform/errors.ts'
import { eventOf, recordEvents } from '../../../platform/events/append-events.ts'
import { networkOf } from '../../../platform/network-address.ts'
import type { Charge } from '../../../platform/quotas/quotas.ts'
import { sha256 } from '../../../platform/secrets.ts'
import type { Act, User } from './actor.ts'

/** The quotas of an account, by their names in a refusal. */
type AccountQuota = 'tickets' | 'comments' | 'uploads' | 'upload_bytes'

const ofCustomers = (config: Config): Record<AccountQuota, number> => ({
  tickets: config.QUOTA_CUSTOMER_TICKETS_PER_DAY,
  comments: config.QUOTA_CUSTOMER_COMMENTS_PER_DAY,
  uploads: config.QUOTA_CUSTOMER_UPLOADS_PER_DAY,
  upload_bytes: config.QUOTA_CUSTOMER_UPLOAD_MB_PER_DAY * 1_000_000,
})
const ofStaff = (config: Config): Record<AccountQuota, number> => ({
  tickets: config.QUOTA_STAFF_TICKETS_PER_DAY,
  comments: config.QUOTA_STAFF_COMMENTS_PER_DAY,
  uploads: config.QUOTA_STAFF_UPLOADS_PER_DAY,
  upload_bytes: config.QUOTA_STAFF_UPLOAD_MB_PER_DAY * 1_000_000,
})

const whoIs = ({ tenantId, accountId }: User): string => `${tenantId} ${accountId}`

/**
 * Does the work of a request within the quotas of its account. Routes call it, and not services, because what the
 * program does by itself, such as filling a demo, does not count. Work that fails uses nothing.
 * @throws AppError `quota_exceeded`; what `work` throws.
 */
export const withinQuotas = <T>(
  app: App,
  actor: User,
  amounts: Partial<Record<AccountQuota, number>>,
  work: () => Promise<T>,
): Promise<T> => {
  const limits = actor.role === 'customer' ? ofCustomers(app.config) : ofStaff(app.config)
  const charges = (Object.entries(amounts) as [AccountQuota, number][]).map(([quota, amount]) => ({
    quota,
    who: whoIs(actor),
    limit: limits[quota],
    amount,
  }))
  return app.quotas.spend(charges, work)
}

/**
 * A mail of a tenant to an address, by the act of a person who is not signed in. The key has a hash: an address may be
 * long. Each tenant counts for itself, so that strangers in one tenant do not use up the mails of another.
 */
const mailTo = ({ config }: App, tenantId: number, email: string): Charge => ({
  quota: 'mails',
  who: sha256(`${tenantId} ${mailableForm(email).toLowerCase()}`)
    .toString('base64url')
    .slice(0, 22),
  whose: 'this email address',
  limit: config.QUOTA_STRANGER_MAILS_PER_DAY,
  amount: 1,
})

/** A registration from a network address. */
const registrationFrom = ({ config }: App, address: string): Charge => ({
  quota: 'registrations',
  who: networkOf(address),
  whose: 'your network address',
  limit: config.QUOTA_ADDRESS_REGISTRATIONS_PER_DAY,
  amount: 1,
})

/**
 * Registers an account within the quotas of the caller's network address, and of the mails that strangers cause to the
 * recipient.
 * @throws AppError `quota_exceeded`; what `work` throws.
 */
export const registerWithinQuotas = <T>(
  app: App,
  { tenantId, address }: { tenantId: number; address: string },
  email: string,
  work: () => Promise<T>,
): Promise<T> => app.quotas.spend([registrationFrom(app, address), mailTo(app, tenantId, email)], work)

/**
 * Does work that may send a mail at a stranger's request. When the recipient got too many such mails within 24 hours,
 * the work is done with `mayMail` false, and must send none. Nobody is told, because the answer, or its time, would
 * tell whether the address has an account. `work` answers whether it sent a mail.
 */
export const mailWithinQuota = async <T extends { isMailed: boolean }>(
  app: App,
  tenantId: number,
  email: string,
  work: (mayMail: boolean) => Promise<T>,
): Promise<T> => {
  try {
    return await app.quotas.spend(
      [mailTo(app, tenantId, email)],
      () => work(true),
      ({ isMailed }) => !isMailed,
    )
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'quota_exceeded') throw error
    return work(false)
  }
}

/**
 * Asks for a registration within the quota of the caller's network address. Past the quota of the recipient's mails the
 * work sends none, as in `mailWithinQuota`.
 * @throws AppError `quota_exceeded` for the network address only; what `work` throws.
 */
export const askWithinQuotas = <T extends { isMailed: boolean }>(
  app: App,
  { tenantId, address }: { tenantId: number; address: string },
  email: string,
  work: (mayMail: boolean) => Promise<T>,
): Promise<T> => app.quotas.spend([registrationFrom(app, address)], () => mailWithinQuota(app, tenantId, email, work))

/**
 * Sends a mail to an address that nobody has confirmed, within the quota of mails that strangers cause to the
 * recipient. Only a mail that is sent counts. Null when the quota is used up.
 */
export const sendWithinQuota = async <T>(
  app: App,
  tenantId: number,
  email: string,
  send: () => Promise<T>,
  isSent: (result: T) => boolean,
): Promise<T | null> => {
  try {
    return await app.quotas.spend([mailTo(app, tenantId, email)], send, (result) => !isSent(result))
  } catch (error) {
    if (error instanceof AppError && error.code === 'quota_exceeded') return null
    throw error
  }
}

/** How many links to another address an account may have mailed within a day. */
const addressChangesPerDay = 10

/**
 * Does work that mails a link to an address that a signed-in person typed, within the account's quota of such links.
 * @throws AppError `quota_exceeded`; what `work` throws.
 */
export const changeAddressWithinQuota = <T>(app: App, actor: User, work: () => Promise<T>): Promise<T> =>
  app.quotas.spend([{ quota: 'email_changes', who: whoIs(actor), limit: addressChangesPerDay, amount: 1 }], work)

/** How many different tickets an account of each role may read within a day. Customers read their own only. */
const ticketsReadBy = ({ config }: App, role: Role): number =>
  ({
    admin: config.QUOTA_ADMIN_TICKETS_READ_PER_DAY,
    technician: config.QUOTA_TECHNICIAN_TICKETS_READ_PER_DAY,
    customer: 0,
  })[role]

/**
 * Reads for an account, and counts the different tickets that the result shows, by their numbers. Past half of the
 * quota an event tells the admins, once a day.
 * @throws AppError `quota_exceeded` once the account has read as many tickets as it may; what `work` throws.
 */
export const readWithinQuota = <T>(
  app: App,
  { actor, requestId }: Pick<Act<User>, 'actor' | 'requestId'>,
  work: () => Promise<T>,
  ticketNumbersIn: (result: T) => number[],
): Promise<T> => {
  const quota = 'tickets_read'
  const limit = ticketsReadBy(app, actor.role)
  return app.distinctQuotas.show(
    {
      quota,
      who: whoIs(actor),
      limit,
      async notice(tx, count) {
        const details = { quota, limit, count } as const
        await recordEvents(tx, [eventOf({ actor, requestId }, 'quota.half_used', actor.accountId, { details })])
      },
    },
    work,
    ticketNumbersIn,
  )
}
