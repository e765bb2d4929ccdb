import { z } from 'zod'
import { Visibility } from '../../../contract/enums.ts'
import { allOf, type Db, many, maybeOne, one, type Sql, sql, type Tx } from '../../../platform/db/sql.ts'
import { appendEvents, type NewEvent } from '../../../platform/events/append-events.ts'
import type { PageRequest } from '../../../platform/paging.ts'
import { numberOf } from '../../../platform/schemas.ts'
import { withAccountOfEach } from '../../identity/accounts/accounts.steps.ts'
import type { Actor, User } from '../../identity/accounts/actor.ts'
import { visibleAuthorId } from '../../identity/accounts/authors.policy.ts'
import { noteRepliesStep } from '../ticket-changes/replies.steps.ts'
import { isPastEditTime } from '../tickets/edit-time.policy.ts'
import { visibleEntries } from '../tickets/tickets.policy.ts'
import { conversationOf } from '../tickets/tickets.steps.ts'
import { Comment, type CommentKey, type CommentSort } from './comments.schemas.ts'
import type { NewComment } from './new-comments.ts'

/** A comment without its attachments. */
const BareComment = Comment.omit({ attachments: true })
export type BareComment = z.output<typeof BareComment>

/** The columns of every answer, for a comment `m` by the account `a`. */
const commentColumns = (actor: Actor): Sql => sql`m.comment_id, public_id('TKT', m.ticket_number) as ticket_id,
  ${visibleAuthorId(actor)} as author_id, a.name as author_name, a.role as author_role, m.visibility, m.body, m.created_at, m.edited_at,
  (select p.comment_id from comments p
    where p.tenant_id = m.tenant_id and p.comment_id = m.in_reply_to and ${visibleEntries(actor, sql`p`)}) as in_reply_to`

const withAuthor = withAccountOfEach(sql`m.tenant_id`, sql`m.author_id`)

/** A comment as it was written. `is_customer_deactivated`: so nobody of the other side is told of it. */
const WrittenComment = BareComment.extend({ is_customer_deactivated: z.boolean() })
export type WrittenComment = z.output<typeof WrittenComment>

/** The later of now and the moment after the last comment on the ticket of `w`, even if the clock was set back. */
const afterTheLast = (tenantId: number): Sql => sql`greatest(clock_timestamp(), (
  select max(last.created_at) + interval '1 millisecond'
  from unnest(${Visibility.options}::text[]) as v (visibility)
  cross join lateral (
    select c.created_at from comments c
    where c.tenant_id = ${tenantId} and c.ticket_number = w.ticket_number and c.visibility = v.visibility
    order by c.created_at desc limit 1) last))`

/**
 * Writes comments on different tickets, with their events and with what public ones note on their tickets. The caller
 * has locked the tickets, so no other comment comes in between. The answers are for one actor, or for several who read
 * the same.
 * @returns the comments in the order of `comments`.
 */
export const insertComments = async (tx: Tx, actor: User, comments: NewComment[]): Promise<WrittenComment[]> => {
  const column = <Name extends keyof NewComment>(name: Name): NewComment[Name][] =>
    comments.map((comment) => comment[name])
  const replies = comments.flatMap(({ reply }) => reply ?? [])
  const rows = await many(
    tx,
    WrittenComment,
    sql`with m as (
          insert into comments (tenant_id, comment_id, ticket_number, author_id, visibility, body, in_reply_to, created_at)
          select ${actor.tenantId}, w.comment_id, w.ticket_number, w.author_id, w.visibility, w.body, w.in_reply_to,
            ${afterTheLast(actor.tenantId)}
          from unnest(${column('commentId')}::uuid[], ${column('ticketId').map(numberOf)}::bigint[],
            ${column('authorId')}::text[], ${column('visibility')}::text[], ${column('body')}::text[],
            ${column('inReplyTo')}::uuid[])
            as w (comment_id, ticket_number, author_id, visibility, body, in_reply_to)
          returning *),
        ${noteRepliesStep(actor.tenantId, replies)},
        logged as (${appendEvents(column('event'))})
        select ${commentColumns(actor)}, (
            select c.status = 'deactivated' from tickets t
            cross join lateral (
              select a.status from accounts a
              where a.tenant_id = t.tenant_id and a.account_id = t.customer_id limit 1) c
            where t.tenant_id = m.tenant_id and t.ticket_number = m.ticket_number) as is_customer_deactivated
        from m ${withAuthor}`,
  )
  const byId = new Map(rows.map((comment) => [comment.comment_id, comment]))
  return comments.map(({ commentId, ticketId }) => {
    const written = byId.get(commentId)
    if (written === undefined) throw new Error(`the comment on ${ticketId} was not written`)
    return written
  })
}

