import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { createTickets } from '../../src/testing/support/create-tickets.ts'
import { attach } from '../../src/testing/support/files.ts'
import { createWorld, type World } from '../../src/testing/support/people.ts'
import { type Ended, runScriptWith } from '../../src/testing/support/run-script.ts'
import { sqlOn } from '../../src/testing/support/sql-on.ts'
import { createEmptyDatabase, type TestDatabase } from '../../src/testing/support/test-database.ts'
import { type Desk, startDesk } from '../../src/testing/support/workspace.ts'

// A PostgreSQL of one's own, by `pg_dump` and `pg_restore`. They must not be older than the server, so on the embedded
// PostgreSQL their refusal is tested, and on PostgreSQL 15 all of it.

const toolVersion = async (): Promise<number> =>
  promisify(execFile)('pg_dump', ['--version']).then(
    ({ stdout }) => Number(/(\d+)\./.exec(stdout)?.[1]),
    () => 0,
  )
const [tools, [row]] = [
  await toolVersion(),
  await sqlOn(inject('testServer'), `select current_setting('server_version_num')::integer / 10000 as major`),
]
const server = Number(row?.major)
const isFit = tools >= server
if (!isFit)
  process.stderr.write(
    `pg_dump is ${tools || 'not here'} and the server ${server}: only the refusal of dumps is tested.\n`,
  )

const secret = 'pq8Zr4-only-for-tests-8Wm2Yc6Tn0Lx5Kb9'
let folder: string
let desk: Desk
let world: World
let target: TestDatabase

const run = (url: string, dataDir: string, script: string, ...options: string[]): Promise<Ended> =>
  runScriptWith(
    { DATABASE_URL: url, JWT_SECRET: secret, NODE_ENV: 'test', DATA_DIR: join(folder, dataDir) },
    folder,
    `backup/${script}`,
    ...options,
  )
const store = (): string => join(folder, 'store')

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'counterdesk-dumps-'))
  desk = await startDesk({ settings: { DATA_DIR: join(folder, 'desk') } })
  world = await createWorld(desk)
  const [ticket = ''] = await createTickets(world.cleo, 5)
  await attach(desk, world.cleo, ticket)
  await desk.settled()
  target = await createEmptyDatabase()
})
afterAll(async () => {
  await desk?.stop()
  await target?.drop()
  await rm(folder, { recursive: true, force: true })
})

test.skipIf(isFit)('tools that are missing or older than the server are refused, and leave no backup', async () => {
  const older = await run(desk.databaseUrl, 'desk', 'backup', '--to', store())
  expect(older.err.at(-1)).toMatch(
    tools > 0 ? /^pg_dump has version \d+, and the server 18\. / : /^pg_dump is not on PATH/,
  )
  const missing = await run(desk.databaseUrl, 'desk', 'backup', '--to', store(), '--pg-bin', folder)
  expect(missing.err.at(-1)).toMatch(/^pg_dump is not in .*Install the client programs of PostgreSQL 18/)
  expect((await run(desk.databaseUrl, 'desk', 'restore', '--from', store())).err).toEqual([
    'There is no backup in this place.',
  ])
})

