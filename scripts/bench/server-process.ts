import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { findFreePort } from '../../src/platform/free-port.ts'
import { startEnvironment, startOptions } from '../lib/start-options.ts'

/** A server under test: the product or a yardstick, in a process of its own. */
export interface Server {
  name: string
  /** True: a product, which follows the log of events. A yardstick does not. */
  isProduct: boolean
  url: string
  pid: number
  stop(): Promise<void>
}

const isListening = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
      .once('connect', () => {
        socket.destroy()
        resolve(true)
      })
      .once('error', () => resolve(false))
  })

/**
 * Starts a TypeScript file as a server, and waits until it listens on the port that `PORT` in its environment names.
 * @throws Error when it ends, or does not listen within 20 s.
 */
export const startServerProcess = async (
  name: string,
  file: string,
  environment: Record<string, string>,
): Promise<Server> => {
  const port = await findFreePort()
  const isProgram = file.endsWith('/src/main.ts')
  const options = isProgram ? startOptions : ['--disable-warning=ExperimentalWarning']
  const child: ChildProcess = spawn(process.execPath, [...options, file], {
    env: {
      PATH: process.env.PATH,
      NODE_ENV: 'production',
      ...(isProgram ? startEnvironment : {}),
      ...environment,
      PORT: String(port),
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const url = `http://127.0.0.1:${port}`
  for (let tries = 0; !(await isListening(port)); tries += 1) {
    if (child.exitCode !== null || tries > 200) throw new Error(`${name} did not start`)
    await sleep(100)
  }
  return {
    name,
    isProduct: name.endsWith('product'),
    url,
    pid: child.pid ?? 0,
    async stop() {
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), 20_000)
      await ended
      clearTimeout(timer)
    },
  }
}

/** The fields of a process that follow its name (proc_pid_stat(5)), or none when it has ended. */
const statOf = (pid: number): string[] => {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  } catch {
    return []
  }
}

/** The sum of two times of a process in seconds. Linux counts them in ticks of 10 ms. */
const secondsIn = (pid: number, [user, system]: [user: number, system: number]): number => {
  const fields = statOf(pid)
  return (Number(fields[user] ?? 0) + Number(fields[system] ?? 0)) / 100
}

/** The seconds of CPU that a process has used so far: utime and stime. */
export const cpuSeconds = (pid: number): number => secondsIn(pid, [11, 12])

/** The seconds of CPU of the children of a process that have ended: cutime and cstime. */
const cpuSecondsOfEnded = (pid: number): number => secondsIn(pid, [13, 14])

/** A process and its children. The backends of PostgreSQL are children of the postmaster. */
const familyOf = (pid: number): number[] => {
  const pids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))
  return [pid, ...pids.map(Number).filter((other) => Number(statOf(other)[1]) === pid)]
}

/** The seconds of CPU of a process and of its children, those that have ended included. */
export const cpuSecondsOfFamily = (pid: number): number =>
  familyOf(pid).reduce((sum, member) => sum + cpuSeconds(member), cpuSecondsOfEnded(pid))

/** The resident memory of a process in MB (Linux). */
export const residentMegabytes = (pid: number): number => {
  const [, kilobytes = '0'] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Math.round(Number(kilobytes) / 1024)
}

/** The resident memory of a process and of its children in MB. What they share counts for each of them. */
export const residentMegabytesOfFamily = (pid: number): number =>
  familyOf(pid).reduce((sum, member) => sum + residentMegabytes(member), 0)
