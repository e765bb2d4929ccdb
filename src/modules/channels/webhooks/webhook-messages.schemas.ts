import { z } from 'zod'
import { Visibility } from '../../../contract/enums.ts'
import { timestamp } from '../../../platform/schemas.ts'
import { Ticket } from '../../desk/tickets/tickets.schemas.ts'
import { FeedEvent } from '../feed/feed.schemas.ts'

/** A comment in a message. */
export const ToldComment = z
  .object({
    comment_id: z.uuid(),
    ticket_id: z.string().meta({ description: 'The ticket that the comment was written on.' }),
    author_id: z.string().meta({ description: 'The id of the author.' }),
    author_name: z.string(),
    visibility: Visibility,
    body: z.string(),
    created_at: timestamp,
    edited_at: timestamp.nullable(),
  })
  .meta({ id: 'ToldComment' })
export type ToldComment = z.output<typeof ToldComment>

const ToldTicket = Ticket.omit({ warnings: true, undo_token: true, undo_until: true }).meta({ id: 'ToldTicket' })

const data = FeedEvent.omit({ truncated: true })
  .extend({
    ticket: ToldTicket.nullable().meta({
      description:
        'The ticket that the event is about, as it is when this is sent; null for an event of something else. Without ' +
        '`includes_internal` its `tags` are null.',
    }),
    comment: ToldComment.nullable().meta({
      description: 'The comment that the event is about, as it is when this is sent; null when there is none any more.',
    }),
    truncated: z.array(z.string()).meta({
      description: 'The texts that are cut to their beginning, such as `comment.body`. Read the thing for the whole.',
      examples: [['ticket.issue_description']],
    }),
  })
  .meta({ id: 'WebhookEvent', description: 'The event as `GET /events` gives it to the owner, and what it is about.' })

/** What is posted to a webhook. */
export const WebhookMessage = z
  .object({
    type: z.string().meta({ description: 'The type of the event, as in `data`.', examples: ['ticket.created'] }),
    timestamp: timestamp.meta({ description: 'When the event happened.' }),
    data,
  })
  .meta({ id: 'WebhookMessage' })
export type WebhookMessage = z.output<typeof WebhookMessage>

/** What a test posts to a webhook. */
export const WebhookPing = z
  .object({
    type: z.literal('webhook.ping').meta({ description: 'That it is a test.' }),
    timestamp: timestamp.meta({ description: 'When the test was sent.' }),
    data: z
      .object({ webhook_id: z.string().meta({ description: 'The number of the webhook.', examples: ['WHK0001'] }) })
      .meta({ description: 'What is tested.' }),
  })
  .meta({ id: 'WebhookPing' })
export type WebhookPing = z.output<typeof WebhookPing>
