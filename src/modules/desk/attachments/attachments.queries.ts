import { z } from 'zod'
import type { Visibility } from '../../../contract/enums.ts'
import { type Db, exec, many, maybeOne, one, type Sql, sql, type Tx } from '../../../platform/db/sql.ts'
import { appendEventsFrom } from '../../../platform/events/append-events.ts'
import { addJob } from '../../../platform/jobs/queued-jobs.ts'
import type { PageRequest } from '../../../platform/paging.ts'
import { numberOf, timestamp } from '../../../platform/schemas.ts'
import { withAccountOfEach } from '../../identity/accounts/accounts.steps.ts'
import type { Act, Actor, User } from '../../identity/accounts/actor.ts'
import { visibleAuthorId } from '../../identity/accounts/authors.policy.ts'
import { isPastEditTime } from '../tickets/edit-time.policy.ts'
import { visibleEntries } from '../tickets/tickets.policy.ts'
import { conversationOf } from '../tickets/tickets.steps.ts'
import { Attachment, type AttachmentKey, type CheckedUpload, type CreateUpload } from './attachments.schemas.ts'
import { stampOf } from './attachments.steps.ts'

/** The columns of every answer, for an attachment `f` by the account `a`. */
const attachmentColumns = (
  actor: Actor,
): Sql => sql`f.attachment_id, public_id('TKT', f.ticket_number) as ticket_id, f.comment_id,
  f.file_name, f.content_type, f.size, f.sha256, f.visibility, ${visibleAuthorId(actor)} as author_id,
  a.name as author_name, f.created_at, f.missing_at`

const withAuthor = withAccountOfEach(sql`f.tenant_id`, sql`f.author_id`)

/**
 * The event of each attachment that a step `f` of a statement selects, or returns. `more`: further members of its
 * details.
 */
export const attachmentEvents = (
  { actor, requestId }: Act<User>,
  type: 'attachment.added' | 'attachment.deleted',
  more: { merged_into?: Sql } = {},
): Sql =>
  appendEventsFrom({
    tenantId: sql`f.tenant_id`,
    type,
    subjectId: sql`public_id('TKT', f.ticket_number)`,
    actorId: sql`${actor.accountId}`,
    actorRole: sql`${actor.role}`,
    details: {
      attachment_id: sql`f.attachment_id`,
      file_name: sql`f.file_name`,
      content_type: sql`f.content_type`,
      size: sql`f.size`,
      visibility: sql`f.visibility`,
      ...more,
    },
    requestId: sql`${requestId}`,
    from: sql`from f`,
  })

/** Makes the uploads of an account wait for each other, so that nobody passes the limit with many requests at once. */
export const lockUploadsOf = (tx: Tx, { tenantId, accountId }: User): Promise<number> =>
  exec(
    tx,
    sql`select pg_advisory_xact_lock(hashtextextended('attachment_uploads ' || ${`${tenantId} ${accountId}`}::text, 0))`,
  )

const Announced = z.object({ register_before: timestamp })

/** Writes an announced upload. Null when `max` uploads of the account wait already. */
export const insertUpload = (
  tx: Tx,
  { tenantId, accountId }: User,
  ticketId: string,
  uploadId: string,
  { file_name, content_type, size, sha256 }: CreateUpload,
  { minutes, max }: { minutes: number; max: number },
): Promise<z.output<typeof Announced> | null> =>
  maybeOne(
    tx,
    Announced,
    sql`insert into attachment_uploads (tenant_id, upload_id, ticket_number, account_id, file_name, content_type, size,
          sha256, expires_at)
        select ${tenantId}, ${uploadId}::uuid, ${numberOf(ticketId)}, ${accountId}, ${file_name}, ${content_type},
          ${size}::bigint, ${sha256 ?? null}, now() + make_interval(mins => ${minutes})
        where (
          select count(*) from attachment_uploads u
          where u.tenant_id = ${tenantId} and u.account_id = ${accountId} and u.expires_at > now()) < ${max}
        returning expires_at as register_before`,
  )

