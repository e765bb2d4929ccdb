import { startDatabaseProxy } from '../../../src/testing/peers/tcp-proxy.ts'
import { commitCutter } from '../database-faults.ts'
import { answersOf } from '../ledger.ts'
import type { Drill, Rig } from '../rig.ts'

/** Requests that were answered otherwise than 201 although their ticket had been committed by then. */
const countUnknown = async (rig: Rig): Promise<number> => {
  const { rows } = await rig.facts.pool.query<{ subject: string; raised: number }>(
    'select k.subject, extract(epoch from k.raised_date)::float8 * 1000 as raised from tickets k',
  )
  const raisedAt = new Map(rows.map(({ subject, raised }) => [subject, raised]))
  const lines = await rig.readLedger()
  const subjectOf = new Map(lines.flatMap((line) => (line.kind === 'sent' ? [[line.key, line.subject]] : [])))
  return answersOf(lines).filter(({ status, key, at }) => {
    const raised = raisedAt.get(subjectOf.get(key) ?? '')
    return status !== 201 && raised !== undefined && raised < at
  }).length
}

/**
 * COMMIT is sent and carried out, and the line is cut before the answer: nobody knows, and the client sends again under
 * its key. The API and the jobs are programs of their own, each behind a wire of its own, so that it is tickets whose
 * COMMIT is cut, and the news of them, each so many times.
 */
export const commitCut: Drill = {
  number: 6,
  title: 'The line cut after COMMIT was sent',
  async run(rig, isQuick) {
    const wanted = isQuick ? { tickets: 30, news: 8 } : { tickets: 200, news: 50 }
    const tickets = commitCutter(wanted.tickets)
    const news = commitCutter(wanted.news)
    const { proxy: newsProxy, url: newsUrl } = await startDatabaseProxy(rig.databaseUrl)
    try {
      const web = await rig.startService({ COUNTERDESK_ROLE: 'web' })
      await rig.startService({ COUNTERDESK_ROLE: 'worker', DATABASE_URL: newsUrl })
      await rig.startLoad([web])
      await rig.sleep(1)
      const end = rig.beginFault()
      await rig.databaseProxy.become(tickets)
      await newsProxy.become(news)
      await rig.until(
        'all lines are cut',
        isQuick ? 40 : 200,
        async () => tickets.count() + news.count() === wanted.tickets + wanted.news,
      )
      end()
      await rig.databaseProxy.become('pass')
      await newsProxy.become('pass')
      await rig.sleep(1)
      await rig.stopLoad()
      await rig.drain()
    } finally {
      await newsProxy.stop()
    }
    const unknown = await countUnknown(rig)
    if (unknown === 0) throw new Error('no COMMIT was carried out that was not answered')
    return {
      note: `${tickets.count()} COMMITs of tickets cut, ${news.count()} of the fan-out; ${unknown} requests refused that had been carried out`,
    }
  },
}