/** As `insertComments`, for one comment. */
export const insertComment = async (tx: Tx, actor: User, comment: NewComment): Promise<WrittenComment> => {
  const [written] = await insertComments(tx, actor, [comment])
  return written as WrittenComment
}

/**
 * One more than `limit` of the visible comments on a ticket and on the tickets merged into it, after the cursor's key,
 * and since a time if there is one. From each ticket at most that many of each visibility are read, by an index.
 */
export const listComments = (
  db: Db,
  actor: Actor,
  ticketId: string,
  sort: CommentSort,
  since: string | undefined,
  { limit, after }: PageRequest<CommentKey>,
): Promise<BareComment[]> => {
  const visibilities = actor.role === 'customer' ? ['public'] : Visibility.options
  const [direction, beyond] = sort === 'created_at' ? [sql`asc`, sql`>`] : [sql`desc`, sql`<`]
  const inOrder = sql`order by m.created_at ${direction}, m.comment_id ${direction}`
  const conditions = [
    visibleEntries(actor, sql`m`),
    ...(since === undefined ? [] : [sql`m.created_at >= ${since}::timestamptz`]),
    ...(after === null
      ? []
      : [sql`(m.created_at, m.comment_id) ${beyond} (${after[0]}::timestamptz, ${after[1]}::uuid)`]),
  ]
  return many(
    db,
    BareComment,
    sql`select ${commentColumns(actor)}
        from (
          select m.*
          from (${conversationOf(actor.tenantId, numberOf(ticketId))}) t
          cross join unnest(${visibilities}::text[]) as v (visibility)
          cross join lateral (
            select m.* from comments m
            where m.tenant_id = ${actor.tenantId} and m.ticket_number = t.ticket_number and m.visibility = v.visibility
              and ${allOf(conditions)}
            ${inOrder} limit ${limit + 1}) m
          ${inOrder} limit ${limit + 1}) m
        ${withAuthor}
        ${inOrder}`,
  )
}

const Answered = z.object({ visibility: Visibility })

/** A visible comment on a ticket that another comment is to answer. */
export const findAnswered = (
  db: Db,
  actor: User,
  ticketId: string,
  commentId: string,
): Promise<z.output<typeof Answered> | null> =>
  maybeOne(
    db,
    Answered,
    sql`select m.visibility from comments m
        where m.tenant_id = ${actor.tenantId} and m.comment_id = ${commentId}
          and m.ticket_number = ${numberOf(ticketId)} and ${visibleEntries(actor, sql`m`)}`,
  )

const LockedComment = BareComment.extend({ is_late: z.boolean() })

/** Locks a visible comment on a ticket. `is_late`: more than `minutes` have passed since it was written. */
export const lockComment = (
  tx: Tx,
  actor: User,
  ticketId: string,
  commentId: string,
  minutes: number,
): Promise<z.output<typeof LockedComment> | null> =>
  maybeOne(
    tx,
    LockedComment,
    sql`select ${commentColumns(actor)}, ${isPastEditTime(sql`m.created_at`, minutes)} as is_late
        from comments m ${withAuthor}
        where m.tenant_id = ${actor.tenantId} and m.comment_id = ${commentId}
          and m.ticket_number = ${numberOf(ticketId)} and ${visibleEntries(actor, sql`m`)}
        for no key update of m`,
  )

/** Writes the new text of a comment, and the event, which keeps the text before. */
export const updateCommentBody = (
  tx: Tx,
  actor: User,
  commentId: string,
  body: string,
  event: NewEvent,
): Promise<BareComment> =>
  one(
    tx,
    BareComment,
    sql`with m as (
          update comments set body = ${body}, edited_at = now()
          where tenant_id = ${actor.tenantId} and comment_id = ${commentId}
          returning *),
        logged as (${appendEvents([event])})
        select ${commentColumns(actor)} from m ${withAuthor}`,
  )

/** Takes a comment out of every answer; the event keeps its text. */
export const markCommentDeleted = (tx: Tx, actor: User, commentId: string, event: NewEvent): Promise<BareComment> =>
  one(
    tx,
    BareComment,
    sql`with m as (
          update comments set deleted_at = now()
          where tenant_id = ${actor.tenantId} and comment_id = ${commentId}
          returning *),
        logged as (${appendEvents([event])})
        select ${commentColumns(actor)} from m ${withAuthor}`,
  )
