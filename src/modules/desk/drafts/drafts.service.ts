import type { DraftKind, Visibility } from '../../../contract/enums.ts'
import { requireRead, requireWrite } from '../../../platform/access.ts'
import type { App } from '../../../platform/app-context.ts'
import type { Db, Tx } from '../../../platform/db/sql.ts'
import { retriedTransaction, startOver, transaction } from '../../../platform/db/transaction.ts'
import { AppError } from '../../../platform/errors.ts'
import { fitPage } from '../../../platform/page-budget.ts'
import { type PageOf, type PageRequest, pageOf } from '../../../platform/paging.ts'
import { numberOf } from '../../../platform/schemas.ts'
import type { Act, User } from '../../identity/accounts/actor.ts'
import { requireVisible } from '../tickets/visible-ids.service.ts'
import { tellOfDraft } from './draft-signals.service.ts'
import { draftAccess, draftKindOf } from './drafts.policy.ts'
import {
  type DraftPlace,
  deleteDraftsOlderThan,
  emptyDraft,
  findDraft,
  insertDraft,
  listDrafts,
  lockAndCountDrafts,
  lockDraft,
  updateDraft,
} from './drafts.queries.ts'
import type { Draft, DraftKey, ListedDraft } from './drafts.schemas.ts'

/** Drafts are listed by this order: the last changed first. */
export const draftOrder = '-updated_at'

/** How many drafts a person may have at once. */
const draftsAtMost = 200
/** How long a draft is kept after its last change. */
const keptDays = 90

/** @throws AppError `ticket_not_found`; `forbidden` to a customer for a note. */
const requirePlace = async (db: Db, actor: User, { ticketId, kind }: DraftPlace): Promise<void> => {
  await requireVisible(db, actor, ticketId)
  const detail = 'Customers write replies only: what customers write is public.'
  requireWrite(kind, (found) => draftAccess(actor, found), 'ticket_not_found', detail)
}

/** A page of the actor's own drafts, on tickets that the actor sees, the last changed first. */
export const listOwnDrafts = async (
  app: App,
  actor: User,
  page: PageRequest<DraftKey>,
): Promise<PageOf<ListedDraft>> => {
  const found = pageOf(await listDrafts(app.pool, actor, page), page, draftOrder, (draft) => [
    draft.updated_at,
    numberOf(draft.ticket_id),
    draft.kind,
  ])
  return { ...found, rows: fitPage(found.rows, ['body']) }
}

/** The actor's own draft. @throws AppError `ticket_not_found`, `forbidden`, `draft_not_found`. */
export const getDraft = async (app: App, actor: User, place: DraftPlace): Promise<Draft> => {
  await requirePlace(app.pool, actor, place)
  return requireRead(await findDraft(app.pool, actor, place), 'draft_not_found')
}

/** Refuses a change that is meant for another version of a draft. Version 0 is that there is none. */
const refuseStale = ({ accountId }: User, draft: Draft | null, ifMatch: number | null): void => {
  const current = draft?.version ?? 0
  if (ifMatch === null || ifMatch === current) return
  const changed = draft !== null && ifMatch < current ? [{ field: 'body', by: accountId, version: current }] : []
  throw new AppError('stale_version', {
    detail:
      draft === null
        ? `There is no draft, and so no version ${ifMatch} of it. It may have been sent, or deleted.`
        : `The draft is at version ${current}, not ${ifMatch}.`,
    extra: { current_version: current, changed, overlaps: changed.length > 0 },
    headers: { ETag: `"${current}"` },
  })
}

/** A draft as it was saved, and whether it is new. */
export interface SavedDraft {
  draft: Draft
  isNew: boolean
}

/** Begins a draft. The account is locked before the draft, as everywhere. */
const beginDraft = async (
  tx: Tx,
  { actor }: Act<User>,
  place: DraftPlace,
  body: string,
): Promise<SavedDraft | typeof startOver> => {
  const count = await lockAndCountDrafts(tx, actor, draftsAtMost)
  if (count >= draftsAtMost) {
    throw new AppError('too_many_drafts', { detail: `You have ${draftsAtMost} drafts. Send some, or delete them.` })
  }
  const draft = await insertDraft(tx, actor, place, body)
  if (draft === null) return startOver
  await tellOfDraft(tx, actor, place)
  return { draft, isNew: true }
}

/**
 * Writes the actor's draft of a kind on a ticket: a new one, or another text. The same text again is no change.
 * @throws AppError `ticket_not_found`, `forbidden`, `too_many_drafts`; `stale_version` when `ifMatch` is another
 * version; `unavailable` when the draft begins and ends again and again meanwhile.
 */
export const writeDraft = (
  app: App,
  act: Act<User>,
  place: DraftPlace,
  { body, ifMatch }: { body: string; ifMatch: number | null },
): Promise<SavedDraft> =>
  retriedTransaction<SavedDraft>(
    app.pool,
    async (tx) => {
      const { actor } = act
      await requirePlace(tx, actor, place)
      const before = await lockDraft(tx, actor, place)
      refuseStale(actor, before, ifMatch)
      if (before === null) return beginDraft(tx, act, place, body)
      if (before.body === body) return { draft: before, isNew: false }
      const draft = await updateDraft(tx, actor, place, body)
      await tellOfDraft(tx, actor, place)
      return { draft, isNew: false }
    },
    act.receipt,
  )

/**
 * Deletes the actor's draft. Without a draft nothing changes.
 * @throws AppError `ticket_not_found`, `forbidden`; `stale_version` when there is a draft and `ifMatch` is another
 * version.
 */
export const deleteDraft = (app: App, act: Act<User>, place: DraftPlace, ifMatch: number | null): Promise<void> =>
  transaction(
    app.pool,
    async (tx) => {
      const { actor } = act
      await requirePlace(tx, actor, place)
      const draft = await lockDraft(tx, actor, place)
      if (draft === null) return
      refuseStale(actor, draft, ifMatch)
      await emptyDraft(tx, actor, place, null)
      await tellOfDraft(tx, actor, place)
    },
    act.receipt,
  )

/**
 * Deletes the draft from which the actor has written a comment, in the comment's transaction: exactly this version. A
 * newer text stays, because it was not sent.
 */
export const deleteSentDraft = async (
  tx: Tx,
  actor: User,
  ticketId: string,
  visibility: Visibility,
  version: number,
): Promise<void> => {
  const place = { ticketId, kind: draftKindOf(visibility) }
  if ((await emptyDraft(tx, actor, place, version)) > 0) await tellOfDraft(tx, actor, place)
}

/**
 * Gives the actor a text back as their draft, in the transaction that takes the text away elsewhere. A draft of the
 * kind that they have begun meanwhile stays; the answer is false then. The caller has checked that the actor sees the
 * ticket. The bound of drafts does not count, because no text may be lost for it.
 */
export const saveDraft = async (
  tx: Tx,
  actor: User,
  ticketId: string,
  kind: DraftKind,
  body: string,
): Promise<boolean> => {
  const place = { ticketId, kind }
  const isSaved = (await insertDraft(tx, actor, place, body)) !== null
  if (isSaved) await tellOfDraft(tx, actor, place)
  return isSaved
}

/** Removes at most `limit` drafts that have not changed for 90 days, and answers with their number. */
export const deleteOldDrafts = (app: App, limit: number): Promise<number> =>
  deleteDraftsOlderThan(app.pool, keptDays, limit)
