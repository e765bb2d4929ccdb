import { migrate, pendingMigrations } from '../../src/platform/db/migrate.ts'
import { createPool } from '../../src/platform/db/pool.ts'
import { createLog } from '../../src/platform/log.ts'
import { withDatabase } from '../lib/with-database.ts'

const usage = `npm run migrate               brings the schema up to date
npm run migrate -- up 2       applies the next two migrations
npm run migrate -- down       undoes the last migration, and deletes the data that it holds
npm run migrate -- down 3     undoes the last three
npm run migrate -- status     lists the pending migrations`

const report = (names: string[], verb: string, otherwise: string): void =>
  console.log(names.length === 0 ? otherwise : names.map((name) => `${verb} ${name}`).join('\n'))

const status = async (url: string): Promise<void> => {
  const pool = createPool({ url, size: 1, applicationName: 'counterdesk migrate' }, createLog('silent'))
  try {
    report(await pendingMigrations(pool), 'pending', 'the schema is up to date')
  } finally {
    await pool.end()
  }
}

const [command = 'up', number, ...rest] = process.argv.slice(2)
const isCount = number === undefined || /^[1-9]\d{0,3}$/.test(number)
if (!['up', 'down', 'status'].includes(command) || !isCount || rest.length > 0) {
  console.error(usage)
  process.exitCode = 2
} else {
  await withDatabase(async ({ url }) => {
    if (command === 'status') return status(url)
    const log = { debug: () => {}, warn: console.error, error: console.error }
    const count = number === undefined ? undefined : Number(number)
    if (command === 'down') report(await migrate(url, { direction: 'down', count, log }), 'undid', 'nothing to undo')
    else report(await migrate(url, { count, log }), 'applied', 'the schema is up to date')
  })
}
