import { z } from 'zod'
import { DraftKind } from '../../../contract/enums.ts'
import type { Db, Tx } from '../../../platform/db/sql.ts'
import type { Passing } from '../../../platform/live/passing.ts'
import { sendSignals } from '../../../platform/live/signals.ts'
import type { User } from '../../identity/accounts/actor.ts'
import { TicketId } from '../tickets/tickets.schemas.ts'
import { type DraftPlace, listDraftStates, type OwnedPlace } from './drafts.queries.ts'

/** The kind of the signals that say that a draft began, changed or ended. */
const kind = 'draft'

const Key = z.tuple([TicketId, DraftKind, z.string()])

/** The key of a signal: the ticket, the kind, and the account last. */
const keyOf = ({ ticketId, kind: ofDraft }: DraftPlace, accountId: string): string =>
  `${ticketId} ${ofDraft} ${accountId}`

const placeIn = (key: string): OwnedPlace[] => {
  const { data } = Key.safeParse(key.split(' '))
  return data === undefined ? [] : [{ ticketId: data[0], kind: data[1], accountId: data[2] }]
}

/** Tells the open streams of the actor, and nobody else, that a draft of theirs is another. */
export const tellOfDraft = (tx: Tx, { tenantId, accountId }: User, place: DraftPlace): Promise<void> =>
  sendSignals(tx, [{ tenantId, kind, key: keyOf(place, accountId) }])

/**
 * What each connected account gets of its own drafts that are another: which, and their versions, without the texts.
 */
export const draftPassing: Passing<{ pool: Db }> = async ({ pool }, tenantId, keys, accountIds) => {
  const connected = new Set(accountIds)
  const places = keys.flatMap(placeIn).filter(({ accountId }) => connected.has(accountId))
  if (places.length === 0) return []
  const states = await listDraftStates(pool, tenantId, places)
  return states.map(({ account_id, ...data }) => ({ account_id, type: 'draft.changed', data }))
}