/** The attachment that an upload of the actor has become already; null when it has not. */
export const findRegistered = (db: Db, actor: User, ticketId: string, uploadId: string): Promise<Attachment | null> =>
  maybeOne(
    db,
    Attachment,
    sql`select ${attachmentColumns(actor)} from attachments f ${withAuthor}
        where f.tenant_id = ${actor.tenantId} and f.attachment_id = ${uploadId}
          and f.ticket_number = ${numberOf(ticketId)} and f.author_id = ${actor.accountId}
          and ${visibleEntries(actor, sql`f`)}`,
  )

const Count = z.object({ count: z.int() })

/**
 * How many attachments of one visibility a ticket has. Each visibility counts by itself, because a customer must not
 * learn of internal files.
 */
export const countAttachments = async (
  db: Db,
  tenantId: number,
  ticketId: string,
  visibility: Visibility,
): Promise<number> => {
  const { count } = await one(
    db,
    Count,
    sql`select count(*) as count from attachments f
        where f.tenant_id = ${tenantId} and f.ticket_number = ${numberOf(ticketId)}
          and f.visibility = ${visibility} and f.deleted_at is null`,
  )
  return count
}

/**
 * Makes uploads attachments, in their order: each is a millisecond later than the one before. Writes the events, and
 * leaves out what does not wait any more.
 * `mergedInto`: the final target, when the ticket is merged.
 */
export const insertAttachments = (
  tx: Tx,
  act: Act<User>,
  ticketId: string,
  uploads: CheckedUpload[],
  { visibility, mergedInto }: { visibility: Visibility; mergedInto: string | null },
): Promise<Attachment[]> => {
  const { actor } = act
  const merged = mergedInto === null ? {} : { merged_into: sql`${mergedInto}::text` }
  const ids = uploads.map(({ uploadId }) => uploadId)
  const types = uploads.map(({ contentType }) => contentType)
  return many(
    tx,
    Attachment,
    sql`with taken as (
          delete from attachment_uploads u
          using unnest(${ids}::uuid[], ${types}::text[]) with ordinality as n (upload_id, served_type, place)
          where u.tenant_id = ${actor.tenantId} and u.upload_id = n.upload_id and u.account_id = ${actor.accountId}
            and u.ticket_number = ${numberOf(ticketId)} and u.expires_at > now()
          returning u.*, n.served_type, n.place),
        f as (
          insert into attachments (tenant_id, attachment_id, ticket_number, author_id, file_name, content_type, size,
            sha256, visibility, created_at)
          select u.tenant_id, u.upload_id, u.ticket_number, u.account_id, u.file_name, u.served_type, u.size, u.sha256,
            ${visibility}, clock_timestamp() + (u.place - 1) * interval '1 millisecond' from taken u
          returning *),
        logged as (${attachmentEvents(act, 'attachment.added', merged)})
        select ${attachmentColumns(actor)} from f ${withAuthor}`,
  )
}

/**
 * One more than `limit` of the visible attachments of a ticket and of the tickets merged into it, oldest first, after
 * the cursor's key. From each ticket at most that many are read, by an index.
 */
export const listAttachments = (
  db: Db,
  actor: Actor,
  ticketId: string,
  { limit, after }: PageRequest<AttachmentKey>,
): Promise<Attachment[]> => {
  const [createdAt, attachmentId] = after ?? ['-infinity', '00000000-0000-0000-0000-000000000000']
  return many(
    db,
    Attachment,
    sql`select ${attachmentColumns(actor)}
        from (${conversationOf(actor.tenantId, numberOf(ticketId))}) t
        cross join lateral (
          select f.* from attachments f
          where f.tenant_id = ${actor.tenantId} and f.ticket_number = t.ticket_number and ${visibleEntries(actor, sql`f`)}
            and (f.created_at, f.attachment_id) > (${createdAt}::timestamptz, ${attachmentId}::uuid)
          order by f.created_at, f.attachment_id limit ${limit + 1}) f
        ${withAuthor}
        order by f.created_at, f.attachment_id limit ${limit + 1}`,
  )
}

const StampedAttachment = Attachment.extend({ stamp: z.string() })

