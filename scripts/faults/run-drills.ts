// Runs the drills: in each of them something breaks under load, and a verifier looks for what was lost. `--quick` runs
// their short forms, `--only 1,2` runs some of them. Prints a table, writes faults.json, and fails when a drill fails.
import { mkdir, mkdtemp, realpath, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { flag, option, readOptions } from '../lib/options.ts'
import { type Cluster, openCluster, prepareTemplate } from './drill-cluster.ts'
import { desks } from './drill-tenants.ts'
import { killUnderLoad } from './drills/01-kill-under-load.ts'
import { killAfter250 } from './drills/02-kill-after-250.ts'
import { databaseStopped } from './drills/03-database-stopped.ts'
import { backendsTerminated } from './drills/04-backends-terminated.ts'
import { databaseBlackholed } from './drills/05-database-blackholed.ts'
import { commitCut } from './drills/06-commit-cut.ts'
import { mailFaults } from './drills/07-mail-faults.ts'
import { counterHeld } from './drills/08-counter-held.ts'
import { smallPool } from './drills/09-small-pool.ts'
import { slowClients } from './drills/10-slow-clients.ts'
import { rollingRestart } from './drills/11-rolling-restart.ts'
import { poisonJobs } from './drills/12-poison-jobs.ts'
import { clockWrong } from './drills/13-clock.ts'
import { everything } from './drills/14-everything.ts'
import { dumpAndRestore } from './drills/15-dump-and-restore.ts'
import { longTextsToMany } from './drills/16-long-texts-to-many.ts'
import { badReceivers } from './drills/17-bad-receivers.ts'
import { killWhileTelling } from './drills/18-kill-while-telling.ts'
import { receiverDown } from './drills/19-receiver-down.ts'
import { backInTime } from './drills/21-back-in-time.ts'
import { lineOf, type Result, tableOf } from './result-table.ts'
import { type Drill, type Findings, type OwnedRig, openRig } from './rig.ts'
import { verify } from './verify.ts'

const drills: Drill[] = [
  killUnderLoad,
  killAfter250,
  databaseStopped,
  backendsTerminated,
  databaseBlackholed,
  commitCut,
  mailFaults,
  counterHeld,
  smallPool,
  slowClients,
  rollingRestart,
  poisonJobs,
  clockWrong,
  everything,
  dumpAndRestore,
  longTextsToMany,
  badReceivers,
  killWhileTelling,
  receiverDown,
  backInTime,
]

/** A drill that takes longer has failed. */
const boundMs = { quick: 240_000, full: 600_000 }

const isDrill = (text: string): boolean => drills.some(({ number }) => String(number) === text)

const options = readOptions({
  script: 'faults',
  about: 'Breaks something under load, and looks for what was lost. Writes faults.json, and fails when a drill fails.',
  options: {
    quick: flag('runs the short forms'),
    only: option(
      '<number>,<number>',
      'only these drills',
      z
        .string()
        .transform((list) => list.split(','))
        .refine((numbers) => numbers.every(isDrill), {
          error: `must be numbers of drills. There are: ${drills.map(({ number, title }) => `${number} ${title}`).join('; ')}`,
        })
        .optional(),
    ),
  },
})
const wanted = drills.filter(({ number }) => options.only?.includes(`${number}`) ?? true)

/** The wanted drills for which this machine has everything. */
const chosen: Drill[] = []
for (const drill of wanted) {
  const missing = (await drill.missing?.()) ?? null
  if (missing === null) chosen.push(drill)
  else console.log(`== Drill ${drill.number} is skipped: ${missing} ==`)
}

const interrupted = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupted.abort())

type Outcome = Omit<Result, 'number' | 'title' | 'seconds'>

/** Runs a drill, waits until nothing waits any more, and verifies. */
const examine = async (drill: Drill, rig: OwnedRig): Promise<Outcome> => {
  const findings: Findings = await drill.run(rig, options.quick)
  await rig.stopLoad()
  const { facts = rig.facts } = findings
  const drainSeconds = await rig.drain(facts)
  const verdict = verify(await rig.readLedger(), await facts.read(), await rig.mail.lines(), rig.faults, findings)
  if (facts !== rig.facts) await facts.close()
  const problems = [...verdict.problems]
  for (const service of rig.services) {
    if (!(await service.isReady()))
      problems.push(`the program does not answer at the end of the drill; its last output:\n${service.lastOutput()}`)
  }
  return { verdict, drainSeconds, note: findings.note ?? '', problems }
}

