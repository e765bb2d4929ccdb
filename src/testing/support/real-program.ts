import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { chmod, mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { findFreePort } from '../../platform/free-port.ts'

/** How a program ended. */
interface Exit {
  code: number | null
  signal: NodeJS.Signals | null
}

/** The real program, as a process of its own. */
export interface Program {
  url: string
  port: number
  pid: number
  isRunning(): boolean
  /** All it has said so far, standard output and error. */
  output(): string
  /** Waits until it has said something. */
  says(pattern: RegExp): Promise<RegExpExecArray>
  /** Waits until `/ready` answers with this status. */
  answers(status: 200 | 503): Promise<void>
  send(signal: NodeJS.Signals): void
  /** Its end, within the 15 seconds that stopping may take. */
  exit(): Promise<Exit>
  /** Asks it to stop, and waits. */
  stop(): Promise<Exit>
}

const main = fileURLToPath(new URL('../../main.ts', import.meta.url))
/** Where what has been compiled is kept: a start costs half as much. */
export const compileCache = fileURLToPath(new URL('../../../node_modules/.cache/counterdesk-tests', import.meta.url))

/** What a program is started with; none of the settings of whoever runs the tests. */
const settings = {
  PATH: process.env.PATH ?? '',
  NODE_COMPILE_CACHE: compileCache,
  NODE_ENV: 'test',
  JWT_SECRET: 'pq8Zr4-only-for-tests-8Wm2Yc6Tn0Lx5Kb9',
  BCRYPT_COST: '4',
  LOG_LEVEL: 'warn',
  RATE_LIMIT_REQUESTS_PER_MINUTE: '0',
  RATE_LIMIT_SIGN_INS_PER_MINUTE: '0',
}

const startPatienceMs = 30_000
const stopPatienceMs = 15_000

/** A folder of its own, which the database's user may enter; it has no `.env` either. */
export const newFolder = async (): Promise<string> => {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'counterdesk-program-')))
  await chmod(folder, 0o755)
  return folder
}

export const removeFolder = (folder: string): Promise<void> =>
  rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })

const within = async <T>(ms: number, what: () => string, wanted: Promise<T>): Promise<T> => {
  const over = new AbortController()
  const late = sleep(ms, undefined, { signal: over.signal }).then(() => {
    throw new Error(what())
  })
  try {
    return await Promise.race([wanted, late])
  } finally {
    over.abort()
    late.catch(() => {})
  }
}

/** Starts the program in a folder, with settings as the environment gives them. Does not wait for anything. */
export const startProgram = async (folder: string, own: Record<string, string | undefined>): Promise<Program> => {
  const port = own.PORT === undefined ? await findFreePort() : Number(own.PORT)
  const env = { ...settings, PORT: String(port), DATA_DIR: join(folder, '.data'), ...own }
  const child: ChildProcessByStdio<null, Readable, Readable> = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', main],
    { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let output = ''
  const listeners = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
      for (const listener of listeners) listener()
    })
  }
  const exited = new Promise<Exit>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve({ code, signal }))
  })
  const url = `http://127.0.0.1:${port}`
  const program: Program = {
    url,
    port,
    pid: child.pid ?? 0,
    isRunning: () => child.exitCode === null && child.signalCode === null,
    output: () => output,
    says(pattern) {
      const said = new Promise<RegExpExecArray>((resolve, reject) => {
        const look = (): void => {
          const match = pattern.exec(output)
          if (match === null) return
          listeners.delete(look)
          resolve(match)
        }
        listeners.add(look)
        look()
        exited.then(() => reject(new Error(`it ended without saying ${pattern}:\n${output}`)), reject)
      })
      return within(startPatienceMs, () => `it does not say ${pattern}, but:\n${output}`, said)
    },
    async answers(status) {
      for (const deadline = performance.now() + startPatienceMs; performance.now() < deadline; await sleep(20)) {
        const reply = await fetch(`${url}/ready`).catch(() => null)
        if (reply?.status === status) return
        if (child.exitCode !== null) break
      }
      throw new Error(`/ready does not answer ${status}; the program says:\n${output}`)
    },
    send: (signal) => void child.kill(signal),
    exit: () => within(stopPatienceMs, () => `it does not end; it says:\n${output}`, exited),
    stop() {
      child.kill('SIGTERM')
      return program.exit()
    },
  }
  return program
}

/** Ends what is left of a program, however it is. */
export const endProgram = async (program: Program): Promise<void> => {
  program.send('SIGKILL')
  await program.exit()
}
