import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTicket } from '../../testing/support/create-tickets.ts'
import { createWorld, type World } from '../../testing/support/people.ts'
import { until } from '../../testing/support/waiting.ts'
import { type Desk, startDesk } from '../../testing/support/workspace.ts'
import { exec } from '../db/sql.ts'
import { transaction } from '../db/transaction.ts'
import { headsMs, notifySignals, type Signal } from './signals.ts'

/** Two programs on one database: the first has a worker. */
let desk: Desk
let other: Desk
let world: World
beforeAll(async () => {
  desk = await startDesk()
  other = await startDesk({ databaseUrl: desk.databaseUrl, withWorker: false })
  world = await createWorld(desk)
})
afterAll(async () => {
  await other?.stop()
  await desk?.stop()
})

/** What a program hears from now on, without the resyncs. It listens already. */
const hear = async (program: Desk, tenantId?: number) => {
  const heard: Signal[] = []
  let resyncs = 0
  program.app.signals.on((signal) => {
    if (signal.kind === 'resync') resyncs += 1
    else heard.push(signal)
  }, tenantId)
  await exec(program.app.pool, notifySignals([{ tenantId: tenantId ?? world.tenantId, kind: 'test', key: 'begin' }]))
  await until('the program listens', async () => {
    if (resyncs > 0 || heard.length > 0) return true
    await exec(program.app.pool, notifySignals([{ tenantId: tenantId ?? world.tenantId, kind: 'test', key: 'begin' }]))
    return false
  })
  return { heard: (kind: string) => heard.filter((signal) => signal.kind === kind), resyncs: () => resyncs }
}

test('every process hears what a transaction told, after its commit and once, and nothing of what was rolled back', async () => {
  const ears = [await hear(desk, world.tenantId), await hear(other)]
  const { tenantId } = world
  const keys = Array.from({ length: 1_000 }, (_, n) => `TKT${n}`)
  const signals = keys.map((key) => ({ tenantId, kind: 'presence', key }))
  await transaction(desk.app.pool, async (tx) => exec(tx, notifySignals([...signals, ...signals])))
  const failing = transaction(desk.app.pool, async (tx) => {
    await exec(tx, notifySignals([{ tenantId, kind: 'presence', key: 'never' }]))
    throw new Error('rolled back')
  })
  await expect(failing).rejects.toThrow('rolled back')
  await exec(desk.app.pool, notifySignals([{ tenantId, kind: 'presence', key: 'last' }]))
  for (const { heard } of ears) {
    await until('the last signal is heard', () => heard('presence').at(-1)?.key === 'last')
    expect(heard('presence').map(({ key }) => key)).toEqual([...keys, 'last'])
  }
  expect(() => notifySignals([{ tenantId, kind: 'presence', key: 'k'.repeat(101) }])).toThrow(RangeError)
  await exec(desk.app.pool, notifySignals([]))
})

test('events of a tenant are told in every process, and to nobody who listens for another tenant', async () => {
  const { tenantId } = await createWorld(desk)
  const theirs = await hear(other, tenantId)
  const { heard } = await hear(other, world.tenantId)
  await createTicket(world.cleo)
  await until('the events are heard', () => heard('events').length > 0)
  // A look at the heads may tell of events once more.
  expect(theirs.heard('events').filter((signal) => signal.tenantId !== tenantId)).toEqual([])
})

test('events whose signal was lost are found by a look at the heads', async () => {
  const { tenantId } = await createWorld(desk)
  await desk.settled()
  const { heard } = await hear(other, tenantId)
  await exec(desk.app.pool, notifySignals([{ tenantId, kind: 'test', key: 'end' }]))
  await until('what came before is heard', () => heard('test').some(({ key }) => key === 'end'))
  const before = heard('events').length
  const { look } = headsMs
  expect(look).toBeLessThanOrEqual(1_000)
  headsMs.look = 20
  await until('the events are told', async () => {
    await desk.owner.query('update event_heads set position = position + 1 where tenant_id = $1', [tenantId])
    return heard('events').length > before + 1
  }).finally(() => {
    headsMs.look = look
  })
})

test('after a lost connection everybody hears that signals may have been lost, and hears again', async () => {
  const { heard, resyncs } = await hear(other, world.tenantId)
  const before = resyncs()
  await desk.owner.query(
    `select pg_terminate_backend(a.pid) from pg_stat_activity a
     where a.datname = current_database() and a.application_name = 'counterdesk signals'`,
  )
  await until('the connection is made again', () => resyncs() > before)
  await exec(desk.app.pool, notifySignals([{ tenantId: world.tenantId, kind: 'test', key: 'again' }]))
  await until('signals are heard again', () => heard('test').some(({ key }) => key === 'again'))
})
