import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { dumpRows, restoreRows } from '../../../src/platform/db/row-dump.ts'
import { type FactReader, openFacts } from '../database-facts.ts'
import { prepareTemplate } from '../drill-cluster.ts'
import { deskSettings } from '../drill-tenants.ts'
import { parseJsonLines } from '../json-lines.ts'
import { followFeed } from '../restored-feed.ts'
import type { Drill } from '../rig.ts'

const afterRestore = fileURLToPath(new URL('../../operate/after-restore.ts', import.meta.url))
const run = promisify(execFile)

/**
 * Removes the lines that came after the dump from a file of JSON lines, because what they tell of is lost. Answers with
 * them.
 */
const strike = async <Line>(file: string, isKnown: (line: Line) => boolean): Promise<Line[]> => {
  const parsed = parseJsonLines<Line>(await readFile(file, 'utf8'))
  const kept = parsed.filter(isKnown)
  await writeFile(file, kept.map((line) => `${JSON.stringify(line)}\n`).join(''))
  return parsed.filter((line) => !isKnown(line))
}

const followed = 'north'

/** The last position of the desk that is followed. */
const headOf = async ({ pool }: FactReader): Promise<number> => {
  const { rows } = await pool.query(
    'select h.position::int as head from event_heads h join tenants t on t.tenant_id = h.tenant_id where t.slug = $1',
    [followed],
  )
  return rows[0].head
}

/** Two followers of a desk's feed: one has read beyond the dump, and one has not. */
const startFollowers = async (url: string) => {
  const [ahead, behind] = [await followFeed(url, followed), await followFeed(url, followed)]
  await behind.readOn(url)
  return {
    readAhead: () => ahead.readOn(url),
    /** Both read on after the restore. Only the follower ahead is told of the fork, which is the end of the dump. */
    async goOn(at: string, head: number): Promise<string> {
      const lost = ahead.last() - head
      if (lost <= 0) throw new Error('no follower has read beyond the dump')
      const forks = [await ahead.readOn(at), await behind.readOn(at)]
      if (forks[0] !== head || forks[1] !== null) {
        throw new Error(`the followers were told of forks at ${forks.join(' and ')}, and the dump ends at ${head}`)
      }
      return `a follower was told to forget ${lost} events`
    },
    async finish(at: string, facts: FactReader): Promise<void> {
      for (const follower of [ahead, behind]) {
        if ((await follower.readOn(at)) !== null) throw new Error('a follower was told of a fork twice')
        await follower.compareWith(facts)
      }
    },
  }
}

/** The database is dumped under load, works on, and is lost. A new PostgreSQL is filled from the dump and goes on. */
export const dumpAndRestore: Drill = {
  number: 15,
  title: 'dump under load, restored into a new cluster',
  async run(rig, isQuick) {
    const [ledger, mails] = [join(rig.folder, 'ledger.jsonl'), join(rig.folder, 'mails.jsonl')]
    const first = await rig.startService()
    await rig.startLoad([first], { perSecond: isQuick ? 40 : 60 })
    await rig.sleep(isQuick ? 3 : 30)
    const followers = await startFollowers(first.url)
    const dump = await dumpRows(rig.databaseUrl)
    await rig.sleep(isQuick ? 1 : 10)
    await rig.stopLoad()
    await followers.readAhead()
    const end = rig.beginFault()
    await first.kill()

    const cluster = await rig.openCluster()
    await prepareTemplate(cluster, [])
    const url = await cluster.createDatabase('restored')
    await restoreRows(url, dump)
    const facts = openFacts(url)
    const head = await headOf(facts)
    const waited = (await facts.countWaiting()).mails
    // The operator runs this script before the program is started again. All that waits is held then.
    const env = { ...process.env, ...deskSettings, DATABASE_URL: url, SMTP_URL: `smtp://127.0.0.1:${rig.mail.port}` }
    const settle = (...options: string[]) => run(process.execPath, [afterRestore, ...options], { cwd: rig.folder, env })
    await settle()
    const stillWaiting = (await facts.countWaiting()).mails
    if (stillWaiting > 0) throw new Error(`${stillWaiting} mails of the dump are not held`)

    const known = await facts.read()
    const subjects = new Set(known.tickets.map(({ subject }) => subject))
    const keys = new Set([...subjects].map((subject) => subject.split(' ').at(-1)))
    const messageIds = new Set(known.mails.map(({ message_id }) => message_id))
    const lostLines = await strike<{ key: string }>(ledger, ({ key }) => keys.has(key))
    const lostMails = await strike<{ messageId: string }>(mails, ({ messageId }) => messageIds.has(messageId))

    const second = await rig.startService({ DATABASE_URL: url })
    end()
    // The log of the mail server comes later, while the program runs.
    await settle('--mail-log', mails)
    const told = await followers.goOn(second.url, head)
    await rig.startLoad([second])
    await rig.sleep(isQuick ? 2 : 20)
    await rig.stopLoad()
    await rig.drain(facts)
    await followers.finish(second.url, facts)
    return {
      facts,
      note: `${told}; ${known.tickets.length} tickets in the dump, ${waited} mails waited in it; ${new Set(lostLines.map(({ key }) => key)).size} tickets and ${lostMails.length} mails after it are lost`,
    }
  },
}
