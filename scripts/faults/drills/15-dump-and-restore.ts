import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { dumpRows, restoreRows } from '../../../src/platform/db/row-dump.ts'
import { openFacts } from '../database-facts.ts'
import { prepareTemplate } from '../drill-cluster.ts'
import { deskSettings } from '../drill-tenants.ts'
import { headOf, startFollowers, strikeLost } from '../lost-time.ts'
import type { Drill } from '../rig.ts'

const afterRestore = fileURLToPath(new URL('../../operate/after-restore.ts', import.meta.url))
const run = promisify(execFile)

/** The database is dumped under load, works on, and is lost. A new PostgreSQL is filled from the dump and goes on. */
export const dumpAndRestore: Drill = {
  number: 15,
  title: 'dump under load, restored into a new cluster',
  async run(rig, isQuick) {
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

    const lost = await strikeLost(rig.folder, facts)

    const second = await rig.startService({ DATABASE_URL: url })
    end()
    // The log of the mail server comes later, while the program runs.
    await settle('--mail-log', join(rig.folder, 'mails.jsonl'))
    const told = await followers.goOn(second.url, head)
    await rig.startLoad([second])
    await rig.sleep(isQuick ? 2 : 20)
    await rig.stopLoad()
    await rig.drain(facts)
    await followers.finish(second.url, facts)
    return {
      facts,
      note: `${told}; ${lost.kept} tickets in the dump, ${waited} mails waited in it; ${lost.tickets} tickets and ${lost.mails} mails after it are lost`,
    }
  },
}
