import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { z } from 'zod'
import { openEmbeddedDatabase } from '../../src/platform/db/embedded.ts'
import { dumpRows } from '../../src/platform/db/row-dump.ts'
import { startMailServer } from '../../src/testing/peers/smtp-server.ts'
import { endProgram, newFolder, removeFolder, startProgram } from '../../src/testing/support/real-program.ts'
import { option, readOptions } from '../lib/options.ts'
import { removeCluster } from '../lib/temporary-cluster.ts'
import { addressOf, annex, annexAdmin, type Caller, fillAnnex, signIn } from './annex-story.ts'
import { countDesks } from './desk-counts.ts'
import { type Header, releases, writeRelease } from './release-dump.ts'

// `npm run dump:release`, once for each release, on its commit. Makes the demo with few tickets, and the annex with the
// kinds of rows that the demo does not have. Writes both as rows to `scripts/upgrade/releases/<version>.rows`, where
// `npm run test:upgrade` finds them. `--tree` is the folder of another version, with its node_modules: that version
// does everything except the writing.

const options = readOptions({
  script: 'dump:release',
  about: 'Adds the dump of this version to scripts/upgrade/releases, once for each release.',
  options: {
    tree: option(
      '<folder>',
      'the folder of another version that makes the dump, with its node_modules; this one when left out',
      z
        .string()
        .refine((folder) => existsSync(join(folder, 'src/main.ts')), 'must be a folder with a version of the program')
        .optional(),
    ),
  },
})
const tree = resolve(options.tree ?? fileURLToPath(new URL('../../', import.meta.url)))
const { version } = z
  .object({ version: z.string() })
  .parse(JSON.parse(await readFile(join(tree, 'package.json'), 'utf8')))
if ((await releases()).includes(version)) {
  console.error(`There is a dump of ${version} already, and a release does not change any more.`)
  process.exit(1)
}

const demoTickets = 24
const jwtSecret = 'kT4vQ9-only-for-release-dumps-7Hn2Rw5Xe8'

const folder = await newFolder()
const files = join(folder, 'files')
await mkdir(files)
const database = await openEmbeddedDatabase(folder, { settings: { fsync: 'off' } })
const settings = {
  DATABASE_URL: database.url,
  DATA_DIR: files,
  BCRYPT_COST: '4',
  JWT_SECRET: jwtSecret,
  NODE_ENV: 'development',
}

/** Runs a script of the tree. Answers with its output. */
const run = async (script: string, ...rest: string[]): Promise<string> => {
  const env = { ...process.env, ...settings }
  const child = spawn('npm', ['run', '--silent', script, '--', ...rest], {
    cwd: tree,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise<number | null>((end) => child.once('exit', end))
  const printed = await text(child.stdout)
  const code = await ended
  if (code !== 0) throw new Error(`npm run ${script} ended with ${code}: ${printed}`)
  return printed
}

const start = async (own: Record<string, string>) => {
  const program = await startProgram(folder, { ...settings, ...own }, join(tree, 'src/main.ts'))
  await program.says(/is ready/)
  return program
}

/** Waits until the annex has at least so many mails in each of these states. */
const waitForMails = async (admin: Caller, wanted: Record<string, number>): Promise<void> => {
  const isThere = async ([state, count]: [string, number]): Promise<boolean> =>
    (await admin(`GET /emails?state=${state}&limit=100`)).emails.length >= count
  for (let tries = 0; tries < 600; tries += 1) {
    if ((await Promise.all(Object.entries(wanted).map(isThere))).every(Boolean)) return
    await sleep(50)
  }
  throw new Error(`there are not so many mails: ${JSON.stringify(wanted)}`)
}

const askDatabase = async (statement: string): Promise<unknown[]> => {
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  const { rows } = await client.query({ text: statement, rowMode: 'array' }).finally(() => client.end())
  return rows.map(([value]) => value)
}

/**
 * Makes the annex, with mails in every state. Then kills the program, because a backup is made in the middle of its
 * work.
 */
const makeAnnex = async (password: string): Promise<Pick<Header, 'refresh_token' | 'keyed'>> => {
  const admin = { 'admin-user-id': annexAdmin, 'admin-email': addressOf(annexAdmin), 'admin-password': password }
  const words = Object.entries({ slug: annex, name: 'The Annex', ...admin }).flatMap(([name, value]) => [
    `--${name}`,
    value,
  ])
  await run('create-tenant', ...words)
  const smtp = await startMailServer()
  smtp.behave({ slow: 'hang', later: '451', bounces: '550' })
  const program = await start({ SMTP_URL: smtp.url, SMTP_TIMEOUT_SECONDS: '300', MAIL_RETRY_SECONDS: '3600' })
  const { olive, ...known } = await fillAnnex(program.url, password)
  await waitForMails(olive, { sent: 20, failed: 1, deferred: 1, queued: 4 })
  await sleep(3_000) // The third mail to an address is put off after a second. No state shows when.
  await endProgram(program)
  await smtp.stop()
  return known
}

const about = [
  `The rows of a small desk of Counterdesk ${version}, and of an annex to it, made by \`npm run dump:release\`.`,
  'Everybody in it is made up. Everybody who has a password has the one below, hashed by bcrypt at cost 4.',
  'Files that are attached are not here: a dump has only what they are called.',
]

const make = async (): Promise<void> => {
  const demo = await run('demo', '--tickets', String(demoTickets))
  const [, password = ''] = /password of everybody is\s+(\S+)/.exec(demo) ?? []
  const { refresh_token, keyed } = await makeAnnex(password)
  const anchors = (await run('audit:verify')).trimEnd().split('\n')
  // Without a worker, so that the next event has no position yet and its mails are not written.
  const program = await start({ COUNTERDESK_ROLE: 'web' })
  const { call: cora } = await signIn(program.url, password, addressOf('cora'))
  await cora('POST /tickets', { issue_category: 'Phone', issue_description: 'The last one before the backup.' })
  const header = {
    ...{ about, version, made_at: new Date().toISOString() },
    migrations: z.array(z.string()).parse(await askDatabase('select name from pgmigrations order by id')),
    job_schema: z.int().parse((await askDatabase('select max(id) from graphile_worker.migrations'))[0]),
    ...{ password, jwt_secret: jwtSecret, refresh_token, keyed, anchors },
    counts: await countDesks(database.url),
  }
  const file = await writeRelease({ header, rows: await dumpRows(database.url) })
  console.log(`Written: ${fileURLToPath(file)}`)
  await program.stop()
}

try {
  await make()
} finally {
  await database.stop()
  await removeCluster(database.dataDir, files)
  await removeFolder(folder)
}
