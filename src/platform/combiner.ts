import { isDatabaseUnavailable, isLockTimeout } from './db/connection-errors.ts'
import { shareTurn } from './db/connection-turns.ts'
import { CommittedError } from './db/transaction-ends.ts'
import { AppError } from './errors.ts'

/** Takes an input and answers with the output of that input. */
export type Combiner<Key, Input, Output> = (key: Key, input: Input) => Promise<Output>

/** The outcome of one input of a run: its output, now or later, or its own error. */
export type Outcome<Output> = Output | Promise<Output> | Error

interface Waiting<Input, Output> {
  input: Input
  resolve: (output: Output | Promise<Output>) => void
  reject: (error: unknown) => void
}

/**
 * Whether no input of a run may run again: there was no connection for it, or none that could do it in time, or it was
 * committed.
 */
const isFinal = (error: unknown): boolean =>
  isDatabaseUnavailable(error) ||
  error instanceof CommittedError ||
  (error instanceof AppError && error.code === 'unavailable')

/**
 * Lets concurrent work of one key share a statement and its commit. While a run of a key is in flight, further inputs
 * of the key gather; the next run takes at most `max` of them. An input runs at once when no run of its key is in
 * flight. `run` gives the outcomes in the order of the inputs. The requests of one caller that wait here count as one
 * connection of theirs (`shareTurn`).
 *
 * When a shared run fails, each of its inputs runs again alone, so only the bad input fails. When the database was away
 * or too busy, all inputs of the run fail instead: the run may have been committed, and waiting once for each input
 * would take many times as long. So they do when the run was committed and its answer could not be read. When the run
 * did not get a lock in time, the inputs that gathered meanwhile fail as well, because they would wait for the same
 * lock.
 */
export const createCombiner = <Key, Input, Output>(
  run: (key: Key, inputs: Input[]) => Promise<Outcome<Output>[]>,
  max = 64,
): Combiner<Key, Input, Output> => {
  const queues = new Map<Key, Waiting<Input, Output>[]>()

  /** Answers with the error that the whole batch failed with, or null. */
  const runAll = async (key: Key, batch: Waiting<Input, Output>[]): Promise<unknown> => {
    try {
      const outputs = await run(
        key,
        batch.map(({ input }) => input),
      )
      if (outputs.length !== batch.length) throw new Error(`${batch.length} outputs expected, got ${outputs.length}`)
      batch.forEach(({ resolve, reject }, index) => {
        const output = outputs[index] as Outcome<Output>
        if (output instanceof Error) reject(output)
        else resolve(output)
      })
      return null
    } catch (error) {
      if (batch.length === 1 || isFinal(error)) {
        for (const { reject } of batch) reject(error)
        return error
      }
      for (const one of batch) await runAll(key, [one])
      return null
    }
  }

  const drain = async (key: Key, queue: Waiting<Input, Output>[]): Promise<void> => {
    while (queue.length > 0) {
      const refusal = await runAll(key, queue.splice(0, max))
      if (isLockTimeout(refusal)) for (const { reject } of queue.splice(0)) reject(refusal)
    }
    queues.delete(key)
  }

  return (key, input) =>
    shareTurn(
      () =>
        new Promise((resolve, reject) => {
          const queue = queues.get(key)
          if (queue) {
            queue.push({ input, resolve, reject })
            return
          }
          const started = [{ input, resolve, reject }]
          queues.set(key, started)
          void drain(key, started)
        }),
    )
}
