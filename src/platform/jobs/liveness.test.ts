import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { type Desk, startDesk } from '../../testing/support/workspace.ts'
import { exec, many, sql } from '../db/sql.ts'
import { startLiveness } from './liveness.ts'

let desk: Desk
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
})
afterAll(() => desk?.stop())

const Job = z.object({
  attempts: z.int(),
  locked_by: z.string().nullable(),
  queue_name: z.string().nullable(),
  last_error: z.string().nullable(),
})
const jobOf = async (task: string) => {
  const [job] = await many(
    desk.app.pool,
    Job,
    sql`select j.attempts, j.locked_by, j.queue_name, j.last_error from graphile_worker.jobs j
        where j.task_identifier = ${task}`,
  )
  return job
}

/** Takes a job as graphile-worker does, with a time a minute ago. */
const take = (task: string, holder: string) =>
  exec(
    desk.app.pool,
    sql`update graphile_worker._private_jobs j
        set locked_by = ${holder}, locked_at = now() - interval '1 minute', attempts = j.attempts + 1
        from graphile_worker._private_tasks t where t.id = j.task_id and t.identifier = ${task}`,
  )

const isKnownAlive = async (): Promise<boolean> => {
  const known = sql`select from worker_processes p where 'alive' = any (p.worker_ids)`
  return (await exec(desk.app.pool, known)) > 0
}

test('jobs that ran when their process died run one by one from then on, and have three deaths at most', async () => {
  const { pool, log } = desk.app
  const liveness = startLiveness(pool, log)
  liveness.begins('alive')
  for (const task of ['killer', 'living']) await exec(pool, sql`select graphile_worker.add_job(${task})`)
  await take('living', 'alive')
  await expect.poll(isKnownAlive).toBe(true)
  const died = { locked_by: null, queue_name: 'ran when its process died', last_error: 'its process died while it ran' }
  for (const attempts of [9, 18, 25]) {
    await take('killer', 'dead')
    const next = startLiveness(pool, log)
    await next.stop()
    expect(await jobOf('killer')).toEqual({ attempts, ...died })
  }
  const untouched = { attempts: 1, queue_name: null, last_error: null }
  expect(await jobOf('living')).toEqual({ locked_by: 'alive', ...untouched })
  // When a run ends because the database is away, its jobs are not counted as failed.
  liveness.ends('alive')
  await liveness.stop()
  expect(await jobOf('living')).toEqual({ locked_by: null, ...untouched })
})

test('each death of a holder counts, also while other processes look for dead holders', async () => {
  const { pool, log } = desk.app
  const others = [1, 2, 3].map(() => startLiveness(pool, log))
  for (let place = 0; place < 20; place += 1) {
    const task = `killer ${place}`
    await exec(pool, sql`select graphile_worker.add_job(${task})`)
    for (const attempts of [9, 18, 25]) {
      await take(task, 'dead')
      for (const other of others) other.begins('alive')
      await startLiveness(pool, log).stop()
      expect((await jobOf(task))?.attempts).toBe(attempts)
    }
  }
  await Promise.all(others.map((other) => other.stop()))
})
