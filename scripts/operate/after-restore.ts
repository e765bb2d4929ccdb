import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { settleMailsByLog } from '../../src/modules/channels/outgoing-mail/outgoing-mail.service.ts'
import { followersOf } from '../../src/modules.ts'
import { beginRestoredEpoch } from '../../src/platform/events/log-epoch.ts'
import { option, readOptions } from '../lib/options.ts'
import { withApp } from '../lib/with-app.ts'

// Run it after a backup was restored, and before the program starts on it. The log has gone back then, which not every
// restore shows by itself. Mails that wait in the backup may have been sent since the backup was made, and only the log
// of the mail server tells. Any form of log that names Message-IDs will do.
const options = readOptions({
  script: 'after-restore',
  about: `Run it after a backup was restored, and before the program starts on it. Begins a new epoch of the log of events, so that
nobody who follows the log takes what happens now for what happened before. Marks those waiting mails as sent that the
log of the mail server names by their Message-ID. It may be run again.`,
  options: {
    'mail-log': option('<file>', 'the log of the mail server, in any form', z.string().min(1).optional()),
  },
})

const file = options['mail-log']
const log =
  file === undefined
    ? ''
    : await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
        console.error(`--mail-log: ${file} cannot be read (${error.code})`)
        process.exit(1)
      })
await withApp(async (app) => {
  // The epoch comes first, because the next step places the events that wait.
  const epoch = await beginRestoredEpoch(app.pool)
  const { sent, waiting } = await settleMailsByLog(app, log, followersOf(app))
  console.log(`the new epoch of the log               ${epoch}`)
  if (file === undefined) {
    console.log(`mails that wait                        ${waiting}  (sent when the program starts)`)
    console.log(
      `Without --mail-log no mail was marked as sent: a mail that was sent after the backup is sent once more.`,
    )
    return
  }
  console.log(`mails that waited and are in the log   ${sent}  (marked as sent)`)
  console.log(`mails that still wait                  ${waiting}  (sent when the program starts)`)
})
