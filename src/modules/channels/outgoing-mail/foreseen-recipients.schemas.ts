import { z } from 'zod'
import { Role, Visibility } from '../../../contract/enums.ts'
import { NotificationKind, NotificationWay } from '../../../contract/notification-kinds.ts'
import { TellingReason } from '../recipients/tellings.schemas.ts'
import { EmailTemplate } from './outgoing-mail.schemas.ts'

export const ForeseenRecipient = z
  .object({
    account_id: z.string(),
    name: z.string(),
    role: Role,
    reason: TellingReason,
    kind: NotificationKind,
    told_by: NotificationWay,
    template: EmailTemplate.nullable().meta({ description: 'The mail at once. Null: there is none.' }),
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
