import type { Drill } from '../rig.ts'

/** PostgreSQL is stopped under load, by turns as in a crash and in order, and is started again. The program goes on. */
export const databaseStopped: Drill = {
  number: 3,
  title: 'PostgreSQL stopped immediate and fast',
  alone: true,
  async run(rig, isQuick) {
    const rounds = isQuick ? 2 : 5
    const service = await rig.startService()
    const { pid } = service.program()
    await rig.startLoad([service])
    for (let round = 1; round <= rounds; round += 1) {
      await rig.sleep(isQuick ? 1 : 5)
      const end = rig.beginFault()
      await rig.cluster.stop(round % 2 === 1 ? 'immediate' : 'fast')
      await rig.sleep(isQuick ? 2 : 10)
      await rig.cluster.start()
      end()
    }
    await rig.sleep(isQuick ? 3 : 10)
    if (!(await service.isReady()) || service.program().pid !== pid) throw new Error('the program ended')
    // No mail comes twice: the program goes on, and knows which mails it has handed over.
    return {}
  },
}
