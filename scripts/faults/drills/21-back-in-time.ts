import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type ArchivedCluster, openArchivedCluster, whyNotArchived } from '../archived-cluster.ts'
import { type FactReader, openFacts } from '../database-facts.ts'
import { prepareTemplate, templateDatabase } from '../drill-cluster.ts'
import { deskSettings, desks } from '../drill-tenants.ts'
import { answersOf } from '../ledger.ts'
import { headOf, startFollowers, strikeLost } from '../lost-time.ts'
import type { Drill, Rig } from '../rig.ts'

const scriptOf = (name: string): string => fileURLToPath(new URL(`../../operate/${name}.ts`, import.meta.url))

const some = (keys: string[]): string => `${keys.length}, such as ${keys.slice(0, 3).join(', ')}`

/** @throws Error when the restored desk lacks what was acknowledged before that time, or has what was sent after it. */
const compareWithTime = async (rig: Rig, facts: FactReader, time: number): Promise<void> => {
  const lines = await rig.readLedger()
  const restored = new Set((await facts.read()).tickets.map(({ subject }) => subject.split(' ').at(-1)))
  const before = answersOf(lines).filter(({ status, at }) => status === 201 && at < time)
  const missing = before.filter(({ key }) => !restored.has(key)).map(({ key }) => key)
  if (before.length === 0) throw new Error('nothing was acknowledged before the time')
  if (missing.length > 0) throw new Error(`acknowledged before the time, but not restored: ${some(missing)}`)
  const began = new Map<string, number>()
  for (const { kind, key, at } of lines) if (kind === 'sent' && !began.has(key)) began.set(key, at)
  const late = [...began].filter(([key, at]) => at > time && restored.has(key)).map(([key]) => key)
  if (late.length > 0) throw new Error(`restored, but sent after the time: ${some(late)}`)
}

/** The clock of the database, as its text and in milliseconds since 1970. */
const clockOf = async ({ pool }: FactReader): Promise<{ text: string; ms: number }> => {
  const { rows } = await pool.query(
    'select t::text as text, floor(extract(epoch from t) * 1000)::float8 as ms from clock_timestamp() t',
  )
  return rows[0]
}

/** Backups under load, then a moment, and then somebody destroys the desk's tickets. */
const destroyUnderLoad = async (rig: Rig, cluster: ArchivedCluster, facts: FactReader, url: string, pause: number) => {
  const full = await cluster.backup('full')
  await rig.sleep(pause)
  const incremental = await cluster.backup('incr')
  const followers = await startFollowers(url)
  await rig.sleep(pause)
  const moment = await clockOf(facts)
  await rig.sleep(pause)
  await followers.readAhead()
  await facts.pool.query('truncate tickets cascade')
  await rig.sleep(pause)
  return { moment, followers, backups: `full ${full.toFixed(1)} s, incremental ${incremental.toFixed(1)} s` }
}

/** Somebody destroys data under load. The database goes back to the moment before, with pgBackRest, and works on. */
export const backInTime: Drill = {
  number: 21,
  title: 'tickets destroyed under load, back in time with pgBackRest',
  missing: whyNotArchived,
  async run(rig, isQuick) {
    const cluster = await openArchivedCluster()
    rig.removeAtEnd(cluster)
    await prepareTemplate(cluster, desks)
    const url = cluster.url(templateDatabase)
    const first = await rig.startService({ DATABASE_URL: url })
    await rig.startLoad([first], { perSecond: isQuick ? 30 : 60 })
    const before = openFacts(url)
    const { moment, followers, backups } = await destroyUnderLoad(rig, cluster, before, first.url, isQuick ? 1 : 10)
    await rig.stopLoad()
    await before.close()
    const end = rig.beginFault()
    await first.kill('SIGTERM')
    await cluster.stop()
    const took = await cluster.restoreTo(moment.text)

    const facts = openFacts(url)
    const head = await headOf(facts)
    const env = { ...process.env, ...deskSettings, DATABASE_URL: url, SMTP_URL: `smtp://127.0.0.1:${rig.mail.port}` }
    const operate = async (name: string, ...args: string[]): Promise<void> => {
      await promisify(execFile)(process.execPath, [scriptOf(name), ...args], { cwd: rig.folder, env })
    }
    await operate('after-restore', '--mail-log', join(rig.folder, 'mails.jsonl'))
    await operate('audit-verify')
    await compareWithTime(rig, facts, moment.ms)
    const lost = await strikeLost(rig.folder, facts)

    const second = await rig.startService({ DATABASE_URL: url })
    end()
    const told = await followers.goOn(second.url, head)
    await rig.startLoad([second])
    await rig.sleep(isQuick ? 2 : 20)
    await rig.stopLoad()
    await rig.drain(facts)
    await followers.finish(second.url, facts)
    const again = await cluster.backup(isQuick ? 'incr' : 'full')
    return {
      facts,
      note: `${backups}, restored in ${took.toFixed(1)} s, and the next backup ${again.toFixed(1)} s; ${told}; ${lost.kept} tickets at that moment; ${lost.tickets} tickets and ${lost.mails} mails after it are lost`,
    }
  },
}
