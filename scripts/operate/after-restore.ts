import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { settleMailsByLog } from '../../src/modules/channels/outgoing-mail/outgoing-mail.service.ts'
import { option, readOptions } from '../lib/options.ts'
import { withApp } from '../lib/with-app.ts'

// Run it after a backup was restored, and before the program starts on it. Mails that wait in the backup may have been
// sent since the backup was made, and only the log of the mail server tells. Any form of log that names Message-IDs
// will do.
const options = readOptions({
  script: 'after-restore',
  about: `Run it after a backup was restored, and before the program starts on it. Marks those waiting mails as sent that the
log of the mail server names by their Message-ID.`,
  options: { 'mail-log': option('<file>', 'the log of the mail server, in any form', z.string().min(1)) },
})

const log = await readFile(options['mail-log'], 'utf8').catch((error: Error) => {
  console.error(`--mail-log: ${error.message}`)
  process.exit(1)
})
await withApp(async (app) => {
  const { sent, waiting } = await settleMailsByLog(app, log)
  console.log(`mails that waited and are in the log   ${sent}  (marked as sent)`)
  console.log(`mails that still wait                  ${waiting}  (sent when the program starts)`)
})
