import { answersOf } from '../ledger.ts'
import type { Drill } from '../rig.ts'

/**
 * How long a request may take: 2 s for a connection, 11 s for a statement (see `query_timeout` in
 * `platform/db/pool.ts`), and 2 s that a busy machine can add.
 */
const longestMs = 15_000

/** The network to the database goes silent: what is sent is lost, no answer comes, and no connection is closed. */
export const databaseBlackholed: Drill = {
  number: 5,
  title: 'Database connections blackholed',
  async run(rig, isQuick) {
    const service = await rig.startService()
    const { pid } = service.program()
    await rig.startLoad([service], { timeoutMs: 30_000 })
    await rig.sleep(1)
    const end = rig.beginFault()
    await rig.databaseProxy.become('blackhole')
    await rig.sleep(isQuick ? 3 : 30)
    await rig.databaseProxy.become('pass')
    end()
    const endedAt = performance.now()
    await rig.until('the program is ready again', 15, service.isReady)
    const readyAfter = (performance.now() - endedAt) / 1_000
    await rig.sleep(isQuick ? 1 : 12)
    await rig.stopLoad()
    if (service.program().pid !== pid) throw new Error('the program ended')
    const answers = answersOf(await rig.readLedger())
    const unanswered = answers.filter(({ status }) => status === 0)
    if (unanswered.length > 0) throw new Error(`${unanswered.length} requests got no answer: ${unanswered[0]?.code}`)
    const slowest = Math.max(...answers.map(({ ms }) => ms))
    if (slowest > longestMs) throw new Error(`a request took ${slowest.toFixed(0)} ms`)
    return { note: `slowest answer ${(slowest / 1_000).toFixed(1)} s, ready ${readyAfter.toFixed(1)} s after` }
  },
}
