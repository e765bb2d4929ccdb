import { z } from 'zod'
import type { DeliveryFault, WebhookDisabledReason } from '../../../contract/enums.ts'
import { type Db, exec, many, maybeOne, planEachTime, type Sql, sql } from '../../../platform/db/sql.ts'
import { appendEventsFrom } from '../../../platform/events/append-events.ts'
import { isAlive } from '../../../platform/jobs/liveness.ts'
import { isTakenBack } from '../../desk/tickets/ticket-events.policy.ts'

// The queue of deliveries. A process claims a webhook, so that one at a time sends to it, and gives it back when
// nothing of it is due. `due_at` of a webhook says when to look again; while a process has it, it says what came anew.

/** A webhook in hand, with its owner. */
const HeldWebhook = z.object({
  tenant_id: z.int(),
  tenant: z.string(),
  webhook_number: z.int(),
  webhook_id: z.string(),
  owner_id: z.string(),
  owner_name: z.string(),
  owner_role: z.string(),
  owner_is_active: z.boolean(),
  category: z.string().nullable(),
  url: z.string(),
  secret: z.string(),
  previous_secret: z.string().nullable(),
  includes_internal: z.boolean(),
  is_ordered: z.boolean(),
  failures: z.int(),
  is_failing_long: z.boolean(),
  is_resending: z.boolean(),
})
export type HeldWebhook = z.output<typeof HeldWebhook>

const heldColumns = (failingHours: number): Sql => sql`h.tenant_id, n.slug as tenant, h.webhook_number, h.webhook_id,
  h.owner_id, o.name as owner_name, o.role as owner_role, o.status = 'active' and o.role <> 'customer' as owner_is_active,
  coalesce(w.category, v.category) as category, h.url, h.secret,
  case when h.previous_until > now() then h.previous_secret end as previous_secret, h.includes_internal, h.is_ordered,
  h.failures, coalesce(h.failing_since < now() - make_interval(hours => ${failingHours}), false) as is_failing_long,
  h.resend_after is not null as is_resending`

const withOwner = sql`
  join tenants n on n.tenant_id = h.tenant_id
  join accounts o on o.tenant_id = h.tenant_id and o.account_id = h.owner_id
  left join technicians w on w.tenant_id = o.tenant_id and w.technician_id = o.account_id and o.role = 'technician'
  left join service_accounts v on v.tenant_id = o.tenant_id and v.service_id = o.account_id`

/** A condition: nothing forbids to send to a webhook `h` of a tenant `n`. */
const isLive = sql`h.state = 'enabled' and h.deleted_at is null and n.state = 'active'`

/** How many webhooks of one tenant are in hand at once. Processes that claim in one moment do not see each other. */
const heldOfTenant = 10

/** How many webhooks a claim looks at, those that wait longest. None of them is of a tenant that has enough in hand. */
const lookedAt = 2_000

/** Claims at most `limit` webhooks that are due, those that wait longest first, and `heldOfTenant` of each tenant. */
export const claimWebhooks = (db: Db, holder: string, limit: number, failingHours: number): Promise<HeldWebhook[]> =>
  many(
    db,
    HeldWebhook,
    planEachTime(sql`with held as materialized (
          select o.tenant_id, count(*) as number from webhooks o where o.holder is not null group by o.tenant_id),
        due as materialized (
          select h.tenant_id, h.webhook_number, h.due_at, coalesce(o.number, 0) as held from webhooks h
          join tenants n on n.tenant_id = h.tenant_id
          left join held o on o.tenant_id = h.tenant_id
          where h.due_at <= now() and h.holder is null and ${isLive} and coalesce(o.number, 0) < ${heldOfTenant}
          order by h.due_at limit ${lookedAt}),
        ranked as (
          select d.*, d.held + row_number() over (partition by d.tenant_id order by d.due_at, d.webhook_number) as rank
          from due d),
        free as materialized (
          select h.tenant_id, h.webhook_number from ranked r
          join webhooks h on h.tenant_id = r.tenant_id and h.webhook_number = r.webhook_number
          where r.rank <= ${heldOfTenant} and h.due_at <= now() and h.holder is null and h.state = 'enabled'
            and h.deleted_at is null
          order by r.due_at limit ${limit} for update of h skip locked),
        h as (
          update webhooks h set holder = ${holder}::uuid, held_at = now(), due_at = null
          from free f where h.tenant_id = f.tenant_id and h.webhook_number = f.webhook_number
          returning h.*)
        select ${heldColumns(failingHours)} from h ${withOwner}`),
  )

/** A webhook that a process has. */
export interface HeldKey {
  tenant_id: number
  webhook_number: number
}

