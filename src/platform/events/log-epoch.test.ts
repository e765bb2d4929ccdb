import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Pool } from 'pg'
import { afterEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { newFolder, removeFolder } from '../../testing/support/real-program.ts'
import { copyTestDatabase, createTestDatabase } from '../../testing/support/test-database.ts'
import { openEmbeddedDatabase } from '../db/embedded.ts'
import { createPool } from '../db/pool.ts'
import { many, one, sql } from '../db/sql.ts'
import { createLog } from '../log.ts'
import { fanOutOnce } from './fan-out.ts'
import { beginRestoredEpoch, forkSince, type Place, presentEpoch } from './log-epoch.ts'

const undo: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

const databaseFrom = async (url?: string): Promise<string> => {
  const database = await (url === undefined ? createTestDatabase() : copyTestDatabase(url))
  undo.push(database.drop)
  return database.url
}
/** Ends the pool's connections, so that its database can be copied, and answers with the copy. */
const copyOf = async (pool: Pool): Promise<string> => {
  const { connectionString: url = '' } = pool.options
  await pool.end()
  return databaseFrom(url)
}
const lines: string[] = []
const open = (url: string, asOwner = false): Pool => {
  const log = createLog('warn', { write: (line) => void lines.push(line) })
  const pool = createPool({ url, size: 2, applicationName: 'counterdesk tests', asOwner }, log)
  undo.push(async () => {
    if (!pool.ended) await pool.end()
  })
  return pool
}

const Epoch = z.object({ epoch: z.string(), reason: z.string() })
const epochsOf = (pool: Pool) =>
  many(pool, Epoch, sql`select n.epoch, n.reason from log_epochs n order by n.epoch_number`)
const reasonsOf = async (pool: Pool): Promise<string[]> => (await epochsOf(pool)).map(({ reason }) => reason)
/** Whether a reader at a place may have read events that are not in the log any more. */
const hasReadTooFar = async (pool: Pool, tenantId: number, { epoch, position }: Place): Promise<boolean> => {
  const fork = await forkSince(pool, tenantId, epoch)
  return fork === 'unknown' || (fork !== null && position > fork)
}
const present = async (pool: Pool): Promise<string> =>
  (await one(pool, z.object({ epoch: z.string() }), sql`select ${presentEpoch} as epoch`)).epoch

/** Makes a tenant whose log has so many events, some of which wait for the fan-out. Answers with the tenant's id. */
const addTenant = async (pool: Pool, slug: string, events: number): Promise<number> => {
  const { rows } = await pool.query(`insert into tenants (slug, name) values ($1, 'T') returning tenant_id`, [slug])
  const [{ tenant_id: tenantId }] = rows
  await pool.query('insert into event_heads (tenant_id) values ($1)', [tenantId])
  await addEvents(pool, tenantId, events)
  await fanOutOnce(pool, [], 1_000)
  return tenantId
}
const addEvents = (pool: Pool, tenantId: number, count: number) =>
  pool.query(
    `insert into events (tenant_id, type, subject_id, actor_role)
     select $1, 'x', 'x', 'system' from generate_series(1, $2)`,
    [tenantId, count],
  )

test('an epoch stays the present one, whoever connects, and however often', async () => {
  const url = await databaseFrom()
  const before = await present(open(url))
  expect(before).toMatch(/^[a-z0-9]{12}$/)
  const pools = [open(url), open(url, true), open(url)]
  for (const pool of pools) expect(await present(pool)).toBe(before)
  expect(await forkSince(pools[0] as Pool, 1, before)).toBeNull()
  // That of the migration, in the template, and that of its copy.
  expect(await reasonsOf(pools[1] as Pool)).toEqual(['first', 'database_oid'])
})

test('a database that was restored elsewhere has a new epoch, before an event is placed in it', async () => {
  const pool = open(await databaseFrom())
  const busy = await addTenant(pool, 'busy', 5)
  const still = await addTenant(pool, 'still', 0)
  await addEvents(pool, busy, 3)
  const before = await present(pool)
  const restored = open(await copyOf(pool))
  lines.length = 0
  // Its first connection is the fan-out's.
  expect(await fanOutOnce(restored, [], 1_000)).toBe(3)
  const now = await present(restored)
  expect(now).not.toBe(before)
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    expect.objectContaining({ level: 'warn', epoch: now, reason: 'database_oid' }),
  ])
  const late = await addTenant(restored, 'late', 2)
  expect(await forkSince(restored, busy, before)).toBe(5)
  for (const position of [0, 5, 6, 8]) {
    expect(await hasReadTooFar(restored, busy, { epoch: before, position })).toBe(position > 5)
    expect(await hasReadTooFar(restored, busy, { epoch: now, position })).toBe(false)
  }
  expect(await forkSince(restored, still, before)).toBe(0)
  // The lost future of the database may have had another tenant of this number.
  expect(await forkSince(restored, late, before)).toBe(0)
  for (const tenant of [busy, still, late]) expect(await forkSince(restored, tenant, now)).toBeNull()
})

