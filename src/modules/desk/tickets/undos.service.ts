import { randomUUID } from 'node:crypto'
import type { App } from '../../../platform/app-context.ts'
import type { Db, Tx } from '../../../platform/db/sql.ts'
import { type LinkTokens, linkTokens } from '../../../platform/dotted-token.ts'
import { AppError } from '../../../platform/errors.ts'
import type { Act, User } from '../../identity/accounts/actor.ts'
import { settingsOf } from '../../identity/tenants/tenant-settings.service.ts'
import { deedOf } from './ticket-deeds.ts'
import { visibleParts } from './ticket-events.policy.ts'
import type { Ticket } from './tickets.schemas.ts'
import type { MembersBefore, Undo, UndoOffer } from './undoable.schemas.ts'
import {
  deleteUndos,
  findUndo,
  insertUndo,
  listEventsSince,
  lockUndo,
  markUndone,
  type Since,
} from './undos.queries.ts'

/** The tokens of the undos of one account: an HMAC over the account, the tenant and the row. */
const tokensOf = ({ accountId }: User): LinkTokens => linkTokens(`undo ${accountId}`, 'undo_not_found')

/**
 * The act, so that its actor may take it back for some seconds, but no longer than the tenant lets people. With 0
 * seconds it is as it was.
 */
export const undoable = async (app: App, act: Act<User>, asked = 0): Promise<Act<User>> => {
  if (asked === 0) return act
  const seconds = Math.min(asked, (await settingsOf(app, act.actor.tenantId)).undo_seconds)
  return seconds === 0 ? act : { ...act, undo: { undoId: randomUUID(), seconds } }
}

/** A change that was made, for its undo. `asked`: the ticket that the request named, when it is another one. */
interface Done {
  before: Ticket
  after?: Ticket
  asked?: string
  commentId?: string
}

const membersOf = ({ before, after = before }: Done): MembersBefore => ({
  technician_id: before.technician_id,
  status: before.status,
  priority: before.priority,
  issue_category: before.issue_category,
  subject: before.subject,
  ...(before.issue_description === after.issue_description ? {} : { issue_description: before.issue_description }),
  resolution_summary: before.resolution_summary,
  close_reason: before.close_reason,
  resolved_date: before.resolved_date,
  closed_date: before.closed_date,
  first_response_at: before.first_response_at,
})

/**
 * Writes down, at the end of the transaction of an undoable act, how the locked ticket was before, so that `POST /undo`
 * can bring that back. Answers with what the answer gets: nothing when the act is not undoable, or changed nothing.
 */
export const offerUndo = async (app: App, tx: Tx, act: Act<User>, done: Done): Promise<UndoOffer> => {
  const { actor, undo } = act
  const { before, after, asked = before.ticket_id, commentId = null } = done
  if (undo === undefined || (commentId === null && before.version === after?.version)) return {}
  const row = { ...undo, ticketId: before.ticket_id, askedId: asked, before: membersOf(done), commentId }
  const { until } = await insertUndo(tx, actor, row)
  return { undo_token: tokensOf(actor).write(app, actor.tenantId, undo.undoId), undo_until: until }
}

/** What somebody does who cannot undo. */
export const byHand = 'Change the ticket by hand.'

/** Refuses a token that undoes nothing, with the same words whatever it is. */
const refuseToken = (): AppError =>
  new AppError('undo_not_found', {
    detail: `There is nothing that this token undoes: it is for who got it, and for a short time. ${byHand}`,
  })

const refuseLate = (): AppError => new AppError('undo_expired', { detail: `The time to undo this is over. ${byHand}` })

const requireOpen = (undo: Undo | null): Undo => {
  if (undo === null) throw refuseToken()
  if (undo.is_undone) throw new AppError('undo_spent')
  if (undo.is_over) throw refuseLate()
  return undo
}

/** @throws AppError `undo_not_found` for a token that is not of this account; `undo_spent`, `undo_expired`. */
export const getUndo = async (db: Db, actor: User, undoId: string): Promise<Undo> =>
  requireOpen(await findUndo(db, actor, undoId))

/**
 * Locks an undo, after its tickets: another request may have spent it meanwhile. While it is locked, no mail of its
 * change is handed over. @throws AppError as `getUndo`.
 */
export const getUndoLocked = async (tx: Tx, actor: User, undoId: string): Promise<Undo> =>
  requireOpen(await lockUndo(tx, actor, undoId))

/** The id of the undo of a token. @throws AppError `undo_not_found` for a token that was not made for the account. */
export const readUndoToken = (app: App, actor: User, token: string): string => {
  const row = tokensOf(actor).find(app, token)
  if (row?.tenantId !== actor.tenantId) throw refuseToken()
  return row.rowId
}

/**
 * Ends a locked undo. The clock of the database judges whether time is left; the commit may take longer, because the
 * queue of mails leaves the mails of a locked undo alone. @throws AppError `undo_expired`.
 */
export const spendUndo = async (tx: Tx, actor: User, undoId: string): Promise<void> => {
  if ((await markUndone(tx, actor, undoId)) === 0) throw refuseLate()
}

/** What a refusal says of an event. Customers read no sign-in name of an admin. */
const sinceOf = (reader: User, { type, actor_id, actor_name, actor_role, occurred_at, changes }: Since) => ({
  type,
  actor_id: reader.role === 'customer' && actor_role === 'admin' ? null : actor_id,
  actor_name,
  occurred_at,
  fields: Object.keys(visibleParts(reader, { changes, details: {}, is_taken_back: false }).changes),
})

/**
 * Refuses to undo what others have gone on from: any event on the conversation that the actor reads, or another version
 * of the locked ticket. The refusal names the events when the actor `sees` the ticket as it is now.
 * @throws AppError `undo_changed`.
 */
export const refuseChangedSince = async (
  tx: Tx,
  actor: User,
  { undo, ticket, sees }: { undo: Undo; ticket: Ticket; sees: boolean },
): Promise<void> => {
  const events = await listEventsSince(tx, actor, undo)
  if (events.length === 0 && ticket.version === undo.version) return
  const since = sees ? events.map((event) => sinceOf(actor, event)) : []
  const [first] = since
  const detail = first
    ? `${first.actor_name ?? 'The system'} ${deedOf(first.type)} after that.`
    : 'The ticket is not as you left it.'
  throw new AppError('undo_changed', { detail: `${detail} ${byHand}`, extra: { since } })
}

/** Deletes undos of more than a day ago that nobody used. Answers with their number. */
export const deleteOldUndos = ({ pool }: App, limit: number): Promise<number> => deleteUndos(pool, limit)
