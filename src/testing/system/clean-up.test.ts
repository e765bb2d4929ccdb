import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { cleanUps } from '../../modules.ts'
import { type CleanUp, runCleanUps } from '../../platform/jobs/clean-up.ts'
import { createWorld, type World } from '../support/people.ts'
import { until } from '../support/waiting.ts'
import { type Desk, startDesk } from '../support/workspace.ts'

/** A store of files that is away: nobody listens on port 1. */
const awayStore = {
  S3_ENDPOINT: 'http://127.0.0.1:1',
  S3_BUCKET: 'files',
  S3_ACCESS_KEY_ID: 'key',
  S3_SECRET_ACCESS_KEY: 'secret',
}

const mail = (state: string, age: string, parameters: string): string => `
  insert into emails (tenant_id, event_id, account_id, template, parameters, recipient_name, recipient_email, message_id,
    state, sent_at, created_at)
  select $1, e.event_id, $2, '${state} ' || gen_random_uuid(), '${parameters}', 'Cleo', 'cleo@example.com', '<x>',
    '${state}', case '${state}' when 'sent' then now() end, now() - interval '${age}'
  from generate_series(1, $3::integer), (select min(event_id) as event_id from events where tenant_id = $1) e`

/**
 * For each clean-up: what adds `$3` rows for it, with `$1` the tenant and `$2` an account, and what is left of them.
 */
