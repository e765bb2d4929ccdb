import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { createTestDatabase, type TestDatabase } from '../../testing/support/test-database.ts'
import { createLog } from '../log.ts'
import { isConnectionError, isDatabaseUnavailable } from './connection-errors.ts'
import { createPool } from './pool.ts'
import { AlreadyAnswered, type Receipt } from './receipts.ts'
import { exec, many, one, sql, type Tx } from './sql.ts'
import { transaction } from './transaction.ts'
import { CommittedError, lastly } from './transaction-ends.ts'

let database: TestDatabase
let pool: pg.Pool

beforeAll(async () => {
  database = await createTestDatabase()
  pool = createPool(
    { url: database.url, size: 2, applicationName: 'counterdesk tests', asOwner: true },
    createLog('silent'),
  )
  await exec(pool, sql`create table notes (note text primary key, other text unique deferrable initially deferred)`)
})
afterAll(async () => {
  await pool?.end()
  await database?.drop()
})

const Note = z.object({ note: z.string() })
const notes = async (): Promise<string[]> =>
  (await many(pool, Note, sql`select n.note from notes n order by n.note`)).map(({ note }) => note)
const Pid = z.object({ pid: z.int() })
const pidOf = sql`select pg_backend_pid() as pid`

/** Terminates a backend as an administrator or a crash does, and waits until it is gone. */
const terminate = async (pid: number): Promise<void> => {
  const client = new pg.Client({ connectionString: database.url, application_name: 'counterdesk tests' })
  await client.connect()
  await client.query('select pg_terminate_backend($1, 5000)', [pid]).finally(() => client.end())
}

/** Expects that no connection is checked out, and that every idle connection works. */
const expectHealthy = async (): Promise<void> => {
  expect(pool.waitingCount).toBe(0)
  expect(pool.idleCount).toBe(pool.totalCount)
  expect(pool.totalCount).toBeLessThanOrEqual(2)
  const pids = await Promise.all([1, 2, 3, 4].map(() => one(pool, Pid, sql`${pidOf} from pg_sleep(0.01)`)))
  expect(new Set(pids.map(({ pid }) => pid)).size).toBeLessThanOrEqual(2)
}

test('what is committed is there, and is the answer', async () => {
  const answer = await transaction(pool, async (tx) => {
    await exec(tx, sql`insert into notes (note) values ('kept')`)
    expect(await notes()).not.toContain('kept') // not before its commit
    return 'done'
  })
  expect(answer).toBe('done')
  expect(await notes()).toContain('kept')
  await expectHealthy()
})

test('any error rolls all of it back, and comes out as it is', async () => {
  const mine = new Error('mine')
  await expect(
    transaction(pool, async (tx) => {
      await exec(tx, sql`insert into notes (note) values ('lost')`)
      throw mine
    }),
  ).rejects.toBe(mine)
  await expect(
    transaction(pool, async (tx) => {
      await exec(tx, sql`insert into notes (note) values ('lost'), ('lost')`)
    }),
  ).rejects.toMatchObject({ code: '23505', constraint: 'notes_pkey' })
  expect(await notes()).not.toContain('lost')
  await expectHealthy()
})

test('a COMMIT that the server answers with ROLLBACK is an error', async () => {
  await expect(
    transaction(pool, async (tx) => {
      await exec(tx, sql`insert into notes (note) values ('swallowed')`)
      await exec(tx, sql`select 1 / 0`).catch(() => {}) // the fault that this is about
      return 'done'
    }),
  ).rejects.toThrow('the server answered ROLLBACK')
  expect(await notes()).not.toContain('swallowed')
  await expectHealthy()
})

test('a COMMIT that fails is an error', async () => {
  await expect(
    transaction(pool, async (tx) => {
      await exec(tx, sql`insert into notes (note, other) values ('first', 'same'), ('second', 'same')`)
    }),
  ).rejects.toMatchObject({ code: '23505', constraint: 'notes_other_key' })
  expect(await notes()).not.toContain('first')
  await expectHealthy()
})

const add = (tx: Tx, note: string) => exec(tx, sql`insert into notes (note) values (${note})`)

