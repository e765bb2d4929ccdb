import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { expect, test } from 'vitest'
import { endProgram, newFolder, type Program, removeFolder, startProgram } from './real-program.ts'
import { type Api, createApi } from './requests.ts'
import { createEmptyDatabase, createTestDatabase } from './test-database.ts'

export const adminPassword = 'first-admin-of-tests-1'

/** What a test of the real program has at hand. */
export interface Scene {
  /** A migrated database with nobody in it, or one in which nothing was ever made. */
  newDatabase(kind?: 'migrated' | 'empty'): Promise<string>
  newFolder(): Promise<string>
  /** Starts the program in a folder of its own, or in that of another. */
  start(settings: Record<string, string | undefined>, folder?: string): Promise<Program>
  /** The same, on a database of its own, with an admin whose password is known; waits until it is ready. */
  startReady(settings?: Record<string, string | undefined>): Promise<{ program: Program; databaseUrl: string }>
  /** In the end, in reverse order. */
  undo(step: () => Promise<unknown>): void
}

const createScene = (undo: Scene['undo'], onStart: (program: Program) => void): Scene => {
  const scene: Scene = {
    undo,
    async newDatabase(kind) {
      const database = await (kind === 'empty' ? createEmptyDatabase() : createTestDatabase())
      undo(() => database.drop())
      return database.url
    },
    async newFolder() {
      const folder = await newFolder()
      undo(() => removeFolder(folder))
      return folder
    },
    async start(settings, folder) {
      const program = await startProgram(folder ?? (await scene.newFolder()), settings)
      onStart(program)
      undo(() => endProgram(program))
      return program
    },
    async startReady(settings) {
      const databaseUrl = await scene.newDatabase()
      const program = await scene.start({
        DATABASE_URL: databaseUrl,
        ADMIN_PASSWORD: adminPassword,
        ...settings,
      })
      await program.says(/is ready/)
      return { program, databaseUrl }
    },
  }
  return scene
}

export const scenario = test.extend<{ scene: Scene }>({
  scene: async ({ onTestFailed }, use) => {
    const steps: (() => Promise<unknown>)[] = []
    const programs: Program[] = []
    onTestFailed(() => {
      for (const { output, pid } of programs) process.stderr.write(`program ${pid} said:\n${output()}\n`)
    })
    await use(
      createScene(
        (step) => void steps.push(step),
        (program) => void programs.push(program),
      ),
    )
    for (const step of steps.reverse()) await step()
  },
})
/** These are about deadlines of servers and processes: on a busy machine one may miss its own, once. */
export const patience = { timeout: 120_000, retry: 1 }

export const until = async (what: string, holds: () => Promise<boolean> | boolean): Promise<void> => {
  for (const deadline = performance.now() + 30_000; performance.now() < deadline; await sleep(50)) {
    if (await holds()) return
  }
  throw new Error(`waited in vain until ${what}`)
}

export const sqlOn = async (
  url: string,
  statement: string,
  values: unknown[] = [],
): Promise<Record<string, unknown>[]> => {
  const client = new pg.Client({ connectionString: url, application_name: 'counterdesk tests' })
  await client.connect()
  return client
    .query(statement, values)
    .then(({ rows }) => rows)
    .finally(() => client.end())
}

export const signIn = async (url: string, password = adminPassword): Promise<{ admin: Api; token: string }> => {
  const reply = await createApi(url).post('/auth/login', { user_id_or_email: 'admin', password })
  expect(reply.status).toBe(200)
  return { admin: createApi(url, { Authorization: `Bearer ${reply.body.token}` }), token: reply.body.token }
}

export const register = async (url: string): Promise<{ customer: Api; token: string }> => {
  const body = { name: 'Cleo', email: 'cleo@example.com', password: 'correct-horse-7' }
  const reply = await createApi(url).post('/auth/register', body)
  expect(reply.status).toBe(201)
  return { customer: createApi(url, { Authorization: `Bearer ${reply.body.token}` }), token: reply.body.token }
}

export const ticketAbout = (subject: string) => ({
  subject,
  issue_category: 'Network',
  issue_description: 'It is down.',
})
