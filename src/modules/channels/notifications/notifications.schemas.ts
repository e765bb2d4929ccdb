import { z } from 'zod'
import { Role } from '../../../contract/enums.ts'
import { EventTypeName } from '../../../contract/events.ts'
import { NotificationKind } from '../../../contract/notification-kinds.ts'
import { isStorable, storable } from '../../../contract/storable.ts'
import { Page, pageQuery } from '../../../platform/paging.ts'
import { timestamp } from '../../../platform/schemas.ts'
import { TellingReason } from '../recipients/tellings.schemas.ts'

/** How many unread notifications are looked at to count them. */
export const countedAtMost = 1_000

const NotificationId = z.string().min(1).max(100).refine(isStorable, storable)

export const Notification = z
  .object({
    notification_id: NotificationId.meta({ description: 'Opaque: it says nothing about the number of events.' }),
    kind: NotificationKind,
    reason: TellingReason,
    type: EventTypeName,
    ticket_id: z.string().nullable().meta({ description: 'Null: it is about an account, or about the desk.' }),
    subject: z.string().nullable().meta({ description: 'That of the ticket, as it is now.' }),
    actor: z
      .object({
        id: z.string().nullable().meta({ description: 'Null for an admin, when a customer asks.' }),
        name: z.string(),
        role: Role,
      })
      .nullable()
      .meta({ description: 'Who did it. Null: the system, or somebody who was not signed in.' }),
    created_at: timestamp.meta({ description: 'When it happened.' }),
    read_at: timestamp.nullable().meta({ description: 'Null: not read yet.' }),
  })
  .meta({ id: 'Notification' })
export type Notification = z.output<typeof Notification>

/** How many notifications are unread. */
const unread = {
  unread: z.int().meta({ description: `How many are unread, of the newest ${countedAtMost} unread ones.` }),
  unread_is_exact: z.boolean().meta({
    description: `\`false\`: there are more than ${countedAtMost} unread ones, so there may be more than \`unread\` says.`,
  }),
}
export type UnreadCount = { unread: number; unread_is_exact: boolean }

export const NotificationQuery = z.strictObject({
  ...pageQuery,
  unread: z
    .enum(['true', 'false'])
    .transform((value) => value === 'true')
    .optional()
    .meta({ description: '`true`: only unread ones.' }),
  kind: NotificationKind.optional().meta({ description: 'Only those of this kind.', examples: ['ticket_comment'] }),
})

export const NotificationList = z
  .object({ notifications: z.array(Notification), ...unread, page: Page })
  .meta({ id: 'NotificationList' })

/** How many notifications can be marked by their ids at once, and up to one of them. */
export const markedAtMost = { byId: 100, upTo: 5_000 }

export const MarkRead = z
  .strictObject({
    notification_ids: z.array(NotificationId).min(1).max(markedAtMost.byId).optional().meta({
      description: 'These. Ids that are none of your notifications are passed over.',
    }),
    up_to: NotificationId.optional().meta({ description: 'This one, and all that came before it.' }),
  })
  .refine(({ notification_ids, up_to }) => (notification_ids === undefined) !== (up_to === undefined), {
    error: 'must have either notification_ids or up_to',
  })
  .meta({ id: 'MarkRead', examples: [{ notification_ids: ['0123456789abcdef0123456789abcdef'] }] })
export type MarkRead = z.output<typeof MarkRead>

export const MarkedRead = z
  .object({
    marked: z.int().meta({ description: 'How many were unread before.' }),
    has_more: z.boolean().meta({
      description: `There are more than ${markedAtMost.upTo} to mark: send the same request again.`,
    }),
    ...unread,
  })
  .meta({ id: 'MarkedRead' })
export type MarkedRead = z.output<typeof MarkedRead>

/** The key of a cursor: whether the notification is read, and its sealed position. */
export type NotificationKey = [boolean, string]
