import { markdownTable } from '../../lib/markdown-table.ts'
import { orders } from '../comparisons.ts'
import { startMailing } from '../mailing-product.ts'
import { drained, load } from '../measure-load.ts'
import type { Bench, Scenario } from '../open-bench.ts'

/**
 * The time from an event to the 250 of a mail server on this machine, while 200 tickets a second are created in 50
 * tenants. Each ticket leads to two mails.
 */
export const mailLatency: Scenario = {
  name: 'event to mail',
  async run(bench: Bench) {
    const { database, seconds, product, start } = bench
    await drained(database)
    const [{ since }] = (await database.pool.query('select clock_timestamp()::text as since')).rows
    // The product has no mail server: it would take the events, and only capture the mails.
    process.kill(product.pid, 'SIGSTOP')
    try {
      const mailing = await startMailing(start)
      const measured = await load({
        ...orders(bench).createEverywhere,
        url: mailing.url,
        connections: 16,
        rate: 200,
        seconds,
      })
      await drained(database)
      const { rows } = await database.pool.query(
        `select count(*)::integer as mails, count(*) filter (where m.state <> 'sent')::integer as unsent,
           percentile_cont(array[0.5, 0.99, 1]) within group (order by extract(epoch from m.sent_at - e.occurred_at) * 1000)
             as ms
         from emails m join events e on e.tenant_id = m.tenant_id and e.event_id = m.event_id
         where m.state <> 'captured' and e.occurred_at > $1`,
        [since],
      )
      const [{ mails, unsent, ms }] = rows
      await mailing.stop()
      const data = { creates: measured, mails, unsent, p50: ms[0], p99: ms[1], max: ms[2] }
      const table = markdownTable(
        ['event to mail handed over, ms', 'creates/s', 'mails', 'not sent', 'p50', 'p99', 'longest'],
        [['one process', measured.requestsPerSecond.toFixed(0), mails, unsent, ...ms.map((n: number) => n.toFixed(0))]],
      )
      return { table, data }
    } finally {
      process.kill(product.pid, 'SIGCONT')
    }
  },
}
