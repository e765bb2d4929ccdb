import type { Drill } from '../rig.ts'

/**
 * The mail server answers with 250, and the program is killed before it can write that down: the mail server holds a
 * mail, the line to the database goes dead, the mail server answers with 250, and then the program is killed.
 */
export const killAfter250: Drill = {
  number: 2,
  title: "SIGKILL between SMTP's 250 and our update",
  async run(rig, isQuick) {
    const kills = isQuick ? 2 : 10
    const service = await rig.startService()
    await rig.startLoad([service], { perSecond: 20 })
    const repeatedFor = new Set<string>()
    for (let kill = 1; kill <= kills; kill += 1) {
      await rig.sleep(isQuick ? 0.5 : 2)
      const messageId = await rig.mail.hold()
      const end = rig.beginFault()
      await rig.databaseProxy.become('blackhole')
      await rig.mail.release(messageId)
      await service.kill()
      await rig.databaseProxy.become('pass')
      end()
      await service.start()
      repeatedFor.add(messageId)
    }
    await rig.stopLoad()
    await rig.drain()
    const taken = Map.groupBy(await rig.mail.lines(), ({ messageId }) => messageId)
    const notRepeated = [...repeatedFor].filter((messageId) => (taken.get(messageId)?.length ?? 0) < 2)
    if (notRepeated.length > 0) throw new Error(`these mails were not handed over again: ${notRepeated.join(', ')}`)
    // Beside the held mail, mails of the other nine jobs can have got their 250 at the same moment.
    return { repeats: kills * 10, note: `${repeatedFor.size} mails held, and each came again` }
  },
}
