import { z } from 'zod'
import { DraftKind } from '../../../contract/enums.ts'
import { allOf, type Db, exec, many, maybeOne, one, type Sql, sql, type Tx } from '../../../platform/db/sql.ts'
import type { PageRequest } from '../../../platform/paging.ts'
import { numberOf } from '../../../platform/schemas.ts'
import type { User } from '../../identity/accounts/actor.ts'
import { isOutOfSight } from '../tickets/sight-of-accounts.steps.ts'
import { visibleTickets } from '../tickets/tickets.policy.ts'
import { Draft, type DraftKey, ListedDraft } from './drafts.schemas.ts'

const draftColumns = sql`public_id('TKT', d.ticket_number) as ticket_id, d.kind, d.body, d.version, d.updated_at`

/** Which draft is meant: the kind of text, on a ticket. It is always the actor's own. */
export interface DraftPlace {
  ticketId: string
  kind: DraftKind
}

/** The row of the actor's own draft `d`. Nothing else finds drafts, so nobody finds another person's. */
const isAt = ({ tenantId, accountId }: User, { ticketId, kind }: DraftPlace): Sql => sql`
  d.tenant_id = ${tenantId} and d.account_id = ${accountId} and d.ticket_number = ${numberOf(ticketId)}
  and d.kind = ${kind}`

/** The actor's own draft. The caller has checked that the actor sees the ticket. */
export const findDraft = (db: Db, actor: User, place: DraftPlace): Promise<Draft | null> =>
  maybeOne(db, Draft, sql`select ${draftColumns} from drafts d where ${isAt(actor, place)} and d.body is not null`)

/** Locks the actor's own draft until the transaction ends. */
export const lockDraft = (tx: Tx, actor: User, place: DraftPlace): Promise<Draft | null> =>
  maybeOne(
    tx,
    Draft,
    sql`select ${draftColumns} from drafts d where ${isAt(actor, place)} and d.body is not null for update`,
  )

/** One more than `limit` of the actor's own drafts on tickets that the actor sees, the last changed first. */
export const listDrafts = (db: Db, actor: User, { limit, after }: PageRequest<DraftKey>): Promise<ListedDraft[]> => {
  const { tenantId, accountId } = actor
  const conditions = [sql`d.tenant_id = ${tenantId} and d.account_id = ${accountId} and d.body is not null`]
  if (after !== null) {
    const [updatedAt, number, kind] = after
    conditions.push(sql`d.updated_at <= ${updatedAt}::timestamptz
      and (d.updated_at < ${updatedAt}::timestamptz or (d.ticket_number, d.kind) > (${number}::bigint, ${kind}))`)
  }
  return many(
    db,
    ListedDraft,
    sql`select ${draftColumns}, t.subject
        from drafts d
        cross join lateral (
          select t.subject from tickets t
          where t.tenant_id = d.tenant_id and t.ticket_number = d.ticket_number and ${visibleTickets(actor)} limit 1) t
        where ${allOf(conditions)}
        order by d.updated_at desc, d.ticket_number, d.kind limit ${limit + 1}`,
  )
}

const Counted = z.object({ drafts: z.int() })

/**
 * Locks the actor's account, so that nobody begins another draft of theirs meanwhile, and counts their drafts, at most
 * `limit` of them.
 */
export const lockAndCountDrafts = async (tx: Tx, { tenantId, accountId }: User, limit: number): Promise<number> => {
  await exec(
    tx,
    sql`select from accounts a where a.tenant_id = ${tenantId} and a.account_id = ${accountId} for no key update`,
  )
  const { drafts } = await one(
    tx,
    Counted,
    sql`select count(*)::integer as drafts from (
          select from drafts d
          where d.tenant_id = ${tenantId} and d.account_id = ${accountId} and d.body is not null limit ${limit}) d`,
  )
  return drafts
}

/**
 * Begins a draft where the actor has none of the kind on the ticket. Its version follows that of the draft before. Null
 * when there is one by now.
 */
export const insertDraft = (
  tx: Tx,
  { tenantId, accountId }: User,
  { ticketId, kind }: DraftPlace,
  body: string,
): Promise<Draft | null> =>
  maybeOne(
    tx,
    Draft,
    sql`insert into drafts as d (tenant_id, account_id, ticket_number, kind, body, version, updated_at)
        values (${tenantId}, ${accountId}, ${numberOf(ticketId)}, ${kind}, ${body}, 1, now())
        on conflict on constraint drafts_pkey do update
          set body = excluded.body, version = d.version + 1, updated_at = excluded.updated_at
          where d.body is null
        returning ${draftColumns}`,
  )

/** Writes the text of a draft that the caller has locked. */
export const updateDraft = (tx: Tx, actor: User, place: DraftPlace, body: string): Promise<Draft> =>
  one(
    tx,
    Draft,
    sql`update drafts d set body = ${body}, version = d.version + 1, updated_at = now()
        where ${isAt(actor, place)} and d.body is not null
        returning ${draftColumns}`,
  )

/** Takes the text out of a draft, of any version or of exactly one. Answers with the number of drafts: 0 or 1. */
export const emptyDraft = (tx: Tx, actor: User, place: DraftPlace, version: number | null): Promise<number> =>
  exec(
    tx,
    sql`update drafts d set body = null, updated_at = now()
        where ${isAt(actor, place)} and d.body is not null and d.version = coalesce(${version}::integer, d.version)`,
  )

/** Removes at most `limit` drafts that nobody has changed for so many days. */
export const deleteDraftsOlderThan = (db: Db, days: number, limit: number): Promise<number> =>
  exec(
    db,
    sql`delete from drafts o where o.ctid = any (array(
          select d.ctid from drafts d
          where d.updated_at < now() - make_interval(days => ${days})
          order by d.updated_at limit ${limit} for update skip locked))`,
  )

/** A draft of an account: the account, and where. */
export interface OwnedPlace extends DraftPlace {
  accountId: string
}

const DraftState = z.object({ account_id: z.string(), ticket_id: z.string(), kind: DraftKind, version: z.int() })
export type DraftState = z.output<typeof DraftState>

/** The versions of drafts now, where their account sees the ticket: 0 when there is no draft. */
export const listDraftStates = (db: Db, tenantId: number, places: OwnedPlace[]): Promise<DraftState[]> =>
  many(
    db,
    DraftState,
    sql`select n.account_id, public_id('TKT', n.ticket_number) as ticket_id, n.kind, coalesce(d.version, 0) as version
        from unnest(${places.map(({ accountId }) => accountId)}::text[],
          ${places.map(({ ticketId }) => numberOf(ticketId))}::bigint[],
          ${places.map(({ kind }) => kind)}::text[]) as n (account_id, ticket_number, kind)
        cross join lateral (
          select a.tenant_id, a.account_id, a.role from accounts a
          where a.tenant_id = ${tenantId} and a.account_id = n.account_id and a.status = 'active' limit 1) a
        cross join lateral (
          select t.tenant_id, t.ticket_number, t.final_target_number, t.customer_id, t.technician_id, t.issue_category
          from tickets t
          where t.tenant_id = ${tenantId} and t.ticket_number = n.ticket_number and t.deleted_at is null limit 1) t
        left join drafts d on d.tenant_id = ${tenantId} and d.account_id = n.account_id
          and d.ticket_number = n.ticket_number and d.kind = n.kind and d.body is not null
        where not ${isOutOfSight(sql`a`, sql`t`)}`,
  )