test('a transaction begins with its first statement, and commits with the last where that is said', async () => {
  const single = createPool({ url: database.url, size: 1, applicationName: 'round trips' }, createLog('silent'))
  let trips = 0
  const client = await single.connect()
  const { connection } = client as unknown as { connection: { on(event: string, listener: () => void): void } }
  connection.on('readyForQuery', () => {
    trips += 1
  })
  client.release()
  const tripsOf = async (work: (tx: Tx) => Promise<unknown>): Promise<number> => {
    trips = 0
    await transaction(single, work)
    return trips
  }
  const run = (name: string, commits: boolean) => async (tx: Tx) => {
    await one(tx, Pid, pidOf)
    return commits ? lastly(tx, () => one(tx, Pid, pidOf)) : one(tx, Pid, pidOf).then(() => name)
  }
  try {
    // The first transaction of a connection prepares the two statements.
    expect(await tripsOf(run('first', false))).toBe(4)
    expect(await tripsOf(run('commits by itself', false))).toBe(3)
    expect(await tripsOf(run('commits with the last', true))).toBe(2)
    expect(await tripsOf(async () => 'nothing')).toBe(0)
  } finally {
    await single.end()
  }
})

test('a last statement that fails commits nothing, and the connection begins anew', async () => {
  for (let turn = 0; turn < 3; turn += 1) {
    const failing = transaction(pool, async (tx) => {
      await add(tx, 'before the last')
      await lastly(tx, () => exec(tx, sql`insert into notes (note) values ('twice'), ('twice')`))
    })
    await expect(failing).rejects.toMatchObject({ code: '23505', constraint: 'notes_pkey' })
    const late = transaction(pool, async (tx) => {
      await add(tx, 'before a late failure')
      await lastly(tx, () => exec(tx, sql`insert into notes (note, other) values ('l1', 'late'), ('l2', 'late')`))
    })
    await expect(late).rejects.toMatchObject({ code: '23505', constraint: 'notes_other_key' })
  }
  const unplanned = transaction(pool, async (tx) => {
    await add(tx, 'before one that cannot be planned')
    await lastly(tx, () => exec(tx, sql`select nothing from there_is_none`))
  })
  await expect(unplanned).rejects.toMatchObject({ code: '42P01' })
  expect((await notes()).filter((note) => /before|twice|^l/.test(note))).toEqual([])
  await expectHealthy()
  await transaction(pool, (tx) => lastly(tx, () => add(tx, 'after all')))
  expect(await notes()).toContain('after all')
})

test('an error after the commit says that it was committed', async () => {
  const Other = z.object({ nothing_like_this: z.string() })
  // Each connection has prepared its commit by then.
  const slow = () => transaction(pool, (tx) => one(tx, Pid, sql`${pidOf} from pg_sleep(0.05)`))
  await Promise.all([slow(), slow()])
  const unread = transaction(pool, (tx) =>
    lastly(tx, () => one(tx, Other, sql`insert into notes (note) values ('committed unread') returning note`)),
  )
  await expect(unread).rejects.toThrow(CommittedError)
  expect(await notes()).toContain('committed unread')
  const early = transaction(pool, async (tx) => {
    await one(tx, Other, sql`insert into notes (note) values ('unread') returning note`)
    await lastly(tx, () => add(tx, 'never'))
  })
  await expect(early).rejects.not.toThrow(CommittedError)
  expect((await notes()).filter((note) => note === 'unread' || note === 'never')).toEqual([])
  await expectHealthy()
})

test('a last statement that is not made leaves nothing for the connection to commit', async () => {
  await transaction(pool, async (tx) => {
    await add(tx, 'kept without a last one')
    await lastly(tx, async () => 'no statement')
  })
  await expect(
    transaction(pool, async (tx) => {
      await add(tx, 'rolled back after it')
      throw new Error('mine')
    }),
  ).rejects.toThrow('mine')
  expect(await notes()).toContain('kept without a last one')
  expect(await notes()).not.toContain('rolled back after it')
})

test('a first statement that fails leaves no transaction open', async () => {
  await transaction(pool, (tx) => one(tx, Pid, pidOf))
  for (const bad of [sql`select 1 / ${0}::integer`, sql`select nothing from there_is_none`]) {
    await expect(transaction(pool, (tx) => exec(tx, bad))).rejects.toThrow()
    await expectHealthy()
  }
  const { rows } = await pool.query(
    `select count(*)::integer as open from pg_stat_activity
     where datname = current_database() and state like 'idle in transaction%'`,
  )
  expect(rows).toEqual([{ open: 0 }])
})

