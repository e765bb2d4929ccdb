import { z } from 'zod'

/** The name of every mail there is. The names are stored with mails and shown by the API, so they never change. */
export const TemplateName = z.enum([
  'ticket_created_customer',
  'ticket_created_admin',
  'ticket_assigned_technician',
  'ticket_assigned_customer',
  'ticket_reassigned_technician',
  'ticket_in_progress',
  'ticket_waiting',
  'ticket_resolved',
  'ticket_reopened',
  'ticket_closed',
  'ticket_merged_customer',
  'ticket_merged',
  'ticket_restored',
  'ticket_closed_staff',
  'ticket_unassigned',
  'ticket_urgent',
  'ticket_moved_customer',
  'ticket_moved_technician',
  'tickets_released',
  'comment_customer',
  'comment_public',
  'comment_internal',
  'files_customer',
  'files_staff',
  'customer_registered',
  'account_invited',
  'password_reset_requested',
  'quota_half_used',
])
export type TemplateName = z.output<typeof TemplateName>
