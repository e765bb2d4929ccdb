import { isDatabaseUnavailable, isLockTimeout } from './db/connection-errors.ts'

/** Hands an input in and gets its own output back, whatever it went together with. */
export type Combiner<Key, Input, Output> = (key: Key, input: Input) => Promise<Output>

/** What becomes of one input of a run: its output, at once or later, or the error that is its own. */
export type Outcome<Output> = Output | Promise<Output> | Error

interface Waiting<Input, Output> {
  input: Input
  resolve: (output: Output | Promise<Output>) => void
  reject: (error: unknown) => void
}

/**
 * Lets concurrent work of one key share a statement and its commit: while one run of a key is in flight, the next inputs
 * gather, at most `max`, and go as one when it is done. Nobody waits for company: an input that finds its key idle goes
 * at once, alone. `run` gives the outcomes in the order of its inputs. When a shared run fails, each of its inputs is run
 * again by itself, so that a bad one fails alone. But not when the database was away or too busy: then nobody knows
 * whether the run was committed, and to wait for each again would take many times as long. When it was a lock that it
 * waited for in vain, those that gathered meanwhile are refused too: they would only wait for the same lock, after that.
 */
export const createCombiner = <Key, Input, Output>(
  run: (key: Key, inputs: Input[]) => Promise<Outcome<Output>[]>,
  max = 64,
): Combiner<Key, Input, Output> => {
  const queues = new Map<Key, Waiting<Input, Output>[]>()

  /** Answers with the error that all of the batch were refused with, or null. */
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
      if (batch.length === 1 || isDatabaseUnavailable(error)) {
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
    new Promise((resolve, reject) => {
      const queue = queues.get(key)
      if (queue) {
        queue.push({ input, resolve, reject })
        return
      }
      const started = [{ input, resolve, reject }]
      queues.set(key, started)
      void drain(key, started)
    })
}