describe.skipIf(!isFit)('with the tools of the server', () => {
  const select = (url: string, statement: string) => sqlOn(url, statement)
  const facts = async (url: string) => ({
    tickets: await select(url, 'select ticket_id, subject, version from tickets order by 1'),
    events: await select(url, "select tenant_id, position, encode(hash, 'hex') as hash from events order by 1, 2"),
    jobs: await select(
      url,
      "select count(*)::int as tables from pg_class where relnamespace = 'graphile_worker'::regnamespace",
    ),
  })

  test('a desk is backed up while it works, and restored with all rows, chains, rights and files', async () => {
    await select(desk.databaseUrl, 'create schema of_somebody; create table of_somebody.thing (a int)')
    const made = await run(desk.databaseUrl, 'desk', 'backup', '--to', store())
    expect(made.code, made.err.join('\n')).toBe(0)
    const restored = await run(target.url, 'target', 'restore', '--from', store())
    expect(restored.code, restored.err.join('\n')).toBe(0)
    expect(await facts(target.url)).toEqual(await facts(desk.databaseUrl))

    const again = await startDesk({ databaseUrl: target.url, settings: { DATA_DIR: join(folder, 'target') } })
    try {
      const { rows } = await again.app.pool.query('select current_user as name')
      expect(rows[0].name).toMatch(/^counterdesk_app_/)
    } finally {
      await again.stop()
    }
  })

  test('under a running program, over a desk, and from a broken dump a restore is refused', async () => {
    const under = await run(desk.databaseUrl, 'desk', 'restore', '--from', store(), '--overwrite')
    expect(under.err.at(-1)).toMatch(/^The program is connected to the database \(\d+ connections\)\. Stop it first\.$/)
    const over = await run(target.url, 'target', 'restore', '--from', store())
    expect(over.err.at(-1)).toMatch(/Say --overwrite to set it aside\.$/)
  })

  test('told to overwrite, a restore sets the old desk aside; one that fails brings it back', async () => {
    await select(target.url, `update tickets set subject = 'of the old desk'`)
    await select(
      target.url,
      `create table public.of_somebody (a int); alter table public.of_somebody owner to pg_monitor`,
    )
    const before = await facts(target.url)
    const broken = `#!/bin/sh\n[ "$1" = --version ] && echo 'pg_restore (PostgreSQL) 99.1' && exit\necho no room >&2; exit 1\n`
    await writeFile(join(folder, 'pg_restore'), broken, { mode: 0o755 })
    const failed = await run(target.url, 'target', 'restore', '--from', store(), '--overwrite', '--pg-bin', folder)
    expect(failed.err.at(-1)).toMatch(/pg_restore ended with 1: no room$/)
    expect(failed.code).toBe(1)
    expect(await facts(target.url)).toEqual(before)

    const done = await run(target.url, 'target', 'restore', '--from', store(), '--overwrite')
    expect(done.code, done.err.join('\n')).toBe(0)
    const [, aside] = /in the schemas (before_restore_\d+) and/.exec(done.out) ?? []
    expect(await select(target.url, `select distinct subject from ${aside}.tickets`)).toEqual([
      { subject: 'of the old desk' },
    ])
    expect(await facts(target.url)).toEqual(await facts(desk.databaseUrl))
    expect(await select(target.url, `select to_regclass('public.of_somebody') is not null as there`)).toEqual([
      { there: true },
    ])
  })

  test('logins and passwords with any characters work', async () => {
    const own = await createEmptyDatabase()
    const login = `Desk's-${randomBytes(4).toString('hex')}`
    const onServer = (statement: string) => sqlOn(inject('testServer'), statement)
    try {
      await onServer(`create role "${login}" login createrole password 'p@ss/w:rd%'`)
      const url = new URL(own.url)
      await onServer(`alter database ${url.pathname.slice(1)} owner to "${login}"`)
      Object.assign(url, { username: encodeURIComponent(login), password: encodeURIComponent('p@ss/w:rd%') })
      const place = join(folder, 'of-login')
      for (const [script, ...options] of [
        ['operate/migrate-database', 'up'],
        ['backup/backup', '--to', place],
        ['backup/restore', '--from', place, '--overwrite'],
      ] as [string, ...string[]][]) {
        const settings = { DATABASE_URL: url.href, JWT_SECRET: secret, DATA_DIR: join(folder, 'login') }
        const ended = await runScriptWith(settings, folder, script, ...options)
        expect(ended.code, ended.err.join('\n')).toBe(0)
      }
    } finally {
      await own.drop()
      await onServer(`drop role if exists "counterdesk_app_${login}"`)
      await onServer(`drop role if exists "${login}"`)
    }
  })
})
