import { setTimeout as sleep } from 'node:timers/promises'
import { createBell } from '../../../platform/bell.ts'
import { isDatabaseUnavailable } from '../../../platform/db/connection-errors.ts'
import type { Log } from '../../../platform/log.ts'
import type { Outcome } from './mail-queue.queries.ts'

/** Outcomes gather so long, so that many are written with one statement. */
const gatherMs = 10
const settledAtOnce = 200
const databasePauseMs = 500
const idleMs = 60_000
/** While outcomes are unwritten for longer, nothing more is handed over: a death would send those mails twice. */
const behindMs = 250
/** How often writing the last outcomes is tried, when the database is away at the end. */
const lastTries = 3

/** Writes down what became of mails, in batches. */
export interface Settling {
  add(outcome: Outcome): void
  /** Whether the database does not take the outcomes at the moment. */
  isBehind(): boolean
  /** Writes what is left, and ends. When the database is away, it gives up after a few tries. */
  end(): Promise<void>
}

/**
 * Starts to settle. `write` writes a batch to the database, and `onWritten` is told of the written batch. A batch that
 * fails is tried again. An outcome that the database refuses harms no other outcome.
 */
export const startSettling = (
  write: (batch: Outcome[]) => Promise<unknown>,
  onWritten: (batch: Outcome[]) => Promise<void> | void,
  log: Log,
): Settling => {
  const bell = createBell()
  const outcomes: Outcome[] = []
  let isEnding = false
  let failedTries = 0
  let writingSince: number | null = null

  const writeApart = async (batch: Outcome[], refusal: unknown): Promise<void> => {
    if (isDatabaseUnavailable(refusal)) throw refusal
    for (const outcome of batch) {
      await write([outcome]).catch((error) => {
        if (isDatabaseUnavailable(error)) throw error
        log.error({ error, emailId: outcome.email_id }, 'the outcome of a mail cannot be written')
      })
    }
  }
  const writeSome = async (): Promise<void> => {
    const batch = outcomes.slice(0, settledAtOnce)
    writingSince ??= performance.now()
    try {
      await write(batch).catch((refusal) => writeApart(batch, refusal))
      outcomes.splice(0, batch.length)
      writingSince = null
      await onWritten(batch)
    } catch (error) {
      log.warn({ error }, 'the outcomes of mails could not be written')
      if (isEnding) failedTries += 1
      await sleep(databasePauseMs)
    }
  }
  const run = async (): Promise<void> => {
    while (outcomes.length > 0 ? failedTries < lastTries : !isEnding) {
      bell.hush()
      if (outcomes.length === 0) await bell.pause(idleMs)
      if (!isEnding) await sleep(gatherMs)
      if (outcomes.length > 0) await writeSome()
    }
  }

  const ended = run()
  return {
    add(outcome) {
      outcomes.push(outcome)
      bell.ring()
    },
    isBehind: () => writingSince !== null && performance.now() - writingSince > behindMs,
    async end() {
      isEnding = true
      bell.ring()
      await ended
    },
  }
}
