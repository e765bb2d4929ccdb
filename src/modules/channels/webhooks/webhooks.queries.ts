import { z } from 'zod'
import { allOf, type Db, many, maybeOne, one, type Sql, sql, type Tx } from '../../../platform/db/sql.ts'
import { appendEventsFrom } from '../../../platform/events/append-events.ts'
import type { PageRequest } from '../../../platform/paging.ts'
import { numberOf } from '../../../platform/schemas.ts'
import type { Act, User } from '../../identity/accounts/actor.ts'
import { type Counter, takeNumberStep } from '../../identity/tenants/counters.steps.ts'
import { originOf } from './disable-webhook.queries.ts'
import { visibleWebhooks } from './webhooks.policy.ts'
import { Webhook, type WebhookFilter, waitingAtMost } from './webhooks.schemas.ts'

/** The counter of webhooks. */
export const webhookCounter: Counter = {
  name: 'webhook',
  constraints: ['webhooks_pkey'],
  highest: (tenantId) => sql`select max(n.webhook_number) as number from webhooks n where n.tenant_id = ${tenantId}`,
}

/** How many deliveries of a webhook `h` wait, up to a bound. */
const waiting = sql`(select count(*)::integer from (
  select from webhook_deliveries d
  where d.tenant_id = h.tenant_id and d.webhook_number = h.webhook_number and d.state = 'waiting'
  limit ${waitingAtMost}) n)`

/** The columns of an answer, for a webhook `h` and its owner `o`. */
const webhookColumns = sql`h.webhook_id, h.owner_id, o.name as owner_name, h.url, h.description, h.types,
  h.includes_internal, h.is_ordered, h.state, h.disabled_reason, h.disabled_at, h.version, h.created_at, h.updated_at,
  h.secret_at, case when h.previous_until > now() then h.previous_until end as previous_secret_until,
  ${waiting} as waiting, h.failures, h.failing_since, h.last_success_at, h.last_failure_at,
  case when h.paused_until > now() then h.paused_until end as paused_until,
  case when h.state = 'enabled' then case when h.holder is null then h.due_at else now() end end as next_attempt_at,
  h.resend_after is not null as is_resending`

const withOwner = sql`join accounts o on o.tenant_id = h.tenant_id and o.account_id = h.owner_id`

const theWebhook = (actor: User, webhookId: string): Sql =>
  sql`h.tenant_id = ${actor.tenantId} and h.webhook_number = ${numberOf(webhookId)} and ${visibleWebhooks(actor)}`

export const findWebhook = (db: Db, actor: User, webhookId: string): Promise<Webhook | null> =>
  maybeOne(
    db,
    Webhook,
    sql`select ${webhookColumns} from webhooks h ${withOwner} where ${theWebhook(actor, webhookId)}`,
  )

/** Locks a webhook until the transaction ends. */
export const lockWebhook = (tx: Tx, actor: User, webhookId: string): Promise<Webhook | null> =>
  maybeOne(
    tx,
    Webhook,
    sql`select ${webhookColumns} from webhooks h ${withOwner} where ${theWebhook(actor, webhookId)} for update of h`,
  )

/** One more than `limit` of the webhooks that the actor sees, after the cursor's number. */
export const listWebhooks = (
  db: Db,
  actor: User,
  { owner, state }: WebhookFilter,
  { limit, after }: PageRequest<number>,
): Promise<Webhook[]> => {
  const conditions = [sql`h.tenant_id = ${actor.tenantId}`, visibleWebhooks(actor)]
  if (owner !== undefined) conditions.push(sql`h.owner_id = ${owner}`)
  if (state !== undefined) conditions.push(sql`h.state = any (${state}::text[])`)
  if (after !== null) conditions.push(sql`h.webhook_number > ${after}`)
  return many(
    db,
    Webhook,
    sql`select ${webhookColumns} from webhooks h ${withOwner}
        where ${allOf(conditions)} order by h.webhook_number limit ${limit + 1}`,
  )
}

const Numbers = z.object({ of_tenant: z.int(), of_owner: z.int() })

/** How many webhooks the tenant has, and how many of them an owner. */
export const countWebhooks = (tx: Tx, tenantId: number, ownerId: string): Promise<z.output<typeof Numbers>> =>
  one(
    tx,
    Numbers,
    sql`select count(*)::integer as of_tenant,
          (count(*) filter (where h.owner_id = ${ownerId}))::integer as of_owner
        from webhooks h where h.tenant_id = ${tenantId} and h.deleted_at is null`,
  )

const Numbered = z.object({ webhook_number: z.int() })

/** Takes the next number. The counter is locked until the transaction ends, so that no other webhook comes between. */
export const takeWebhookNumber = async (tx: Tx, tenantId: number): Promise<number> => {
  const { webhook_number } = await one(
    tx,
    Numbered,
    sql`with counter as (${takeNumberStep(tenantId, 'webhook')}) select c.value as webhook_number from counter c`,
  )
  return webhook_number
}

/** A webhook to write. The secret is sealed. */
export interface NewWebhook {
  webhookNumber: number
  url: string
  description: string
  types: string[] | null
  includesInternal: boolean
  isOrdered: boolean
  secret: string
}

/** Writes a webhook of the actor's own, and the event. */
export const insertWebhook = (tx: Tx, { actor, requestId }: Act<User>, hook: NewWebhook): Promise<Webhook> =>
  one(
    tx,
    Webhook,
    sql`with h as (
          insert into webhooks (tenant_id, webhook_number, owner_id, url, description, types, includes_internal,
            is_ordered, secret)
          values (${actor.tenantId}, ${hook.webhookNumber}, ${actor.accountId}, ${hook.url}, ${hook.description},
            ${hook.types}::text[], ${hook.includesInternal}, ${hook.isOrdered}, ${hook.secret})
          returning *),
        logged as (${appendEventsFrom({
          tenantId: sql`${actor.tenantId}::integer`,
          type: 'webhook.created',
          subjectId: sql`h.webhook_id`,
          subjectVersion: sql`h.version`,
          actorId: sql`${actor.accountId}`,
          actorRole: sql`${actor.role}`,
          details: { account_id: sql`h.owner_id`, url: originOf(sql`h.url`) },
          requestId: sql`${requestId}`,
          from: sql`from h`,
        })})
        select ${webhookColumns} from h ${withOwner}`,
  )
