import { markdownTable } from '../../lib/markdown-table.ts'
import type { BenchDatabase } from '../bench-database.ts'
import { drained } from '../measure-load.ts'
import type { Bench, Scenario } from '../open-bench.ts'

const events = 20_000

/**
 * A backlog of new tickets whose events have no position yet. Each leads to a mail to its customer and one to the
 * admin.
 */
const backlog = `with number as (
    update counters set value = value + $2 where tenant_id = $1 and name = 'ticket' returning value - $2 as base),
  created as (
    insert into tickets (tenant_id, ticket_number, subject, issue_category, issue_description, customer_id)
    select $1, n.base + i, 'Backlog ' || i, 'Network', 'No network in room ' || i, public_id('CUS', 1 + i % 500)
    from number n, generate_series(1, $2) i
    returning tenant_id, ticket_id, customer_id)
  insert into events (tenant_id, type, subject_id, subject_version, actor_id, actor_role)
  select r.tenant_id, 'ticket.created', r.ticket_id, 1, r.customer_id, 'customer' from created r`

/** Adds the tickets and events of a backlog to the first tenant. */
export const addBacklog = async ({ pool, tenants: [first] }: BenchDatabase, count: number): Promise<void> => {
  await pool.query(backlog, [first?.tenantId, count])
}

/** Adds a backlog while the product is stopped. Answers with how many of its events the product fans out in a second. */
export const fanOutBacklog = async ({ database, product }: Bench, count: number): Promise<number> => {
  await drained(database)
  process.kill(product.pid, 'SIGSTOP')
  await addBacklog(database, count)
  await database.pool.query('vacuum analyze tickets, events, emails')
  process.kill(product.pid, 'SIGCONT')
  const before = performance.now()
  await drained(database)
  return count / ((performance.now() - before) / 1000)
}

/**
 * How fast the worker of the product gets through a backlog: it gives events their positions and writes their mails.
 */
export const fanOutRate: Scenario = {
  name: 'fan-out',
  async run(bench: Bench) {
    const rate = await fanOutBacklog(bench, events)
    const table = markdownTable(
      ['fan-out of a backlog', 'events', 'events/s'],
      [['one process', events, rate.toFixed(0)]],
    )
    return { table, data: { events, rate } }
  },
}
