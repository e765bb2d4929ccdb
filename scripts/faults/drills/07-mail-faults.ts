import type { Behaviour } from '../../../src/testing/peers/smtp-server.ts'
import type { Drill } from '../rig.ts'

/**
 * The mail server is away. Then it does everything at once that a mail server can do, to one recipient each: it
 * greylists, refuses for good, answers late, does not answer, and cuts the line after the dot. Then it accepts all
 * mails again, but for the recipient that it refuses for good.
 */
export const mailFaults: Drill = {
  number: 7,
  title: 'SMTP away, greylisting, 550, tarpit, cut after the dot',
  async run(rig, isQuick) {
    const service = await rig.startService({ SMTP_TIMEOUT_SECONDS: '3' })
    const refusedForGood = 'customer3@'
    const rules: Record<string, Behaviour> = {
      [refusedForGood]: '550',
      'customer1@': 'greylist',
      'customer2@': 'tarpit',
      'customer4@': 'cut-after-dot',
      'admin@west': 'hang',
    }
    rig.mail.behave({ [refusedForGood]: '550' })
    await rig.startLoad([service], { perSecond: isQuick ? 20 : 40 })
    await rig.sleep(1)
    const end = rig.beginFault()
    await rig.mailProxy.become('refuse')
    rig.mailProxy.cut()
    await rig.sleep(isQuick ? 3 : 60)
    await rig.mailProxy.become('pass')
    rig.mail.behave(rules)
    await rig.sleep(isQuick ? 4 : 30)
    rig.mail.behave({ [refusedForGood]: '550' })
    end()
    await rig.sleep(2)
    await rig.stopLoad()
    const drainSeconds = await rig.drain()

    const lines = await rig.mail.lines()
    const refusals = lines.filter(({ recipient, verdict }) => verdict === '550' && recipient.includes(refusedForGood))
    const facts = await rig.facts.read()
    const refused = facts.mails.filter(({ recipient }) => recipient.includes(refusedForGood))
    if (refusals.length !== refused.length) {
      throw new Error(`${refused.length} mails were refused for good, in ${refusals.length} attempts`)
    }
    const cuts = lines.filter(({ verdict }) => verdict === 'cut').length
    // A mail that was cut after the dot comes again. A mail on its way when the line was cut can come again, too.
    return {
      repeats: cuts + 10,
      refused: (recipient) => recipient.includes(refusedForGood),
      note: `${refused.length} refused for good, ${cuts} cut after the dot, backlog gone after ${drainSeconds?.toFixed(0) ?? '–'} s`,
    }
  },
}
