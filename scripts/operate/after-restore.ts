import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { verifyAllChains } from '../../src/modules/insight/audit/chain.service.ts'
import { settleRestored } from '../../src/start/settle-restored.ts'
import { flag, option, readOptions } from '../lib/options.ts'
import { withApp } from '../lib/with-app.ts'

// Run it after a backup was restored, and before the program starts on it. The log has gone back then, which not every
// restore shows by itself. What waits in the backup may have been sent since the backup was made, and only the log
// of the mail server tells. Any form of log that names Message-IDs will do.
const options = readOptions({
  script: 'after-restore',
  about: `Run it after a backup was restored, and before the program starts on it. Begins a new epoch of the log of events, so that
nobody who follows the log takes what happens now for what happened before, and verifies the audit chains. Holds the
mails and the deliveries of webhooks that waited in the backup, because they may have been sent since. With a choice,
now or in a later run, they are no longer held. It may be run again.`,
  options: {
    'mail-log': option(
      '<file>',
      'the log of the mail server, in any form: mails that it names by their Message-ID count as sent, all else is sent',
      z.string().min(1).optional(),
    ),
    'send-waiting': flag('send all that is held, as far as no log names it'),
  },
})

const file = options['mail-log']
const mailLog =
  file === undefined
    ? null
    : await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
        console.error(`--mail-log: ${file} cannot be read (${error.code})`)
        process.exit(1)
      })
const row = (what: string, count: number | string, note = ''): void =>
  console.log(`${what.padEnd(38)} ${count}${note === '' ? '' : `  (${note})`}`)

await withApp(async (app) => {
  const settled = await settleRestored(app, { mailLog, sendsWaiting: options['send-waiting'] })
  const { epoch, isAtWork, mails, deliveries } = settled
  row('the new epoch of the log', epoch)
  if (mailLog !== null) row('mails that the log of the server names', mails.sent, 'marked as sent')
  row('mails that are held', mails.held)
  row('deliveries that are held', deliveries.held)
  row('mails that were released', mails.released, 'sent by the program')
  row('deliveries that were released', deliveries.released, 'sent by the program')
  if (isAtWork) {
    console.log('A worker is at work on this database, so nothing more was held: what waits now is sent.')
  }
  if (mails.held + deliveries.held > 0) {
    console.log('To decide what is held, run it again with --mail-log <file>, or with --send-waiting.')
  }
  let verified = 0
  for await (const { tenant, break: found } of verifyAllChains(app)) {
    if (found === null) verified += 1
    else {
      console.error(`${tenant}: the chain breaks at position ${found.position}: ${found.reason}`)
      process.exitCode = 1
    }
  }
  row('audit chains that are whole', verified)
}, true)
