import type { Drill } from '../rig.ts'

/** The program is killed while it works on requests and mails. Clients send their requests again under the same key. */
export const killUnderLoad: Drill = {
  number: 1,
  title: 'SIGKILL under load',
  async run(rig, isQuick) {
    const kills = isQuick ? 3 : 10
    const service = await rig.startService()
    await rig.startLoad([service], { perSecond: 60, clients: 32 })
    await rig.sleep(1)
    for (let kill = 1; kill <= kills; kill += 1) {
      await rig.sleep((isQuick ? 0.5 : 2) + Math.random())
      const end = rig.beginFault()
      await service.kill()
      end()
      await service.start()
    }
    await rig.sleep(1)
    // Each kill can come between the 250 and our update, for as many mails as jobs run at once.
    return { repeats: kills * 10 }
  },
}
