import { setTimeout as sleep } from 'node:timers/promises'
import { isDatabaseUnavailable } from '../platform/db/connection-errors.ts'
import type { Log } from '../platform/log.ts'

/**
 * SIGTERM to exit: what is running may take nine seconds, and all of it together five more. A start is let to its end
 * for three, so that what it is opening is closed.
 */
export const graceMs = 9_000
const lastCallMs = 14_000
const startGraceMs = 3_000

/** Says why on standard error, and ends the process. */
export const fail = (...lines: string[]): never => {
  process.stderr.write(`${lines.join('\n')}\n`)
  process.exit(1)
}

/** The course of one process, from its start to its exit. */
export interface Lifecycle {
  stopping(): boolean
  /** Runs the start. One that fails is told in one line and ends the process with 1. */
  start(open: () => Promise<void>): Promise<void>
  /** Stops what has been started, in time, and exits. */
  end(exitCode: number): Promise<void>
}

/** Makes it; `stop` closes what is open by then. */
export const createLifecycle = (log: Log, stop: () => Promise<void>): Lifecycle => {
  let isStopping = false
  let starting = Promise.resolve()

  process.on('unhandledRejection', (reason) => {
    const what = `Unexpected error: ${reason instanceof Error ? reason.stack : reason}`
    // That the database is away is no reason to end: what needs it tries again by itself.
    if (isDatabaseUnavailable(reason)) process.stderr.write(`${what}\n`)
    else fail(what)
  })

  const end = async (exitCode: number): Promise<void> => {
    isStopping = true
    setTimeout(() => fail('Stopping took too long; the rest is cut off.'), lastCallMs).unref()
    await Promise.race([starting.catch(() => {}), sleep(startGraceMs)])
    try {
      await stop()
    } catch (error) {
      log.error({ error }, 'stopping failed')
      process.exit(1)
    }
    log.info('stopped')
    process.exit(exitCode)
  }
  return {
    stopping: () => isStopping,
    async start(open) {
      starting = open()
      try {
        await starting
      } catch (error) {
        if (isStopping) return
        process.stderr.write(`Counterdesk could not start: ${error instanceof Error ? error.message : error}\n`)
        await end(1)
      }
    },
    end,
  }
}