const failed = (error: unknown): Outcome => ({
  verdict: null,
  drainSeconds: null,
  note: '',
  problems: [error instanceof Error ? error.message : String(error)],
})

/** Runs a drill on a rig of its own, within its bound, and cleans up. */
const runBounded = async (drill: Drill, cluster: Cluster, folder: string): Promise<Outcome> => {
  const bound = AbortSignal.timeout(options.quick ? boundMs.quick : boundMs.full)
  const signal = AbortSignal.any([bound, interrupted.signal])
  const over = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
  const name = `drill_${drill.number}`
  const rig = await openRig(cluster, join(folder, name), { database: name, isQuick: options.quick, signal })
  try {
    const examined = examine(drill, rig)
    const outcome = await Promise.race([examined, over]).catch(failed)
    if (signal.aborted) await Promise.race([examined.catch(() => {}), sleep(10_000)])
    return outcome
  } finally {
    over.catch(() => {})
    await rig.close()
  }
}

const results: Result[] = []

/** Runs drills, `atOnce` at the same time, and prints the line of the verifier for each. */
const runAll = async (wanted: Drill[], atOnce: number, cluster: Cluster, folder: string): Promise<void> => {
  const queue = [...wanted]
  const lane = async (): Promise<void> => {
    for (let drill = queue.shift(); drill !== undefined && !interrupted.signal.aborted; drill = queue.shift()) {
      const begin = performance.now()
      const outcome = await runBounded(drill, cluster, folder).catch(failed)
      const seconds = (performance.now() - begin) / 1_000
      const result = { number: drill.number, title: drill.title, ...outcome, seconds }
      results.push(result)
      const drained = outcome.drainSeconds?.toFixed(1) ?? '–'
      console.log(`${lineOf(result)} (${seconds.toFixed(0)} s, drained in ${drained} s)`)
      for (const problem of result.problems) console.log(`   ${problem}`)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, lane))
}

/**
 * Whether a drill failed although nothing was lost, doubled or left out: then a deadline was missed, or the rig failed.
 */
const hasOnlyBeenLate = ({ verdict, problems }: Result): boolean =>
  problems.length > 0 &&
  (verdict === null || verdict.missing + verdict.duplicates + verdict.gaps + verdict.mailsLost === 0)

await mkdir('.data', { recursive: true })
const folder = await realpath(await mkdtemp(join('.data', 'faults-')))
const cluster = await openCluster(folder)
try {
  await prepareTemplate(cluster, desks)
  const isAlone = ({ alone = false }: Drill): boolean => alone
  if (options.quick) {
    // Two at once, because drills in their short forms mostly wait. Drills that disturb others run alone.
    const together = chosen.filter((drill) => !isAlone(drill))
    await runAll(together, 2, cluster, folder)
    await runAll(chosen.filter(isAlone), 1, cluster, folder)
    const late = results.filter(hasOnlyBeenLate).map(({ number }) => number)
    if (late.length > 0)
      console.log(`These drills run once more, because the machine may have been busy: ${late.join(', ')}`)
    results.splice(0, results.length, ...results.filter(({ number }) => !late.includes(number)))
    await runAll(
      chosen.filter(({ number }) => late.includes(number)),
      1,
      cluster,
      folder,
    )
  } else await runAll(chosen, 1, cluster, folder)
} finally {
  await cluster.remove()
}

results.sort((a, b) => a.number - b.number)
const about = `${options.quick ? 'Short forms' : 'Full forms'}, ${new Date().toISOString().slice(0, 10)}, ${cpus().length} cores, Node ${process.version}`
console.log(`\n${about}\n\n${tableOf(results)}`)
await writeFile('faults.json', `${JSON.stringify({ about, results }, null, 2)}\n`)
const hasFailed = results.length < chosen.length || results.some(({ problems }) => problems.length > 0)
// `exit` is called, because Node 24 has been seen to wait without end, at full speed, for a handle to close.
process.exit(interrupted.signal.aborted ? 130 : hasFailed ? 1 : 0)
