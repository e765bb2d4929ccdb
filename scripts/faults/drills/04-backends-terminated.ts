import { terminateBackends } from '../database-faults.ts'
import { answersOf } from '../ledger.ts'
import type { Drill } from '../rig.ts'

/** One random connection after the other is ended, as an administrator or the kernel could. The program goes on. */
export const backendsTerminated: Drill = {
  number: 4,
  title: 'A random backend terminated every 200 ms',
  async run(rig, isQuick) {
    const service = await rig.startService()
    const { pid } = service.program()
    await rig.startLoad([service])
    await rig.sleep(1)
    const end = rig.beginFault()
    const terminated = await terminateBackends(rig, isQuick ? 6 : 30)
    end()
    await rig.sleep(isQuick ? 1 : 5)
    await rig.stopLoad()
    if (service.program().pid !== pid || !(await service.isReady())) throw new Error('the program ended')
    const refused = answersOf(await rig.readLedger()).filter(({ status }) => status !== 201)
    const unanswered = refused.filter(({ status }) => status === 0)
    if (unanswered.length > 0) throw new Error(`${unanswered.length} requests got no answer: ${unanswered[0]?.code}`)
    // No mail comes twice: the program goes on, and knows which mails it has handed over.
    return { note: `${terminated} terminated, ${refused.length} answers of 503 or 409` }
  },
}
