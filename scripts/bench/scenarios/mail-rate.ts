import { markdownTable } from '../../lib/markdown-table.ts'
import { startMailing } from '../mailing-product.ts'
import { drained } from '../measure-load.ts'
import type { Bench, Scenario } from '../open-bench.ts'
import { addBacklog } from './fan-out-rate.ts'

const mails = 20_000

/** Puts mails that were captured into the queue. */
const backlog = `
  with again as (select tenant_id, email_id from emails where state = 'captured' limit $1)
  update emails e set state = 'queued', due_at = $2
  from again a where e.tenant_id = a.tenant_id and e.email_id = a.email_id`

/** How fast one process hands a backlog of mails over to a mail server on this machine. */
export const mailRate: Scenario = {
  name: 'mail rate',
  async run({ database, product, start }: Bench) {
    const { pool } = database
    await addBacklog(database, mails / 2)
    await drained(database)
    // The product has no mail server: it would capture the mails again.
    process.kill(product.pid, 'SIGSTOP')
    try {
      const due = new Date(Date.now() - 3_600_000)
      const { rowCount } = await pool.query(backlog, [mails, due])
      await pool.query('vacuum analyze emails')
      const mailing = await startMailing(start)
      await drained(database)
      const { rows } = await pool.query(
        `select count(*)::integer as sent,
           count(*) / extract(epoch from max(sent_at) - min(sent_at))::float8 as rate
         from emails where state = 'sent' and due_at = $1`,
        [due],
      )
      await mailing.stop()
      const [{ sent, rate }] = rows
      const table = markdownTable(
        ['hand-over of a backlog', 'mails', 'sent', 'mails/s'],
        [['one process', rowCount ?? 0, sent, rate.toFixed(0)]],
      )
      return { table, data: { mails: rowCount, sent, rate } }
    } finally {
      process.kill(product.pid, 'SIGCONT')
    }
  },
}
