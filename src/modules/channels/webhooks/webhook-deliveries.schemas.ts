import { z } from 'zod'
import { DeliveryFault, DeliveryState } from '../../../contract/enums.ts'
import { Page, pageQuery } from '../../../platform/paging.ts'
import { line, listParameter, timeFilter, timestamp } from '../../../platform/schemas.ts'
import { WebhookParams } from './webhooks.schemas.ts'

const deliveryId = {
  description:
    'The id of the message, which each attempt has in `webhook-id`. It has the epoch and the place of the event in the log.',
  examples: ['evt_b3f09c21a7de_1_1042'],
}

export const DeliveryParams = WebhookParams.extend({ deliveryId: z.string().max(100).meta(deliveryId) })

const delivery = {
  delivery_id: z.string().meta(deliveryId),
  position: z
    .int()
    .nullable()
    .meta({ description: "The event's number in the log, for admins; for all others null.", examples: [1042] }),
  type: z.string().meta({ description: 'The type of the event.', examples: ['ticket.created'] }),
  subject_id: z.string().meta({ description: 'What the event is about.', examples: ['TKT0185'] }),
  occurred_at: timestamp.meta({ description: 'When the event happened.' }),
  state: DeliveryState,
  attempts: z.int().meta({ description: 'How many attempts there were at all.', examples: [1] }),
  attempts_left: z.int().meta({
    description: 'How many attempts are left that count. Those while the webhook is probed do not.',
    examples: [9],
  }),
  due_at: timestamp
    .nullable()
    .meta({ description: 'When the next attempt is due; null when it does not wait. A paused webhook comes later.' }),
  settled_at: timestamp
    .nullable()
    .meta({ description: 'When it was delivered, given up or skipped; null: it waits, or is held.' }),
}

export const WebhookDelivery = z.object(delivery).meta({ id: 'WebhookDelivery' })
export type WebhookDelivery = z.output<typeof WebhookDelivery>

export const DeliveryAttempt = z
  .object({
    attempted_at: timestamp.meta({ description: 'When the attempt began.' }),
    duration_ms: z.int().meta({ description: 'How long it took, in milliseconds.', examples: [84] }),
    status: z
      .int()
      .nullable()
      .meta({ description: 'The status of the answer; null for no answer.', examples: [503] }),
    fault: DeliveryFault.nullable().meta({ description: 'Why it failed; null for an answer 2xx.' }),
    answer: z
      .string()
      .nullable()
      .meta({
        description:
          'The beginning of what the receiver said, 1 kB at most, without control characters; null for nothing. It is text ' +
          'of a stranger.',
        examples: ['upstream connect error'],
      }),
  })
  .meta({ id: 'DeliveryAttempt' })
export type DeliveryAttempt = z.output<typeof DeliveryAttempt>

export const WholeDelivery = WebhookDelivery.extend({
  attempts_made: z.array(DeliveryAttempt).meta({ description: 'The last attempts, the newest first, 20 at most.' }),
}).meta({ id: 'WholeWebhookDelivery' })
export type WholeDelivery = z.output<typeof WholeDelivery>

export const DeliveryQuery = z.strictObject({
  ...pageQuery,
  state: listParameter(DeliveryState, 5).optional().meta({ description: 'Any of these states.' }),
})
export type DeliveryFilter = Partial<Omit<z.output<typeof DeliveryQuery>, 'limit' | 'cursor'>>

export const DeliveryList = z
  .object({ deliveries: z.array(WebhookDelivery), page: Page })
  .meta({ id: 'WebhookDeliveryList' })

/** How many events of a resend are counted. */
export const countedAtMost = 10_000
/** How many events of the log a resend looks at. */
export const resentAtMost = 100_000

export const Resend = z
  .strictObject({
    from: line(100)
      .optional()
      .meta({
        description: 'The `delivery_id` from which on all is sent once more, that one included.',
        examples: ['evt_b3f09c21a7de_1_1042'],
      }),
    from_position: z
      .int()
      .min(1)
      .optional()
      .meta({
        description: 'For admins: the `position` of the event from which on all is sent once more.',
        examples: [1042],
      }),
    since: timeFilter.optional().meta({
      description: 'Send once more what happened at this moment or later.',
      examples: ['2026-11-25T10:00:00Z'],
    }),
    dry_run: z.boolean().optional().meta({ description: '`true`: only say how many there are.' }),
  })
  .refine((body) => [body.from, body.from_position, body.since].filter((one) => one !== undefined).length === 1, {
    error: 'must say one of from, from_position and since',
  })
  .meta({ id: 'ResendEvents', examples: [{ since: '2026-11-25T10:00:00Z', dry_run: true }] })
export type Resend = z.output<typeof Resend>

export const Resent = z
  .object({
    count: z.int().meta({
      description: `How many events are sent, as far as the owner sees them now. ${countedAtMost} means that many, or more.`,
      examples: [12],
    }),
    dry_run: z.boolean().meta({ description: 'Whether it was only counted.' }),
  })
  .meta({ id: 'ResentEvents' })
export type Resent = z.output<typeof Resent>

export const Heard = z
  .object({
    delivered: z.boolean().meta({ description: 'Whether the receiver answered with 2xx.' }),
    ...DeliveryAttempt.shape,
  })
  .meta({ id: 'WebhookTestResult' })
export type Heard = z.output<typeof Heard>
