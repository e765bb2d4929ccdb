import { z } from 'zod'
import { exec, nothing, one, type Sql, sql, type Tx } from '../../../platform/db/sql.ts'
import { appendEvents, appendEventsFrom, type NewEvent } from '../../../platform/events/append-events.ts'
import { numberOf } from '../../../platform/schemas.ts'
import type { Act, User } from '../../identity/accounts/actor.ts'
import { originOf } from './disable-webhook.queries.ts'
import { previousHours, type Webhook } from './webhooks.schemas.ts'

// The changes of a webhook that the caller has locked. Each is written with its event, which names the webhook.

/** A webhook, as its events name it. */
type Subject = Pick<NewEvent, 'tenantId' | 'subjectId'>

/** A condition: a webhook `h` is the one that an event is about. */
const theSubject = ({ tenantId, subjectId }: Subject): Sql =>
  sql`h.tenant_id = ${tenantId} and h.webhook_number = ${numberOf(subjectId)}`

const nextVersion = sql`version = h.version + 1, updated_at = now()`

/** A receiver without a past: nothing failed yet. The runner lets the deliveries that wait begin anew, in steps. */
const fresh = sql`failures = 0, failing_since = null, paused_until = null, due_at = now(),
  beginnings = h.beginnings + 1, renew_after = 0`

/** The members that somebody chooses. */
export const chosenNames = ['url', 'description', 'types', 'includes_internal', 'is_ordered'] as const
type ChosenName = (typeof chosenNames)[number]
export type Chosen = Pick<Webhook, ChosenName>

/** What an event tells of a member: all but an address as it is. */
const toldOf = (chosen: Chosen, name: ChosenName): Sql =>
  name === 'url' ? originOf(sql`${chosen.url}::text`) : sql`${JSON.stringify(chosen[name])}::jsonb`

/** Writes what somebody chose, and the event, which tells the members that differ. At another address it begins anew. */
export const updateWebhookRow = (
  tx: Tx,
  { actor, requestId }: Act<User>,
  before: Webhook,
  after: Chosen,
  differing: ChosenName[],
): Promise<number> => {
  const subject = { tenantId: actor.tenantId, subjectId: before.webhook_id }
  const isElsewhere = differing.includes('url')
  return exec(
    tx,
    sql`with changed as (
          update webhooks h set url = ${after.url}, description = ${after.description}, types = ${after.types}::text[],
            includes_internal = ${after.includes_internal}, is_ordered = ${after.is_ordered},
            ${isElsewhere ? sql`${fresh},` : nothing} ${nextVersion}
          where ${theSubject(subject)}
          returning h.tenant_id, h.webhook_id, h.version)
        ${appendEventsFrom({
          tenantId: sql`c.tenant_id`,
          type: 'webhook.updated',
          subjectId: sql`c.webhook_id`,
          subjectVersion: sql`c.version`,
          actorId: sql`${actor.accountId}`,
          actorRole: sql`${actor.role}`,
          changes: Object.fromEntries(
            differing.map((name) => [name, { from: toldOf(before, name), to: toldOf(after, name) }]),
          ),
          requestId: sql`${requestId}`,
          from: sql`from changed c`,
        })}`,
  )
}

/** Lets a webhook be told of events again, and writes the event. It begins anew. */
export const enableWebhook = (tx: Tx, event: NewEvent): Promise<number> =>
  exec(
    tx,
    sql`with enabled as (
          update webhooks h set state = 'enabled', disabled_reason = null, disabled_at = null, ${fresh}, ${nextVersion}
          where ${theSubject(event)})
        ${appendEvents([event])}`,
  )

const Until = z.object({ previous_secret_until: z.string() })

/**
 * Makes a new sealed secret the present one, and writes the event. The secret that was present ends in a day; the one
 * before that ends now.
 */
export const rotateSecret = async (tx: Tx, sealed: string, event: NewEvent): Promise<string> => {
  const { previous_secret_until } = await one(
    tx,
    Until,
    sql`with rotated as (
          update webhooks h set previous_secret = h.secret, secret = ${sealed}, secret_at = now(),
            previous_until = now() + make_interval(hours => ${previousHours}), ${nextVersion}
          where ${theSubject(event)}
          returning h.previous_until),
        logged as (${appendEvents([event])})
        select r.previous_until as previous_secret_until from rotated r`,
  )
  return previous_secret_until
}

/** Ends the secret before the last rotation, and writes the event. */
export const endPreviousSecret = (tx: Tx, event: NewEvent): Promise<number> =>
  exec(
    tx,
    sql`with ended as (
          update webhooks h set previous_secret = null, previous_until = null, ${nextVersion}
          where ${theSubject(event)})
        ${appendEvents([event])}`,
  )

/** Takes a webhook away, and its secrets, and writes the event. Its deliveries go later, in steps. */
export const markWebhookDeleted = (tx: Tx, event: NewEvent): Promise<number> =>
  exec(
    tx,
    sql`with deleted as (
          update webhooks h set deleted_at = now(), secret = '', previous_secret = null, previous_until = null,
            due_at = null, resend_after = null, resend_up_to = null, renew_after = null
          where ${theSubject(event)})
        ${appendEvents([event])}`,
  )