const rowsOf: Record<string, { add: string; left: string }> = {
  idempotency_keys: {
    add: `insert into idempotency_keys (tenant_id, scope, key, request_hash, answer, created_at)
      select $1, $2, 'key ' || gen_random_uuid(), '', '', now() - interval '25 hours' from generate_series(1, $3::integer)`,
    left: `select from idempotency_keys where tenant_id = $1`,
  },
  rate_limits: {
    add: `insert into rate_limits (key, hits, window_ends_at)
      select $1::integer || $2::text || gen_random_uuid(), 1, now() - interval '6 minutes' from generate_series(1, $3::integer)`,
    left: `select from rate_limits where starts_with(key, $1::integer::text)`,
  },
  quota_counts: {
    add: `insert into quota_counts (key, used, window_ends_at)
      select $1::integer || $2::text || gen_random_uuid(), 1, now() - interval '1 minute' from generate_series(1, $3::integer)`,
    left: `select from quota_counts where starts_with(key, $1::integer::text)`,
  },
  distinct_counts: {
    add: `insert into distinct_counts (key, seen, window_ends_at)
      select $1::integer || $2::text || gen_random_uuid(), B'0'::bit(16384), now() - interval '1 minute'
      from generate_series(1, $3::integer)`,
    left: `select from distinct_counts where starts_with(key, $1::integer::text)`,
  },
  jobs: {
    add: `insert into graphile_worker._private_jobs (task_id, payload, attempts, max_attempts, updated_at, last_error)
      select graphile_worker_task.id, json_build_object('tenant', $1::integer, 'account', $2::text), 1, 1,
        now() - interval '31 days', 'broken'
      from generate_series(1, $3::integer), (
        select k.id from graphile_worker._private_tasks k where k.identifier = 'send_email') graphile_worker_task`,
    left: `select from graphile_worker._private_jobs j where j.payload ->> 'tenant' = $1::integer::text`,
  },
  overdue_orders: {
    add: `with p as (
        insert into products (tenant_id, product_number, owner_id, title, kind, category, price, currency, units)
        values ($1, 1, $2, 'Key', 'one_off', 'Doors', 0, 'EUR', 0)
        on conflict on constraint products_pkey do update set title = 'Key' returning tenant_id, product_number),
      n as (
        select (select count(*) from orders o where o.tenant_id = $1) + k as number
        from generate_series(1, $3::integer) k),
      u as (
        insert into product_units (tenant_id, product_number, unit_number)
        select p.tenant_id, p.product_number, n.number from p, n returning *)
      insert into orders (tenant_id, order_number, product_number, unit_number, customer_id, title, kind, category, price,
        currency, reserved_until)
      select u.tenant_id, u.unit_number, u.product_number, u.unit_number, $2, 'Key', 'one_off', 'Doors', 0, 'EUR',
        now() - interval '2 minutes'
      from u`,
    left: `select from orders where tenant_id = $1 and status = 'reserved'`,
  },
  undos: {
    add: `insert into undos (tenant_id, undo_id, account_id, ticket_number, asked_number, version, last_event_id, before,
        created_at, until)
      select t.tenant_id, gen_random_uuid(), t.customer_id, t.ticket_number, t.ticket_number, 1, 1, '{}',
        now() - interval '25 hours', now() - interval '25 hours'
      from generate_series(1, $3::integer), (select * from tickets where tenant_id = $1 and customer_id = $2 limit 1) t`,
    left: `select from undos where tenant_id = $1`,
  },
  sessions: {
    add: `insert into sessions (tenant_id, account_id, refresh_hash, expires_at)
      select $1, $2, '\\x00', now() - interval '8 days' from generate_series(1, $3::integer)`,
    left: `select from sessions where tenant_id = $1 and expires_at < now()`,
  },
  sign_in_places: {
    add: `insert into sign_in_places (tenant_id, account_id, place, signed_in_at)
      select $1, $2, uuid_send(gen_random_uuid()), now() - interval '31 days' from generate_series(1, $3::integer)`,
    left: `select from sign_in_places where tenant_id = $1 and signed_in_at < now() - interval '30 days'`,
  },
  api_tokens: {
    add: `insert into api_tokens (tenant_id, account_id, account_version, name, hint, token_hash, scopes, allowed_addresses,
        created_by, expires_at)
      select $1, $2, case n % 2 when 0 then 1 else 0 end, 'old', '', sha256(gen_random_uuid()::text::bytea), '{}', '{}', $2,
        now() + case n % 2 when 0 then interval '-8 days' else interval '1 day' end
      from generate_series(1, $3::integer) n`,
    left: `select from api_tokens where tenant_id = $1`,
  },
  sign_in_challenges: {
    add: `insert into sign_in_challenges (tenant_id, account_id, token_version, secret_hash, expires_at)
      select $1, $2, 0, '\\x00', now() - interval '25 hours' from generate_series(1, $3::integer)`,
    left: `select from sign_in_challenges where tenant_id = $1`,
  },
  password_links: {
    add: `insert into password_resets (tenant_id, account_id, expires_at)
      select $1, $2, now() - interval '31 days' from generate_series(1, $3::integer)`,
    left: `select from password_resets where tenant_id = $1`,
  },
  registrations: {
    add: `insert into registrations (tenant_id, kind, email, name, expires_at)
      select $1, 'confirm', 'x@example.com', $2, now() - interval '8 days' from generate_series(1, $3::integer)`,
    left: `select from registrations where tenant_id = $1`,
  },
  email_confirmations: {
    add: `insert into email_confirmations (tenant_id, account_id, email, account_email, expires_at)
      select $1, $2, 'x@example.com', 'x@example.com', now() - interval '31 days' from generate_series(1, $3::integer)`,
    left: `select from email_confirmations where tenant_id = $1 and expires_at < now()`,
  },
  uploads: {
    add: `insert into attachment_uploads (tenant_id, upload_id, ticket_number, account_id, file_name, content_type, size,
        sha256, expires_at)
      select $1, gen_random_uuid(), 1, $2, 'a.txt', 'text/plain', 1, repeat('0', 64), now() - interval '1 hour'
      from generate_series(1, $3::integer)`,
    left: `select from attachment_uploads where tenant_id = $1`,
  },
  drafts: {
    add: `with counted as (
        update counters set value = value + $3::integer where tenant_id = $1 and name = 'ticket' returning value),
      written as (
        insert into tickets (tenant_id, ticket_number, subject, issue_category, issue_description, customer_id)
        select $1, c.value - n, 'x', 'x', 'x', $2 from counted c, generate_series(0, $3::integer - 1) n
        returning ticket_number)
      insert into drafts (tenant_id, account_id, ticket_number, kind, body, version, updated_at)
      select $1, $2, w.ticket_number, 'reply', case w.ticket_number % 2 when 0 then 'x' end, 1, now() - interval '91 days'
      from written w`,
    left: `select from drafts where tenant_id = $1`,
  },
  deleted_tickets: {
    add: `with counted as (
        update counters set value = value + $3::integer where tenant_id = $1 and name = 'ticket' returning value)
      insert into tickets (tenant_id, ticket_number, subject, issue_category, issue_description, customer_id, deleted_at)
      select $1, c.value - n, 'x', 'x', 'x', $2, now() - interval '31 days'
      from counted c, generate_series(0, $3::integer - 1) n`,
    left: `select from tickets where tenant_id = $1 and deleted_at is not null and gone_at is null`,
  },
  webhook_deliveries: {
    add: `with h as (
        insert into webhooks (tenant_id, webhook_number, owner_id, url, includes_internal, is_ordered, secret, state, disabled_reason, disabled_at)
        select $1, coalesce((select max(w.webhook_number) from webhooks w where w.tenant_id = $1), 0) + n, $2, 'x', false,
          false, 'x', 'disabled', 'by_hand', now() from generate_series(1, 1) n returning tenant_id, webhook_number)
      insert into webhook_deliveries (tenant_id, webhook_number, position, epoch, created_at)
      select h.tenant_id, h.webhook_number, n, 'x', now() - interval '31 days' from h, generate_series(1, $3::integer) n`,
    left: `select from webhook_deliveries where tenant_id = $1 and created_at < now() - interval '30 days'`,
  },
  deleted_webhooks: {
    add: `with h as (
        insert into webhooks (tenant_id, webhook_number, owner_id, url, includes_internal, is_ordered, secret, state, disabled_reason, disabled_at, deleted_at)
        select $1, coalesce((select max(w.webhook_number) from webhooks w where w.tenant_id = $1), 0) + n, $2, 'x', false,
          false, 'x', 'disabled', 'by_hand', now(), now() from generate_series(1, 1) n returning tenant_id, webhook_number)
      insert into webhook_deliveries (tenant_id, webhook_number, position, epoch)
      select h.tenant_id, h.webhook_number, n, 'x' from h, generate_series(1, $3::integer) n`,
    left: `select from webhook_deliveries where tenant_id = $1 and created_at > now() - interval '30 days'`,
  },
  ownerless_webhooks: {
    add: `with h as (
        insert into webhooks (tenant_id, webhook_number, owner_id, url, includes_internal, is_ordered, secret, created_at)
        select $1, coalesce((select max(w.webhook_number) from webhooks w where w.tenant_id = $1), 0) + n, $2, 'x', false,
          false, 'x', now() from generate_series(1, $3::integer) n returning tenant_id, webhook_number) select from h`,
    left: `select from webhooks where tenant_id = $1 and state = 'enabled'`,
  },
  webhook_secrets: {
    add: `with h as (
        insert into webhooks (tenant_id, webhook_number, owner_id, url, includes_internal, is_ordered, secret, state, disabled_reason, disabled_at, previous_secret, previous_until)
        select $1, coalesce((select max(w.webhook_number) from webhooks w where w.tenant_id = $1), 0) + n, $2, 'x', false,
          false, 'x', 'disabled', 'by_hand', now(), 'x', now() - interval '1 minute' from generate_series(1, $3::integer) n returning tenant_id, webhook_number)
      select from h`,
    left: `select from webhooks where tenant_id = $1 and previous_until < now()`,
  },
  notifications: {
    add: `insert into notifications (tenant_id, position, account_id, kind, reason, created_at)
      select $1, n + coalesce((select max(o.position) from notifications o where o.tenant_id = $1), 0), $2, 'desk', 'admin',
        now() - interval '91 days' from generate_series(1, $3::integer) n`,
    left: `select from notifications where tenant_id = $1 and created_at < now() - interval '1 day'`,
  },
  abandoned_mails: {
    add: mail('queued', '1 hour', '{}'),
    left: `select from emails where tenant_id = $1 and state = 'queued' and created_at > now() - interval '2 hours'`,
  },
  mail_parameters: {
    add: mail('sent', '91 days', '{"secret": "the old text"}'),
    left: `select from emails where tenant_id = $1 and state = 'sent' and parameters <> '{}'`,
  },
}