const theHeld = ({ tenant_id, webhook_number }: HeldKey, holder: string): Sql =>
  sql`h.tenant_id = ${tenant_id} and h.webhook_number = ${webhook_number} and h.holder = ${holder}::uuid`

/** Reads a webhook in hand again. Null when nothing may be sent to it any more. */
export const findHeld = (db: Db, key: HeldKey, holder: string, failingHours: number): Promise<HeldWebhook | null> =>
  maybeOne(
    db,
    HeldWebhook,
    sql`select ${heldColumns(failingHours)} from webhooks h ${withOwner} where ${theHeld(key, holder)} and ${isLive}`,
  )

/**
 * Gives a webhook back. It is due again when its first waiting delivery is, or the first of all when it is ordered; at
 * once when a resend goes on; not before its pause is over.
 */
export const releaseWebhook = (db: Db, key: HeldKey, holder: string): Promise<number> =>
  exec(
    db,
    sql`update webhooks h set holder = null, held_at = null, due_at = greatest(h.paused_until, least(h.due_at,
          case when h.resend_after is not null then now() else (
            select case when h.is_ordered then (array_agg(d.due_at order by d.position))[1] else min(d.due_at) end
            from (
              select d.due_at, d.position from webhook_deliveries d
              where d.tenant_id = h.tenant_id and d.webhook_number = h.webhook_number and d.state = 'waiting'
              order by d.position limit case when h.is_ordered then 1 end) d) end))
        where ${theHeld(key, holder)}`,
  )

/** How long a claim stands at least, also when nothing is heard of its process. */
const claimSeconds = 30

/** Gives back the webhooks of dead processes. Answers with their number. */
export const freeWebhooksOfTheDead = (db: Db): Promise<number> =>
  exec(
    db,
    sql`update webhooks h set holder = null, held_at = null, due_at = now()
        where h.holder is not null and h.held_at < now() - make_interval(secs => ${claimSeconds})
          and not ${isAlive(sql`h.holder`)}`,
  )

/** Gives back what a process has claimed and does not have in hand, because the answer to its claim was lost. */
export const releaseUnheld = (db: Db, holder: string, inHand: string[]): Promise<number> =>
  exec(
    db,
    sql`update webhooks h set holder = null, held_at = null, due_at = now()
        where h.holder = ${holder}::uuid and (h.tenant_id || ' ' || h.webhook_number) <> all (${inHand}::text[])`,
  )

const DueDelivery = z.object({
  position: z.int(),
  epoch: z.string(),
  attempts: z.int(),
  is_due: z.boolean(),
  is_taken_back: z.boolean(),
})
export type DueDelivery = z.output<typeof DueDelivery>

/**
 * How many positions of the log a batch spans at most, because its events are read by one statement that looks at each
 * of them.
 */
export const spanAtMost = 2_000

/**
 * The next deliveries of a webhook, the oldest first, at most `limit`. Of an ordered webhook those that wait, due or
 * not; of others those that are due.
 */
export const listDueDeliveries = (
  db: Db,
  { tenant_id, webhook_number, is_ordered }: HeldWebhook,
  limit: number,
): Promise<DueDelivery[]> =>
  many(
    db,
    DueDelivery,
    sql`with due as materialized (
          select d.tenant_id, d.position, d.epoch, d.attempts, d.due_at from webhook_deliveries d
          where d.tenant_id = ${tenant_id} and d.webhook_number = ${webhook_number} and d.state = 'waiting'
            and (${is_ordered} or d.due_at <= now())
          order by d.position limit ${limit})
        select d.position, d.epoch, d.attempts, d.due_at <= now() as is_due, ${isTakenBack} as is_taken_back
        from due d join events e on e.tenant_id = d.tenant_id and e.position = d.position
        where d.position < (select min(f.position) from due f) + ${spanAtMost}
        order by d.position`,
  )

/** What became of a delivery in hand. */
export interface DeliveryOutcome {
  position: number
  state: 'delivered' | 'waiting' | 'failed' | 'skipped'
  /** Whether the attempt uses up one of those that count. */
  counts: boolean
  /** When a waiting one is due again: in so many seconds; null: as before. */
  dueInSeconds: number | null
  /** The attempt; null for what was skipped. */
  attempt: {
    attemptedAt: string
    durationMs: number
    status: number | null
    fault: DeliveryFault | null
    answer: string | null
  } | null
}

/** How a webhook fares after a batch. */
export interface Health {
  failures: number
  hasSucceeded: boolean
  hasFailed: boolean
  /** Nothing is sent for so many seconds; null: no pause. */
  pauseSeconds: number | null
}

/** How many attempts of a delivery are kept. */
const attemptsKept = 20

/**
 * Writes down what became of deliveries of a webhook in hand, each attempt, and how the webhook fares, in one
 * statement.
 */
