import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fanOutOnce } from '../../../platform/events/fan-out.ts'
import { type Chains, startChains, verify } from '../../../testing/support/chains.ts'
import { createWorld } from '../../../testing/support/people.ts'
import { createTestDatabase } from '../../../testing/support/test-database.ts'
import { startDesk } from '../../../testing/support/workspace.ts'
import { verifyAllChains } from './chain.service.ts'

let chains: Chains
beforeAll(async () => {
  chains = await startChains()
})
afterAll(() => chains?.stop())

test('what has happened is verified from the first event to the head', async () => {
  const world = await chains.startChain()
  const found = await verify(world)
  expect(found).toMatchObject({ verified: world.last, erased: 0, complete: true, next: null, break: null })
  expect(found).toMatchObject({ first_position: 1, last_position: world.last, head_position: world.last })
  expect(found.head_hash).toMatch(/^[0-9a-f]{64}$/)
  expect(found.last_hash).toBe(found.head_hash)
})

test('the chain is what the API document says, by another program', async () => {
  const { tenantId, last } = await chains.startChain()
  const { rows } = await chains.owner.query(
    `select e.*, e.position::int, e.event_id::int, e.changes::text as changes, e.details::text as details
     from events e where e.tenant_id = $1 order by e.position`,
    [tenantId],
  )
  expect(rows).toHaveLength(last)
  const sha256 = (...parts: (string | Buffer)[]): Buffer =>
    parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest()
  let previous = sha256(`counterdesk events 1, tenant ${tenantId}`)
  for (const e of rows) {
    const salt = Buffer.from(e.content_salt.replaceAll('-', ''), 'hex')
    expect(e.content_digest).toEqual(sha256(salt, `[${e.changes}, ${e.details}]`))
    const digest = e.content_digest.toString('hex')
    const members = [tenantId, e.position, e.event_id, e.type, e.subject_id, e.subject_version, e.actor_id]
    const others = [e.actor_role, e.request_id, e.quiet, e.occurred_at.toISOString(), digest]
    const canonical = `[${[...members, ...others].map((member) => JSON.stringify(member)).join(', ')}]`
    previous = sha256(previous, canonical)
    expect(e.hash).toEqual(previous)
  }
})

test('a chain is verified in parts, from where the last part ended', async () => {
  const world = await chains.startChain()
  let [from, walked] = [1, 0]
  for (;;) {
    const part = await verify(world, `?from=${from}&count=7`)
    walked += part.verified
    expect(part.break).toBeNull()
    if (part.complete) break
    expect(part).toMatchObject({ verified: 7, first_position: from, last_position: from + 6, next: from + 7 })
    from = part.next
  }
  expect(walked).toBe(world.last)
  const past = await verify(world, `?from=${world.last + 50}`)
  expect(past).toMatchObject({ verified: 0, first_position: null, last_position: null, complete: true, break: null })
  for (const bad of ['?from=0', '?from=x', '?count=0', '?count=200001', '?limit=1', '?to=3', '?from=1&from=2']) {
    expect([bad, (await world.ada.get(`/audit/verify${bad}`)).status]).toEqual([bad, 400])
  }
})

test('a long chain is walked in several statements', async () => {
  const world = await chains.startChain()
  await chains.pile(world.tenantId, 6_000)
  await chains.place(500)
  const position = world.last + 5_500
  expect(await verify(world)).toMatchObject({ verified: world.last + 6_000, complete: true, break: null })
  await chains.tamper(
    `update events set type = 'thing.else' where tenant_id = ${world.tenantId} and position = ${position}`,
  )
  expect(await verify(world)).toMatchObject({ verified: position - 1, break: { position, reason: 'hash' } })
})

test('while events are placed, no break is seen where there is none', async () => {
  const world = await chains.startChain()
  let isOver = false
  const writing = (async () => {
    for (let round = 0; round < 15; round += 1) {
      await chains.pile(world.tenantId, 10)
      await chains.place()
    }
    isOver = true
  })()
  while (!isOver) expect(await verify(world)).toMatchObject({ complete: true, break: null })
  await writing
  expect((await verify(world)).verified).toBe(world.last + 150)
})

describe('an event that has its position', () => {
  const refused = { code: '23001' }

  test('cannot be changed, even by the owner of the tables', async () => {
    const { tenantId, last } = await chains.startChain()
    for (const change of [
      `type = 'x'`,
      'position = null, content_digest = null, hash = null',
      `details = '{}'`,
      'hash = sha256(hash)',
      'content_salt = null, hash = null',
      `content_salt = null, changes = '{"forged": {"from": 1, "to": 2}}', details = '{}'`,
      `content_salt = null, changes = '{}', details = '{}'`,
      `content_salt = null, changes = '{}', details = '{}', blanked_by = event_id + 1`,
      'blanked_by = event_id + 1',
    ]) {
      const statement = `update events set ${change} where tenant_id = $1 and position = $2`
      await expect(chains.owner.query(statement, [tenantId, last - 3]), change).rejects.toMatchObject(refused)
    }
    const gone = chains.owner.query('delete from events where tenant_id = $1 and position = $2', [tenantId, last - 3])
    await expect(gone).rejects.toMatchObject(refused)
    await expect(chains.owner.query('truncate events cascade')).rejects.toMatchObject(refused)
  })
})

test('what happened before there was a chain is chained by the migration', async () => {
  const { migrate } = await import('../../../platform/db/migrate.ts')
  const database = await createTestDatabase()
  const old = await startDesk({ databaseUrl: database.url, withWorker: false })
  try {
    const worlds = [await createWorld(old), await createWorld(old)]
    for (const { cleo } of worlds) await cleo.post('/tickets', { issue_category: 'a', issue_description: 'b' })
    await fanOutOnce(old.app.pool, [], 9)
    while (!(await migrate(database.url, { direction: 'down' })).includes('0014_audit'));
    await migrate(database.url)
    for await (const { verified, head_position, break: found } of verifyAllChains(old.app)) {
      expect([verified, found]).toEqual([head_position, null])
    }
    while ((await fanOutOnce(old.app.pool, [], 500)) > 0);
    for await (const { verified, complete } of verifyAllChains(old.app)) {
      expect(verified).toBeGreaterThan(5)
      expect(complete).toBe(true)
    }
  } finally {
    await old.stop()
    await database.drop()
  }
})
