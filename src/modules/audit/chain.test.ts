import { createHash } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fanOutOnce } from '../../platform/events/fan-out.ts'
import { createTestDatabase } from '../../testing/database.ts'
import { type Desk, startDesk } from '../../testing/desk.ts'
import { createWorld, type World } from '../../testing/world.ts'
import { getTenantId } from '../tenants/tenants.service.ts'
import { checkAnchors, verifyAllChains } from './chain.service.ts'

let desk: Desk
/** The owner of the tables, who can do what the program cannot. */
let owner: pg.Client
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
  owner = new pg.Client({ connectionString: desk.databaseUrl, application_name: 'counterdesk tests' })
  await owner.connect()
})
afterAll(async () => {
  await owner?.end()
  await desk?.stop()
})

const place = async (): Promise<void> => {
  while ((await fanOutOnce(desk.app.pool, [], 7)) > 0);
}
const pile = (tenantId: number, count: number): Promise<unknown> =>
  owner.query(
    `insert into events (tenant_id, type, subject_id, subject_version, actor_role, request_id, changes, details)
     select $1, 'thing.happened', 'x' || n, n, 'system', 'request ' || n,
       jsonb_build_object('name', jsonb_build_object('from', 'Zoë "Z" ' || n, 'to', null)), '{"a": [1.50, "ü\\n"]}'
     from generate_series(1, $2) n`,
    [tenantId, count],
  )
/** A tenant with at least thirty events in its chain, of which the last twenty are much alike. */
const startChain = async (): Promise<World & { tenantId: number; last: number }> => {
  const world = await createWorld(desk)
  const tenantId = await getTenantId(desk.app, world.slug)
  await world.cleo.post('/tickets', { issue_category: 'Network', issue_description: 'No network' })
  await world.ada.put('/tickets/TKT0001', { technician_id: world.tess.id, subject: 'Kein “Netz” 🙂' })
  await pile(tenantId, 20)
  await place()
  const { rows } = await owner.query('select h.position::int as last from event_heads h where h.tenant_id = $1', [
    tenantId,
  ])
  return { ...world, tenantId, last: rows[0].last }
}
const verify = async ({ ada }: World, query = '') => (await ada.get(`/audit/verify${query}`)).body

test('what has happened is verified from the first event to the head', async () => {
  const world = await startChain()
  const found = await verify(world)
  expect(found).toMatchObject({ verified: world.last, erased: 0, complete: true, next: null, break: null })
  expect(found).toMatchObject({ first_position: 1, last_position: world.last, head_position: world.last })
  expect(found.head_hash).toMatch(/^[0-9a-f]{64}$/)
  expect(found.last_hash).toBe(found.head_hash)
})

