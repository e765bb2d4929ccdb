import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { StreamOrder, StreamReport } from './stream-readers.ts'

const file = fileURLToPath(new URL('./stream-readers.ts', import.meta.url))

/** Readers of streams, in a process of their own. */
export interface Readers {
  /** Closes the streams that are open, and opens one with each token. */
  open(url: string, tokens: string[]): Promise<void>
  /** Counts from now on. */
  begin(): Promise<void>
  /** Stops reading. */
  pause(): Promise<void>
  /** What came since `begin`, when nothing comes any more. */
  report(): Promise<StreamReport>
  stop(): void
}

const ask = (child: ChildProcess, order: StreamOrder): Promise<StreamReport> =>
  new Promise((resolve, reject) => {
    const onExit = (): void => reject(new Error('the readers of streams have ended'))
    child.once('exit', onExit)
    child.once('message', (answer) => {
      child.off('exit', onExit)
      resolve(answer as StreamReport)
    })
    child.send(order)
  })

/** Starts the process of the readers. */
export const startReaders = (): Readers => {
  const child = fork(file, [], { execArgv: ['--disable-warning=ExperimentalWarning'] })
  return {
    async open(url, tokens) {
      await ask(child, { kind: 'open', url, tokens })
    },
    async begin() {
      await ask(child, { kind: 'begin' })
    },
    async pause() {
      await ask(child, { kind: 'pause' })
    },
    report: () => ask(child, { kind: 'report' }),
    stop: () => void child.kill(),
  }
}