let desk: Desk
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
  await desk.owner.query(`select graphile_worker.add_job('send_email', '{}'::json, run_at => now() + interval '1 day')`)
})
afterAll(() => desk?.stop())

let world: World
beforeEach(async () => {
  world = await createWorld(desk)
  await world.cleo.post('/tickets', { issue_category: 'Network', issue_description: 'No network' })
})

const add = async ({ name }: CleanUp, count: number, on = desk, { tenantId, cleo } = world): Promise<void> => {
  const rows = rowsOf[name]
  if (rows === undefined) throw new Error(`say in rowsOf what the clean-up ${name} finds`)
  await on.owner.query(rows.add, [tenantId, cleo.id, count])
}

const left = async ({ name }: CleanUp, on = desk, { tenantId } = world): Promise<number> =>
  (await on.owner.query(rowsOf[name]?.left ?? '', [tenantId])).rowCount ?? 0

/** How many rows each clean-up has left, by its name. */
const leftOfAll = async (of: CleanUp[] = cleanUps): Promise<Record<string, number>> => {
  const counts: Record<string, number> = {}
  for (const cleanUp of of) counts[cleanUp.name] = await left(cleanUp)
  return counts
}
const noneLeft = (of: CleanUp[] = cleanUps) => Object.fromEntries(of.map(({ name }) => [name, 0]))

