import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type LoggedPlan, logPlans, onPlan, rowsRead } from '../../../testing/support/logged-plans.ts'
import { createWorld, type World } from '../../../testing/support/people.ts'
import { createWebhook } from '../../../testing/support/webhook-requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { hastenDeliveries, listDueDeliveries } from './due-deliveries.queries.ts'
import { renewSome } from './renew-deliveries.queries.ts'
import { claimWebhooks, type HeldWebhook, releaseWebhook } from './webhook-claims.queries.ts'

// A webhook that was down for long: 100,000 deliveries wait, and most of them are not due.

const waiting = 100_000
/** How many one statement writes, because a statement has ten seconds. */
const chunk = 10_000
const due = 50
const holder = randomUUID()

let base: Desk
let desk: Desk
let world: World
const plans: LoggedPlan[] = []
beforeAll(async () => {
  base = await startDesk({ withWorker: false })
  world = await createWorld(base)
  for (const is_ordered of [false, true]) {
    const id = await createWebhook(base, world, world.ada, { is_ordered, description: 'kept' })
    for (let from = 0; from < waiting; from += chunk) {
      await base.owner.query(
        `insert into webhook_deliveries (tenant_id, webhook_number, position, epoch, tries, due_at, created_at)
         select $1, $2, n, 'epoch', 1, now() + (case when n > $3::integer - $4::integer then -1 else 1 end) * n * interval '1 second',
           now() - ($3::integer - n) * interval '1 second'
         from generate_series($5::integer + 1, $5::integer + $6::integer) n`,
        [world.tenantId, Number(id.slice(3)), waiting, due, from, chunk],
      )
    }
  }
  await logPlans(base.owner, { analyze: true })
  desk = await startDesk({ databaseUrl: base.databaseUrl, withWorker: false })
  onPlan(desk.app.pool, (plan) => plans.push(plan))
}, 120_000)
afterAll(async () => {
  await desk?.stop()
  await base?.stop()
})

const claimOne = async (isOrdered: boolean): Promise<HeldWebhook> => {
  await base.owner.query(
    'update webhooks set holder = null, due_at = case when is_ordered = $1 then now() end, paused_until = null',
    [isOrdered],
  )
  const [hook] = await claimWebhooks(desk.app.pool, holder, 1, 120)
  if (hook === undefined) throw new Error('nothing was claimed')
  plans.length = 0
  return hook
}

/** How many rows the statements read since the last claim. */
const readRows = (): number => {
  expect(plans.length).toBeGreaterThan(0)
  return plans.splice(0).reduce((sum, plan) => sum + rowsRead(plan), 0)
}

test.each([false, true])(
  'the next deliveries are found among many that are not due; in order: %s',
  async (isOrdered) => {
    const hook = await claimOne(isOrdered)
    await listDueDeliveries(desk.app.pool, hook, 200)
    expect(readRows()).toBeLessThan(1_000)
  },
)

test.each([
  [false, -due],
  [true, 1],
])('a webhook is given back by its next delivery; in order: %s', async (isOrdered, seconds) => {
  const hook = await claimOne(isOrdered)
  await releaseWebhook(desk.app.pool, hook, holder)
  expect(readRows()).toBeLessThan(100)
  const { rows } = await base.owner.query(
    `select extract(epoch from h.due_at - now())::float as seconds from webhooks h where h.is_ordered = $1`,
    [isOrdered],
  )
  // What is due since long is due now, so that it does not go before others that wait.
  expect(rows[0].seconds).toBeGreaterThan(-10)
  expect(rows[0].seconds).toBeLessThanOrEqual(Math.max(seconds, 0))
})

test('what was put off is hastened in steps, in the order of the log', async () => {
  const hook = await claimOne(false)
  expect(await hastenDeliveries(desk.app.pool, hook, 1_000)).toBe(1_000)
  expect(readRows()).toBeLessThan(5_000)
  const { rows } = await base.owner.query(
    `select count(*)::integer as hastened, max(position)::integer as last from webhook_deliveries d
     where d.webhook_number = $1 and d.due_at = d.created_at`,
    [hook.webhook_number],
  )
  expect(rows[0].hastened).toBe(1_000)
  // The first have become due by themselves.
  expect(rows[0].last).toBeLessThan(1_100)
})

test('what waits begins anew in steps, in the order of the log; a webhook that is given back meanwhile goes on at once', async () => {
  const hook = await claimOne(false)
  const become = (set: string) =>
    base.owner.query(`update webhooks set ${set} where webhook_number = $1`, [hook.webhook_number])
  const read = async () => {
    const { rows } = await base.owner.query(
      `select h.renew_after::integer, h.due_at <= now() as is_due, n.renewed, n.last from webhooks h cross join (
         select count(*)::integer as renewed, max(d.position)::integer as last from webhook_deliveries d
         where d.webhook_number = $1 and d.attempts = 0) n
       where h.webhook_number = $1`,
      [hook.webhook_number],
    )
    return rows[0]
  }
  await base.owner.query('update webhook_deliveries set attempts = 4 where webhook_number = $1 and position <= 3000', [
    hook.webhook_number,
  ])
  await base.owner.query(
    'update webhook_deliveries set tries = 0 where webhook_number = $1 and position between 501 and 600',
    [hook.webhook_number],
  )
  await base.owner.query('delete from webhook_deliveries where webhook_number = $1 and position > 2500', [
    hook.webhook_number,
  ])
  await become('renew_after = 0')
  plans.length = 0
  await renewSome(desk.app.pool, hook)
  expect(readRows()).toBeLessThan(6_000)
  // What was never tried is left as it is.
  expect(await read()).toEqual({ renew_after: 1_000, is_due: null, renewed: 900, last: 1_000 })
  await releaseWebhook(desk.app.pool, hook, holder)
  expect(await read()).toMatchObject({ is_due: true })
  await renewSome(desk.app.pool, hook)
  expect(await read()).toMatchObject({ renew_after: 2_000, renewed: 1_900 })
  await renewSome(desk.app.pool, hook)
  expect(await read()).toMatchObject({ renew_after: null, renewed: 2_400, last: 2_500 })
})
