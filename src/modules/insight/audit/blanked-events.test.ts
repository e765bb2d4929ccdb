import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasApplicationRole } from '../../../platform/db/application-role.ts'
import { migrate } from '../../../platform/db/migrate.ts'
import { blankEvent } from '../../../platform/events/blanking.ts'
import { type Chains, type ChainWorld, startChains, verify } from '../../../testing/support/chains.ts'
import { comment, createTicket } from '../../../testing/support/create-tickets.ts'
import { bodyOf, expectSuccess } from '../../../testing/support/requests.ts'

let chains: Chains
beforeAll(async () => {
  chains = await startChains()
  // Another tenant has events before, so the numbers of events are not their positions.
  await chains.startChain()
})
afterAll(() => chains?.stop())

const secret = 'My insurance number is 4711-0815.'

/** A tenant with a `comment.edited` in its chain that holds the secret. Answers with the number of that event. */
const startWithSecret = async (): Promise<ChainWorld & { eventId: number; position: number; ticketId: string }> => {
  const world = await chains.startChain()
  const { ada, cleo, tenantId } = world
  const id = await createTicket(cleo)
  const { comment_id } = bodyOf(await comment(cleo, id, secret))
  expectSuccess(await cleo.put(`/tickets/${id}/comments/${comment_id}`, { body: 'Never mind.' }))
  await chains.place()
  const { events } = bodyOf(await ada.get('/audit?type=comment.edited'))
  expect(JSON.stringify(events)).toContain('number is 4711')
  const { position } = events[0]
  const { rows } = await chains.owner.query(
    `select max(position)::int as last, max(event_id) filter (where position = $2)::int as "eventId"
     from events where tenant_id = $1`,
    [tenantId, position],
  )
  expect(rows[0].eventId).toBeGreaterThan(position)
  return { ...world, ...rows[0], position, ticketId: id }
}

const byAda = ({ tenantId }: ChainWorld) => ({
  actor: { tenantId, accountId: 'ada', role: 'admin' as const },
  requestId: 'a request',
})

const rowOf = async ({ tenantId }: ChainWorld, eventId: number) =>
  (
    await chains.owner.query('select e.*, e::text as row from events e where tenant_id = $1 and event_id = $2', [
      tenantId,
      eventId,
    ])
  ).rows[0]

describe('the text of an event', () => {
  test('is erased and the erasure recorded, and the chain holds before and after the record has its place', async () => {
    const world = await startWithSecret()
    const { ada, eventId, position, last, ticketId } = world
    const before = await rowOf(world, eventId)
    const record = await blankEvent(chains.desk.app.pool, byAda(world), eventId)
    expect(record).toBeGreaterThan(eventId)
    expect(await verify(world)).toMatchObject({ verified: last, erased: 1, complete: true, break: null })
    await chains.place()
    expect(await verify(world)).toMatchObject({ verified: last + 1, erased: 1, complete: true, break: null })
    const after = await rowOf(world, eventId)
    expect(after.row).not.toContain('number is 4711')
    expect(after.hash).toEqual(before.hash)
    expect(after).toMatchObject({ changes: {}, details: {}, content_salt: null, type: 'comment.edited' })

    const { events } = bodyOf(await ada.get('/audit?limit=100'))
    expect(events[0]).toMatchObject({
      event_id: last + 1,
      position: last + 1,
      type: 'event.blanked',
      subject_id: after.subject_id,
      actor_id: 'ada',
      request_id: 'a request',
      details: { event_id: position, position },
    })
    expect(events.find((event: { event_id: number }) => event.event_id === position)).toMatchObject({ erased: true })
    expect(JSON.stringify(events)).not.toContain('number is 4711')
    const { history } = bodyOf(await ada.get(`/tickets/${ticketId}/history`))
    expect(history.at(-1)).toMatchObject({ type: 'event.blanked', details: { event_id: position, position } })
    expect(JSON.stringify(history)).not.toContain('number is 4711')
  })

  test('of another tenant, without a position, of an erasure, or that is gone is not erased', async () => {
    const [world, other] = [await startWithSecret(), await startWithSecret()]
    const { pool } = chains.desk.app
    expect(await blankEvent(pool, byAda(other), world.eventId)).toBeNull()
    expect((await rowOf(world, world.eventId)).row).toContain('number is 4711')
    const record = await blankEvent(pool, byAda(world), world.eventId)
    expect(await blankEvent(pool, byAda(world), world.eventId)).toBeNull()
    expect(await blankEvent(pool, byAda(world), record ?? 0)).toBeNull()
    await chains.place()
    expect(await blankEvent(pool, byAda(world), record ?? 0)).toBeNull()
    expect(await blankEvent(pool, byAda(world), 2_000_000_000)).toBeNull()
    expect(await verify(world)).toMatchObject({ erased: 1, complete: true, break: null })
  })
})

