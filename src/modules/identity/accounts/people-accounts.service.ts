import { requireRead } from '../../../platform/access.ts'
import type { App } from '../../../platform/app-context.ts'
import type { Db, Tx } from '../../../platform/db/sql.ts'
import { transaction } from '../../../platform/db/transaction.ts'
import { AppError } from '../../../platform/errors.ts'
import { eventOf, recordEvents } from '../../../platform/events/append-events.ts'
import { givenBy } from '../../../platform/module.ts'
import { type PageOf, type PageRequest, pageOf, refuseTooBroad } from '../../../platform/paging.ts'
import type { Charge } from '../../../platform/quotas/quotas.ts'
import { reactivateAccount } from './accounts.queries.ts'
import { inviteAdmin, lockAnybody } from './accounts.service.ts'
import type { Act, User } from './actor.ts'
import { insertEmailConfirmation } from './email-confirmations.queries.ts'
import { insertInvitation, spendPasswordResets } from './password-resets.queries.ts'
import { invitationDays } from './passwords.service.ts'
import { findPerson, listDirectory, listPeople } from './people-accounts.queries.ts'
import {
  type DirectoryFilter,
  type DirectoryRow,
  factorOfPerson,
  lastSeenOfPerson,
  type PeopleFilter,
  type Person,
  type PersonKey,
  type PersonRow,
} from './people-accounts.schemas.ts'

/** People are listed in the order in which they were created. */
export const peopleOrder = 'people'
/** The order of the directory, whose cursors are its own. */
export const directoryOrder = 'directory'

/** @throws AppError `account_not_found`. */
export const getPerson = async (db: Db, tenantId: number, accountId: string): Promise<Person> =>
  requireRead(await findPerson(db, tenantId, accountId), 'account_not_found')

const keyOf = ({ created_at, account_id }: { created_at: string; account_id: string }): PersonKey => [
  created_at,
  account_id,
]

const readingOf = (app: App, counted: string) => ({
  counted: givenBy(app.conditions, counted),
  timeoutMs: app.config.LIST_TIMEOUT_MS,
})

/**
 * A page of the people of a tenant. `counted`: the name under which the module of tickets gives the number of
 * unresolved tickets of a technician `w`.
 * @throws AppError `query_too_broad` after `LIST_TIMEOUT_MS`.
 */
export const listPeopleOf = async (
  app: App,
  { tenantId }: User,
  filter: PeopleFilter,
  page: PageRequest<PersonKey>,
  counted: string,
): Promise<PageOf<PersonRow>> => {
  const reading = listPeople(app.pool, tenantId, filter, page, {
    ...readingOf(app, counted),
    hasFactor: givenBy(app.conditions, factorOfPerson),
    lastSeen: givenBy(app.conditions, lastSeenOfPerson),
  })
  const rows = await refuseTooBroad(reading, 'Send `q`, or more of the name or of the address in it.')
  return pageOf(rows, page, peopleOrder, keyOf)
}

/**
 * A page of the customers and technicians whom the staff look up, without those who are deactivated.
 * @throws AppError `query_too_broad` after `LIST_TIMEOUT_MS`.
 */
export const listDirectoryOf = async (
  app: App,
  { tenantId }: User,
  filter: DirectoryFilter,
  page: PageRequest<PersonKey>,
  counted: string,
): Promise<PageOf<DirectoryRow>> => {
  const reading = listDirectory(app.pool, tenantId, filter, page, readingOf(app, counted))
  const rows = await refuseTooBroad(reading, 'Send `q`, or more of the name in it.')
  return pageOf(rows, page, directoryOrder, keyOf)
}

/**
 * Invites an admin: a link to set a password is mailed to them.
 * @throws AppError `email_taken`, `sign_in_name_taken`.
 */
export const createInvitedAdmin = (
  app: App,
  act: Act<User>,
  admin: { userId: string; name: string; email: string },
): Promise<Person> =>
  transaction(app.pool, async (tx) => getPerson(tx, act.actor.tenantId, await inviteAdmin(tx, act, admin)), act.receipt)

/** Ends the links of an invited account, and mails a new one. The caller has locked the account. */
const replaceInvitation = async (tx: Tx, act: Act<User>, accountId: string): Promise<void> => {
  await spendPasswordResets(tx, act.actor.tenantId, accountId)
  await insertInvitation(tx, act, accountId, invitationDays)
}

/** How long the link is good that a reactivated person gets. */
const confirmationDays = 7

/** Mails a link that confirms the address that an account has. */
const askForConfirmation = async (tx: Tx, act: Act<User>, accountId: string, email: string): Promise<void> => {
  const days = confirmationDays
  const confirmation_id = await insertEmailConfirmation(tx, act.actor.tenantId, accountId, email, days)
  const details = { confirmation_id, expires_days: days, email }
  await recordEvents(tx, [eventOf(act, 'account.email_confirmation_requested', accountId, { details })])
}

/** How many invitations an account gets within a day, so that nobody can fill its inbox. */
const invitationsPerDay = 10

const invitationTo = ({ tenantId }: User, accountId: string): Charge => ({
  quota: 'invitations',
  who: `${tenantId} ${accountId}`,
  limit: invitationsPerDay,
  amount: 1,
})

/**
 * Mails the invitation again, with a new link. The links before end.
 * @throws AppError `account_not_found`, `not_invited`, `quota_exceeded`.
 */
export const sendInvitation = (app: App, act: Act<User>, accountId: string): Promise<void> =>
  app.quotas.spend([invitationTo(act.actor, accountId)], () =>
    transaction(
      app.pool,
      async (tx) => {
        const { status } = await lockAnybody(tx, act.actor.tenantId, accountId)
        if (status !== 'invited') {
          const next =
            status === 'active'
              ? 'Who has forgotten the password asks for a link with POST /auth/password/forgot.'
              : `Reactivate the account first: POST /people/${accountId}/reactivate.`
          throw new AppError('not_invited', { detail: `${accountId} is ${status}. ${next}` })
        }
        await replaceInvitation(tx, act, accountId)
      },
      act.receipt,
    ),
  )

/**
 * Brings a deactivated account back under its number and its address: active with the password that it had, and told so
 * by mail, with a link when nobody has confirmed the address; or invited anew, when it had none. An account that is not
 * deactivated stays as it is.
 * @throws AppError `account_not_found`.
 */
export const reactivatePerson = async (app: App, act: Act<User>, accountId: string): Promise<Person> => {
  const { tenantId } = act.actor
  const person = await transaction(
    app.pool,
    async (tx) => {
      const { status: from } = await lockAnybody(tx, tenantId, accountId)
      if (from === 'deactivated') {
        const { status: to, email, is_confirmed } = await reactivateAccount(tx, tenantId, accountId)
        await recordEvents(tx, [eventOf(act, 'account.reactivated', accountId, { changes: { status: { from, to } } })])
        if (to === 'invited') await replaceInvitation(tx, act, accountId)
        else if (!is_confirmed) await askForConfirmation(tx, act, accountId, email)
      }
      return getPerson(tx, tenantId, accountId)
    },
    act.receipt,
  )
  app.principals.clear()
  return person
}
