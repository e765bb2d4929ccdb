import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { migrationNames } from '../../platform/db/migrate.ts'
import { type Ended, runScript } from '../support/run-script.ts'
import { sqlOn } from '../support/sql-on.ts'
import { createTestDatabase } from '../support/test-database.ts'

let database: Awaited<ReturnType<typeof createTestDatabase>>
let folder: string

const migrate = (...options: string[]): Promise<Ended> =>
  runScript(database.url, folder, 'operate/migrate-database', ...options)
const linesOf = ({ out }: Ended): string[] => out.trimEnd().split('\n')

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'counterdesk-migrate-'))
  database = await createTestDatabase()
})
afterAll(async () => {
  await database?.drop()
  await rm(folder, { recursive: true, force: true })
})

test('down only says what would be lost until it is told --yes, and status lists every migration', async () => {
  const names = await migrationNames()
  const last = names.at(-1)
  await sqlOn(database.url, `insert into tenants (slug, name) values ('acme', 'Acme'), ('other', 'Other')`)
  const applied = [...names, 'graphile_worker'].map((name) => `applied ${name}`)
  expect(linesOf(await migrate('status'))).toEqual([...applied, 'the schema is up to date'])

  const warned = await migrate('down', '999')
  expect(warned).toMatchObject({
    code: 1,
    err: [`Nothing was undone. To undo this: npm run migrate -- down ${names.length} --yes`],
  })
  const said = linesOf(warned)
  expect(said.filter((line) => !line.startsWith(' '))).toEqual([...names.toReversed(), 'graphile_worker'])
  expect(said).toContain('  deletes the table tenants with 2 rows')
  expect(said).toContain('  deletes the column hash of events with 0 values')
  expect(said).toContain('  deletes the queue of jobs')

  expect(await migrate('down', '--yes')).toEqual({ code: 0, out: `undid ${last}\n`, err: [] })
  await sqlOn(database.url, `insert into pgmigrations (name, run_on) values ('99990101000000000_later', now())`)
  const [pending, , note] = linesOf(await migrate('status')).slice(-4)
  expect(pending).toBe('applied graphile_worker')
  expect(note).toBe('1 pending: npm run migrate')
  const status = linesOf(await migrate('status'))
  expect(status).toContain(`pending ${last}`)
  expect(status).toContain('unknown 99990101000000000_later')
})
