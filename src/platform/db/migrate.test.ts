import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Pool } from 'pg'
import { afterEach, describe, expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { closeDatabases, openDatabase } from '../../testing/support/open-databases.ts'
import { createEmptyDatabase, createTestDatabase } from '../../testing/support/test-database.ts'
import { jobSchema, migrate, migrationFolder, migrationNames, pendingMigrations } from './migrate.ts'
import { dumpSchema } from './schema-dump.ts'
import { exec, many, sql } from './sql.ts'

const committed = await readFile(join(migrationFolder, 'schema.sql'), 'utf8')

describe('The migrations', () => {
  afterEach(closeDatabases)

  /** Every object that is not PostgreSQL's own has a higher oid than this (FirstNormalObjectId). */
  const leftBehind = (pool: Pool) =>
    many(
      pool,
      z.object({ what: z.string() }),
      sql`select pg_describe_object(o.catalog, o.oid, 0) as what
          from (
            select 'pg_class'::regclass as catalog, c.oid from pg_class c
            union all select 'pg_proc'::regclass, p.oid from pg_proc p
            union all select 'pg_type'::regclass, t.oid from pg_type t
            union all select 'pg_operator'::regclass, r.oid from pg_operator r
            union all select 'pg_namespace'::regclass, n.oid from pg_namespace n
            union all select 'pg_extension'::regclass, e.oid from pg_extension e
          ) o
          where o.oid >= 16384`,
    )

  test('go up, down and up again step by step: each undoes what it did, and nothing is left of all', async () => {
    const { url, pool } = await openDatabase(createEmptyDatabase())
    const ours = (await pendingMigrations(pool)).filter((name) => name !== jobSchema)
    const below: string[] = []
    for (const [step, name] of ours.entries()) {
      below.push(await dumpSchema(pool))
      const done = await migrate(url, { count: 1 })
      expect(done).toEqual(step === ours.length - 1 ? [name, jobSchema] : [name])
    }
    expect(await dumpSchema(pool)).toBe(committed)
    for (const [step, name] of [...ours.entries()].reverse()) {
      expect(await migrate(url, { direction: 'down' })).toEqual(step === 0 ? [name, jobSchema] : [name])
      expect(await dumpSchema(pool)).toBe(below[step])
    }
    expect(await leftBehind(pool)).toEqual([])
    expect(await migrate(url)).toEqual([...ours, jobSchema])
    expect(await dumpSchema(pool)).toBe(committed)
    expect(await migrate(url, { direction: 'down', count: 999 })).toEqual([...ours.reverse(), jobSchema])
    expect(await leftBehind(pool)).toEqual([])
  })

  test('run once when processes start at the same moment', async () => {
    const { url, pool } = await openDatabase(createEmptyDatabase())
    const pending = await pendingMigrations(pool)
    const done = await Promise.all([migrate(url), migrate(url), migrate(url)])
    expect(done.flat()).toEqual(pending)
    expect(await pendingMigrations(pool)).toEqual([])
    expect(await dumpSchema(pool)).toBe(committed)
  })

  test('are pending until they are all there, those of the job runner too', async () => {
    const { url, pool } = await openDatabase(createTestDatabase())
    expect(await pendingMigrations(pool)).toEqual([])
    await exec(pool, sql`delete from graphile_worker.migrations m where m.id > 19`)
    expect(await pendingMigrations(pool)).toEqual([jobSchema])
    expect(await migrate(url)).toEqual([jobSchema])
    expect(await pendingMigrations(pool)).toEqual([])
    await exec(pool, sql`drop schema graphile_worker cascade`)
    expect(await pendingMigrations(pool)).toEqual([jobSchema])
    const undone = await migrate(url, { direction: 'down', count: 2 })
    expect(await pendingMigrations(pool)).toEqual([...undone.reverse(), jobSchema])
  })

  test.each([0, -1, Number.NaN])('do not take %d for all of them', async (count) => {
    await expect(migrate('postgres://nobody@127.0.0.1:1/nothing', { direction: 'down', count })).rejects.toThrow(
      RangeError,
    )
  })
})

/**
 * What is wrong with the name of a migration, or null. The first fourteen have four digits; one form for ever after.
 */
const faultOf = (name: string): string | null => {
  const [, number] = /^(\d{4})_[a-z_]+$/.exec(name) ?? []
  if (number !== undefined) return number >= '0001' && number <= '0014' ? null : 'the numbers ended at 0014'
  const [, time = '', table] = /^(\d{17})_([a-z]+(?:_[a-z]+)*?)__[a-z0-9]+(?:_[a-z0-9]+)*$/.exec(name) ?? []
  if (table === undefined) return 'is not <17 digits>_<table>__<change>'
  const iso = time.replace(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d{3})$/, '$1-$2-$3T$4:$5:$6.$7Z')
  return Number.isNaN(Date.parse(iso)) || new Date(iso).toISOString() !== iso ? 'its digits are no time' : null
}

/**
 * The first migration that no release has: they all run in one transaction, so a lock is held until the last is done.
 */
const firstUnreleased = '20261126131000000'

