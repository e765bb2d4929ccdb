import type pg from 'pg'
import { z } from 'zod'

/** One step of a plan, with what it read when the plans are logged with `analyze`. */
interface PlanNode {
  'Node Type': string
  'Relation Name'?: string
  'Index Name'?: string
  'Plan Rows'?: number
  'Actual Rows'?: number
  'Actual Loops'?: number
  'Rows Removed by Filter'?: number
  'Rows Removed by Join Filter'?: number
  'Rows Removed by Index Recheck'?: number
  Plans?: PlanNode[]
}
const LoggedPlan = z.object({ 'Query Text': z.string(), Plan: z.custom<PlanNode>() })
export type LoggedPlan = z.output<typeof LoggedPlan>

/** Makes PostgreSQL log the plan of each statement (auto_explain), in connections that are made from now on. */
export const logPlans = async (owner: pg.Pool, { analyze = false } = {}): Promise<void> => {
  for (const setting of [
    "session_preload_libraries = 'auto_explain'",
    'auto_explain.log_min_duration = 0',
    `auto_explain.log_analyze = ${analyze}`,
    'auto_explain.log_timing = off',
    'auto_explain.log_format = json',
    'auto_explain.log_level = notice',
    'auto_explain.log_nested_statements = on',
  ]) {
    await owner.query(
      `do $$ begin execute format('alter database %I set ${setting.replaceAll("'", "''")}', current_database()); end $$`,
    )
  }
}

/** Tells of each plan that the connections of a pool log. Call it before the pool has connections. */
export const onPlan = (pool: pg.Pool, tell: (plan: LoggedPlan) => void): void => {
  pool.on('connect', (client) => {
    client.on('notice', ({ message = '' }) => {
      const [, json] = /plan:\s*(\{[\s\S]*)$/.exec(message) ?? []
      if (json !== undefined) tell(LoggedPlan.parse(JSON.parse(json)))
    })
  })
}

/** All steps of a plan. */
export const stepsOf = ({ Plan: plan }: LoggedPlan): PlanNode[] => {
  const below = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(below)]
  return below(plan)
}

/** The rows of steps, with those that a filter and one more condition threw away. */
const sumOf = (steps: PlanNode[], more: 'Rows Removed by Index Recheck' | 'Rows Removed by Join Filter'): number =>
  steps
    .map((step) => {
      const removed = (step['Rows Removed by Filter'] ?? 0) + (step[more] ?? 0)
      return ((step['Actual Rows'] ?? 0) + removed) * (step['Actual Loops'] ?? 1)
    })
    .reduce((sum, rows) => sum + rows, 0)

/** How many rows a plan read from tables and indexes, with those that it threw away. */
export const rowsRead = (plan: LoggedPlan): number =>
  sumOf(
    stepsOf(plan).filter((step) => step['Relation Name'] !== undefined || step['Index Name'] !== undefined),
    'Rows Removed by Index Recheck',
  )

/** How many rows the steps of a plan took in hand, with those that they threw away: a measure of its work. */
export const rowsHandled = (plan: LoggedPlan): number => sumOf(stepsOf(plan), 'Rows Removed by Join Filter')
