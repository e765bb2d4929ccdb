import type { NotificationKind } from '../../../contract/notification-kinds.ts'
import type { Telling } from './tellings.ts'

/** The kind of an event's telling to those whom the event is not about. Internal comments are a kind of their own. */
const kindsOfTypes: Partial<Record<Telling['type'], NotificationKind>> = {
  'ticket.created': 'ticket_created',
  'ticket.assigned': 'ticket_assigned',
  'ticket.unassigned': 'ticket_assigned',
  'ticket.moved': 'ticket_assigned',
  'ticket.status_changed': 'ticket_status',
  'ticket.resolved': 'ticket_status',
  'ticket.reopened': 'ticket_status',
  'ticket.closed': 'ticket_status',
  'ticket.absorbed': 'ticket_status',
  'ticket.restored': 'ticket_status',
  'comment.added': 'ticket_comment',
  // The helpdesk says so, as somebody would in a public comment.
  'ticket.order_cancelled': 'ticket_comment',
  'ticket.order_expired': 'ticket_comment',
  'attachment.added': 'ticket_file',
}

/** The kind of a telling; of a comment, when the comment is public. */
export const kindOf = ({ type, reason, onlyWhen }: Telling): NotificationKind => {
  if (reason === 'account') return 'account'
  if (reason === 'mentioned') return 'ticket_mention'
  if (type === 'ticket.updated') return onlyWhen === 'urgent' ? 'ticket_urgent' : 'ticket_assigned'
  return kindsOfTypes[type] ?? 'desk'
}
