import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { chmod, mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { findFreePort } from '../../platform/free-port.ts'
import { quotasOff } from './quotas-off.ts'

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
  /** Its output so far, standard output and standard error. */
  output(): string
  /** Waits until its output has a match. */
  says(pattern: RegExp): Promise<RegExpExecArray>
  /** Waits until `/ready` answers with this status. */
  answers(status: 200 | 503): Promise<void>
  send(signal: NodeJS.Signals): void
  /** Waits for its end, at most the 15 seconds that stopping may take. */
  exit(): Promise<Exit>
  /** Sends SIGTERM, and waits for its end. */
  stop(): Promise<Exit>
}

const main = fileURLToPath(new URL('../../main.ts', import.meta.url))
/** The folder of the compile cache, which halves the time of a start. */
export const compileCache = fileURLToPath(new URL('../../../node_modules/.cache/counterdesk-tests', import.meta.url))

/** The environment of a program. It has no settings of the person who runs the tests. */
const settings = {
  PATH: process.env.PATH ?? '',
  NODE_COMPILE_CACHE: compileCache,
  NODE_ENV: 'test',
  JWT_SECRET: 'pq8Zr4-only-for-tests-8Wm2Yc6Tn0Lx5Kb9',
  BCRYPT_COST: '4',
  LOG_LEVEL: 'warn',
  RATE_LIMIT_REQUESTS_PER_MINUTE: '0',
  RATE_LIMIT_SIGN_INS_PER_MINUTE: '0',
  ...quotasOff,
}

const startPatienceMs = 60_000
const stopPatienceMs = 15_000

/** Creates a folder without `.env`, which the user of the database may enter. */
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

/** Starts the program in a folder, with settings as environment variables. Does not wait until it is ready. */
export const startProgram = async (
  folder: string,
  own: Record<string, string | undefined>,
  file = main,
): Promise<Program> => {
  const port = own.PORT === undefined ? await findFreePort() : Number(own.PORT)
  const env = { ...settings, PORT: String(port), DATA_DIR: join(folder, '.data'), ...own }
  const child: ChildProcessByStdio<null, Readable, Readable> = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', file],
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
        exited.then(
          () => reject(new Error(`the program ended, and its output has no match for ${pattern}:\n${output}`)),
          reject,
        )
      })
      return within(startPatienceMs, () => `the output has no match for ${pattern}:\n${output}`, said)
    },
    async answers(status) {
      for (const deadline = performance.now() + startPatienceMs; performance.now() < deadline; await sleep(20)) {
        const reply = await fetch(`${url}/ready`).catch(() => null)
        if (reply?.status === status) return
        if (!program.isRunning()) break
      }
      throw new Error(`/ready does not answer ${status}; its output:\n${output}`)
    },
    send: (signal) => void child.kill(signal),
    exit: () => within(stopPatienceMs, () => `the program does not end; its output:\n${output}`, exited),
    stop() {
      child.kill('SIGTERM')
      return program.exit()
    },
  }
  return program
}

/** Kills a program that may still run, and waits for its end. */
export const endProgram = async (program: Program): Promise<void> => {
  program.send('SIGKILL')
  await program.exit()
}
