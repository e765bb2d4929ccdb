import type { EventType } from '../../../contract/events.ts'

type OfTicket = Extract<EventType, `ticket.${string}` | `comment.${string}` | `attachment.${string}`>

/** What somebody did to a ticket, as people say it. */
const deeds: Record<OfTicket | 'customer.deactivated', string> = {
  'ticket.created': 'created the ticket',
  'ticket.assigned': 'assigned the ticket',
  'ticket.unassigned': 'took the technician off the ticket',
  'ticket.status_changed': 'changed the status of the ticket',
  'ticket.resolved': 'resolved the ticket',
  'ticket.reopened': 'reopened the ticket',
  'ticket.closed': 'closed the ticket',
  'ticket.updated': 'changed the ticket',
  'ticket.change_undone': 'undid a change of the ticket',
  'ticket.merged': 'merged the ticket into another',
  'ticket.unmerged': 'took the ticket out of another',
  'ticket.absorbed': 'merged another ticket into it',
  'ticket.released': 'took a merged ticket out of it',
  'ticket.moved': 'moved the ticket to another customer',
  'ticket.deleted': 'deleted the ticket',
  'ticket.restored': 'restored the ticket',
  'ticket.files_removed': 'removed the files of the ticket',
  'ticket.tagged': 'tagged the ticket',
  'ticket.untagged': 'took a tag off the ticket',
  'ticket.linked': 'linked the ticket',
  'ticket.unlinked': 'took a link off the ticket',
  'ticket.watcher_added': 'added a watcher',
  'ticket.watcher_removed': 'removed a watcher',
  'ticket.order_cancelled': 'cancelled the order of the ticket',
  'ticket.order_expired': 'ended the order of the ticket',
  'comment.added': 'wrote a comment',
  'comment.edited': 'changed a comment',
  'comment.deleted': 'deleted a comment',
  'attachment.added': 'attached a file',
  'attachment.deleted': 'deleted a file',
  'customer.deactivated': 'deactivated the customer',
}

/**
 * What an event of a ticket says that somebody did; of a type that this version does not know, that they did something.
 */
export const deedOf = (type: string): string =>
  Object.hasOwn(deeds, type) ? deeds[type as keyof typeof deeds] : 'did something else'
