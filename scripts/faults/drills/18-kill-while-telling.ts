import { checkHooks, countUntold, hookSettings, openHooks, untilAllTold } from '../drill-hooks.ts'
import type { Drill } from '../rig.ts'

const tenants = ['north', 'east']
const paths = [
  { path: '/any', isOrdered: false },
  { path: '/in-order', isOrdered: true },
]
/** How long the receivers take for a message, so that a kill comes in the middle of one. */
const takesMs = 20

/** The program is killed while it delivers to webhooks, with a backlog. A message comes again with the same id. */
export const killWhileTelling: Drill = {
  number: 18,
  title: 'SIGKILL while webhooks are delivered',
  async run(rig, isQuick) {
    const kills = isQuick ? 2 : 8
    const service = await rig.startService(hookSettings)
    const hooks = await openHooks(rig, service, tenants, paths)
    try {
      hooks.peer.behave({}, takesMs)
      await rig.startLoad([service], { tenants, perSecond: isQuick ? 40 : 80 })
      let midway = 0
      for (let kill = 1; kill <= kills; kill += 1) {
        const before = (await hooks.peer.lines().catch(() => [])).length
        await rig.until('messages are on their way', 20, async () => (await hooks.peer.lines()).length > before + 10)
        const end = rig.beginFault()
        await service.kill()
        midway += await countUntold(rig, hooks, hooks.all)
        const { rows: dead } = await rig.facts.pool.query('select process_id from worker_processes')
        end()
        await service.start()
        // The webhooks that the dead process had are free after half a minute, which the short form does not wait.
        if (!isQuick) await rig.sleep(32)
        else
          await rig.until('the webhooks are free', 30, async () => {
            await rig.facts.hastenDeadJobs()
            const { rowCount } = await rig.facts.pool.query('select from webhooks where holder = any ($1::uuid[])', [
              dead.map(({ process_id }) => process_id),
            ])
            return rowCount === 0
          })
      }
      await rig.stopLoad()
      await untilAllTold(rig, hooks, isQuick, isQuick ? 30 : 200)
      const { messages, repeated } = await checkHooks(rig, hooks)
      if (midway === 0) throw new Error('nothing waited when the program was killed')
      return {
        repeats: kills * 10,
        note: `${messages} messages, none lost, ${repeated} came again; ${midway} waited at the kills`,
      }
    } finally {
      await hooks.peer.kill()
    }
  },
}
