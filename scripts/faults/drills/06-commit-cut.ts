import { startDatabaseProxy } from '../../../src/testing/peers/tcp-proxy.ts'
import { commitCutter } from '../database-faults.ts'
import { answersOf } from '../ledger.ts'
import type { Drill, Rig } from '../rig.ts'

/** Counts the answers other than 201 to requests whose ticket had been committed by then. */
const countUnknown = async (rig: Rig): Promise<number> => {
  const { rows } = await rig.facts.pool.query<{ subject: string; created: number }>(
    'select k.subject, extract(epoch from k.raised_date)::float8 * 1000 as created from tickets k',
  )
  const createdAt = new Map(rows.map(({ subject, created }) => [subject, created]))
  const lines = await rig.readLedger()
  const subjectOf = new Map(lines.flatMap((line) => (line.kind === 'sent' ? [[line.key, line.subject]] : [])))
  return answersOf(lines).filter(({ status, key, at }) => {
    const created = createdAt.get(subjectOf.get(key) ?? '')
    return status !== 201 && created !== undefined && created < at
  }).length
}

/**
 * COMMIT is sent and carried out, and the line is cut before its answer: the program cannot know, and the client sends
 * its request again under the same key. The API and the worker are two programs behind two proxies, so that a known
 * number of COMMITs of tickets is cut, and a known number of COMMITs of the fan-out.
 */
export const commitCut: Drill = {
  number: 6,
  title: 'The line cut after COMMIT was sent',
  async run(rig, isQuick) {
    const wanted = isQuick ? { tickets: 30, fanOut: 8 } : { tickets: 200, fanOut: 50 }
    const tickets = commitCutter(wanted.tickets)
    const fanOut = commitCutter(wanted.fanOut)
    const { proxy: workerProxy, url: workerUrl } = await startDatabaseProxy(rig.databaseUrl)
    try {
      const web = await rig.startService({ COUNTERDESK_ROLE: 'web' })
      await rig.startService({ COUNTERDESK_ROLE: 'worker', DATABASE_URL: workerUrl })
      await rig.startLoad([web])
      await rig.sleep(1)
      const end = rig.beginFault()
      await rig.databaseProxy.become(tickets)
      await workerProxy.become(fanOut)
      await rig.until(
        'all lines are cut',
        isQuick ? 40 : 200,
        async () => tickets.count() + fanOut.count() === wanted.tickets + wanted.fanOut,
      )
      end()
      await rig.databaseProxy.become('pass')
      await workerProxy.become('pass')
      await rig.sleep(1)
      await rig.stopLoad()
      await rig.drain()
    } finally {
      await workerProxy.stop()
    }
    const unknown = await countUnknown(rig)
    if (unknown === 0) throw new Error('every COMMIT that was carried out was answered')
    return {
      note: `${tickets.count()} COMMITs of tickets cut, ${fanOut.count()} of the fan-out; ${unknown} requests refused that had been carried out`,
    }
  },
}
