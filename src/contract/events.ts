import { z } from 'zod'
import { catalogueEventTypes } from './catalogue-events.ts'
import { Language, LinkKind, Priority, Source, Status, Visibility } from './enums.ts'
import { define, type EventDefinition, fact } from './event-definition.ts'
import { peopleEventTypes } from './people-events.ts'
import { signInEventTypes } from './sign-in-events.ts'
import { webhookEventTypes } from './webhook-events.ts'

const id = fact

const people = { technician_id: id.nullable(), status: Status }
const texts = { subject: fact, issue_category: fact, priority: Priority, resolution_summary: z.string().nullable() }
/** The undo by which the actor may take the change back for some seconds. */
const undoable = { undo_id: z.uuid().optional() }
/** The comment that changed the ticket, if a comment did. The mail about the comment also tells of the change. */
const byComment = {
  ...undoable,
  comment_id: z.uuid().optional(),
  /** The ticket whose merge reopened the ticket. The mail about the merge also tells of the change. */
  merged_ticket_id: id.optional(),
}
/**
 * Who saw the ticket before, besides its watchers, where the state after the event does not say it. `left_queue`: the
 * category whose technicians could take the ticket, and no longer can. `technician_id`: who had the ticket. Of a merged
 * ticket both are those of its final target.
 */
const leftQueue = { left_queue: fact.optional() }
const seenBy = { ...leftQueue, technician_id: id.optional() }
/** Why a ticket was closed or reopened, in the words of the actor. */
const why = { ...byComment, reason: fact.optional() }
const described = { issue_description: z.object({ length: z.int() }) }
const internal = z.literal('internal')

const comment = { comment_id: z.uuid(), visibility: Visibility }
const body = { body: z.string().nullable() }
const attachment = {
  attachment_id: z.uuid(),
  file_name: fact,
  content_type: fact,
  size: z.int(),
  visibility: Visibility,
}
/** What the other ticket of a link is to the subject. */
const linkSide = z.enum([...LinkKind.options, 'child', 'duplicated_by'])

/**
 * The catalogue of all types of events. The names never change, because they are public and part of the audit chain. An
 * event carries facts of at most 300 characters each, and no long text except the texts that version 1 of its type had.
 */
