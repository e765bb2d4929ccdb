import { z } from 'zod'
import type { Words } from '../../../../platform/page.ts'
import { defineTemplate, type Filling, type MailContext, say } from './letter.ts'
import { Files } from './mail-files.ts'
import { acts, ticket, ticketFilling } from './ticket-letter.ts'
import { prose } from './user-text.ts'

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

const comment = (words: Words, text: string | null, context: MailContext): Filling['quote'] => {
  const label = say(context, words)
  const gone = say(context, { en: 'deleted since', de: 'seitdem gelöscht' })
  return text === null ? { label: `${label} (${gone})`, text: '–' } : { label, text }
}

const publicComment: Words = { en: 'Comment', de: 'Kommentar' }
const internalComment: Words = { en: 'Internal comment', de: 'Interner Kommentar' }

const commented = (words: Words) => (parameters: z.output<typeof TicketWithComment>, context: MailContext) =>
  ticketFilling(parameters, context, {
    act: acts.written,
    quote: comment(words, parameters.comment_body, context),
    files: parameters.files,
  })

const attached = (parameters: z.output<typeof TicketWithFiles>, context: MailContext) =>
  ticketFilling(parameters, context, {
    act: acts.attached,
    files: parameters.files,
    values: { is_one_file: parameters.files.length === 1 },
  })

const [plain, quoting] = [['facts', 'link'] as const, ['facts', 'quote', 'link'] as const]

/** Mails that tell what was said on a ticket, and which files it has got. */
export const commentAndFileTemplates = {
  comment_customer: defineTemplate(quoting, TicketWithComment, commented(publicComment)),

  comment_public: defineTemplate(
    quoting,
    // Events of earlier versions say nothing of comments that reopened a ticket. `reopens`: what the comment did to a
    // resolved ticket of its author.
    TicketWithComment.extend({ reopens: z.boolean().nullable().optional() }),
    (parameters, context) => {
      const filling = commented(publicComment)(parameters, context)
      const { reopens } = parameters
      const values = { ...filling.values, is_reopened: reopens === true, stays_resolved: reopens === false }
      return { ...filling, values }
    },
  ),

  comment_internal: defineTemplate(quoting, TicketWithComment, commented(internalComment)),
  comment_mentioned: defineTemplate(quoting, TicketWithComment, commented(internalComment)),
  files_customer: defineTemplate(plain, TicketWithFiles, attached),
  files_staff: defineTemplate(plain, TicketWithFiles, attached),
}