test('the connections of several processes begin one epoch together', async () => {
  const pool = open(await databaseFrom())
  await present(pool)
  const url = await copyOf(pool)
  const pools = Array.from({ length: 8 }, (_, index) => open(url, index % 2 === 0))
  const epochs = await Promise.all(pools.flatMap((each) => [present(each), present(each)]))
  expect(new Set(epochs).size).toBe(1)
  expect(await reasonsOf(pools[0] as Pool)).toEqual(['first', 'database_oid', 'database_oid'])
})

test.each(['system_identifier', 'timeline', 'table_oid'])('another %s is another database', async (member) => {
  const url = await databaseFrom()
  const owner = open(url, true)
  await owner.query(`update log_epochs set ${member} = ${member} + 1`)
  const before = await present(owner)
  const [next, after] = [open(url), open(url)]
  expect(await present(next)).not.toBe(before)
  await present(after)
  expect((await reasonsOf(after)).slice(2)).toEqual([member])
})

test('what the server does not tell is no other database each time', async () => {
  const url = await databaseFrom()
  const owner = open(url, true)
  await owner.query(`create or replace function log_home(out system_identifier bigint, out database_oid bigint,
    out timeline bigint, out table_oid bigint) language sql as 'select null::bigint, 1::bigint, null::bigint, null::bigint'`)
  for (let times = 0; times < 3; times += 1) await present(open(url))
  expect(await reasonsOf(open(url))).toEqual(['first', 'database_oid', 'system_identifier'])
})

describe('after several restores', () => {
  test('the earliest fork counts of those that came after the reader', async () => {
    const pool = open(await databaseFrom())
    const tenant = await addTenant(pool, 'acme', 5)
    const first = await present(pool)
    const second = await beginRestoredEpoch(pool)
    await addEvents(pool, tenant, 4)
    await fanOutOnce(pool, [], 1_000)
    const third = await beginRestoredEpoch(pool)
    expect(await forkSince(pool, tenant, first)).toBe(5)
    expect(await forkSince(pool, tenant, second)).toBe(9)
    expect(await forkSince(pool, tenant, third)).toBeNull()
    // Said twice, nothing changes for a reader.
    const again = await beginRestoredEpoch(pool)
    expect(await present(pool)).toBe(again)
    expect(await forkSince(pool, tenant, first)).toBe(5)
    expect(await forkSince(pool, tenant, third)).toBe(9)
  })

  test('what is no epoch is unknown', async () => {
    const pool = open(await databaseFrom())
    for (const epoch of ['aaaaaaaaaaaa', '', 'A', '\0', `' or true --`, 'a'.repeat(5_000)]) {
      expect(await forkSince(pool, 1, epoch), epoch.slice(0, 20)).toBe('unknown')
    }
  })

  test('a hundred epochs are kept, and the forks of no other', async () => {
    const pool = open(await databaseFrom())
    const tenant = await addTenant(pool, 'acme', 1)
    const oldest = await present(pool)
    await pool.query(`insert into log_epochs (reason) select 'x' from generate_series(1, 98)`)
    await beginRestoredEpoch(pool)
    expect(await forkSince(pool, tenant, oldest)).toBe(0)
    await beginRestoredEpoch(pool)
    expect(await forkSince(pool, tenant, oldest)).toBe('unknown')
    expect(await epochsOf(pool)).toHaveLength(100)
    for (let times = 0; times < 98; times += 1) await beginRestoredEpoch(pool)
    const { rows } = await pool.query('select count(*) as count from log_forks f where f.tenant_id = $1', [tenant])
    expect(rows).toEqual([{ count: 100 }])
  })
})

const openCluster = (folder: string) => openEmbeddedDatabase(folder, { settings: { fsync: 'off' } })

test('a standby has no new epoch while it only reads, and one before its first event when it took over', async () => {
  const folder = await newFolder()
  undo.push(() => removeFolder(folder))
  const primary = await openCluster(folder)
  const before = open(primary.url, true)
  await before.query(await readFile(new URL('../../../migrations/schema.sql', import.meta.url), 'utf8'))
  const pool = open(primary.url, true)
  const tenant = await addTenant(pool, 'acme', 2)
  await addEvents(pool, tenant, 1)
  const epoch = await present(pool)
  await Promise.all([before.end(), pool.end()])
  await primary.stop()

  await writeFile(join(primary.dataDir, 'standby.signal'), '')
  const second = await openCluster(folder)
  undo.push(second.stop)
  const standby = open(second.url)
  expect(await present(standby)).toBe(epoch)
  // The same connection sees the standby become the primary.
  const { rows } = await standby.query('select pg_promote(), pg_backend_pid() as pid')
  expect(await fanOutOnce(standby, [], 10)).toBe(1)
  expect((await standby.query('select pg_backend_pid() as pid')).rows[0].pid).toBe(rows[0].pid)
  expect(await forkSince(standby, tenant, epoch)).toBe(2)
  expect((await reasonsOf(standby)).at(-1)).toBe('timeline')
})
