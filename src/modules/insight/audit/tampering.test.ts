import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Chains, startChains, verify } from '../../../testing/support/chains.ts'
import { checkAnchors, verifyAllChains } from './chain.service.ts'

let chains: Chains
beforeAll(async () => {
  chains = await startChains()
})
afterAll(() => chains?.stop())

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
    const world = await chains.startChain()
    const position = world.last - 8
    const drop = column === 'actor_role' ? ['alter table events drop constraint if exists events_actor_check'] : []
    await chains.tamper(
      ...drop,
      `update events set ${column} = ${value} where tenant_id = ${world.tenantId} and position = ${position}`,
    )
    const found = await verify(world)
    expect(found).toMatchObject({ verified: position - 1, last_position: position - 1, complete: false, next: null })
    expect(found.break).toEqual({ position, event_id: position, reason: 'hash' })
  })

  const content = {
    changes: `'{}'`,
    details: `details || '{"more": 1}'`,
    content_salt: 'gen_random_uuid()',
  }
  test.each(Object.entries(content))('%s was changed', async (column, value) => {
    const world = await chains.startChain()
    const position = world.last - 8
    await chains.tamper(
      `update events set ${column} = ${value} where tenant_id = ${world.tenantId} and position = ${position}`,
    )
    expect(await verify(world)).toMatchObject({ verified: position - 1, break: { position, reason: 'content' } })
  })

  const where = (tenantId: number): string => `where tenant_id = ${tenantId} and position`
  /** Gives the events from a position on the hashes that fit them. */
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
    'a part of the chain was rebuilt': [
      (id, last) => [
        `update events set subject_id = 'y' ${where(id)} = ${last - 9}`,
        chainAnew(id, last - 9, last - 5),
      ],
      (last) => ({ position: last - 4, reason: 'hash' }),
    ],
    'the rest of the chain was rebuilt, but not the head': [
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
    const world = await chains.startChain()
    await chains.tamper(...tampering(world.tenantId, world.last))
    const found = await verify(world)
    expect(found.break).toMatchObject(expected(world.last))
    expect(found).toMatchObject({ complete: false, next: null })
  })

  test('in the stretch that is asked for', async () => {
    const world = await chains.startChain()
    const position = world.last - 8
    await chains.tamper(`update events set type = 'thing.else' ${where(world.tenantId)} = ${position}`)
    expect(await verify(world, `?count=${position - 1}`)).toMatchObject({ break: null, next: position })
    expect(await verify(world, `?from=${position}`)).toMatchObject({ verified: 0, break: { position } })
    // The hashes were left as they were, so the chain holds from the next event on.
    expect(await verify(world, `?from=${position + 1}`)).toMatchObject({ verified: 8, complete: true, break: null })
    await chains.tamper(`delete from events ${where(world.tenantId)} = ${position}`)
    expect(await verify(world, `?from=${position + 1}`)).toMatchObject({ break: { position, reason: 'missing' } })
  })
})

test('a chain that was rebuilt from end to end is found by a hash that was noted elsewhere', async () => {
  const world = await chains.startChain()
  const anchors: { tenant: string; position: number; hash: string }[] = []
  for await (const { tenant, head_position: position, head_hash: hash } of verifyAllChains(chains.desk.app)) {
    anchors.push({ tenant, position, hash: hash ?? '' })
  }
  const ours = anchors.filter(({ tenant }) => tenant === world.slug)
  expect(ours).toHaveLength(1)
  expect(await checkAnchors(chains.desk.app, ours)).toEqual([])
  await chains.tamper(
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
  expect(await checkAnchors(chains.desk.app, ours)).toEqual(ours)
  const unknown = { tenant: 'nobody', position: 1, hash: '00' }
  expect(await checkAnchors(chains.desk.app, [unknown])).toEqual([unknown])
})