test('the receipt is claimed first and sealed last, and falls with its transaction', async () => {
  const { tenant_id: tenantId } = await one(
    pool,
    z.object({ tenant_id: z.int() }),
    sql`insert into tenants (slug, name) values ('receipts', 'Receipts') returning tenant_id`,
  )
  const steps: string[] = []
  const receipt: Receipt = {
    tenantId,
    scope: 'CUS0001',
    key: 'a key',
    requestHash: Buffer.from('hash'),
    seal: (result) => {
      steps.push(`seal ${result}`)
      if (result === 'bad') throw new Error('cannot be sealed')
      return Buffer.from(`the answer is ${result}`)
    },
  }
  const kept = sql`select convert_from(k.answer, 'UTF8') as answer from idempotency_keys k where k.key = 'a key'`
  const work = (result: string) => async (tx: Tx) => {
    steps.push(`work on ${(await many(tx, z.object({ answer: z.string() }), kept)).length} claim`)
    return result
  }
  const answers = async (): Promise<unknown[]> => many(pool, z.object({ answer: z.string() }), kept)
  await expect(transaction(pool, work('bad'), receipt)).rejects.toThrow('cannot be sealed')
  expect(await answers()).toEqual([])
  expect(await transaction(pool, work('good'), receipt)).toBe('good')
  expect(await answers()).toEqual([{ answer: 'the answer is good' }])
  expect(steps).toEqual(['work on 1 claim', 'seal bad', 'work on 1 claim', 'seal good'])
  await expect(transaction(pool, work('again'), receipt)).rejects.toThrow(AlreadyAnswered)
})

test('a client that broke is destroyed, and the next one is healthy', async () => {
  const died = transaction(pool, async (tx) => {
    await exec(tx, sql`insert into notes (note) values ('died')`)
    const { pid } = await one(tx, Pid, pidOf)
    await terminate(pid)
    await exec(tx, sql`insert into notes (note) values ('died too')`)
  })
  const error = await died.catch((caught: unknown) => caught)
  expect(isConnectionError(error)).toBe(true)
  expect(await notes()).not.toContain('died')
  await expectHealthy()
})

test('a connection that dies at the COMMIT is an error, whether it was committed or not', async () => {
  const died = transaction(pool, async (tx) => {
    await exec(tx, sql`insert into notes (note) values ('nobody knows')`)
    const { pid } = await one(tx, Pid, pidOf)
    await terminate(pid)
  })
  expect(isDatabaseUnavailable(await died.catch((caught: unknown) => caught))).toBe(true)
  await expectHealthy()
})

test('a hundred that die one after the other leak nothing', async () => {
  for (let round = 0; round < 100; round += 1) {
    const died = transaction(pool, async (tx) => {
      const { pid } = await one(tx, Pid, pidOf)
      await exec(tx, sql`select pg_terminate_backend(${pid})`)
      await exec(tx, sql`select 1`)
    })
    expect(isConnectionError(await died.catch((caught: unknown) => caught))).toBe(true)
  }
  await expectHealthy()
  const left = await many(pool, Pid, sql`select a.pid from pg_stat_activity a where a.datname = current_database()`)
  expect(left.length).toBeLessThanOrEqual(2)
})

test('a statement or a lock that takes too long, and a transaction that does nothing, are "unavailable"', async () => {
  const [slow, locked] = await Promise.all([
    transaction(pool, async (tx) => {
      await exec(tx, sql`set local statement_timeout = 50`)
      await exec(tx, sql`select pg_sleep(10)`)
    }).catch((caught: unknown) => caught),
    transaction(pool, async (tx) => {
      await exec(tx, sql`set local lock_timeout = 50`)
      const holder = new pg.Client({ connectionString: database.url, application_name: 'counterdesk tests' })
      await holder.connect()
      try {
        await holder.query('begin; lock table notes')
        await exec(tx, sql`select n.note from notes n`)
      } finally {
        await holder.end()
      }
    }).catch((caught: unknown) => caught),
  ])
  expect([slow, locked]).toMatchObject([{ code: '57014' }, { code: '55P03' }])
  expect([slow, locked].map(isDatabaseUnavailable)).toEqual([true, true])
  expect([slow, locked].map(isConnectionError)).toEqual([false, false]) // their connections go on

  const idle = await transaction(pool, async (tx) => {
    await exec(tx, sql`set local idle_in_transaction_session_timeout = 50`)
    await new Promise((resolve) => tx.once('end', resolve))
    await exec(tx, sql`select 1`)
  }).catch((caught: unknown) => caught)
  expect(isConnectionError(idle)).toBe(true)
  await expectHealthy()
})

test('a server that only reads, as a standby after a failover, is "unavailable"', async () => {
  const refused = await transaction(pool, async (tx) => {
    await exec(tx, sql`set transaction read only`)
    await exec(tx, sql`insert into notes (note) values ('read only')`)
  }).catch((caught: unknown) => caught)
  expect(refused).toMatchObject({ code: '25006' })
  expect(isDatabaseUnavailable(refused)).toBe(true)
  await expectHealthy()
})