test('the chain is what the API document says, by another program', async () => {
  const { tenantId, last } = await startChain()
  const { rows } = await owner.query(
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
  const world = await startChain()
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
  const world = await startChain()
  await pile(world.tenantId, 6_000)
  while ((await fanOutOnce(desk.app.pool, [], 500)) > 0);
  const position = world.last + 5_500
  expect(await verify(world)).toMatchObject({ verified: world.last + 6_000, complete: true, break: null })
  await tamper(`update events set type = 'thing.else' where tenant_id = ${world.tenantId} and position = ${position}`)
  expect(await verify(world)).toMatchObject({ verified: position - 1, break: { position, reason: 'hash' } })
})

test('while events are placed, no break is seen where there is none', async () => {
  const world = await startChain()
  let isOver = false
  const writing = (async () => {
    for (let round = 0; round < 15; round += 1) {
      await pile(world.tenantId, 10)
      await place()
    }
    isOver = true
  })()
  while (!isOver) expect(await verify(world)).toMatchObject({ complete: true, break: null })
  await writing
  expect((await verify(world)).verified).toBe(world.last + 150)
})

/** Does what only the owner of the tables can do, who can switch off what keeps them. */
const tamper = async (...statements: string[]): Promise<void> => {
  const off = ['disable trigger user', 'drop constraint if exists events_chained_check']
  const steps = [...off.map((what) => `alter table events ${what}`), ...statements]
  for (const step of ['begin', ...steps, 'alter table events enable trigger user', 'commit']) await owner.query(step)
}

describe('a break is found and named:', () => {
  const covered = {
    type: `'thing.other'`,
    subject_id: `'y'`,
    subject_version: '99',
    actor_role: `'system '`,
    request_id: 'null',
    quiet: 'true',
    occurred_at: `occurred_at + interval '1 millisecond'`,
    content_digest: 'sha256(content_digest)',
    hash: 'sha256(hash)',
  }
  test.each(Object.entries(covered))('%s was changed', async (column, value) => {
    const world = await startChain()
    const position = world.last - 8
    const drop = column === 'actor_role' ? ['alter table events drop constraint if exists events_actor_check'] : []
    await tamper(
      ...drop,
      `update events set ${column} = ${value} where tenant_id = ${world.tenantId} and position = ${position}`,
    )
    const found = await verify(world)
    expect(found).toMatchObject({ verified: position - 1, last_position: position - 1, complete: false, next: null })
    expect(found.break).toEqual({ position, event_id: expect.any(Number), reason: 'hash' })
  })

  const content = {
    changes: `'{}'`,
    details: `details || '{"more": 1}'`,
    content_salt: 'gen_random_uuid()',
  }
  test.each(Object.entries(content))('%s was changed', async (column, value) => {
    const world = await startChain()
    const position = world.last - 8
    await tamper(
      `update events set ${column} = ${value} where tenant_id = ${world.tenantId} and position = ${position}`,
    )
    expect(await verify(world)).toMatchObject({ verified: position - 1, break: { position, reason: 'content' } })
  })

  const where = (tenantId: number): string => `where tenant_id = ${tenantId} and position`
  /** Gives events the hashes that they ought to have, from a position on. */
  const chainAnew = (tenantId: number, from: number, to: number): string =>
    `update events e set hash = c.hash from (
       select e.event_id, event_chain((select b.hash from events b where b.tenant_id = ${tenantId} and b.position = ${from - 1}),
         event_canonical(e.tenant_id, e.position, e.event_id, e.type, e.subject_id, e.subject_version, e.actor_id,
           e.actor_role, e.request_id, e.quiet, e.occurred_at, e.content_digest)) over (order by e.position) as hash
       from events e ${where(tenantId)} between ${from} and ${to}) c
     where e.tenant_id = ${tenantId} and e.event_id = c.event_id`
  const forged = (tenantId: number, position: number): string =>
    `insert into events (tenant_id, type, subject_id, actor_role, position, content_digest, hash)
     values (${tenantId}, 'thing.forged', 'x', 'system', ${position}, sha256('x'), sha256('y'))`

  type Tampering = (tenantId: number, last: number) => string[]
  const others: Record<string, [Tampering, (last: number) => object]> = {
    'an event was taken out': [
      (id, last) => [`delete from events ${where(id)} = ${last - 5}`],
      (last) => ({ position: last - 5, event_id: null, reason: 'missing' }),
    ],
    'the first event was taken out': [
      (id) => [`delete from emails where tenant_id = ${id}`, `delete from events ${where(id)} = 1`],
      () => ({ position: 1, event_id: null, reason: 'missing' }),
    ],
    'an event has lost its position': [
      (id, last) => [`update events set position = null ${where(id)} = ${last - 5}`],
      (last) => ({ position: last - 5, event_id: null, reason: 'missing' }),
    ],
    'an event was replaced': [
      (id, last) => [`delete from events ${where(id)} = ${last - 5}`, forged(id, last - 5)],
      (last) => ({ position: last - 5, reason: 'hash' }),
    ],
    'an event was put in at the beginning': [(id) => [forged(id, 0)], () => ({ position: 0, reason: 'inserted' })],
    'an event was put in, and those after it moved': [
      (id, last) => [
        `update events set position = -position ${where(id)} > ${last - 5}`,
        forged(id, last - 4),
        `update events set position = 1 - position ${where(id)} < 0`,
        `update event_heads set position = position + 1 where tenant_id = ${id}`,
      ],
      (last) => ({ position: last - 4, reason: 'hash' }),
    ],
    'two events have changed places': [
      (id, last) => [
        `update events set position = -position ${where(id)} in (${last - 5}, ${last - 6})`,
        `update events set position = ${2 * last - 11} + position ${where(id)} < 0`,
      ],
      (last) => ({ position: last - 6, reason: 'hash' }),
    ],
    'the newest events were taken out': [
      (id, last) => [`delete from events ${where(id)} > ${last - 3}`],
      (last) => ({ position: last - 2, event_id: null, reason: 'missing' }),
    ],
    'the newest events were taken out and the head was moved back, but not its hash': [
      (id, last) => [
        `delete from events ${where(id)} > ${last - 3}`,
        `update event_heads set position = ${last - 3} where tenant_id = ${id}`,
      ],
      (last) => ({ position: last - 3, event_id: null, reason: 'head' }),
    ],
    'a part of the chain was made anew': [
      (id, last) => [
        `update events set subject_id = 'y' ${where(id)} = ${last - 9}`,
        chainAnew(id, last - 9, last - 5),
      ],
      (last) => ({ position: last - 4, reason: 'hash' }),
    ],
    'the rest of the chain was made anew, but not the head': [
      (id, last) => [`update events set subject_id = 'y' ${where(id)} = ${last - 9}`, chainAnew(id, last - 9, last)],
      (last) => ({ position: last, event_id: null, reason: 'head' }),
    ],
    'the head was moved back': [
      (id, last) => [`update event_heads set position = ${last - 1} where tenant_id = ${id}`],
      (last) => ({ position: last, event_id: null, reason: 'head' }),
    ],
    'the head is gone': [
      (id) => [`delete from event_heads where tenant_id = ${id}`],
      () => ({ position: 1, event_id: null, reason: 'head' }),
    ],
    'a hash is gone': [
      (id, last) => [`update events set hash = null ${where(id)} = ${last}`],
      (last) => ({ position: last, reason: 'hash' }),
    ],
    'all hashes are gone': [
      (id) => [`update events set hash = null, content_digest = null ${where(id)} > 0`],
      () => ({ position: 1, reason: 'hash' }),
    ],
  }
  test.each(Object.entries(others))('%s', async (_, [tampering, expected]) => {
    const world = await startChain()
    await tamper(...tampering(world.tenantId, world.last))
    const found = await verify(world)
    expect(found.break).toMatchObject(expected(world.last))
    expect(found).toMatchObject({ complete: false, next: null })
  })

  test('in the stretch that is asked for', async () => {
    const world = await startChain()
    const position = world.last - 8
    await tamper(`update events set type = 'thing.else' ${where(world.tenantId)} = ${position}`)
    expect(await verify(world, `?count=${position - 1}`)).toMatchObject({ break: null, next: position })
    expect(await verify(world, `?from=${position}`)).toMatchObject({ verified: 0, break: { position } })
    // The hashes were left: from the next one on the chain holds.
    expect(await verify(world, `?from=${position + 1}`)).toMatchObject({ verified: 8, complete: true, break: null })
    await tamper(`delete from events ${where(world.tenantId)} = ${position}`)
    expect(await verify(world, `?from=${position + 1}`)).toMatchObject({ break: { position, reason: 'missing' } })
  })
})

test('a chain that was made anew from end to end is found by a hash that was noted elsewhere', async () => {
  const world = await startChain()
  const anchors: { tenant: string; position: number; hash: string }[] = []
  for await (const { tenant, head_position: position, head_hash: hash } of verifyAllChains(desk.app)) {
    anchors.push({ tenant, position, hash: hash ?? '' })
  }
  const ours = anchors.filter(({ tenant }) => tenant === world.slug)
  expect(ours).toHaveLength(1)
  expect(await checkAnchors(desk.app, ours)).toEqual([])
  await tamper(
    `update events set subject_id = 'y' where tenant_id = ${world.tenantId} and position = 3`,
    `update events e set hash = c.hash from (
       select e.event_id, event_chain(event_chain_start(e.tenant_id), event_canonical(e.tenant_id, e.position, e.event_id,
         e.type, e.subject_id, e.subject_version, e.actor_id, e.actor_role, e.request_id, e.quiet, e.occurred_at,
         e.content_digest)) over (order by e.position) as hash
       from events e where e.tenant_id = ${world.tenantId}) c
     where e.tenant_id = ${world.tenantId} and e.event_id = c.event_id`,
    `update event_heads h set hash = e.hash from events e
     where e.tenant_id = ${world.tenantId} and h.tenant_id = e.tenant_id and e.position = h.position`,
  )
  expect(await verify(world)).toMatchObject({ complete: true, break: null })
  expect(await checkAnchors(desk.app, ours)).toEqual(ours)
  const unknown = { tenant: 'nobody', position: 1, hash: '00' }
  expect(await checkAnchors(desk.app, [unknown])).toEqual([unknown])
})

describe('an event that has its position', () => {
  const refused = { code: '23001' }

  test('is kept as it is, even by the owner of the tables', async () => {
    const { tenantId, last } = await startChain()
    for (const change of [
      `type = 'x'`,
      'position = null, content_digest = null, hash = null',
      `details = '{}'`,
      'hash = sha256(hash)',
      'content_salt = null, hash = null',
    ]) {
      const statement = `update events set ${change} where tenant_id = $1 and position = $2`
      await expect(owner.query(statement, [tenantId, last - 3]), change).rejects.toMatchObject(refused)
    }
    const gone = owner.query('delete from events where tenant_id = $1 and position = $2', [tenantId, last - 3])
    await expect(gone).rejects.toMatchObject(refused)
    await expect(owner.query('truncate events cascade')).rejects.toMatchObject(refused)
  })

  test('may lose its content with the salt, and the chain holds', async () => {
    const world = await startChain()
    const { rowCount } = await owner.query(
      `update events set changes = '{}', details = '{}', content_salt = null where tenant_id = $1 and position = $2`,
      [world.tenantId, world.last - 3],
    )
    expect(rowCount).toBe(1)
    expect(await verify(world)).toMatchObject({ verified: world.last, erased: 1, complete: true, break: null })
  })
})

test('what happened before there was a chain is chained by the migration', async () => {
  const { migrate } = await import('../../platform/db/migrate.ts')
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
