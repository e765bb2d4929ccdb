import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import pg from 'pg'
import { migrate } from '../../src/platform/db/migrate.ts'
import { createPool } from '../../src/platform/db/pool.ts'
import { dumpSchema } from '../../src/platform/db/schema-dump.ts'
import { createLog } from '../../src/platform/log.ts'
import { readOptions } from '../lib/options.ts'
import { withDatabase } from '../lib/with-database.ts'

// Writes migrations/schema.sql again after a change of the migrations. It reads a database that is created for it and
// then dropped, so that the file has only what the migrations create.

readOptions({ script: 'db:dump', about: 'Writes migrations/schema.sql from the migrations.' })

const file = new URL('../../migrations/schema.sql', import.meta.url)

const dumpMigrated = async (url: string): Promise<string> => {
  await migrate(url, { log: { debug: () => {}, warn: console.error, error: console.error } })
  const pool = createPool({ url, size: 1, applicationName: 'counterdesk db-dump' }, createLog('silent'))
  return dumpSchema(pool).finally(() => pool.end())
}

await withDatabase(async ({ url }) => {
  const name = `counterdesk_dump_${randomBytes(4).toString('hex')}`
  const scratch = new URL(url)
  scratch.pathname = `/${name}`
  const server = new pg.Client({ connectionString: url, application_name: 'counterdesk db-dump' })
  await server.connect()
  try {
    await server.query(`create database ${name} template template0`)
    await writeFile(file, await dumpMigrated(scratch.href))
  } finally {
    await server.query(`drop database if exists ${name} with (force)`).finally(() => server.end())
  }
  console.log('wrote migrations/schema.sql')
})
