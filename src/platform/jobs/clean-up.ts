import type { App } from '../app-context.ts'

/**
 * Rows that have served their time. A module gives its clean-ups as data, and one process runs all of them every ten
 * minutes.
 */
export interface CleanUp {
  /** What is cleaned up, such as `sessions`: for the log and the metrics. It does not change. */
  name: string
  /** How many rows one statement may take, so that the statement stays well within its timeout and locks few rows. */
  batch: number
  /**
   * Cleans up at most `limit` rows, in a transaction of its own, and answers with their number. Fewer than `limit`
   * means that nothing is left. Name the rows by their `ctid`, of rows that a subquery has locked: with any other key
   * the planner may read the whole table to find them.
   */
  step: (app: App, limit: number) => Promise<number>
}

/** After this time a run begins no further batch. The next run goes on. It is less than the time between two runs. */
const runForMs = 480_000

/**
 * Runs one batch, counts its rows, and answers whether there may be more. A failure is logged and counted, and ends
 * this clean-up until the next run.
 */
const runBatch = async (app: App, { name, batch, step }: CleanUp): Promise<boolean> => {
  try {
    const rows = await step(app, batch)
    app.metrics.cleanUpRows.inc({ name }, rows)
    return rows >= batch
  } catch (error) {
    app.metrics.cleanUpFailures.inc({ name })
    app.log.error({ error, name }, 'a clean-up failed; it is tried again with the next run')
    return false
  }
}

/**
 * Runs all clean-ups until nothing is left. They take turns, a batch each, so that neither a failure nor a large
 * backlog of one keeps another from running. When the program stops, or after eight minutes, what is left waits for the
 * next run.
 */
export const runCleanUps = async (app: App, cleanUps: CleanUp[]): Promise<void> => {
  const end = performance.now() + runForMs
  let open = cleanUps
  while (open.length > 0) {
    const more: CleanUp[] = []
    for (const cleanUp of open) {
      if (app.stopping() || performance.now() > end) return
      if (await runBatch(app, cleanUp)) more.push(cleanUp)
    }
    open = more
  }
}
