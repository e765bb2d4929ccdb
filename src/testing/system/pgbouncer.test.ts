import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { isCancelled } from '../../platform/db/connection-errors.ts'
import { createPool } from '../../platform/db/pool.ts'
import { byIndex, inIndexOrder, many, one, planEachTime, sql, withinTime } from '../../platform/db/sql.ts'
import { transaction } from '../../platform/db/transaction.ts'
import { createLog } from '../../platform/log.ts'
import { assignTicket, createTicket } from '../support/create-tickets.ts'
import { createWorld } from '../support/people.ts'
import { findPgBouncer, type PgBouncer, startPgBouncer } from '../support/pgbouncer.ts'
import { startProgram } from '../support/real-program.ts'
import { bodyOf, expectStatus } from '../support/requests.ts'
import { scenario } from '../support/scene.ts'
import { openStream } from '../support/stream-client.ts'
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts'
import { until } from '../support/waiting.ts'
import { type Desk, startDesk } from '../support/workspace.ts'

// The program behind a real PgBouncer in transaction mode.

const program = await findPgBouncer()
if (program === null) process.stderr.write('PgBouncer is not installed here, so its tests are skipped.\n')

/** What the role of the program's login brings, as docs/operations.md says. */
const roleSettings = {
  statement_timeout: '10s',
  lock_timeout: '2s',
  idle_in_transaction_session_timeout: '10s',
  timezone: 'UTC',
  datestyle: 'ISO, MDY',
  jit: 'off',
}

const login = `desk_${randomBytes(5).toString('hex')}`
const loginPassword = 'of-a-test'

const addressOf = (database: string, user: string, password: string): string => {
  const url = new URL(database)
  Object.assign(url, { username: user, password })
  return url.href
}

