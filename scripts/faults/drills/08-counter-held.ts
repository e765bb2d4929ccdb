import { percentile } from '../../lib/statistics.ts'
import { holdCounterOf } from '../database-faults.ts'
import { type Answered, answersOf } from '../ledger.ts'
import type { Drill } from '../rig.ts'

const held = 'north'

/**
 * The server gives up waiting for a lock after two seconds (`timeouts.lock`). A request that waits behind another takes
 * four seconds. A busy machine can make one or two requests late, but not most of them.
 */
const refusedWithinMs = { most: 3_000, all: 6_000 }
/** Beyond both limits the other tenants are certainly slower. Less can be the machine. */
const slower = { times: 3, ms: 250 }

const p99 = (answers: Answered[]): number =>
  percentile(
    answers.filter(({ status }) => status === 201).map(({ ms }) => ms),
    0.99,
  )

/** A session holds the row that numbers the tickets of one tenant. That tenant waits, and no other tenant does. */
export const counterHeld: Drill = {
  number: 8,
  title: "One tenant's counter row held",
  alone: true,
  async run(rig, isQuick) {
    const seconds = isQuick ? 5 : 30
    const service = await rig.startService()
    await rig.startLoad([service])
    await rig.sleep(2) // the first requests of a program are slow
    const quietFrom = Date.now()
    await rig.sleep(seconds)
    const end = rig.beginFault()
    const heldFrom = Date.now()
    await holdCounterOf(rig, held, seconds)
    const heldTo = Date.now()
    end()
    await rig.sleep(1)
    await rig.stopLoad()

    const answers = answersOf(await rig.readLedger())
    // Counted by the time of sending. A second after `heldFrom` the row is certainly held.
    const sentBetween = (from: number, to: number): Answered[] =>
      answers.filter(({ at, ms }) => at - ms >= from && at - ms < to)
    const during = sentBetween(heldFrom + 1_000, heldTo)
    const refused = during.filter(({ tenant, at }) => tenant === held && at < heldTo)
    const strange = refused.filter(({ status }) => status !== 503 && status !== 409)
    if (refused.length === 0 || strange.length > 0) throw new Error(`${held} was answered ${strange[0]?.status}`)
    const others = during.filter(({ tenant }) => tenant !== held)
    const failed = others.filter(({ status }) => status !== 201)
    if (failed.length > 0) throw new Error(`another tenant was answered ${failed[0]?.status}`)
    const [before, meanwhile] = [
      p99(sentBetween(quietFrom, heldFrom).filter(({ tenant }) => tenant !== held)),
      p99(others),
    ]
    const refusedAfter = refused.map(({ ms }) => ms)
    const [middle, slowest] = [percentile(refusedAfter, 0.5), Math.max(...refusedAfter)]
    const note =
      `${held}: ${refused.length} refused, after ${middle.toFixed(0)} ms, the slowest ${slowest.toFixed(0)}; ` +
      `p99 of the others ${before.toFixed(0)} ms before, ${meanwhile.toFixed(0)} ms meanwhile`
    const isLate = middle > refusedWithinMs.most || slowest > refusedWithinMs.all
    const isSlower = meanwhile > before * slower.times && meanwhile > before + slower.ms
    if (isLate || isSlower) throw new Error(note)
    return { note }
  },
}
