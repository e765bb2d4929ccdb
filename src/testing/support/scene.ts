import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { endProgram, newFolder, type Program, removeFolder, startProgram } from './real-program.ts'
import { type Api, createApi } from './requests.ts'
import { createEmptyDatabase, createTestDatabase } from './test-database.ts'

/** Adds a step that runs when the test has ended; the last step added runs first. */
export type Undo = (step: () => Promise<unknown>) => void

/** A test that undoes what it did, however it ends. */
export const undoing = test.extend<{ undo: Undo }>({
  undo: async ({ task: _ }, use) => {
    const steps: (() => Promise<unknown>)[] = []
    await use((step) => void steps.push(step))
    for (const step of steps.reverse()) await step()
  },
})

/** What must never be in the output of a program that has no terminal. */
export const passwordLine = /password +(\S+)/

/** The file in which a program without a terminal keeps the password that it makes up for the first admin. */
export const passwordFile = (folder: string): string => join(folder, '.data/first-admin')

/** The password that a program in this folder has made up for the first admin. */
export const madeUpPassword = async (folder: string): Promise<string> =>
  passwordLine.exec(await readFile(passwordFile(folder), 'utf8'))?.[1] ?? ''

export const adminPassword = 'first-admin-of-tests-1'

/** What a test of the real program works with. */
export interface Scene {
  /** A migrated database without accounts, or a database in which nothing was ever made. */
  newDatabase(kind?: 'migrated' | 'empty'): Promise<string>
  newFolder(): Promise<string>
  /** Starts the program in the given folder, or in a new one. */
  start(settings: Record<string, string | undefined>, folder?: string): Promise<Program>
  /** Starts the program on a new database with an admin whose password is known, and waits until it is ready. */
  startReady(settings?: Record<string, string | undefined>): Promise<{ program: Program; databaseUrl: string }>
  undo: Undo
}

const createScene = (undo: Undo, onStart: (program: Program) => void): Scene => {
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

/** A test of the real program. When it fails, it shows what the programs said. */
export const scenario = undoing.extend<{ scene: Scene }>({
  scene: async ({ undo, onTestFailed }, use) => {
    const programs: Program[] = []
    onTestFailed(() => {
      for (const { output, pid } of programs) process.stderr.write(`program ${pid} said:\n${output()}\n`)
    })
    await use(createScene(undo, (program) => void programs.push(program)))
  },
})

/**
 * For tests of the deadlines of servers and processes. On a busy machine such a test may fail once, so it is repeated
 * once.
 */
export const patience = { timeout: 120_000, retry: 1 }

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
