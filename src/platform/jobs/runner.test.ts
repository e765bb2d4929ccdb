import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { type Desk, startDesk } from '../../testing/support/workspace.ts'
import { createPool } from '../db/pool.ts'
import { exec, many, one, sql } from '../db/sql.ts'
import { startLiveness } from './liveness.ts'
import { startJobs } from './runner.ts'

let desk: Desk
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
})
afterAll(() => desk?.stop())

const Job = z.object({ task_identifier: z.string(), attempts: z.int(), last_error: z.string().nullable() })
const jobs = () =>
  many(
    desk.app.pool,
    Job,
    sql`select j.task_identifier, j.attempts, j.last_error from graphile_worker.jobs j where j.locked_at is null`,
  )

const Mode = z.object({ mode: z.string(), version: z.int() })
const readMode = () =>
  one(
    desk.app.pool,
    Mode,
    sql`select current_setting('plan_cache_mode') as mode, current_setting('server_version_num')::integer as version`,
  )

test('the statements of a job are planned for their values, and those of a request once', async () => {
  const { app } = desk
  const pool = createPool({ url: desk.databaseUrl, size: 3, applicationName: 'counterdesk tests' }, app.log)
  const liveness = startLiveness(pool, app.log)
  const seen: string[] = []
  const look = { work: async () => void seen.push((await readMode()).mode), limitMs: 60_000 }
  const runner = startJobs(app, pool, liveness, { look }, [])
  await exec(app.pool, sql`select graphile_worker.add_job('look')`)
  await expect.poll(() => seen, { timeout: 20_000 }).toEqual(['auto'])
  const { mode, version } = await readMode()
  expect(mode).toBe(version >= 180_000 ? 'force_generic_plan' : 'auto')
  await runner.stop()
  await liveness.stop()
  await pool.end()
})

test('a job that does not end counts as failed, and gives its place to the next', { timeout: 30_000 }, async () => {
  const { app } = desk
  const pool = createPool({ url: desk.databaseUrl, size: 3, applicationName: 'counterdesk tests' }, app.log)
  const done: unknown[] = []
  const liveness = startLiveness(pool, app.log)
  const runner = startJobs(
    { ...app, config: { ...app.config, JOB_CONCURRENCY: 1 } },
    pool,
    liveness,
    {
      hang: { work: () => new Promise(() => {}), limitMs: 100 },
      go: { work: async (_, payload) => void done.push(payload), limitMs: 60_000 },
    },
    [],
  )
  await exec(app.pool, sql`select graphile_worker.add_job('hang', max_attempts => 1)`)
  await exec(app.pool, sql`select graphile_worker.add_job('go', '{"after":"hang"}'::json)`)
  await expect.poll(() => done, { timeout: 20_000 }).toEqual([{ after: 'hang' }])
  const error = 'it has not ended within 0.1 s'
  await expect.poll(jobs, { timeout: 20_000 }).toEqual([{ task_identifier: 'hang', attempts: 1, last_error: error }])
  await runner.stop()
  await liveness.stop()
  await pool.end()
})