describe.skipIf(program === null)('behind PgBouncer', () => {
  let desk: Desk
  let bouncer: PgBouncer
  let spare: TestDatabase

  const onOwner = (statement: string): Promise<unknown> => desk.owner.query(statement)
  const allSettings = (): Promise<unknown> =>
    onOwner(
      Object.entries(roleSettings)
        .map(([name, value]) => `alter role ${login} set ${name} = '${value}'`)
        .join(';'),
    )
  const poolOn = (url: string, sessionUrl: string) =>
    createPool({ url, sessionUrl, size: 4, applicationName: 'counterdesk tests' }, createLog('silent'))

  beforeAll(async () => {
    spare = await createTestDatabase()
    const owner = new URL(spare.url)
    const client = new pg.Client({ connectionString: spare.url, application_name: 'counterdesk tests' })
    await client.connect()
    await client.query(
      `create role ${login} login password '${loginPassword}' in role counterdesk_app_${owner.username};
       ${Object.entries(roleSettings)
         .map(([name, value]) => `alter role ${login} set ${name} = '${value}'`)
         .join(';')}`,
    )
    await client.end()
    bouncer = await startPgBouncer(program ?? '', spare.url, {
      [login]: loginPassword,
      [decodeURIComponent(owner.username)]: decodeURIComponent(owner.password),
    })
    desk = await startDesk({
      settings: { DATABASE_POOL_SIZE: '20' },
      pooledUrl: async (databaseUrl) => bouncer.through(addressOf(databaseUrl, login, loginPassword)),
    })
  })
  afterAll(async () => {
    await desk?.stop()
    await bouncer?.stop()
    await spare?.drop()
    const server = new pg.Client({ connectionString: new URL('/postgres', spare.url).href })
    await server.connect()
    await server.query(`drop role if exists ${login}`).finally(() => server.end())
  })

  test('twenty people at once create, read and list, mails are written, and a stream hears of it', async () => {
    const { cleo, ada, tess } = await createWorld(desk)
    const stream = await openStream(desk, { authorization: `Bearer ${ada.token}` })
    const made: string[] = []
    await Promise.all(
      Array.from({ length: 20 }, async (_, lane) => {
        for (let turn = 0; turn < 20; turn += 1) {
          const id = await createTicket(cleo, { subject: `T ${lane}-${turn}` })
          made.push(id)
          expect(bodyOf(await cleo.get(`/tickets/${id}`)).subject).toBe(`T ${lane}-${turn}`)
          expectStatus(await ada.get('/tickets?limit=5&q=network'), 200)
        }
      }),
    )
    expect(new Set(made).size).toBe(400)
    await assignTicket(ada, made[0] ?? '', tess)
    await until('the stream hears of it', () => stream.text().includes(made[0] ?? ''))
    stream.close()
    await desk.settled()
    const { rows } = await desk.owner.query(
      `select count(*)::int as mails from emails m where m.template = 'ticket_created_customer'`,
    )
    expect(rows[0].mails).toBe(400)
  })

  test('the limits of a statement hold for it alone, whichever connection the next one gets', async () => {
    const pool = desk.app.pool
    const Row = z.object({ waited: z.string() })
    const Found = z.object({ timeout: z.string(), mode: z.string(), sort: z.string(), seq: z.string() })
    const found = () => sql`select current_setting('statement_timeout') as timeout,
      current_setting('plan_cache_mode') as mode, current_setting('enable_sort') as sort,
      current_setting('enable_seqscan') as seq`
    const usual = { timeout: '10s', mode: 'auto', sort: 'on', seq: 'on' }
    await Promise.all(
      Array.from({ length: 40 }, async (_, at) => {
        if (at % 4 === 0) {
          const slow = many(pool, Row, withinTime(sql`select pg_sleep(${60})::text as waited`, 30))
          expect(isCancelled(await slow.catch((error: unknown) => error))).toBe(true)
        }
        expect(await one(pool, Found, withinTime(found(), 1_234))).toEqual({
          ...usual,
          timeout: '1234ms',
          mode: 'force_generic_plan',
        })
        expect(await one(pool, Found, found())).toEqual(usual)
        expect(await one(pool, Found, inIndexOrder(withinTime(planEachTime(found()), 77)))).toEqual({
          ...usual,
          timeout: '77ms',
          sort: 'off',
        })
        expect(await one(pool, Found, byIndex(withinTime(planEachTime(found()), 78)))).toMatchObject({ seq: 'off' })
        expect(await transaction(pool, (tx) => one(tx, Found, found()))).toEqual(usual)
      }),
    )
  })

  test('the login may no more than the program needs: no event is changed or deleted', async () => {
    for (const statement of [
      `update events set type = 'x'`,
      'delete from events',
      'truncate events cascade',
      'drop table events',
      'create table mine ()',
    ]) {
      await expect(desk.app.pool.query(statement), statement).rejects.toMatchObject({ code: '42501' })
    }
  })

  test.each(Object.entries(roleSettings))(
    'a login whose %s is not %s is refused, with the remedy',
    async (name, value) => {
      await onOwner(
        `alter role ${login} set ${name} = '${{ timezone: 'Europe/Berlin', datestyle: 'SQL, DMY', jit: 'on' }[name] ?? '7s'}'`,
      )
      const other = await startPgBouncer(program ?? '', desk.databaseUrl, { [login]: loginPassword })
      const pool = poolOn(other.through(addressOf(desk.databaseUrl, login, loginPassword)), desk.databaseUrl)
      try {
        const error = await pool.query('select').catch((reason: unknown) => reason)
        expect(error).toMatchObject({ name: 'WrongSessionError' })
        const [remedy = ''] = /alter role .*;/.exec(String(error)) ?? []
        expect(remedy.toLowerCase()).toBe(`alter role "${login}" set ${name} = '${value.toLowerCase()}';`)
        await onOwner(remedy)
      } finally {
        await pool.end()
        await other.stop()
        await allSettings()
      }
    },
  )

  test('the owner of the tables is refused, and so is a role that another client left behind', async () => {
    const owner = desk.databaseUrl
    const asOwner = poolOn(bouncer.through(owner), owner)
    await expect(asOwner.query('select')).rejects.toThrow(/owner of the tables.*create role desk login/)
    await asOwner.end()

    const single = await startPgBouncer(
      program ?? '',
      owner,
      { [login]: loginPassword },
      { default_pool_size: 1, server_reset_query_always: 0 },
    )
    const url = single.through(addressOf(owner, login, loginPassword))
    const careless = new pg.Client({ connectionString: url })
    await careless.connect()
    await careless.query(`set role counterdesk_app_${new URL(owner).username}`)
    const pool = poolOn(url, owner)
    await expect(pool.query('select')).rejects.toThrow(`not as ${login}`)
    await careless.end()
    await pool.end()
    await single.stop()
  })

  scenario('the program starts behind it, and says why where it does not', async ({ scene }) => {
    const session = await startPgBouncer(
      program ?? '',
      desk.databaseUrl,
      { [login]: loginPassword, [new URL(desk.databaseUrl).username]: new URL(desk.databaseUrl).password },
      {
        pool_mode: 'session',
        ignore_startup_parameters: 'statement_timeout,lock_timeout,idle_in_transaction_session_timeout,options',
      },
    )
    scene.undo(() => session.stop())
    const folder = await scene.newFolder()
    const own = { DATABASE_URL: session.through(spare.url) }
    const refused = await startProgram(folder, own)
    await refused.says(/statement_timeout of the database is 0.*DATABASE_POOLED=true/s)
    expect((await refused.exit()).code).toBe(1)

    const pooled = {
      DATABASE_URL: bouncer.through(addressOf(spare.url, login, loginPassword)),
      MIGRATION_DATABASE_URL: spare.url,
      DATABASE_POOLED: 'true',
      COUNTERDESK_PROCESSES: '2',
    }
    const running = await scene.start(pooled, folder)
    await running.says(/is ready/)
    await running.answers(200)
    expect(running.output()).not.toMatch(/pooler stands|works as the owner/)
    expect((await running.stop()).code).toBe(0)
  })
})
