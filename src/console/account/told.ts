import type { components } from '../api/types.ts'
import type { IconName } from '../ui/icon-names.ts'
import { words } from './notifications.words.ts'

/** Something that a person is told of. */
export type Told = components['schemas']['Notification']

/** What happened, in the words of the person who is told. */
export const toldWords = ({ type, reason, kind }: Told): string => {
  const w = words()
  if (type === 'ticket.assigned' && reason === 'technician') return w.toYou
  if (type === 'ticket.assigned' && reason === 'technician_before') return w.goneFromYou
  if (kind === 'ticket_urgent') return w.urgent
  if (kind === 'ticket_mention') return w.mention
  if (kind === 'ticket_internal_comment') return w.note
  const known: Record<string, string> = w.types
  return known[type] ?? (kind === 'account' ? w.other.account : kind === 'desk' ? w.other.desk : w.other.ticket)
}

const icons: Partial<Record<Told['kind'], IconName>> = {
  ticket_created: 'plus',
  ticket_assigned: 'user',
  ticket_status: 'refresh',
  ticket_comment: 'reply',
  ticket_internal_comment: 'lock',
  ticket_mention: 'person',
  ticket_file: 'clip',
  ticket_urgent: 'prio-urgent',
  account: 'shield',
}

export const toldIcon = ({ kind, type }: Told): IconName =>
  type === 'ticket.resolved' ? 'state-resolved' : (icons[kind] ?? 'inbox')

/** Where a click on it leads. */
export const toldPath = ({ ticket_id: ticketId, kind }: Told): string =>
  ticketId !== null ? `/tickets/${ticketId}` : kind === 'account' ? '/account/security' : '/'
