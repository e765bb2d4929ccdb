import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { type Desk, startDesk } from '../../testing/support/workspace.ts'
import { exec, many, one, type Sql, sql } from '../db/sql.ts'
import { addJob, hasJobToRun, lastErrorOfJob, type NewJob } from './queued-jobs.ts'

let desk: Desk
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
})
afterAll(() => desk?.stop())

const job = (key: Sql, task = 'thing'): NewJob => ({
  task,
  payload: sql`json_build_object('of', ${key})`,
  key,
  maxAttempts: 3,
})
const Job = z.object({ key: z.string(), task: z.string(), max_attempts: z.int(), is_due: z.boolean() })
const jobs = () =>
  many(
    desk.app.pool,
    Job,
    sql`select j.key, j.task_identifier as task, j.max_attempts, j.run_at <= now() + interval '5 seconds' as is_due
        from graphile_worker.jobs j order by j.key`,
  )
const State = z.object({ has_job: z.boolean(), last_error: z.string().nullable() })
const stateOf = (key: string) =>
  one(
    desk.app.pool,
    State,
    sql`select ${hasJobToRun(sql`${key}::text`)} as has_job, ${lastErrorOfJob(sql`${key}::text`)} as last_error`,
  )

test('jobs are added by the row, found by their key, put off, and spent', async () => {
  const { pool } = desk.app
  await exec(pool, sql`select ${addJob(job(sql`k.name`))} from unnest(array['a', 'b']) as k (name)`)
  const common = { task: 'thing', max_attempts: 3 }
  expect(await jobs()).toEqual([
    { key: 'a', ...common, is_due: true },
    { key: 'b', ...common, is_due: true },
  ])

  // The key is taken, so the job is put off rather than added.
  for (const [key, task] of [
    ['a', 'thing'],
    ['c', 'other'],
  ] as const) {
    await exec(pool, sql`select ${addJob(job(sql`${key}::text`, task), sql`now() + interval '1 hour'`)}`)
  }
  expect(await jobs()).toEqual([
    { key: 'a', ...common, is_due: false },
    { key: 'b', ...common, is_due: true },
    { key: 'c', ...common, task: 'other', is_due: false },
  ])

  expect(await stateOf('a')).toEqual({ has_job: true, last_error: null })
  expect(await stateOf('d')).toEqual({ has_job: false, last_error: null })
  await exec(
    pool,
    sql`update graphile_worker._private_jobs set attempts = max_attempts, last_error = 'it was bad' where key = 'a'`,
  )
  expect(await stateOf('a')).toEqual({ has_job: false, last_error: 'it was bad' })
  // Its last attempt is under way.
  await exec(pool, sql`update graphile_worker._private_jobs set locked_at = now(), locked_by = 'x' where key = 'a'`)
  expect(await stateOf('a')).toEqual({ has_job: true, last_error: 'it was bad' })
})
