import { findFreePort } from '../../src/platform/free-port.ts'
import { type Program, startProgram } from '../../src/testing/support/real-program.ts'

/** The program as users run it, in a process of its own. It can be ended in any way, and started again on its port. */
export interface Service {
  url: string
  /** The running process. @throws Error when it does not run. */
  program(): Program
  /** Starts the program, and waits until it is ready. */
  start(): Promise<void>
  /** Sends SIGKILL, or another signal, and waits until the process has ended. */
  kill(how?: NodeJS.Signals): Promise<void>
  /** Whether it was ever ended by SIGKILL, which leaves its jobs locked until other processes find it dead. */
  wasKilled(): boolean
  /** Whether it is ready for requests. True as well when it was ended by `kill`. */
  isReady(): Promise<boolean>
  /** The last lines of the output of the running process. */
  lastOutput(): string
}

/** Creates a service with these settings, which are environment variables. It is not started yet. */
export const createService = async (
  folder: string,
  signal: AbortSignal,
  settings: Record<string, string>,
): Promise<Service> => {
  const port = await findFreePort()
  const isWorker = settings.COUNTERDESK_ROLE === 'worker' // a worker does not listen
  let current: Program | null = null
  let wasKilled = false
  const program = (): Program => {
    if (current === null) throw new Error('the program does not run')
    return current
  }
  return {
    url: `http://127.0.0.1:${port}`,
    program,
    async start() {
      signal.throwIfAborted()
      current = await startProgram(folder, { ...settings, PORT: String(port) })
      await (isWorker ? current.says(/worker is ready/) : current.answers(200))
    },
    wasKilled: () => wasKilled,
    async kill(how = 'SIGKILL') {
      const running = current
      current = null
      wasKilled ||= how === 'SIGKILL'
      running?.send(how)
      await running?.exit()
    },
    async isReady() {
      if (current === null) return true
      if (isWorker) return current.isRunning()
      const response = await fetch(`${current.url}/ready`, { signal: AbortSignal.timeout(5_000) }).catch(() => null)
      return response?.status === 200
    },
    lastOutput: () => (current?.output() ?? '').split('\n').slice(-15).join('\n'),
  }
}
