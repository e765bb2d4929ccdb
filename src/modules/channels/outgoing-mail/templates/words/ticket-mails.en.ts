import type { MailWords } from './mail-words.ts'

/** What a mail to the staff says of an unresolved ticket that nobody has: who may do what about it. */
const whoMayTake =
  '{{#is_free}}Nobody has it: a technician of its category can take it, and an admin can assign it.{{/is_free}}'

/** What customers can do about a closed ticket, which takes no comment of theirs. */
const followUp = 'please raise a new one and name this number'

export const ticketMailsInEnglish = {
  ticket_created_customer: {
    heading: 'We have your ticket {{ticket_id}}',
    said: [
      '{{#is_assigned}}Thank you, your ticket is with us. {{technician_name}} looks after it. We send you a mail whenever there is news.{{/is_assigned}}{{^is_assigned}}Thank you, your ticket is with us. Next, a technician takes it on. We send you a mail when that happens, and whenever there is news.{{/is_assigned}}',
    ],
    notes: ['If it settles by itself, you can close the ticket yourself.'],
  },
  ticket_created_admin: {
    heading: 'New ticket {{ticket_id}}',
    said: [
      'A new ticket came in. {{#is_assigned}}A technician has it already.{{/is_assigned}}{{^is_assigned}}Nobody has it yet: please assign a technician.{{/is_assigned}}',
    ],
  },
  ticket_assigned_technician: {
    heading: 'Ticket {{ticket_id}} is yours',
    said: [
      'This ticket was assigned to you.{{#is_to_begin}} Please set it to “in progress” when you start, so that the customer knows.{{/is_to_begin}}',
    ],
  },
  ticket_assigned_customer: {
    heading: 'Your ticket {{ticket_id}} has a technician',
    said: [
      '{{technician_name}} looks after your ticket now. We send you a mail when there is news; until then you do not need to do anything.',
    ],
  },
  ticket_reassigned_technician: {
    heading: 'Ticket {{ticket_id}} is no longer yours',
    said: [
      '{{#is_assigned}}This ticket was assigned to somebody else. You do not need to do anything more about it; if you know something that helps, please tell them.{{/is_assigned}}{{^is_assigned}}This ticket was taken off your list. You do not need to do anything more about it.{{/is_assigned}}',
    ],
  },
  ticket_in_progress: {
    heading: 'Work on your ticket {{ticket_id}} is going on',
    said: [
      '{{technician_name}} is working on your ticket. We send you a mail when it is resolved, or when we have to wait for something.',
    ],
  },
  ticket_waiting: {
    heading: 'Your ticket {{ticket_id}} is waiting',
    said: [
      'We cannot go on just now: we wait for you, or for something that is not in our hands, such as a delivery or another company.',
      'If we asked you for something, please let us have it. Otherwise you do not need to do anything; we send you a mail when work goes on.',
    ],
  },
  ticket_resolved: {
    heading: 'Your ticket {{ticket_id}} is resolved',
    said: ['Good news: your ticket is resolved. Please see whether it is as you need it.'],
    notes: [
      'If all is well, you do not need to do anything: the ticket closes by itself, after {{auto_close_time}} at the earliest.',
      'If it is not solved, open the ticket at the link above before then and choose “Reopen”.',
    ],
  },
  ticket_reopened: {
    heading: 'Ticket {{ticket_id}} is open again',
    said: [
      'This ticket was resolved, and has been reopened.{{#is_assigned}} Please see what is still missing, and that somebody is on it.{{/is_assigned}}',
      whoMayTake,
    ],
  },
  ticket_reopened_customer: {
    heading: 'Your ticket {{ticket_id}} is open again',
    said: [
      'Your ticket was resolved, and we have reopened it. {{#is_assigned}}{{technician_name}} goes on with it. We send you a mail when there is news.{{/is_assigned}}{{^is_assigned}}Next, a technician takes it on. We send you a mail when that happens.{{/is_assigned}}',
    ],
  },
  ticket_urgent: {
    heading: 'Ticket {{ticket_id}} is urgent now',
    said: ['The priority of this ticket was raised to urgent.', whoMayTake],
  },
  ticket_closed: {
    heading: 'Your ticket {{ticket_id}} is closed',
    said: [
      '{{#was_resolved}}Your ticket is closed, and stays readable at the link below.{{/was_resolved}}{{^was_resolved}}Your ticket is closed without having been resolved: nobody works on it any more. It stays readable at the link below.{{/was_resolved}}',
    ],
    notes: [`A closed ticket cannot be reopened. If the trouble comes back, ${followUp}.`],
  },
  ticket_closed_staff: {
    heading: 'Ticket {{ticket_id}} is closed',
    said: ['This ticket is closed. You do not need to do anything more about it.'],
  },
  ticket_restored: {
    heading: 'Ticket {{ticket_id}} is back',
    said: [
      'This ticket was deleted, and has been restored with its comments and files. Its links to other tickets are back where they still fit.',
      whoMayTake,
    ],
  },
  ticket_order_cancelled: {
    heading: 'The order of ticket {{ticket_id}} was cancelled',
    said: [
      'Order {{order_id}} was cancelled, so nothing is held any more. The ticket itself stays as it is.',
      whoMayTake,
    ],
  },
  ticket_order_expired: {
    heading: 'The order of ticket {{ticket_id}} has expired',
    said: [
      'Order {{order_id}} was not completed in time, so nothing is held any more. Whoever still needs it orders again. The ticket itself stays as it is.',
      whoMayTake,
    ],
  },
  ticket_unassigned: {
    heading: 'Ticket {{ticket_id}} is in the queue again',
    said: ['This ticket was taken from its technician, or given back.', whoMayTake],
  },
  ticket_category_changed: {
    heading: 'Ticket {{ticket_id}} has another category',
    said: ['This ticket got the category that is named below, so it is in another queue now.', whoMayTake],
  },
  ticket_moved_customer: {
    heading: 'Ticket {{ticket_id}} is yours now',
    said: [
      'We have put this ticket under your name, because it is about you. {{#is_closed}}It is closed; you can read it at the link.{{/is_closed}}{{^is_closed}}You can read and answer it at the link, and we send you a mail when there is news.{{/is_closed}}',
    ],
    notes: [
      `{{#is_closed}}If the ticket is not about you, ${followUp}.{{/is_closed}}{{^is_closed}}If the ticket is not about you, please say so in a comment.{{/is_closed}}`,
    ],
  },
  ticket_moved_technician: {
    heading: 'Ticket {{ticket_id}} has another customer',
    said: ['This ticket was moved to the customer who is named below. What you write goes to them from now on.'],
  },
  ticket_merged_customer: {
    heading: 'Your tickets {{merged_ticket_id}} and {{ticket_id}} go on together',
    said: [
      'Both are about the same, so we go on at {{ticket_id}}. What was said on {{merged_ticket_id}} stays readable there.',
      '{{#is_reopened}}{{ticket_id}} was resolved, and is open again.{{/is_reopened}}',
    ],
  },
  ticket_merged: {
    heading: '{{merged_ticket_id}} was merged into {{ticket_id}}',
    said: [
      'The conversation of {{merged_ticket_id}} goes on at {{ticket_id}}, with the people and files of both.',
      '{{#is_reopened}}{{ticket_id}} was resolved, and is open again.{{/is_reopened}}',
      whoMayTake,
    ],
  },
  comment_customer: {
    heading: 'A comment on your ticket {{ticket_id}}',
    said: ['{{actor_name}} has written to you about it.'],
    notes: [
      `{{#is_closed}}The ticket is closed and takes no comment of yours. To answer, ${followUp}.{{/is_closed}}{{^is_closed}}To answer, please comment on the ticket at the link.{{/is_closed}}`,
    ],
  },
  comment_public: {
    heading: 'A comment on ticket {{ticket_id}}',
    said: [
      '{{#is_reopened}}There is a new comment of the customer, and the ticket is open again.{{/is_reopened}}{{^is_reopened}}{{#stays_resolved}}There is a new comment of the customer. It did not reopen the ticket, as the customer wished.{{/stays_resolved}}{{^stays_resolved}}There is a new comment, which the customer can read.{{/stays_resolved}}{{/is_reopened}}',
      whoMayTake,
    ],
  },
  comment_internal: {
    heading: 'An internal comment on ticket {{ticket_id}}',
    said: ['There is a new comment for the staff only: the customer does not learn of it.'],
  },
  comment_mentioned: {
    heading: 'You are mentioned on ticket {{ticket_id}}',
    said: [
      '{{actor_name}} mentions you in a comment for the staff only: the customer does not learn of it. You watch the ticket from now on.',
    ],
  },
  files_customer: {
    heading: '{{#is_one_file}}A file{{/is_one_file}}{{^is_one_file}}Files{{/is_one_file}} on your ticket {{ticket_id}}',
    said: ['{{actor_name}} has attached this to it. You find it at the link.'],
  },
  files_staff: {
    heading: '{{#is_one_file}}A file{{/is_one_file}}{{^is_one_file}}Files{{/is_one_file}} on ticket {{ticket_id}}',
    said: ['This was attached to the ticket, where the customer can read it.', whoMayTake],
  },
} satisfies Record<string, MailWords>
