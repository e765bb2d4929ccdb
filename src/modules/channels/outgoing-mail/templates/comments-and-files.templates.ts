import { z } from 'zod'
import { defineTemplate, type Letter } from './letter.ts'
import { Files } from './mail-files.ts'
import { followUp, ticket, ticketLetter, whoMayTake } from './ticket-letter.ts'
import { prose, spokenName } from './user-text.ts'

/** `comment_body`: null when the comment has been deleted since, or its ticket. */
const TicketWithComment = z.object({
  ...ticket,
  comment_body: z
    .string()
    .nullable()
    .transform((text) => (text === null ? null : prose(text) || '–')),
  files: Files,
})
const TicketWithFiles = z.object({ ...ticket, files: Files })

const comment = (label: string, { comment_body: text }: { comment_body: string | null }): Letter['quote'] =>
  text === null ? { label: `${label} (deleted since)`, text: '–' } : { label, text }

/** `reopens`: what the comment did to a resolved ticket of its author. */
const newsOfComment = (reopens: boolean | null | undefined): string => {
  if (reopens === true) return 'There is a new comment of the customer, and the ticket is open again.'
  if (reopens === false)
    return 'There is a new comment of the customer. It did not reopen the ticket, as the customer wished.'
  return 'There is a new comment, which the customer can read.'
}

const fileOrFiles = ({ files }: { files: Files }): string => (files.length === 1 ? 'A file' : 'Files')

/** Mails that tell what was said on a ticket, and which files it has got. */
export const commentAndFileTemplates = {
  comment_customer: defineTemplate(TicketWithComment, (parameters, context) =>
    ticketLetter(parameters, context, {
      heading: `A comment on your ticket ${parameters.ticket_id}`,
      paragraphs: [`${spokenName(parameters.actor_name) ?? 'Somebody of the helpdesk'} has written to you about it.`],
      act: 'Written by',
      quote: comment('Comment', parameters),
      files: parameters.files,
      notes: [
        parameters.status === 'closed'
          ? `The ticket is closed and takes no comment of yours. To answer, ${followUp}.`
          : 'To answer, please comment on the ticket at the link.',
      ],
    }),
  ),

  comment_public: defineTemplate(
    // Events of earlier versions say nothing of comments that reopened a ticket.
    TicketWithComment.extend({ reopens: z.boolean().nullable().optional() }),
    (parameters, context) =>
      ticketLetter(parameters, context, {
        heading: `A comment on ticket ${parameters.ticket_id}`,
        paragraphs: [newsOfComment(parameters.reopens), ...whoMayTake(parameters)],
        act: 'Written by',
        quote: comment('Comment', parameters),
        files: parameters.files,
      }),
  ),

  comment_internal: defineTemplate(TicketWithComment, (parameters, context) =>
    ticketLetter(parameters, context, {
      heading: `An internal comment on ticket ${parameters.ticket_id}`,
      paragraphs: ['There is a new comment for the staff only: the customer does not learn of it.'],
      act: 'Written by',
      quote: comment('Internal comment', parameters),
      files: parameters.files,
    }),
  ),

  comment_mentioned: defineTemplate(TicketWithComment, (parameters, context) =>
    ticketLetter(parameters, context, {
      heading: `You are mentioned on ticket ${parameters.ticket_id}`,
      paragraphs: [
        `${spokenName(parameters.actor_name) ?? 'Somebody of the helpdesk'} mentions you in a comment for the staff only: the ` +
          'customer does not learn of it. You watch the ticket from now on.',
      ],
      act: 'Written by',
      quote: comment('Internal comment', parameters),
      files: parameters.files,
    }),
  ),

  files_customer: defineTemplate(TicketWithFiles, (parameters, context) =>
    ticketLetter(parameters, context, {
      heading: `${fileOrFiles(parameters)} on your ticket ${parameters.ticket_id}`,
      paragraphs: [
        `${spokenName(parameters.actor_name) ?? 'Somebody of the helpdesk'} has attached this to it. You find it at the link.`,
      ],
      act: 'Attached by',
      files: parameters.files,
    }),
  ),

  files_staff: defineTemplate(TicketWithFiles, (parameters, context) =>
    ticketLetter(parameters, context, {
      heading: `${fileOrFiles(parameters)} on ticket ${parameters.ticket_id}`,
      paragraphs: ['This was attached to the ticket, where the customer can read it.', ...whoMayTake(parameters)],
      act: 'Attached by',
      files: parameters.files,
    }),
  ),
}
