import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import type { RowDump } from '../../src/platform/db/row-dump.ts'
import { type MailServer, startMailServer } from '../../src/testing/peers/smtp-server.ts'
import {
  compileCache,
  endProgram,
  newFolder,
  type Program,
  removeFolder,
  startProgram,
} from '../../src/testing/support/real-program.ts'
import { type Api, createApi, type Reply } from '../../src/testing/support/requests.ts'
import { createEmptyDatabase } from '../../src/testing/support/test-database.ts'
import { type ReleaseDump, restoreRelease } from './release-dump.ts'

/** The output of a script, and its exit code. */
interface Ended {
  code: number
  out: string
  err: string
}

/** A restored release, and the tools of this tree to go on with it. */
export interface UpgradedDesk {
  databaseUrl: string
  smtp: MailServer
  /** Runs a script of `scripts/operate` on the database, as its npm script does. */
  operate(script: string, ...options: string[]): Promise<Ended>
  /** Writes a file for a script; answers with its path. */
  writeFile(name: string, text: string): Promise<string>
  sql(statement: string): Promise<Record<string, unknown>[]>
  /** Starts the program, with the mail server above. */
  start(): Promise<Program>
  stop(): Promise<void>
}

/** Restores a release into a database of its own. Nothing has been migrated yet. */
export const openRelease = async (release: ReleaseDump): Promise<UpgradedDesk> => {
  const database = await createEmptyDatabase()
  const folder = await newFolder()
  const smtp = await startMailServer()
  await restoreRelease(database.url, release)
  const settings = {
    DATABASE_URL: database.url,
    SMTP_URL: smtp.url,
    JWT_SECRET: release.header.jwt_secret,
    // The resolved tickets of the dump stay resolved, even when the dump is old.
    AUTO_CLOSE_DAYS: '3650',
  }
  const programs: Program[] = []
  return {
    databaseUrl: database.url,
    smtp,
    operate: (script, ...options) => {
      const file = fileURLToPath(new URL(`../operate/${script}.ts`, import.meta.url))
      const env = { PATH: process.env.PATH, NODE_COMPILE_CACHE: compileCache, DATA_DIR: folder, ...settings }
      const words = ['--disable-warning=ExperimentalWarning', file, ...options]
      return new Promise((resolve) => {
        const child = execFile(process.execPath, words, { cwd: folder, env }, (_error, out, err) =>
          resolve({ code: child.exitCode ?? -1, out, err }),
        )
      })
    },
    async writeFile(name, text) {
      await writeFile(join(folder, name), text)
      return join(folder, name)
    },
    async sql(statement) {
      const client = new pg.Client({ connectionString: database.url, application_name: 'counterdesk upgrade' })
      await client.connect()
      return (await client.query(statement).finally(() => client.end())).rows
    },
    async start() {
      const program = await startProgram(folder, settings)
      programs.push(program)
      await program.says(/is ready/)
      return program
    },
    async stop() {
      for (const program of programs) await endProgram(program)
      await smtp.stop()
      await database.drop()
      await removeFolder(folder)
    },
  }
}

/** The columns that the test reads. Each table has some of them. */
interface DumpedRow {
  tenant_id: number
  account_id: string
  password_hash: string | null
  customer_id: string
  slug: string
  ticket_number: number
  subject: string
  status: string
  priority: string
  version: number
  deleted_at: string | null
  event_id: number
  type: string
  subject_id: string
  email_id: string
  template: string
  state: string
  message_id: string
  recipient_email: string
}

/** The rows of a table of a dump, by column. */
export const rowsOf = ({ tables }: RowDump, table: string): DumpedRow[] => {
  const found = tables.find(({ name }) => name === `public.${table}`)
  if (found === undefined) throw new Error(`the dump has no table ${table}`)
  return found.rows.map((row) => {
    const cells: ReturnType<typeof JSON.parse>[] = JSON.parse(row)
    return Object.fromEntries(found.columns.map((column, place) => [column, cells[place]])) as unknown as DumpedRow
  })
}

/**
 * The rows of a dump that a database no longer has, and the new rows in the columns of the dump; a line for each. New
 * columns, and tables that the dump does not know, are no difference.
 */
export const differences = (then: RowDump, today: RowDump): string[] =>
  then.tables.flatMap(({ name, columns, rows }) => {
    const table = today.tables.find((other) => other.name === name)
    if (table === undefined) return [`${name} is gone`]
    const gone = columns.filter((column) => !table.columns.includes(column))
    if (gone.length > 0) return gone.map((column) => `${name}.${column} is gone`)
    // Compares rows as text while the columns are the same. Otherwise JavaScript picks the cells and writes them in its
    // own form.
    const isSame = table.columns.join() === columns.join()
    const pick = (row: string, from: string[]): string => {
      const cells: unknown[] = isSame ? [] : JSON.parse(row)
      return isSame ? row : JSON.stringify(columns.map((column) => cells[from.indexOf(column)]))
    }
    const before = new Set(rows.map((row) => pick(row, columns)))
    const after = new Set(table.rows.map((row) => pick(row, table.columns)))
    return [
      ...[...before].filter((row) => !after.has(row)).map((row) => `${name} has no more ${row}`),
      ...[...after].filter((row) => !before.has(row)).map((row) => `${name} now has ${row}`),
    ]
  })

/** Signs in over HTTP; answers as that person. */
export const signInTo = async (url: string, tenant: string, name: string, password: string): Promise<Api> => {
  const reply = await createApi(url, { 'X-Tenant': tenant }).post('/auth/login', { user_id_or_email: name, password })
  if (reply.status !== 200) throw new Error(`${name} cannot sign in: ${reply.text}`)
  return createApi(url, { Authorization: `Bearer ${reply.body.token}` })
}

/** All rows of a list, page by page. */
export const readAll = async (api: Api, path: string, member: string): Promise<Reply['body'][]> => {
  const found: Reply['body'][] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const reply = await api.get(`${path}?limit=100${cursor === '' ? '' : `&cursor=${cursor}`}`)
    if (reply.status !== 200) throw new Error(`${path} answers ${reply.status}: ${reply.text}`)
    found.push(...reply.body[member])
    cursor = reply.body.page.next_cursor
  }
  return found
}

/** Waits until a statement finds no rows. */
export const untilNone = async (desk: UpgradedDesk, what: string, statement: string): Promise<void> => {
  for (let tries = 0; tries < 600; tries += 1) {
    if ((await desk.sql(statement)).length === 0) return
    await sleep(50)
  }
  throw new Error(`there still are ${what}`)
}