/** The statements of a migration up, without comments and without the bodies of functions. */
const statementsOf = async (name: string): Promise<string[]> => {
  const [up = ''] = (await readFile(join(migrationFolder, `${name}.sql`), 'utf8')).split('-- Down Migration')
  return up
    .replaceAll(/--.*$/gm, '')
    .replaceAll(/\$\$.*?\$\$/gs, '')
    .split(/;\s*$/m)
}

/** The statements that read or write a large table for long after another statement has locked out readers. */
const lateWork = (statements: string[]): string[] => {
  const created = new Set(statements.flatMap((one) => /create table (\w+)/.exec(one)?.[1] ?? []))
  const isOld = (table: string | undefined): boolean => table !== undefined && !created.has(table)
  const locking = statements.findIndex((one) => isOld(/alter table (\w+)/.exec(one)?.[1]))
  const long = /create (?:unique )?index \w+ on (\w+)|^\s*(?:update|delete from) (\w+)|alter table (\w+)\s+validate/
  return (locking < 0 ? [] : statements.slice(locking)).filter((one) => isOld(long.exec(one)?.slice(1).find(Boolean)))
}

test('Migrations build indexes and write rows before the first of them locks out readers of a table', async () => {
  const names = (await migrationNames()).filter((name) => name >= firstUnreleased)
  expect(lateWork((await Promise.all(names.map(statementsOf))).flat())).toEqual([])
  const adds = ['create table a (b text)', 'alter table a add c text', 'create index a_b on a (b)']
  const locks = 'alter table t add column c text'
  const works = ['create index t_d on t (d)', "update t set c = ''", 'alter table t validate constraint t_check']
  expect(lateWork([...adds, ...works.slice(0, 2), locks])).toEqual([])
  expect(lateWork([...adds, locks, ...works])).toEqual(works)
})

describe('The names of migrations', () => {
  afterEach(closeDatabases)

  test.each([
    ['0014_audit', null],
    ['20261126093000000_tickets__add_source', null],
    ['20280229235959999_ticket_links__drop_kind_2', null],
    ['0015_tickets', 'the numbers ended at 0014'],
    ['0000_before', 'the numbers ended at 0014'],
    ['20261126093000000_tickets_add_source', 'is not <17 digits>_<table>__<change>'],
    ['20261126093000000__add_source', 'is not <17 digits>_<table>__<change>'],
    ['20261126093000_tickets__add_source', 'is not <17 digits>_<table>__<change>'],
    ['2026112609300000_tickets__add_source', 'is not <17 digits>_<table>__<change>'],
    ['20261126093000000_Tickets__add_source', 'is not <17 digits>_<table>__<change>'],
    ['20261326093000000_tickets__add_source', 'its digits are no time'],
    ['20270229093000000_tickets__add_source', 'its digits are no time'],
    ['20261126243000000_tickets__add_source', 'its digits are no time'],
  ])('%s: %s', (name, fault) => {
    expect(faultOf(name)).toBe(fault)
  })

  test('are 0001 to 0014, then a time in UTC with 17 digits, the table and the change; no two share a time', async () => {
    const names = await migrationNames()
    expect(names.filter((name) => faultOf(name) !== null)).toEqual([])
    const numbers = names.map((name) => name.split('_', 1)[0])
    expect(new Set(numbers).size).toBe(names.length)
    expect(numbers.slice(0, 14)).toEqual(Array.from({ length: 14 }, (_, place) => String(place + 1).padStart(4, '0')))
  })

  test('with 17 digits run after 0014, in the order of their times, and what has no digits is no migration', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'counterdesk-migrations-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    await cp(migrationFolder, folder, { recursive: true })
    const today = await migrationNames()
    const added = ['20990101000000000_tickets__add_proof', '20990101000000001_tickets__rename_proof']
    const steps = ['add column proof text', 'rename column proof to proved']
    const back = ['drop column proof', 'rename column proved to proof']
    for (const [place, name] of added.entries()) {
      const text = `-- Up Migration\nalter table tickets ${steps[place]};\n\n-- Down Migration\nalter table tickets ${back[place]};\n`
      await writeFile(join(folder, `${name}.sql`), text)
    }
    for (const other of ['README.md', '2099-notes.md', 'seed.sql']) await writeFile(join(folder, other), 'no SQL')
    expect(await migrationNames(folder)).toEqual([...today, ...added])

    const fresh = await openDatabase(createEmptyDatabase())
    expect(await migrate(fresh.url, { folder })).toEqual([...today, ...added, jobSchema])

    const { url, pool } = await openDatabase(createTestDatabase())
    expect(await pendingMigrations(pool, folder)).toEqual(added)
    expect(await migrate(url, { folder, count: 1 })).toEqual([added[0]])
    expect(await migrate(url, { folder })).toEqual([added[1]])
    expect(await pendingMigrations(pool, folder)).toEqual([])
    expect(await dumpSchema(pool)).toBe(await dumpSchema(fresh.pool))
    const late = join(folder, '20981231235959999_tickets__come_late.sql')
    await cp(join(folder, `${added[0]}.sql`), late)
    await expect(migrate(url, { folder })).rejects.toThrow('is preceding already run migration')
    await rm(late)
    expect(await migrate(url, { folder, direction: 'down', count: 2 })).toEqual(added.toReversed())
    expect(await dumpSchema(pool)).toBe(committed)
  })
})
