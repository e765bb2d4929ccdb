import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** A process of the rig itself, which is spoken to by messages and ends with us. */
export interface Child {
  process: ChildProcess
  send(message: object | string): void
  /** Its end, by itself. */
  ended: Promise<number | null>
  kill(): Promise<void>
}

/** Whether there is such a process. */
export const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** Starts a file beside this one as a process. */
export const startChild = (file: string, args: string[] = []): Child => {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), args, {
    execArgv: ['--disable-warning=ExperimentalWarning'],
  })
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)))
  return {
    process: child,
    send: (message) => void child.send(message),
    ended,
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
  }
}
