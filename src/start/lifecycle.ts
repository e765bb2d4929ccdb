import { setTimeout as sleep } from 'node:timers/promises'
import { isDatabaseUnavailable } from '../platform/db/connection-errors.ts'
import type { Log } from '../platform/log.ts'
import type { Operator } from './operator.ts'

/**
 * The time from SIGTERM to the exit. Running requests and jobs have nine seconds, the whole stop has fourteen. A start
 * that is not done has three seconds to end first, so that the stop closes what the start opens.
 */
export const graceMs = 9_000
const lastCallMs = 14_000
const startGraceMs = 3_000

/** Says what went wrong and ends the process. */
export const fail = (operator: Operator, ...lines: string[]): never => {
  operator.complain(...lines)
  process.exit(1)
}

/** The course of one process, from its start to its exit. */
export interface Lifecycle {
  stopping(): boolean
  /** Runs the start. When it fails, says so in one line and ends the process with 1. */
  start(open: () => Promise<void>): Promise<void>
  /** Stops what has been started, within the time limit, and exits. */
  end(exitCode: number): Promise<void>
}

/** Makes the lifecycle. `stop` closes what is open at that time. */
export const createLifecycle = (log: Log, operator: Operator, stop: () => Promise<void>): Lifecycle => {
  let isStopping = false
  let starting = Promise.resolve()

  process.on('unhandledRejection', (reason) => {
    const what = `Unexpected error: ${reason instanceof Error ? reason.stack : reason}`
    // The process does not end when the database is away, because the users of the database try again.
    if (isDatabaseUnavailable(reason)) operator.complain(what)
    else fail(operator, what)
  })

  // Node would print its warnings as plain text.
  process.removeAllListeners('warning').on('warning', (warning) => {
    if (warning.name !== 'ExperimentalWarning') log.warn({ error: warning }, 'Node warns')
  })

  const end = async (exitCode: number): Promise<void> => {
    isStopping = true
    setTimeout(() => fail(operator, 'Stopping took too long; the process ends now.'), lastCallMs).unref()
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
        operator.complain(`Counterdesk could not start: ${error instanceof Error ? error.message : error}`)
        await end(1)
      }
    },
    end,
  }
}
