import { type Db, exec, type Sql, sql } from '../db/sql.ts'
import { currentTraceparent } from '../tracing/spans.ts'
import type { CleanUp } from './clean-up.ts'

// Only this folder names the tables of the job runner. Modules add jobs, and ask about them, with these functions.

/** A job, as expressions of the statement that adds it. */
export interface NewJob {
  /** The identifier under which a module gives the task. */
  task: string
  /** `json`. */
  payload: Sql
  /** `text`. A new job takes the place of a waiting job with the same key. Null for a job without a key. */
  key?: Sql
  /** How often the job is tried; 25 when left out. */
  maxAttempts?: number
}

/** graphile-worker's own number. */
const usualAttempts = 25

/** The payload with the span that adds the job, so that the job is of its trace. Tasks pass the member over. */
const withSpan = (payload: Sql): Sql => {
  const traceparent = currentTraceparent()
  return traceparent === null
    ? payload
    : sql`((${payload})::jsonb || jsonb_build_object('traceparent', ${traceparent}::text))::json`
}

/** An expression that adds a job, which is due at `runAt`, or at once: `select ${addJob(…)} from …`. */
export const addJob = (
  { task, payload, key = sql`null`, maxAttempts = usualAttempts }: NewJob,
  runAt = sql`now()`,
): Sql =>
  sql`graphile_worker.add_job(${task}::text, ${withSpan(payload)}, run_at => ${runAt},
    max_attempts => ${maxAttempts}::integer, job_key => ${key})`

/** A condition: there is a job with a key, and it runs now or has attempts left. */
export const hasJobToRun = (key: Sql): Sql =>
  sql`exists (select from graphile_worker._private_jobs j
        where j.key = ${key} and (j.locked_at is not null or j.attempts < j.max_attempts))`

/** An expression: the last error of the job with a key. Null when there is no error, or no job. */
export const lastErrorOfJob = (key: Sql): Sql =>
  sql`(select j.last_error from graphile_worker._private_jobs j where j.key = ${key})`

/**
 * Deletes at most `limit` jobs whose payload names a tenant, when nobody works on them. Answers with their number. It
 * reads all jobs, which are few: a job that is done is gone.
 */
export const deleteJobsOf = (db: Db, tenantId: number, limit: number): Promise<number> =>
  exec(
    db,
    sql`delete from graphile_worker._private_jobs j where j.ctid = any (array(
          select o.ctid from graphile_worker._private_jobs o
          where o.payload ->> 'tenant_id' = ${String(tenantId)} and o.locked_at is null
          limit ${limit} for update skip locked))`,
  )

/** Deletes jobs that were given up a month ago. Until then their last error can be looked up. */
export const givenUpJobCleanUp: CleanUp = {
  name: 'jobs',
  batch: 5_000,
  step: (app, limit) =>
    exec(
      app.pool,
      sql`delete from graphile_worker._private_jobs j where j.ctid = any (array(
            select o.ctid from graphile_worker._private_jobs o
            where o.attempts >= o.max_attempts and o.locked_at is null and o.updated_at < now() - interval '30 days'
            limit ${limit} for update skip locked))`,
    ),
}
