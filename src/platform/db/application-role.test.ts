import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { afterEach, beforeEach, expect, inject, test } from 'vitest'
import { createTestDatabase } from '../../testing/support/test-database.ts'
import { createLog } from '../log.ts'
import { hasApplicationRole } from './application-role.ts'
import { migrate } from './migrate.ts'
import { createPool } from './pool.ts'

const undo: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

let server: pg.Client
beforeEach(async () => {
  server = new pg.Client({ connectionString: inject('testServer'), application_name: 'counterdesk tests' })
  await server.connect()
  undo.push(() => server.end())
})

const poolOn = (url: string, asOwner = false): pg.Pool => {
  const pool = createPool({ url, size: 2, applicationName: 'counterdesk tests', asOwner }, createLog('silent'))
  undo.push(() => pool.end())
  return pool
}
const usersOf = async (pool: pg.Pool): Promise<[string, string]> => {
  const { rows } = await pool.query('select current_user::text as role, session_user::text as login')
  return [rows[0].role, rows[0].login]
}

/** A database whose owner is a user with these rights and no others. */
const ownedDatabase = async (rights: string, name = `counterdesk_owner_${randomBytes(5).toString('hex')}`) => {
  await server.query(`create role ${name} login password 'of-a-test' ${rights}`)
  undo.push(() => server.query(`drop role ${name}`))
  undo.push(() => server.query(`drop role if exists counterdesk_app_${name}`))
  await server.query(`create database ${name} owner ${name} template template0`)
  undo.push(() => server.query(`drop database if exists ${name} with (force)`))
  const url = new URL(inject('testServer'))
  Object.assign(url, { username: name, password: 'of-a-test', pathname: `/${name}` })
  return { name, url: url.href }
}

const forbidden = [
  `update events set type = 'x'`,
  `update events set actor_id = null`,
  `update events set changes = '{}'`,
  'update events set occurred_at = now()',
  'delete from events',
  'truncate events cascade',
  'alter table events disable trigger user',
  'drop trigger events_kept on events',
  `insert into events (tenant_id, type, subject_id, actor_role, position) values (1, 'x', 'x', 'system', 1)`,
  `insert into events (tenant_id, type, subject_id, actor_role, occurred_at) values (1, 'x', 'x', 'system', now())`,
  'delete from event_heads',
  'delete from pgmigrations',
]
const expectRestricted = async (pool: pg.Pool): Promise<void> => {
  for (const statement of forbidden) {
    const refused = expect(pool.query(statement), statement).rejects
    await refused.toMatchObject({ code: '42501' })
  }
}
const work = async (pool: pg.Pool): Promise<void> => {
  await pool.query(`insert into tenants (slug, name) values ('t', 'T')`)
  await pool.query(`insert into event_heads (tenant_id) select tenant_id from tenants`)
  await pool.query(
    `insert into events (tenant_id, type, subject_id, actor_role) select tenant_id, 'x', 'x', 'system' from tenants`,
  )
  await pool.query(`update events set position = 1, content_digest = '', hash = '' where position is null`)
  await pool.query(`select graphile_worker.add_job('nothing')`)
  expect((await pool.query('select from graphile_worker._private_jobs')).rowCount).toBe(1)
}

test('the program can neither change nor delete what has happened', async () => {
  const database = await createTestDatabase()
  undo.push(database.drop)
  const pool = poolOn(database.url)
  const [role, login] = await usersOf(pool)
  expect(role).toBe(`counterdesk_app_${login}`)
  await expectRestricted(pool)
  await work(pool)
  const owner = poolOn(database.url, true)
  expect(await usersOf(owner)).toEqual([login, login])
})

test('an owner who may make roles has one of their own, for all their databases', async () => {
  const { name, url } = await ownedDatabase('createrole')
  const early = poolOn(url)
  expect(await usersOf(early)).toEqual([name, name])
  await migrate(url)
  const pool = poolOn(url)
  expect(await usersOf(pool)).toEqual([`counterdesk_app_${name}`, name])
  await expectRestricted(pool)
  await work(pool)
  expect(await migrate(url)).toEqual([])
  await expectRestricted(pool)
})

test.each(['createrole', 'nocreaterole'])(
  'what somebody else owns in `public` stops no owner with %s',
  async (rights) => {
    const { name, url } = await ownedDatabase(rights)
    const admin = new pg.Client({
      connectionString: Object.assign(new URL(inject('testServer')), { pathname: `/${name}` }).href,
    })
    await admin.connect()
    undo.push(() => admin.end())
    const foreign = async (prefix: string): Promise<void> => {
      await admin.query(
        `create table public.${prefix}_table (id serial primary key); create view public.${prefix}_view as select 1 as one;
       create sequence public.${prefix}_sequence`,
      )
    }
    await foreign('before')
    await migrate(url)
    await foreign('after')
    expect(await migrate(url)).toEqual([])
    const pool = poolOn(url)
    expect(await hasApplicationRole(pool)).toBe(rights === 'createrole')
    await work(pool)
    for (const table of ['before_table', 'after_table']) {
      await expect(pool.query(`select from ${table}`)).rejects.toMatchObject({ code: '42501' })
    }
  },
)

test('an owner who may make none works as such, and what has its position is kept all the same', async () => {
  const { name, url } = await ownedDatabase('nocreaterole')
  await migrate(url)
  const pool = poolOn(url)
  expect(await hasApplicationRole(pool)).toBe(false)
  expect(await usersOf(pool)).toEqual([name, name])
  await work(pool)
  for (const statement of [`update events set type = 'y'`, 'delete from events', 'truncate events cascade']) {
    await expect(pool.query(statement), statement).rejects.toMatchObject({ code: '23001' })
  }
})

test('a user of the program’s own, who is a member of the role, works as it', async () => {
  const { name, url } = await ownedDatabase('createrole')
  await migrate(url)
  const login = `${name}_login`
  await server.query(`create role ${login} login password 'of-a-test' noinherit in role counterdesk_app_${name}`)
  undo.push(() => server.query(`drop role ${login}`))
  const own = new URL(url)
  own.username = login
  const pool = poolOn(own.href)
  expect(await usersOf(pool)).toEqual([`counterdesk_app_${name}`, login])
  await expectRestricted(pool)
  await work(pool)
})

test('a program whose role has no rights in this database works as the owner until it migrates', async () => {
  const { name, url } = await ownedDatabase('createrole')
  await migrate(url)
  await server.query(`create database ${name}_2 owner ${name} template ${name}`)
  undo.push(() => server.query(`drop database if exists ${name}_2 with (force)`))
  const second = new URL(url)
  second.pathname = `/${name}_2`
  const owner = poolOn(second.href, true)
  await owner.query(`revoke all on all tables in schema public from counterdesk_app_${name}`)
  const pool = poolOn(second.href)
  expect(await usersOf(pool)).toEqual([name, name])
  await migrate(second.href)
  const later = poolOn(second.href)
  expect(await usersOf(later)).toEqual([`counterdesk_app_${name}`, name])
  await expectRestricted(later)
})
