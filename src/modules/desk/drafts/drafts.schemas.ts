import { z } from 'zod'
import { DraftKind } from '../../../contract/enums.ts'
import { Truncated } from '../../../platform/page-budget.ts'
import { Page, pageQuery } from '../../../platform/paging.ts'
import { text, timestamp } from '../../../platform/schemas.ts'
import { TicketParams } from '../tickets/tickets.schemas.ts'

export const Draft = z
  .object({
    ticket_id: z.string(),
    kind: DraftKind,
    body: z.string().meta({ description: 'What is not sent yet.', examples: ['Did the restart help?'] }),
    version: z.int(),
    updated_at: timestamp.meta({
      description: 'When the draft was last changed. It is kept for 90 days from then on.',
    }),
  })
  .meta({ id: 'Draft' })
export type Draft = z.output<typeof Draft>

export const ListedDraft = Draft.extend({ subject: z.string(), truncated: Truncated }).meta({ id: 'ListedDraft' })
export type ListedDraft = z.output<typeof ListedDraft>
export const DraftList = z
  .object({ drafts: z.array(ListedDraft).meta({ description: 'The drafts of this page.' }), page: Page })
  .meta({ id: 'DraftList' })

export const WriteDraft = z
  .strictObject({
    body: text(10_000, 'must not be blank: delete the draft instead').meta({
      description: 'What is not sent yet.',
      examples: ['Did the restart help?'],
    }),
  })
  .meta({ id: 'WriteDraft', examples: [{ body: 'Did the restart help?' }] })

export const DraftParams = TicketParams.extend({ draftKind: DraftKind })
export const DraftQuery = z.strictObject({ ...pageQuery })

/** The key of a cursor: when the draft was changed, the number of its ticket, and its kind. */
export type DraftKey = [updatedAt: string, ticketNumber: number, kind: DraftKind]
