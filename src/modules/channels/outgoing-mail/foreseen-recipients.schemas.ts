import { z } from 'zod'
import { Role, Visibility } from '../../../contract/enums.ts'
import { reasons } from '../recipients/tellings.ts'
import { EmailTemplate } from './outgoing-mail.schemas.ts'

/** How somebody is told. */
const ToldBy = z.enum(['mail', 'hourly', 'daily', 'console', 'nothing']).meta({
  id: 'ToldBy',
  description:
    '`mail`: by a mail at once. `hourly`, `daily`: by a mail that gathers. `console`: by a notification only. All of these ' +
    'have a notification, too. `nothing`: the person wants to know nothing of this kind.',
})

export const ForeseenRecipient = z
  .object({
    account_id: z.string(),
    name: z.string(),
    role: Role,
    reason: z
      .enum(reasons)
      .meta({ id: 'TellingReason', description: 'Why the person is told. More reasons may come.' }),
    told_by: ToldBy,
    template: EmailTemplate.nullable().meta({ description: 'The mail. Null: there is none.' }),
  })
  .meta({ id: 'ForeseenRecipient' })
export type ForeseenRecipient = z.output<typeof ForeseenRecipient>

export const ForeseenQuery = z.strictObject({
  visibility: Visibility.optional().meta({
    description: 'Of the comment that you would write. `public` when left out.',
    examples: ['internal'],
  }),
})

export const ForeseenRecipients = z
  .object({
    recipients: z.array(ForeseenRecipient).meta({ description: 'Empty: nobody would be told.' }),
    has_more: z.boolean().meta({ description: 'Whether there are more than these hundred.' }),
  })
  .meta({ id: 'ForeseenRecipients' })
export type ForeseenRecipients = z.output<typeof ForeseenRecipients>