/** The value of a counter for each clean-up that has one. */
const counted = async (name: 'cleanUpRows' | 'cleanUpFailures'): Promise<Record<string, number>> => {
  const { values } = await desk.app.metrics[name].get()
  return Object.fromEntries(values.map(({ labels, value }) => [labels.name, value]))
}

test('one run leaves nothing, however many batches there are', async () => {
  expect(Object.keys(rowsOf).toSorted()).toEqual(cleanUps.map(({ name }) => name).toSorted())
  for (const cleanUp of cleanUps) await add(cleanUp, 2 * cleanUp.batch + 1)
  const before = await counted('cleanUpRows')
  await runCleanUps(desk.app, cleanUps)
  expect(await leftOfAll()).toEqual(noneLeft())
  const after = await counted('cleanUpRows')
  for (const { name, batch } of cleanUps) {
    expect((after[name] ?? 0) - (before[name] ?? 0), name).toBeGreaterThanOrEqual(2 * batch + 1)
  }
})

test('a clean-up that fails starves no other, and is tried again with the next run', async () => {
  for (const broken of cleanUps) {
    const others = cleanUps.filter((cleanUp) => cleanUp !== broken)
    const small = cleanUps.map((cleanUp) => ({ ...cleanUp, batch: 2 }))
    for (const cleanUp of small) await add(cleanUp, 5)
    const failures = (await counted('cleanUpFailures'))[broken.name] ?? 0
    const fails = async () => Promise.reject(new Error('broken for this test'))
    await runCleanUps(
      desk.app,
      small.map((cleanUp) => (cleanUp.name === broken.name ? { ...cleanUp, step: fails } : cleanUp)),
    )
    expect(await leftOfAll(others), broken.name).toEqual(noneLeft(others))
    expect(await left(broken), broken.name).toBe(5)
    expect((await counted('cleanUpFailures'))[broken.name]).toBe(failures + 1)
    await runCleanUps(desk.app, small)
    expect(await leftOfAll(), broken.name).toEqual(noneLeft())
  }
})

test('a clean-up that always finds more lets the others work, and ends when the program stops', async () => {
  const [first, ...others] = cleanUps.map((cleanUp) => ({ ...cleanUp, batch: 2 }))
  if (first === undefined) throw new Error('there is no clean-up')
  for (const cleanUp of others) await add(cleanUp, 5)
  let batches = 0
  const endless: CleanUp = { name: first.name, batch: 1, step: async () => Promise.resolve(++batches && 1) }
  const stopping = { ...desk.app, stopping: () => batches > 20 }
  await runCleanUps(stopping, [endless, ...others])
  expect(batches).toBe(21)
  expect(await leftOfAll(others)).toEqual(noneLeft(others))
})

test('the job of the worker runs them all, also while the store is away', async () => {
  const working = await startDesk({ settings: awayStore })
  try {
    const people = await createWorld(working)
    await people.cleo.post('/tickets', { issue_category: 'Network', issue_description: 'No network' })
    await working.settled()
    for (const cleanUp of cleanUps) {
      if (cleanUp.name !== 'jobs') await add(cleanUp, 3, working, people)
    }
    await working.owner.query("select graphile_worker.add_job('clean_up', max_attempts => 1)")
    const others = cleanUps.filter(({ name }) => name !== 'jobs')
    await until('nothing is left', async () => {
      const counts = await Promise.all(others.map((cleanUp) => left(cleanUp, working, people)))
      return counts.every((count) => count === 0)
    })
    await until('the failure is counted', async () => {
      const page = await working.app.metrics.read()
      return page.includes('counterdesk_clean_up_failures_total{name="uploads"} 1')
    })
  } finally {
    await working.stop()
  }
})
