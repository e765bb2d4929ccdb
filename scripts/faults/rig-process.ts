import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** A process of the rig itself. It gets its orders by messages, and ends with us. */
export interface Child {
  process: ChildProcess
  send(message: object | string): void
  /** Resolves with its exit code when it has ended. */
  ended: Promise<number | null>
  kill(): Promise<void>
}

/** Starts a file of this folder as a process. */
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
