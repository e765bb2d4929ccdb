import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { dumpRows, restoreRows } from '../../../src/platform/db/row-dump.ts'
import { openFacts } from '../database-facts.ts'
import { prepareTemplate } from '../drill-cluster.ts'
import { deskSettings } from '../drill-tenants.ts'
import { parseJsonLines } from '../json-lines.ts'
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

/** The database is dumped under load, works on, and is lost. A new PostgreSQL is filled from the dump and goes on. */
export const dumpAndRestore: Drill = {
  number: 15,
  title: 'dump under load, restored into a new cluster',
  async run(rig, isQuick) {
    const [ledger, mails] = [join(rig.folder, 'ledger.jsonl'), join(rig.folder, 'mails.jsonl')]
    const first = await rig.startService()
    await rig.startLoad([first], { perSecond: isQuick ? 40 : 60 })
    await rig.sleep(isQuick ? 3 : 30)
    const dump = await dumpRows(rig.databaseUrl)
    await rig.sleep(isQuick ? 1 : 10)
    await rig.stopLoad()
    const end = rig.beginFault()
    await first.kill()

    const cluster = await rig.openCluster()
    await prepareTemplate(cluster, [])
    const url = await cluster.createDatabase('restored')
    await restoreRows(url, dump)
    const facts = openFacts(url)
    const waited = (await facts.countWaiting()).mails
    // The operator runs this script before the program is started again.
    const env = { ...process.env, ...deskSettings, DATABASE_URL: url, SMTP_URL: `smtp://127.0.0.1:${rig.mail.port}` }
    await run(process.execPath, [afterRestore, '--mail-log', mails], { cwd: rig.folder, env })

    const known = await facts.read()
    const subjects = new Set(known.tickets.map(({ subject }) => subject))
    const keys = new Set([...subjects].map((subject) => subject.split(' ').at(-1)))
    const messageIds = new Set(known.mails.map(({ message_id }) => message_id))
    const lostLines = await strike<{ key: string }>(ledger, ({ key }) => keys.has(key))
    const lostMails = await strike<{ messageId: string }>(mails, ({ messageId }) => messageIds.has(messageId))

    const second = await rig.startService({ DATABASE_URL: url })
    end()
    await rig.startLoad([second])
    await rig.sleep(isQuick ? 2 : 20)
    return {
      facts,
      note: `${known.tickets.length} tickets in the dump, ${waited} mails waited in it; ${new Set(lostLines.map(({ key }) => key)).size} tickets and ${lostMails.length} mails after it are lost`,
    }
  },
}
