import { checkHooks, countUntold, hookSettings, openHooks } from '../drill-hooks.ts'
import type { Drill } from '../rig.ts'

const tenants = ['north', 'east']
const paths = [
  { path: '/in-order', isOrdered: true },
  { path: '/any', isOrdered: false },
]

/**
 * The process of the receivers is killed, and comes back after a minute. Without anybody's help they are told of
 * everything: within the waits of the product, and in the order of the log where it is kept. The short form is ten
 * seconds, and waits only for those that keep the order: the others are looked at again after a minute.
 */
export const receiverDown: Drill = {
  number: 19,
  title: 'the receivers of webhooks are down for a minute',
  async run(rig, isQuick) {
    const downSeconds = isQuick ? 10 : 60
    const service = await rig.startService(hookSettings)
    const hooks = await openHooks(rig, service, tenants, isQuick ? paths.slice(0, 1) : paths)
    try {
      await rig.startLoad([service], { tenants, perSecond: 20 })
      await rig.until('messages arrive', 20, async () => (await hooks.peer.lines()).length > 10)
      const end = rig.beginFault()
      await hooks.peer.kill()
      await rig.sleep(downSeconds)
      const waiting = await countUntold(rig, hooks, hooks.all)
      await hooks.peer.restart()
      end()
      const backAt = performance.now()
      await rig.stopLoad()
      // An ordered webhook looks again after 5, 10, 20 and 40 seconds, others after a minute, and after two more.
      const patience = isQuick ? 30 : 150
      await rig.until('every receiver is told of every new ticket', patience, async () => {
        return (await countUntold(rig, hooks, hooks.all)) === 0
      })
      const seconds = (performance.now() - backAt) / 1_000
      if (waiting < 20) throw new Error(`only ${waiting} messages waited when the receivers came back`)
      const { messages, repeated } = await checkHooks(rig, hooks)
      return {
        note:
          `${messages} messages, none lost, none before its turn, ${repeated} came again; ${waiting} waited after ` +
          `${downSeconds} s, and all had arrived ${seconds.toFixed(1)} s later`,
      }
    } finally {
      await hooks.peer.kill()
    }
  },
}
