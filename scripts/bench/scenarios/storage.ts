import type pg from 'pg'
import { seedAdmins } from '../../../src/testing/support/seed-crowd.ts'
import { markdownTable } from '../../lib/markdown-table.ts'
import { startMailing } from '../mailing-product.ts'
import { drained, load } from '../measure-load.ts'
import type { Bench, Scenario } from '../open-bench.ts'

const tables = ['tickets', 'comments', 'events', 'emails'] as const
type Sizes = Record<(typeof tables)[number], { rows: number; bytes: number }>

/** The rows of each table, and its bytes on disk with indexes and long texts. */
const readSizes = async (pool: pg.Pool): Promise<Sizes> => {
  const sizes: Partial<Sizes> = {}
  for (const table of tables) {
    const { rows } = await pool.query(
      `select count(*)::float8 as rows, pg_total_relation_size('${table}')::float8 as bytes from ${table}`,
    )
    sizes[table] = rows[0]
  }
  return sizes as Sizes
}

/** How much each table has grown, for each new row of `kind`; and what one mail and one event take. */
const growthOf = (kind: 'tickets' | 'comments', before: Sizes, after: Sizes) => {
  const grown = (table: (typeof tables)[number]): number => after[table].bytes - before[table].bytes
  const added = (table: (typeof tables)[number]): number => after[table].rows - before[table].rows
  const each = (table: (typeof tables)[number]): number => Math.round(grown(table) / added(kind))
  return {
    own: each(kind),
    events: each('events'),
    emails: each('emails'),
    total: each(kind) + each('events') + each('emails'),
    mails: added('emails') / added(kind),
    event: Math.round(grown('events') / added('events')),
    mail: Math.round(grown('emails') / added('emails')),
  }
}

const comment = 'It is still the same: the network in room 12 is away, and nobody can print. '.repeat(4)

/** How much the database grows for each ticket of some 320 characters with two admins, and for each comment as long. */
export const storage: Scenario = {
  name: 'storage',
  async run(bench: Bench) {
    const { database, everywhere, product, seconds, start } = bench
    const { pool, tenants } = database
    await seedAdmins(pool, tenants[1]?.tenantId ?? 0, 1)
    await drained(database)
    process.kill(product.pid, 'SIGSTOP')
    try {
      const mailing = await startMailing(start)
      const order = {
        url: mailing.url,
        method: 'POST' as const,
        callers: [everywhere[1] ?? {}],
        connections: 8,
        seconds,
      }
      await pool.query('vacuum')
      const before = await readSizes(pool)
      await load({ ...order, paths: ['/api/tickets'] })
      await drained(database)
      const between = await readSizes(pool)
      const body = { body: comment, visibility: 'public' }
      await load({ ...order, paths: ['/api/tickets/TKT0001/comments'], body })
      await drained(database)
      const after = await readSizes(pool)
      await mailing.stop()
      const data = { ticket: growthOf('tickets', before, between), comment: growthOf('comments', between, after) }
      const rows = Object.entries(data).map(([name, { own, events, emails, total, mails, event, mail }]) => [
        `a ${name}`,
        ...[own, events, emails, total],
        mails.toFixed(1),
        ...[mail, event],
      ])
      const head = ['bytes on disk', 'row', 'events', 'mails', 'together', 'mails each', 'one mail', 'one event']
      return { table: markdownTable(head, rows), data }
    } finally {
      process.kill(product.pid, 'SIGCONT')
    }
  },
}