export const settleDeliveries = (
  db: Db,
  { tenant_id, webhook_number }: HeldKey,
  outcomes: DeliveryOutcome[],
  health: Health,
): Promise<number> => {
  const column = <T>(of: (outcome: DeliveryOutcome) => T): T[] => outcomes.map(of)
  return exec(
    db,
    planEachTime(sql`with outcomes as materialized (
          select o.*, d.tries + 1 as try_number
          from unnest(${column(({ position }) => position)}::bigint[], ${column(({ state }) => state)}::text[],
            ${column(({ counts }) => Number(counts))}::integer[],
            ${column(({ dueInSeconds }) => dueInSeconds)}::double precision[],
            ${column(({ attempt }) => attempt?.attemptedAt ?? null)}::timestamptz[],
            ${column(({ attempt }) => attempt?.durationMs ?? null)}::integer[],
            ${column(({ attempt }) => attempt?.status ?? null)}::integer[],
            ${column(({ attempt }) => attempt?.fault ?? null)}::text[],
            ${column(({ attempt }) => attempt?.answer ?? null)}::text[])
            as o (position, state, counts, due_in, attempted_at, duration_ms, status, fault, answer)
          join webhook_deliveries d on d.tenant_id = ${tenant_id} and d.webhook_number = ${webhook_number}
            and d.position = o.position),
        noted as (
          insert into webhook_attempts (tenant_id, webhook_number, position, try_number, attempted_at, duration_ms, status,
            fault, answer)
          select ${tenant_id}, ${webhook_number}, o.position, o.try_number, o.attempted_at, o.duration_ms, o.status,
            o.fault, o.answer
          from outcomes o where o.attempted_at is not null),
        forgotten as (
          delete from webhook_attempts a using outcomes o
          where o.try_number > ${attemptsKept} and a.tenant_id = ${tenant_id} and a.webhook_number = ${webhook_number}
            and a.position = o.position and a.try_number <= o.try_number - ${attemptsKept}),
        settled as (
          update webhook_deliveries d set state = o.state, attempts = d.attempts + o.counts,
            tries = case when o.attempted_at is null then d.tries else o.try_number end,
            due_at = coalesce(now() + make_interval(secs => o.due_in), d.due_at),
            settled_at = case when o.state <> 'waiting' then now() end
          from outcomes o
          where d.tenant_id = ${tenant_id} and d.webhook_number = ${webhook_number} and d.position = o.position)
        update webhooks h set failures = ${health.failures},
          failing_since = case when ${health.failures}::integer > 0 then coalesce(
            case when ${health.hasSucceeded} then null else h.failing_since end, now()) end,
          last_success_at = case when ${health.hasSucceeded} then now() else h.last_success_at end,
          last_failure_at = case when ${health.hasFailed} then now() else h.last_failure_at end,
          paused_until = now() + make_interval(secs => ${health.pauseSeconds}::double precision)
        where h.tenant_id = ${tenant_id} and h.webhook_number = ${webhook_number}`),
  )
}

/**
 * After a webhook was down: what was put off is due now, so that all is drained in order. What was never tried waits
 * for the time of an undo.
 */
export const hastenDeliveries = (db: Db, { tenant_id, webhook_number }: HeldKey): Promise<number> =>
  exec(
    db,
    sql`update webhook_deliveries d set due_at = now()
        where d.tenant_id = ${tenant_id} and d.webhook_number = ${webhook_number} and d.state = 'waiting'
          and d.due_at > now() and d.tries > 0`,
  )

/** What is told of an address: its origin. A kept address is in the one form that `URL` gives it. */
const originOf = (url: Sql): Sql => sql`left(substring(${url} from '^[a-z]+://[^/?]+'), 300)`

/** Disables a webhook by the program itself, and writes the event. */
export const disableBySystem = (
  db: Db,
  { tenant_id, webhook_number }: HeldKey,
  reason: WebhookDisabledReason,
): Promise<number> =>
  exec(
    db,
    sql`with off as (
          update webhooks h set state = 'disabled', disabled_reason = ${reason}, disabled_at = now(),
            version = version + 1, updated_at = now()
          where h.tenant_id = ${tenant_id} and h.webhook_number = ${webhook_number} and h.state = 'enabled'
            and h.deleted_at is null
          returning h.tenant_id, h.webhook_id, h.version, h.owner_id, h.url)
        ${appendEventsFrom({
          tenantId: sql`o.tenant_id`,
          type: 'webhook.disabled',
          subjectId: sql`o.webhook_id`,
          subjectVersion: sql`o.version`,
          actorId: sql`null`,
          actorRole: sql`'system'`,
          details: { reason: sql`${reason}::text`, account_id: sql`o.owner_id`, url: originOf(sql`o.url`) },
          requestId: sql`null`,
          from: sql`from off o`,
        })}`,
  )