export const eventTypes = {
  'ticket.created': define('ticket', {
    schema: 2,
    customers: 'always',
    /** `source`: how the customer reached the desk, when the staff said so. */
    details: { customer_id: id, issue_category: fact, priority: Priority, source: Source.optional() },
  }),
  'ticket.assigned': define('ticket', {
    customers: 'always',
    changes: people,
    details: { ...byComment, ...leftQueue },
  }),
  'ticket.unassigned': define('ticket', {
    customers: 'always',
    changes: people,
    /**
     * `by`: the ticket lost its technician because they were deactivated, or became an admin. Their own event tells of
     * all such tickets.
     */
    details: { ...byComment, by: z.enum(['deactivation', 'role_change']).optional() },
  }),
  'ticket.status_changed': define('ticket', {
    customers: 'always',
    changes: { status: Status },
    details: byComment,
  }),
  'ticket.resolved': define('ticket', {
    schema: 2,
    customers: 'always',
    changes: { status: Status, resolution_summary: texts.resolution_summary },
    /** `resolution_summary`: the summary when the ticket had it before. So the event always says it, here or there. */
    details: { ...byComment, resolution_summary: z.string().optional() },
  }),
  /** The technician changes when they are deactivated: then nobody has the ticket. The summary is taken away. */
  'ticket.reopened': define('ticket', {
    customers: 'always',
    changes: { ...people, resolution_summary: texts.resolution_summary },
    details: why,
  }),
  /** The summary changes when the ticket was not resolved, and had an unfinished one. */
  'ticket.closed': define('ticket', {
    customers: 'always',
    changes: { status: Status, resolution_summary: texts.resolution_summary },
    details: why,
  }),
  /** Of the description only its lengths, in code points, because texts stay in their row. */
  'ticket.updated': define('ticket', {
    customers: 'always',
    changes: { ...texts, ...described },
    details: { ...byComment, ...leftQueue },
  }),
  /**
   * Somebody took a change back, within its time. The changes are the members that went back. `comment_id`: the comment
   * that went away, and `ticket_id` its ticket, when that is merged into the subject. `visibility`: nothing but an
   * internal comment was taken back. `note_id`: the internal comment that said why a technician was changed.
   */
  'ticket.change_undone': define('ticket', {
    customers: 'always',
    changes: { ...people, ...texts, ...described, first_response_at: z.iso.datetime() },
    details: {
      undo_id: z.uuid(),
      ...leftQueue,
      comment_id: z.uuid().optional(),
      ticket_id: id.optional(),
      note_id: z.uuid().optional(),
      visibility: internal.optional(),
    },
  }),
  'ticket.merged': define('ticket', {
    customers: 'always',
    changes: { merged_into: id.nullable() },
    /** `reopened`: the merge reopened the target. */
    details: { ...leftQueue, reopened: z.boolean().optional() },
  }),
  'ticket.unmerged': define('ticket', {
    customers: 'always',
    changes: { merged_into: id.nullable() },
    details: seenBy,
  }),
  'ticket.absorbed': define('ticket', {
    customers: 'always',
    /** `technician_id`: of the merged ticket. `reopened`: the merge reopened this ticket. */
    details: { ticket_id: id, technician_id: id.optional(), reopened: z.boolean().optional() },
  }),
  /** `technician_id`: of the released ticket. `merged_into`: the final target, when this ticket is merged itself. */
  'ticket.released': define('ticket', {
    customers: 'always',
    details: { ticket_id: id, technician_id: id.optional(), merged_into: id.optional() },
  }),
  /** The ticket got another customer. Customers read that, and not from whom to whom. */
  'ticket.moved': define('ticket', { customers: 'always', changes: { customer_id: id } }),
  /** `tickets`: how many tickets were deleted, because others were merged into this one. */
  'ticket.deleted': define('ticket', { details: { ...seenBy, tickets: z.int().optional() } }),
  /** `tickets`: how many tickets came back. */
  'ticket.restored': define('ticket', { details: { tickets: z.int() } }),
  /** The files of a deleted ticket left the store, so the ticket can no longer be restored. */
  'ticket.files_removed': define('ticket', { details: { files: z.int() } }),
  'ticket.tagged': define('ticket', { details: { tag: fact, visibility: internal } }),
  'ticket.untagged': define('ticket', { details: { tag: fact, visibility: internal } }),
  'ticket.linked': define('ticket', { details: { kind: linkSide, ticket_id: id, visibility: internal } }),
  'ticket.unlinked': define('ticket', { details: { kind: linkSide, ticket_id: id, visibility: internal } }),
  'ticket.watcher_added': define('ticket', { details: { account_id: id, visibility: internal, ...undoable } }),
  /**
   * `merged_into`: the final target, which the account no longer watches either, when the ticket is, or was, merged.
   */
  'ticket.watcher_removed': define('ticket', {
    details: { account_id: id, merged_into: id.optional(), visibility: internal },
  }),

  'comment.added': define('ticket', {
    customers: 'when_public',
    /**
     * `merged_into`: the final target, when the ticket of the comment is merged. `reopens`: whether the comment of the
     * customer reopened the resolved ticket, or left it resolved as they asked. Events of earlier versions do not say
     * that a comment reopened. `mentions`: the members of the staff whom an internal comment mentions.
     */
    details: {
      ...comment,
      ...undoable,
      in_reply_to: z.uuid().optional(),
      merged_into: id.optional(),
      reopens: z.boolean().optional(),
      mentions: z.array(id).max(10).optional(),
    },
  }),
  'comment.edited': define('ticket', { customers: 'when_public', changes: body, details: comment }),
  'comment.deleted': define('ticket', { customers: 'when_public', changes: body, details: comment }),
  /** `merged_into`: as in `comment.added`. */
  'attachment.added': define('ticket', {
    customers: 'when_public',
    details: { ...attachment, merged_into: id.optional() },
  }),
  'attachment.deleted': define('ticket', { customers: 'when_public', details: attachment }),

  /** The subject is the recipient. */
  'email.resent': define('account', { details: { email_id: z.uuid(), template: fact, ticket_id: id.optional() } }),
  /** An admin, who is the subject, had a mail template mailed to their own address. */
  'email.test_sent': define('account', { details: { template: fact, language: Language } }),

  ...peopleEventTypes,
  ...signInEventTypes,
  ...webhookEventTypes,
  ...catalogueEventTypes,

  /** The changes and details of another event about the same subject were erased. */
  'event.blanked': define('any', { details: { event_id: z.int(), position: z.int() } }),
} as const satisfies Record<string, EventDefinition>

export type EventType = keyof typeof eventTypes

/** The type of an event as it is kept: also one of a later version, while programs of two versions run. */
export const EventTypeName = z.string().meta({
  id: 'EventType',
  description: 'What happened. More types may come.',
  enum: Object.keys(eventTypes),
})

/** The changed members, each with its value before and after. */
export type Changes = Record<string, { from: unknown; to: unknown }>

type Shape<T extends EventType, Part extends 'changes' | 'details'> = (typeof eventTypes)[T][Part]

/** The changes that an event of a type may carry. A member that did not change is left out. */
export type ChangesOf<T extends EventType> = {
  [Member in keyof Shape<T, 'changes'>]?: Shape<T, 'changes'>[Member] extends z.ZodType
    ? { from: z.output<Shape<T, 'changes'>[Member]> | null; to: z.output<Shape<T, 'changes'>[Member]> | null }
    : never
}

/** The details of an event of a type. */
export type DetailsOf<T extends EventType> =
  Shape<T, 'details'> extends z.ZodRawShape ? z.output<z.ZodObject<Shape<T, 'details'>>> : never

/** The names of the types whose definition `wanted` accepts. */
export const eventTypesWhere = (wanted: (definition: EventDefinition) => boolean): EventType[] =>
  (Object.entries(eventTypes) as [EventType, EventDefinition][]).flatMap(([type, definition]) =>
    wanted(definition) ? [type] : [],
  )

/** Details that no reader of the log gets, because the tokens of links are derived from them. */
export const secretDetails = ['registration_id', 'confirmation_id', 'reset_id']

/** Details that neither the feed nor the relay gives: the secret ones, and sessions, which the audit alone names. */
export const withheldDetails = [...secretDetails, 'session_id']
