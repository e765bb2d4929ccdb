import type { Pool } from 'pg'
import { systemClock } from '../../src/platform/clock.ts'
import type { Config } from '../../src/platform/config.ts'
import { withTls } from '../../src/platform/db/database-address.ts'
import { createPool } from '../../src/platform/db/pool.ts'
import { createLog } from '../../src/platform/log.ts'
import { loadDump, requireRestoreTool, serverVersion } from './client-tools.ts'
import { countPrograms, hasDesk } from './desk-state.queries.ts'
import { dumpPath, type Manifest } from './manifest.ts'
import { startProgress } from './progress.ts'
import type { RestoreTarget } from './restore-target.ts'
import type { StoredBackup } from './stored-backup.ts'

// A dump is written into the database in one transaction. Data that is there goes into schemas of its own before, and
// comes back when the dump cannot be written.

const applicationName = 'counterdesk restore'

/**
 * Moves all that belongs to the product from one schema to another: what this login owns and no extension does.
 */
const move = (from: string, to: string): string => `
do $$
declare
  one record;
  -- A name of a role may have characters that a cast to regrole does not take.
  login record;
begin
  select r.oid into login from pg_roles r where r.rolname = current_user;
  for one in
    select format('alter table %s set schema ${to}', c.oid::regclass) as statement from pg_class c
    where c.relnamespace = '${from}'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'f') and c.relowner = login.oid
      and not exists (select from pg_depend d where d.objid = c.oid and d.classid = 'pg_class'::regclass and d.deptype = 'e')
    union all
    select format('alter sequence %s set schema ${to}', c.oid::regclass) from pg_class c
    where c.relnamespace = '${from}'::regnamespace and c.relkind = 'S' and c.relowner = login.oid
      and not exists (select from pg_depend d where d.objid = c.oid and d.classid = 'pg_class'::regclass and d.deptype in ('e', 'a', 'i'))
    union all
    select format('alter routine %s set schema ${to}', p.oid::regprocedure) from pg_proc p
    where p.pronamespace = '${from}'::regnamespace and p.proowner = login.oid
      and not exists (select from pg_depend d where d.objid = p.oid and d.classid = 'pg_proc'::regclass and d.deptype = 'e')
    union all
    select format('alter type %s set schema ${to}', t.oid::regtype) from pg_type t
    where t.typnamespace = '${from}'::regnamespace and t.typtype in ('e', 'd', 'r') and t.typowner = login.oid
      and not exists (select from pg_depend d where d.objid = t.oid and d.classid = 'pg_type'::regclass and d.deptype = 'e')
  loop
    execute one.statement;
  end loop;
end $$`

/** Renames a schema when it is there. */
const rename = (from: string, to: string): string =>
  `do $$ begin if to_regnamespace('${from}') is not null then alter schema ${from} rename to ${to}; end if; end $$`

/** Does statements, all or none, as the owner of the tables. */
const inOneTransaction = async (pool: Pool, statements: string[]): Promise<void> => {
  await pool.query(['begin', ...statements, 'commit'].join(';\n'))
}

const prepared = [
  'create schema graphile_worker',
  'create extension if not exists btree_gin',
  'create extension if not exists pg_trgm',
]

/** The database of `DATABASE_URL`, past a pooler. */
export const openDumpTarget = (
  config: Config,
  manifest: Manifest,
  overwrites: boolean,
  toolFolder: string | undefined,
): RestoreTarget => {
  const url = withTls(config.MIGRATION_DATABASE_URL ?? config.DATABASE_URL ?? '', config)
  const pool = createPool({ url, size: 1, applicationName, asOwner: true, isPatient: true }, createLog('error'))
  const stamp = new Date(systemClock.now()).toISOString().replaceAll(/[-:T]|\.\d+Z/g, '')
  const [aside, jobsAside] = [`before_restore_${stamp}`, `jobs_before_restore_${stamp}`]
  let [isAside, isOpen] = [false, true]

  const setAside = async (): Promise<void> => {
    isAside = await hasDesk(pool)
    const moves = isAside ? [`create schema ${aside}`, move('public', aside), rename('graphile_worker', jobsAside)] : []
    await inOneTransaction(pool, [...moves, ...prepared])
  }
  const takeBack = (): Promise<void> =>
    inOneTransaction(pool, [
      'drop schema graphile_worker cascade',
      ...(isAside ? [move(aside, 'public'), rename(jobsAside, 'graphile_worker'), `drop schema ${aside}`] : []),
    ])

  return {
    async refuse() {
      const server = await serverVersion(pool)
      if (server < manifest.database.server)
        throw new Error(
          `The backup is a dump of PostgreSQL ${manifest.database.server}, and the server of DATABASE_URL has version ${server}. Restore it into ${manifest.database.server} or newer.`,
        )
      await requireRestoreTool(pool, toolFolder)
      const programs = await countPrograms(pool, applicationName)
      if (programs > 0)
        throw new Error(`The program is connected to the database (${programs} connections). Stop it first.`)
      if (!overwrites && (await hasDesk(pool)))
        throw new Error('There is a desk in the database already. Say --overwrite to set it aside.')
    },
    async restore(backup: StoredBackup) {
      await setAside()
      const progress = startProgress('database')
      try {
        for await (const file of backup.files()) {
          if (file.path !== dumpPath) continue
          await loadDump(pool, url, toolFolder, backup.read(file))
          progress.add(1, file.size)
        }
      } catch (error) {
        await takeBack()
        throw error
      } finally {
        progress.done()
      }
      return url
    },
    async close() {
      if (isOpen) await pool.end()
      isOpen = false
    },
    aside: () => (isAside ? `in the schemas ${aside} and ${jobsAside} of the database` : null),
  }
}