describe('tampering is found:', () => {
  const emptied = `changes = '{}', details = '{}', content_salt = null`
  const tamperings: Record<string, (world: { eventId: number; tenantId: number; record: number }) => string[]> = {
    'a text that is gone without a record': ({ tenantId, eventId }) => [
      `update events set ${emptied} where tenant_id = ${tenantId} and event_id = ${eventId}`,
    ],
    'a text that is gone with the record of another': ({ tenantId, eventId, record }) => [
      `update events set ${emptied}, blanked_by = ${record} where tenant_id = ${tenantId} and event_id = ${eventId}`,
    ],
    'a text that is gone with a later event of another type': ({ tenantId, eventId }) => [
      `update events e set ${emptied}, blanked_by = (select max(l.event_id) from events l
         where l.tenant_id = e.tenant_id and l.type <> 'event.blanked')
       where tenant_id = ${tenantId} and event_id = ${eventId}`,
    ],
  }
  test.each(Object.entries(tamperings))('%s', async (_, statements) => {
    const world = await startWithSecret()
    const neighbour = (
      await chains.owner.query('select event_id::int from events where tenant_id = $1 and position = $2', [
        world.tenantId,
        world.position - 3,
      ])
    ).rows[0].event_id
    const record = (await blankEvent(chains.desk.app.pool, byAda(world), neighbour)) ?? 0
    await chains.place()
    expect(await verify(world)).toMatchObject({ erased: 1, break: null })
    await chains.tamper(...statements({ ...world, record }))
    expect(await verify(world)).toMatchObject({ break: { position: world.position, reason: 'content' } })
  })

  test('a text that was put back, and a record that was changed', async () => {
    const world = await startWithSecret()
    const { tenantId, eventId, position } = world
    const record = await blankEvent(chains.desk.app.pool, byAda(world), eventId)
    await chains.place()
    await chains.tamper(
      `update events set changes = '{"a": 1}' where tenant_id = ${tenantId} and event_id = ${eventId}`,
    )
    expect(await verify(world)).toMatchObject({ break: { position, reason: 'content' } })
    await chains.tamper(
      `update events set changes = '{}' where tenant_id = ${tenantId} and event_id = ${eventId}`,
      `update events set details = '{"event_id": "x"}' where tenant_id = ${tenantId} and event_id = ${record}`,
    )
    expect(await verify(world)).toMatchObject({ break: { position, reason: 'content' } })
  })
})

test('only the application role may erase, and it may not do so by itself', async () => {
  const world = await startWithSecret()
  const { tenantId, eventId } = world
  const call = `select blank_event(${tenantId}, ${eventId}, null, 'system', null)`
  const stranger = `counterdesk_stranger_${randomBytes(5).toString('hex')}`
  await chains.owner.query(`create role ${stranger} nologin`)
  try {
    await chains.owner.query(`grant usage on schema public to ${stranger}`)
    await chains.owner.query(`set role ${stranger}`)
    await expect(chains.owner.query(call)).rejects.toMatchObject({ code: '42501' })
  } finally {
    await chains.owner.query('reset role')
    await chains.owner.query(`drop owned by ${stranger}`)
    await chains.owner.query(`drop role ${stranger}`)
  }
  const { pool } = chains.desk.app
  for (const change of [`changes = '{}'`, `details = '{}'`, `blanked_by = 1`]) {
    const statement = `update events set ${change} where tenant_id = ${tenantId} and event_id = ${eventId}`
    await expect(pool.query(statement), change).rejects.toMatchObject({ code: '42501' })
  }
  // No object of the caller takes the place of one that the function names.
  const client = await pool.connect()
  try {
    await client.query('create temporary table events (like public.events)')
    await client.query('set search_path = pg_temp, public')
    expect((await client.query(`select public.${call.slice(7)} as record`)).rows[0].record).not.toBeNull()
  } finally {
    client.release(true)
  }
  expect((await rowOf(world, eventId)).row).not.toContain('number is 4711')
})

test('a database that was restored without its rights gets them back', async () => {
  const { owner, desk } = chains
  const signature = 'blank_event(integer, bigint, text, text, text)'
  const { rows } = await owner.query(`select 'counterdesk_app_' || current_user as role`)
  for (const loss of [
    `grant execute on function ${signature} to public`,
    `revoke all on function ${signature} from ${rows[0].role}`,
  ]) {
    expect(await hasApplicationRole(desk.app.pool)).toBe(true)
    await owner.query(loss)
    expect(await hasApplicationRole(desk.app.pool), loss).toBe(false)
    await migrate(desk.databaseUrl)
  }
  expect(await hasApplicationRole(desk.app.pool)).toBe(true)
})

test('what was erased before there were records is recorded by the migration', async () => {
  const world = await startWithSecret()
  while (
    !(await migrate(chains.desk.databaseUrl, { direction: 'down' })).some((name) => name.endsWith('events__blanked'))
  );
  await chains.owner.query(
    `update events set changes = '{}', details = '{}', content_salt = null where tenant_id = $1 and event_id = $2`,
    [world.tenantId, world.eventId],
  )
  await migrate(chains.desk.databaseUrl)
  await chains.place()
  expect(await verify(world)).toMatchObject({ erased: 1, complete: true, break: null })
  const { rows } = await chains.owner.query(
    `select count(*)::int as count from events where tenant_id = $1 and type = 'event.blanked' and actor_role = 'system'`,
    [world.tenantId],
  )
  expect(rows[0].count).toBe(1)
})
