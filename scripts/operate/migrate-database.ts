import { z } from 'zod'
import { jobSchema, listMigrations, type MigrationState, migrate } from '../../src/platform/db/migrate.ts'
import { createPool } from '../../src/platform/db/pool.ts'
import { createLog } from '../../src/platform/log.ts'
import { describeLosses } from '../lib/lost-with-migrations.ts'
import { flag, option, readOptions } from '../lib/options.ts'
import { withDatabase } from '../lib/with-database.ts'

const { command, number, yes } = readOptions({
  script: 'migrate',
  about: `Migrates the database by hand.
  up      applies the pending migrations, or the next <number> of them
  down    undoes the last migration, or the last <number>, with the data that they hold; needs --yes
  status  lists all migrations`,
  words: {
    command: option('up|down|status', 'what to do', z.enum(['up', 'down', 'status']).default('up')),
    number: option(
      '<number>',
      'how many migrations',
      z
        .string()
        .regex(/^[1-9]\d{0,3}$/, 'must be a whole number from 1 to 9999')
        .transform(Number)
        .optional(),
    ),
  },
  options: { yes: flag('undoes migrations; without it, down only says what would be lost') },
})

const report = (names: string[], verb: string, otherwise: string): void =>
  console.log(names.length === 0 ? otherwise : names.map((name) => `${verb} ${name}`).join('\n'))

const list = async (url: string): Promise<MigrationState[]> => {
  const pool = createPool({ url, size: 1, applicationName: 'counterdesk migrate' }, createLog('silent'))
  return listMigrations(pool).finally(() => pool.end())
}

const status = async (url: string): Promise<void> => {
  const all = await list(url)
  for (const { name, state } of all) console.log(`${state.padEnd(7)} ${name}`)
  const pending = all.filter(({ state }) => state === 'pending').length
  const isNewer = all.some(({ state }) => state === 'unknown')
  console.log(pending === 0 ? 'the schema is up to date' : `${pending} pending: npm run migrate`)
  if (isNewer) console.log('"unknown" comes from a newer version of the program')
}

/** Says what would be lost, and does nothing. */
const warn = async (url: string): Promise<void> => {
  const applied = (await list(url)).filter(({ name, state }) => state === 'applied' && name !== jobSchema)
  const last = applied
    .map(({ name }) => name)
    .reverse()
    .slice(0, number ?? 1)
  if (last.length === 0) return console.log('nothing to undo')
  for (const line of await describeLosses(url, last)) console.log(line)
  if (last.length === applied.length) console.log(`${jobSchema}\n  deletes the queue of jobs`)
  console.error(`Nothing was undone. To undo this: npm run migrate -- down ${last.length} --yes`)
  process.exitCode = 1
}

await withDatabase(async ({ url }) => {
  if (command === 'status') return status(url)
  if (command === 'down' && !yes) return warn(url)
  const log = { debug: () => {}, warn: console.error, error: console.error }
  const how = { count: number, log }
  if (command === 'down') report(await migrate(url, { ...how, direction: 'down' }), 'undid', 'nothing to undo')
  else report(await migrate(url, how), 'applied', 'the schema is up to date')
})
