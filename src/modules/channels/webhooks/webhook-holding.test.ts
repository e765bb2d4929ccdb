import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWorld } from '../../../testing/support/people.ts'
import { sqlOn } from '../../../testing/support/sql-on.ts'
import { createWebhook } from '../../../testing/support/webhook-requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { releaseUnheld } from './webhook-claims.queries.ts'

let desk: Desk
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
})
afterAll(() => desk?.stop())

test('a webhook whose claim was lost is due again; one in hand stays, and so does that of another process', async () => {
  const [holder, other] = [randomUUID(), randomUUID()]
  const worlds = [await createWorld(desk), await createWorld(desk), await createWorld(desk)] as const
  for (const [at, world] of worlds.entries()) {
    await createWebhook(desk, world, world.ada)
    const claim = 'update webhooks set holder = $2, held_at = now(), due_at = null where tenant_id = $1'
    await sqlOn(desk.databaseUrl, claim, [world.tenantId, at === 2 ? other : holder])
  }
  const [lost, inHand, elsewhere] = worlds
  const states = async () =>
    (
      await sqlOn(
        desk.databaseUrl,
        `select h.tenant_id, h.holder, h.held_at is not null as is_held, h.due_at <= now() as is_due from webhooks h
         order by h.tenant_id`,
      )
    ).map((row) => [row.tenant_id, row.holder, row.is_held, row.is_due])
  expect(await releaseUnheld(desk.app.pool, holder, [`${inHand.tenantId} 1`])).toBe(1)
  const wanted = [
    [lost.tenantId, null, false, true],
    [inHand.tenantId, holder, true, null],
    [elsewhere.tenantId, other, true, null],
  ]
  expect(await states()).toEqual(wanted)
  expect(await releaseUnheld(desk.app.pool, holder, [`${inHand.tenantId} 1`])).toBe(0)
  expect(await releaseUnheld(desk.app.pool, holder, [])).toBe(1)
})
