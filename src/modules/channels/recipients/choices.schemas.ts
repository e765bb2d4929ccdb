import { z } from 'zod'
import {
  choosableKinds,
  NotificationKind,
  NotificationWay,
  notificationKinds,
} from '../../../contract/notification-kinds.ts'
import { Warnings } from '../../../contract/warnings.ts'
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
    time_zone: z
      .string()
      .meta({ description: 'Your time zone; that of the tenant while you have chosen none.', examples: ['UTC'] }),
    next_hourly_at: timestamp.nullable().meta({
      description: 'When the next hourly digest is due, if something waits by then; null while no way is `hourly`.',
    }),
    next_daily_at: timestamp.nullable().meta({
      description: 'When the next daily digest is due, if something waits by then; null while no way is `daily`.',
    }),
    waiting: z
      .int()
      .min(0)
      .max(1_000)
      .meta({
        description:
          'How many events wait for digests, counted up to 1,000. What is gone when a digest is sent is not in it.',
        examples: [0],
      }),
    warnings: Warnings,
  })
  .meta({ id: 'NotificationChoices' })
export type NotificationChoices = z.output<typeof NotificationChoices>

const waysOf = Object.fromEntries(
  choosableKinds.map((kind) => [
    kind,
    NotificationWay.nullable()
      .optional()
      .meta({
        description: `How to tell you of \`${kind}\`: one of ${notificationKinds[kind].ways.map((way) => `\`${way}\``).join(', ')}; null is the default.`,
      }),
  ]),
)

/** What is not a choice, and may be sent back as it was read. */
const fixedWays = {
  account: z
    .literal('mail', { error: 'cannot be changed: mails about your account always come' })
    .nullable()
    .optional()
    .meta({ description: 'Mails about your account cannot be changed.' }),
}

const unknownKind = ({ code }: { code?: string }): string | undefined =>
  code === 'unrecognized_keys' ? `is not known here: use one of ${choosableKinds.join(', ')}` : undefined

export const ChooseNotifications = z
  .strictObject({
    ways: z
      .strictObject({ ...waysOf, ...fixedWays }, { error: unknownKind })
      .optional()
      .meta({ description: 'The kinds to change, each with its way. A kind that is left out stays as it is.' }),
    digest_hour: hour
      .nullable()
      .optional()
      .meta({ description: 'The hour of the daily digest; null is the default.', examples: [7] }),
  })
  .meta({ id: 'ChooseNotifications', examples: [{ ways: { ticket_file: 'daily' }, digest_hour: 7 }] })

/** What a person chooses anew. */
export interface ChoiceChange {
  ways?: { [Kind in NotificationKind]?: NotificationWay | null | undefined } | undefined
  digest_hour?: number | null | undefined
}
