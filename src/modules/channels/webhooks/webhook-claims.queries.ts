import { z } from 'zod'
import { type Db, exec, many, maybeOne, planNowAndThen, type Sql, sql } from '../../../platform/db/sql.ts'
import { isAlive } from '../../../platform/jobs/liveness.ts'

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
  /** How often it began anew. What was heard in an earlier beginning says nothing of it. */
  beginnings: z.int(),
  includes_internal: z.boolean(),
  is_ordered: z.boolean(),
  failures: z.int(),
  is_failing_long: z.boolean(),
  is_resending: z.boolean(),
  /** Whether deliveries that were tried before the webhook began anew are still to begin anew themselves. */
  is_renewing: z.boolean(),
})
export type HeldWebhook = z.output<typeof HeldWebhook>

const heldColumns = (failingHours: number): Sql => sql`h.tenant_id, n.slug as tenant, h.webhook_number, h.webhook_id,
  h.owner_id, o.name as owner_name, o.role as owner_role, o.status = 'active' and o.role <> 'customer' as owner_is_active,
  coalesce(w.category, v.category) as category, h.url, h.secret,
  case when h.previous_until > now() then h.previous_secret end as previous_secret, h.includes_internal, h.is_ordered,
  h.beginnings, h.failures, coalesce(h.failing_since < now() - make_interval(hours => ${failingHours}), false) as is_failing_long,
  h.resend_after is not null as is_resending, h.renew_after is not null as is_renewing`

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

/** How many places of a process are only for tenants of which nothing is in hand, however slow the others are. */
const keptForOthers = 10

/**
 * Claims at most `limit` webhooks that are due, as many as the process has places, and `heldOfTenant` of each tenant.
 * The tenants of which least is in hand come first, and of these what waits longest.
 */
export const claimWebhooks = (db: Db, holder: string, limit: number, failingHours: number): Promise<HeldWebhook[]> =>
  many(
    db,
    HeldWebhook,
    planNowAndThen(sql`with held as materialized (
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
        placed as (
          select r.*, row_number() over (order by r.rank, r.due_at) as place from ranked r where r.rank <= ${heldOfTenant}),
        free as materialized (
          select h.tenant_id, h.webhook_number from placed r
          join webhooks h on h.tenant_id = r.tenant_id and h.webhook_number = r.webhook_number
          where (r.rank = 1 or r.place <= ${limit}::integer - ${keptForOthers}) and h.due_at <= now() and h.holder is null and h.state = 'enabled'
            and h.deleted_at is null
          order by r.place limit ${limit} for update of h skip locked),
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
 * A condition: a delivery `d` of a webhook comes before the first one of it that is held since a restore. An ordered
 * webhook overtakes none.
 */
export const isBeforeHeld = (tenantId: Sql, webhookNumber: Sql): Sql => sql`d.position < coalesce((
  select o.position from webhook_deliveries o
  where o.tenant_id = ${tenantId} and o.webhook_number = ${webhookNumber} and o.state = 'held'
  order by o.position limit 1), 9223372036854775807)`

/** When the next delivery of a webhook `h` is due: the first that is due, or the first of all when it is ordered. */
const nextDue = sql`case when h.is_ordered then (
    select d.due_at from webhook_deliveries d
    where d.tenant_id = h.tenant_id and d.webhook_number = h.webhook_number and d.state = 'waiting'
      and ${isBeforeHeld(sql`h.tenant_id`, sql`h.webhook_number`)}
    order by d.position limit 1)
  else (
    select d.due_at from webhook_deliveries d
    where d.tenant_id = h.tenant_id and d.webhook_number = h.webhook_number and d.state = 'waiting'
    order by d.due_at limit 1) end`

/**
 * Gives a webhook back. It is due again when its next delivery is, and at once when a resend or a new beginning goes
 * on; not before its pause is over. One that is due now takes its place behind those that wait.
 */
export const releaseWebhook = (db: Db, key: HeldKey, holder: string): Promise<number> =>
  exec(
    db,
    planNowAndThen(sql`update webhooks h set holder = null, held_at = null, due_at = nullif(greatest(now(), h.paused_until,
          coalesce(least(h.due_at, case when h.resend_after is not null or h.renew_after is not null
            then now() else ${nextDue} end), 'infinity')),
          'infinity')
        where ${theHeld(key, holder)}`),
  )

/** How long a claim stands at least, also when nothing is heard of its process. */
const claimSeconds = 30

/** Gives back the webhooks of dead processes. Answers with their number. */
export const freeWebhooksOfTheDead = (db: Db): Promise<number> =>
  exec(
    db,
    sql`update webhooks h set holder = null, held_at = null, due_at = greatest(now(), h.paused_until)
        where h.holder is not null and h.held_at < now() - make_interval(secs => ${claimSeconds})
          and not ${isAlive(sql`h.holder`)}`,
  )

/** Gives back what a process has claimed and does not have in hand, because the answer to its claim was lost. */
export const releaseUnheld = (db: Db, holder: string, inHand: string[]): Promise<number> =>
  exec(
    db,
    sql`update webhooks h set holder = null, held_at = null, due_at = greatest(now(), h.paused_until)
        where h.holder = ${holder}::uuid and (h.tenant_id || ' ' || h.webhook_number) <> all (${inHand}::text[])`,
  )
