import { z } from 'zod'
import { readMailLog } from '../lib/mail-log.ts'
import { flag, option, readOptions } from '../lib/options.ts'
import { settleAndReport } from '../lib/settle-and-report.ts'
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

await withApp(async (app) => {
  const mailLog = await readMailLog(options['mail-log'])
  await settleAndReport(app, { mailLog, sendsWaiting: options['send-waiting'] })
}, true)
