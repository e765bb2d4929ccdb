import type { Language } from '../../../../contract/enums.ts'
import { type SampleTexts, sampleTexts } from './sample-texts.ts'
import type { TemplateName } from './template-names.ts'

/** @internal Exported for tests. */
export const ticketId = 'TKT0042'
/** @internal Exported for tests. */
export const resetId = '3f2b8c1e-5d4a-4b6f-9a7c-1e2d3c4b5a69'

const ticketOf = (texts: SampleTexts) => ({
  ticket_id: ticketId,
  ticket_subject: texts.subject,
  issue_category: texts.category,
  priority: 'urgent',
  status: 'waiting',
  customer_name: texts.customer,
  technician_name: texts.technician,
  actor_name: texts.admin,
})

const filesOf = (texts: SampleTexts) => [
  { file_name: texts.picture, size: 34_567 },
  { file_name: texts.film, size: 2_345_678 },
]
/** @internal Exported for tests. */
export const files = filesOf(sampleTexts.en)

const ownAct = { at: '2026-11-26 13:30 UTC', address: '192.0.2.7' }

const entriesOf = (texts: SampleTexts) => {
  const entry = {
    at: '2026-11-26T13:30:00.000Z',
    time_zone: 'Europe/Berlin',
    type: 'comment.added',
    ticket_id: ticketId,
    ticket_subject: texts.subject,
    actor_name: texts.technician,
    subject_name: null,
    visibility: 'public',
    status: null,
    is_own: false,
    is_mention: false,
  }
  return [
    entry,
    { ...entry, type: 'ticket.status_changed', status: 'in_progress' },
    { ...entry, ticket_id: 'TKT0043', ticket_subject: texts.otherSubject, type: 'ticket.closed', actor_name: null },
    {
      ...entry,
      ticket_id: null,
      ticket_subject: null,
      type: 'technician.deactivated',
      subject_name: texts.otherTechnician,
    },
  ]
}
/** @internal Exported for tests. */
export const entries = entriesOf(sampleTexts.en)

export type Sample = Record<
  string,
  string | number | boolean | { file_name: string; size: number }[] | Record<string, unknown>[]
>

/** The samples of the mails about one ticket. */
const ticketSamples = (texts: SampleTexts) => {
  const ticket = ticketOf(texts)
  const described = { ...ticket, issue_description: texts.description }
  const commented = { ...ticket, comment_body: texts.comment, files: filesOf(texts) }
  return {
    ticket_created_customer: described,
    ticket_created_admin: described,
    ticket_assigned_technician: described,
    ticket_assigned_customer: ticket,
    ticket_reassigned_technician: ticket,
    ticket_in_progress: ticket,
    ticket_waiting: ticket,
    ticket_resolved: { ...ticket, resolution_summary: texts.solution, auto_close_days: 7 },
    ticket_reopened: { ...ticket, reason: texts.reopenedWhy },
    ticket_reopened_customer: { ...ticket, reason: texts.reopenedWhy },
    ticket_closed: { ...ticket, reason: texts.closedWhy },
    ticket_merged_customer: { ...ticket, merged_ticket_id: 'TKT0017', reopened: true },
    ticket_merged: { ...ticket, merged_ticket_id: 'TKT0017', reopened: true },
    ticket_restored: ticket,
    ticket_order_cancelled: { ...ticket, order_id: 'ORD0007' },
    ticket_order_expired: { ...ticket, order_id: 'ORD0007' },
    ticket_closed_staff: { ...ticket, reason: texts.withdrawnWhy },
    ticket_unassigned: described,
    ticket_urgent: ticket,
    ticket_category_changed: described,
    ticket_moved_customer: described,
    ticket_moved_technician: ticket,
    comment_customer: commented,
    comment_public: commented,
    comment_internal: commented,
    comment_mentioned: commented,
    files_customer: { ...ticket, files: filesOf(texts) },
    files_staff: { ...ticket, files: filesOf(texts) },
  }
}

const samplesOf = (texts: SampleTexts): Record<TemplateName, Sample> => ({
  ...ticketSamples(texts),
  tickets_released: { technician_name: texts.technician, released: 12, actor_name: texts.admin },
  digest: { entries: entriesOf(texts), count: 6, beyond: 0 },
  customer_registered: { email: texts.email, confirmation_id: resetId, expires_days: 7 },
  registration_requested: { registration_id: resetId, expires_hours: 24 },
  registration_known: {},
  registration_elsewhere: {},
  account_invited: { role: 'technician', reset_id: resetId, sign_in_name: texts.signInName, expires_days: 5 },
  account_role_changed: { role: 'admin', actor_name: texts.admin, sign_in_name: texts.signInName },
  account_reactivated: { sign_in_name: texts.signInName, actor_name: texts.admin },
  password_reset_requested: { reset_id: resetId, expires_minutes: 30 },
  password_changed: ownAct,
  email_confirmation: { confirmation_id: resetId, expires_days: 1 },
  email_change_requested: ownAct,
  email_changed_before: ownAct,
  email_changed: ownAct,
  api_token_created: { ...ownAct, hint: 'cdk_7_…4f7Q', scopes: 3, expires_day: '2026-12-24' },
  second_factor_enabled: { ...ownAct, replaced: true },
  second_factor_disabled: ownAct,
  second_factor_reset: { at: ownAct.at },
  recovery_code_used: { ...ownAct, left: 0 },
  second_factor_blocked: ownAct,
  webhook_disabled: { webhook_id: 'WHK0001', url: 'hooks.example.com', reason: 'failing' },
  quota_half_used: { account_id: 'TEC0007', account_name: texts.technician, count: 2_507, limit: 5_000 },
})

/** Harmless parameters for each template in each language, for previews, trials and tests. */
export const samplesIn: Record<Language, Record<TemplateName, Sample>> = {
  en: samplesOf(sampleTexts.en),
  de: samplesOf(sampleTexts.de),
}

/** Those in English. */
export const samples = samplesIn.en
