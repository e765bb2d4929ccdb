import type { DeliveryFault } from '../../../contract/enums.ts'
import { type Db, exec, planForBatch, sql } from '../../../platform/db/sql.ts'
import type { HeldKey } from './webhook-claims.queries.ts'

/** One attempt to post a message. */
export interface Attempt {
  attemptedAt: string
  durationMs: number
  status: number | null
  fault: DeliveryFault | null
  answer: string | null
}

/** What became of a delivery in hand. */
export interface DeliveryOutcome {
  position: number
  state: 'delivered' | 'waiting' | 'failed' | 'skipped'
  /** Whether the attempt uses up one of those that count. */
  counts: boolean
  /** When a waiting one is due again: in so many seconds; null: as before. */
  dueInSeconds: number | null
  /** The attempt; null for what was skipped. */
  attempt: Attempt | null
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
 * statement. When the webhook began anew meanwhile, a failure says nothing of what it is now: no attempt is used up,
 * nothing is put off or given up, and how the webhook fared is not written.
 */
export const settleDeliveries = (
  db: Db,
  { tenant_id, webhook_number, beginnings }: HeldKey & { beginnings: number },
  outcomes: DeliveryOutcome[],
  health: Health,
): Promise<number> => {
  const column = <T>(of: (outcome: DeliveryOutcome) => T): T[] => outcomes.map(of)
  return exec(
    db,
    planForBatch(
      sql`with hook as materialized (
          select h.tenant_id, h.webhook_number, h.beginnings = ${beginnings} as is_same from webhooks h
          where h.tenant_id = ${tenant_id} and h.webhook_number = ${webhook_number} for update of h),
        outcomes as materialized (
          select o.position, case when o.state = 'failed' and not k.is_same then 'waiting' else o.state end as state,
            case when k.is_same or o.state = 'delivered' then o.counts else 0 end as counts,
            case when k.is_same then o.due_in end as due_in,
            o.attempted_at, o.duration_ms, o.status, o.fault, o.answer, d.tries + 1 as try_number
          from hook k cross join unnest(${column(({ position }) => position)}::bigint[], ${column(({ state }) => state)}::text[],
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
        from hook k where h.tenant_id = k.tenant_id and h.webhook_number = k.webhook_number and k.is_same`,
      outcomes.length,
    ),
  )
}
