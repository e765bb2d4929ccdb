import { z } from 'zod'
import {
  choosableKinds,
  NotificationKind,
  NotificationWay,
  notificationKinds,
} from '../../../contract/notification-kinds.ts'
import { timestamp } from '../../../platform/schemas.ts'

const hour = z.int().min(0).max(23)

const Choice = z
  .object({
    kind: NotificationKind,
    way: NotificationWay.meta({ description: 'How you are told of it.' }),
    default_way: NotificationWay.meta({ description: 'How you are told while you have chosen nothing.' }),
    ways: z.array(NotificationWay).meta({ description: 'The ways that you may choose; with one, there is no choice.' }),
  })
  .meta({ id: 'NotificationChoice', description: 'How you are told of a kind of event.' })

export const NotificationChoices = z
  .object({
    choices: z.array(Choice).meta({ description: 'Every kind that your role is told of.' }),
    digest_hour: hour.meta({
      description: 'The hour of the daily digest, on the clocks of `time_zone`.',
      examples: [8],
    }),
    time_zone: z.string().meta({ description: 'Your time zone; UTC while you have chosen none.', examples: ['UTC'] }),
    next_daily_at: timestamp.meta({ description: 'When the next daily digest is due, if something is for it.' }),
  })
  .meta({ id: 'NotificationChoices' })
export type NotificationChoices = z.output<typeof NotificationChoices>

const waysOf = Object.fromEntries(
  choosableKinds.map((kind) => [
    kind,
    NotificationWay.optional().meta({
      description: `How to tell you of \`${kind}\`: one of ${notificationKinds[kind].ways.map((way) => `\`${way}\``).join(', ')}.`,
    }),
  ]),
)

export const ChooseNotifications = z
  .strictObject({
    ways: z
      .strictObject(waysOf)
      .optional()
      .meta({ description: 'The kinds to change, each with its way. A kind that is left out stays as it is.' }),
    digest_hour: hour.optional().meta({ description: 'The hour of the daily digest.', examples: [7] }),
  })
  .meta({ id: 'ChooseNotifications', examples: [{ ways: { ticket_file: 'daily' }, digest_hour: 7 }] })

/** What a person chooses anew. */
export interface ChoiceChange {
  ways?: { [Kind in NotificationKind]?: NotificationWay | undefined } | undefined
  digest_hour?: number | undefined
}
