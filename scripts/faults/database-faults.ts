import pg from 'pg'
import type { Rig } from './rig.ts'

/** Ends one of the programs' connections, idle or at work, of the API or of the jobs. */
const terminate = `
  select pg_terminate_backend(b.pid) from (
    select a.pid from pg_stat_activity a
    where a.datname = current_database() and a.application_name like 'counterdesk%'
    order by random() limit 1) b`

/** Ends random connections of the programs, one every 200 ms. Answers with their number. */
export const terminateBackends = async (rig: Rig, seconds: number): Promise<number> => {
  let terminated = 0
  for (const until = Date.now() + seconds * 1_000; Date.now() < until; await rig.sleep(0.2)) {
    const { rowCount } = await rig.facts.pool.query(terminate)
    terminated += rowCount ?? 0
  }
  return terminated
}

const holdCounter = `
  select c.value from counters c join tenants t on t.tenant_id = c.tenant_id
  where t.slug = $1 and c.name = 'ticket' for update of c`

/** Holds the row that numbers a tenant's tickets, in a session that does nothing else. */
export const holdCounterOf = async (rig: Rig, tenant: string, seconds: number): Promise<void> => {
  const holder = new pg.Client({ connectionString: rig.databaseUrl })
  holder.on('error', () => {}) // the database may be stopped meanwhile
  await holder.connect()
  try {
    await holder.query('begin')
    await holder.query(holdCounter, [tenant])
    await rig.sleep(seconds)
  } finally {
    await holder.end()
  }
}

/**
 * COMMIT as the program sends it: the letter of Query, the length, the text, a zero; or the end of Bind's portal, and
 * the name of the prepared statement.
 */
const commits = [Buffer.from('Q\0\0\0\x0bcommit\0'), Buffer.from('\0commit\0')]

/**
 * A mode of a proxy: cuts the line at every second COMMIT, `times` times. `count` answers with the number of cuts so
 * far.
 */
export const commitCutter = (times: number) => {
  let seen = 0
  let cut = 0
  return {
    count: () => cut,
    cutOn(part: Buffer): boolean {
      if (!commits.some((commit) => part.includes(commit)) || cut >= times) return false
      seen += 1
      if (seen % 2 === 0) return false
      cut += 1
      return true
    },
  }
}
