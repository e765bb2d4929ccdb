import { z } from 'zod'
import { WebhookDisabledReason, WebhookState } from '../../../contract/enums.ts'
import { eventTypePattern } from '../../../contract/event-type-pattern.ts'
import { isNeverPosted } from '../../../contract/webhook-texts.ts'
import { Page, pageQuery } from '../../../platform/paging.ts'
import { line, listParameter, publicId, timestamp, withCanonicalId } from '../../../platform/schemas.ts'

/** How many webhooks a tenant has at most, and how many of them a technician. */
export const webhooksAtMost = 20
export const webhooksOfTechnicianAtMost = 5
/** How long the secret before a rotation still signs. */
export const previousHours = 24
/** How many waiting deliveries of a webhook are counted. */
export const waitingAtMost = 1_000

const typesAtMost = 50
const urlAtMost = 1_000

const WebhookId = publicId('WHK').meta({ description: 'A webhook, like WHK0001.', examples: ['WHK0001'] })
export const WebhookParams = z.object({ webhookId: WebhookId })

const Url = line(urlAtMost)
  .refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol), {
    error: 'must be an https address such as https://hooks.example.com/desk',
    abort: true,
  })
  .transform((text) => new URL(text).href)
  .refine((text) => text.length <= urlAtMost, { error: `must have at most ${urlAtMost} characters` })

const description = line(200)
const types = z
  .array(
    eventTypePattern().refine((pattern) => !isNeverPosted(pattern), {
      error: 'must be a type of event that is posted: no webhook is told that a change was taken back',
      params: { code: 'never_posted' },
    }),
  )
  .min(1)
  .max(typesAtMost)
  .transform((listed) => [...new Set(listed)])

const url = {
  description:
    'Where events are posted to: https, at a public address, without a sign-in and a fragment. Only who sees the webhook ' +
    'reads it.',
  examples: ['https://hooks.example.com/desk'],
}
const typesMeta = {
  description:
    'Any of these types of events: a type such as `ticket.assigned`, or the beginning of types and `*`, such as ' +
    '`ticket.*`. Null: every type. `ticket.change_undone` is never posted, and is refused when nothing else is meant.',
  examples: [['ticket.*', 'comment.added']],
}
const includesInternal = {
  description: 'Whether it is told of internal comments and their files, and of tags, links and watchers of tickets.',
}
const isOrdered = {
  description:
    'Whether an event is sent only after the one before it has arrived, or was given up. Otherwise up to four are on ' +
    'their way, and one that fails does not hold up others.',
}
const Description = z
  .string()
  .meta({ description: 'What it is for. May be empty.', examples: ['Chat of the night shift'] })

export const Webhook = z
  .object({
    webhook_id: z.string().meta({ description: 'The number of the webhook.', examples: ['WHK0001'] }),
    owner_id: z.string().meta({ description: 'Whose rights decide what it is told.', examples: ['dana'] }),
    owner_name: z.string().meta({ description: 'The name of the owner.', examples: ['Dana Whitfield'] }),
    url: z.string().meta(url),
    description: Description,
    types: z.array(z.string()).nullable().meta(typesMeta),
    includes_internal: z.boolean().meta(includesInternal),
    is_ordered: z.boolean().meta(isOrdered),
    state: WebhookState,
    disabled_reason: WebhookDisabledReason.nullable().meta({
      description: 'Why it is disabled; null while it is not.',
    }),
    disabled_at: timestamp.nullable().meta({ description: 'Since when it is disabled; null while it is not.' }),
    version: z.int().meta({ description: 'Grows with each change of the webhook.', examples: [1] }),
    created_at: timestamp,
    updated_at: timestamp,
    secret_at: timestamp.meta({ description: 'When its secret was made.' }),
    previous_secret_until: timestamp
      .nullable()
      .meta({ description: 'Until when the secret before also signs; null when there is none.' }),
    waiting: z.int().meta({
      description: `How many events wait to be delivered. ${waitingAtMost} means that many, or more.`,
      examples: [0],
    }),
    failures: z.int().meta({
      description: 'How many attempts have failed in a row. From five on it is only probed, with the oldest event.',
      examples: [0],
    }),
    failing_since: timestamp.nullable().meta({
      description: 'Since when every attempt has failed; null when the last one arrived, and when there was none.',
    }),
    paused_until: timestamp.nullable().meta({
      description:
        'Nothing is sent before this moment, because the receiver asked for time, or is only probed; null for no pause.',
    }),
    last_success_at: timestamp.nullable().meta({ description: 'When a delivery last arrived; null: never.' }),
    last_failure_at: timestamp.nullable().meta({ description: 'When an attempt last failed; null: never.' }),
    next_attempt_at: timestamp.nullable().meta({ description: 'When the next attempt is due; null: nothing waits.' }),
    is_resending: z.boolean().meta({ description: 'Whether events of a resend are still being put in the queue.' }),
  })
  .meta({ id: 'Webhook' })
export type Webhook = z.output<typeof Webhook>

const secret = z
  .string()
  .nullable()
  .meta({
    description:
      'The secret that signs: `whsec_` and 32 bytes in base64, as Standard Webhooks 1.0 has it. It is shown once, so it is ' +
      'null in a repeated answer.',
    examples: ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo='],
  })
export const CreatedWebhook = Webhook.extend({ secret }).meta({ id: 'CreatedWebhook' })
export type CreatedWebhook = z.output<typeof CreatedWebhook>

export const WebhookSecret = z
  .object({
    webhook_id: z.string().meta({ description: 'The number of the webhook.', examples: ['WHK0001'] }),
    secret,
    previous_secret_until: timestamp.meta({ description: 'Until when the secret before signs as well.' }),
  })
  .meta({ id: 'WebhookSecret' })
export type WebhookSecret = z.output<typeof WebhookSecret>

const members = {
  url: Url.meta(url),
  description: description
    .or(z.literal(''))
    .meta({ description: 'What it is for.', examples: ['Chat of the night shift'] }),
  types: types.nullable().meta(typesMeta),
  includes_internal: z.boolean().meta(includesInternal),
  is_ordered: z.boolean().meta(isOrdered),
}

export const CreateWebhook = z
  .strictObject({
    url: members.url,
    description: members.description.optional(),
    types: members.types.optional(),
    includes_internal: members.includes_internal.optional(),
    is_ordered: members.is_ordered.optional(),
  })
  .meta({
    id: 'CreateWebhook',
    examples: [{ url: 'https://hooks.example.com/desk', types: ['ticket.*', 'comment.added'] }],
  })
export type CreateWebhook = z.output<typeof CreateWebhook>

export const UpdateWebhook = z
  .strictObject({ ...members, state: WebhookState })
  .partial()
  .meta({ id: 'UpdateWebhook', examples: [{ state: 'enabled' }] })
export type UpdateWebhook = z.output<typeof UpdateWebhook>

export const WebhookQuery = z.strictObject({
  ...pageQuery,
  owner: line(100)
    .transform(withCanonicalId(['TEC', 'SVC']))
    .optional()
    .meta({ description: 'Only those of this owner.', examples: ['dana'] }),
  state: listParameter(WebhookState, 2).optional().meta({ description: 'Any of these states.' }),
})
export type WebhookFilter = Partial<Omit<z.output<typeof WebhookQuery>, 'limit' | 'cursor'>>

export const WebhookList = z.object({ webhooks: z.array(Webhook), page: Page }).meta({ id: 'WebhookList' })