/** A visible attachment of a ticket, or of a ticket that is merged into it, with the stamp for its addresses. */
export const findAttachment = (
  db: Db,
  actor: Actor,
  ticketId: string,
  attachmentId: string,
): Promise<z.output<typeof StampedAttachment> | null> =>
  maybeOne(
    db,
    StampedAttachment,
    sql`select ${attachmentColumns(actor)}, ${stampOf} as stamp from attachments f ${withAuthor}
        join tickets t on t.tenant_id = f.tenant_id and t.ticket_number = f.ticket_number
        where f.tenant_id = ${actor.tenantId} and f.attachment_id = ${attachmentId} and ${visibleEntries(actor, sql`f`)}
          and f.ticket_number in (${conversationOf(actor.tenantId, numberOf(ticketId))})`,
  )

const LockedAttachment = Attachment.extend({ is_late: z.boolean() })

/** Locks an attachment of a ticket. `is_late`: more than `minutes` have passed since it was attached. */
export const lockAttachment = (
  tx: Tx,
  actor: User,
  ticketId: string,
  attachmentId: string,
  minutes: number,
): Promise<z.output<typeof LockedAttachment> | null> =>
  maybeOne(
    tx,
    LockedAttachment,
    sql`select ${attachmentColumns(actor)}, ${isPastEditTime(sql`f.created_at`, minutes)} as is_late
        from attachments f ${withAuthor}
        where f.tenant_id = ${actor.tenantId} and f.attachment_id = ${attachmentId}
          and f.ticket_number = ${numberOf(ticketId)} and ${visibleEntries(actor, sql`f`)}
        for no key update of f`,
  )

/**
 * Takes attachments out of every answer, with an event and a job that removes the file for each. Answers with the
 * number.
 */
const markDeleted = (tx: Tx, act: Act<User>, which: Sql): Promise<number> =>
  exec(
    tx,
    sql`with f as (
          update attachments f set deleted_at = now()
          where f.tenant_id = ${act.actor.tenantId} and f.deleted_at is null and ${which}
          returning f.*),
        logged as (${attachmentEvents(act, 'attachment.deleted')})
        select ${addJob({
          task: 'remove_attachment',
          payload: sql`json_build_object('tenant_id', f.tenant_id, 'attachment_id', f.attachment_id)`,
        })}
        from f`,
  )

export const markAttachmentDeleted = (tx: Tx, act: Act<User>, attachmentId: string): Promise<number> =>
  markDeleted(tx, act, sql`f.attachment_id = ${attachmentId}`)

export const markAttachmentsOfCommentDeleted = (tx: Tx, act: Act<User>, commentId: string): Promise<number> =>
  markDeleted(tx, act, sql`f.comment_id = ${commentId}`)

/**
 * Gives attachments of the actor on this ticket to a comment, unless a comment has them already. They take the
 * visibility of the comment. A public attachment is not given to an internal comment. Answers with the attachments that
 * the comment got.
 */
export const setComment = (
  tx: Tx,
  actor: User,
  ticketId: string,
  attachmentIds: string[],
  { commentId, visibility }: { commentId: string; visibility: Visibility },
): Promise<Attachment[]> =>
  many(
    tx,
    Attachment,
    sql`with f as (
          update attachments f set comment_id = ${commentId}::uuid, visibility = ${visibility}
          where f.tenant_id = ${actor.tenantId} and f.attachment_id = any (${attachmentIds}::uuid[])
            and f.ticket_number = ${numberOf(ticketId)} and f.author_id = ${actor.accountId} and f.comment_id is null
            and f.deleted_at is null and (f.visibility = 'internal' or ${visibility} = 'public')
          returning f.*)
        select ${attachmentColumns(actor)} from f ${withAuthor} order by f.created_at, f.attachment_id`,
  )

/**
 * The attachments of comments. They are looked up comment by comment: where most tenants are small, the planner would
 * rather read all attachments of the tenant.
 */
export const listOfComments = (db: Db, actor: Actor, commentIds: string[]): Promise<Attachment[]> =>
  many(
    db,
    Attachment,
    sql`select ${attachmentColumns(actor)} from unnest(${commentIds}::uuid[]) as k (comment_id)
        cross join lateral (
          select f.* from attachments f
          where f.tenant_id = ${actor.tenantId} and f.comment_id = k.comment_id offset 0) f
        ${withAuthor}
        where ${visibleEntries(actor, sql`f`)}
        order by f.created_at, f.attachment_id`,
  )
