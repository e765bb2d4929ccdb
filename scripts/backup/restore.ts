import 'dotenv/config'
import { z } from 'zod'
import { readMailLog } from '../lib/mail-log.ts'
import { flag, option, readOptions } from '../lib/options.ts'
import { withSettings } from '../lib/with-database.ts'
import { backupName } from './manifest.ts'
import { openPlace } from './open-place.ts'
import { restoreBackup } from './restore-backup.ts'
import { openBackup, readManifests, verifyBackup } from './stored-backup.ts'

// Restores a backup into the database and the store of the settings. Everything is checked before anything is changed.
const options = readOptions({
  script: 'restore',
  about: `Restores a backup of \`npm run backup\` into the database and the store of the settings, while the program is stopped.
Every byte is checked first. The restored desk has a new epoch of its log, and holds the mails and deliveries that waited
in the backup, unless the log of the mail server says which of them were sent, or --send-waiting says to send them all.
Restore only backups that you trust: the copy of a database can name programs that its server starts.`,
  options: {
    from: option('<folder|s3://bucket/prefix>', 'where backups are kept', z.string().min(1)),
    backup: option(
      '<name>',
      'which one; the newest when left out',
      z.string().regex(backupName, { error: 'must be the name of a backup, such as 20261127T031700Z' }).optional(),
    ),
    list: flag('prints the backups there are, and changes nothing'),
    verify: flag('reads and checks every byte of the backup, and changes nothing'),
    overwrite: flag('restores although there is data already, which is set aside'),
    'mail-log': option('<file>', 'the log of the mail server, in any form', z.string().min(1).optional()),
    'send-waiting': flag(
      'sends the mails and deliveries that waited in the backup, also those that were sent after it',
    ),
    'pg-bin': option('<folder>', 'where pg_restore is, for your own PostgreSQL, if not on PATH', z.string().optional()),
  },
})

await withSettings(async (config) => {
  const place = openPlace(config, options.from)
  if (options.list) {
    for await (const { name, manifest } of readManifests(place))
      console.log(`${name}  ${manifest.desk}  ${manifest.files.count} files, ${manifest.files.bytes} bytes`)
    return
  }
  const backup = await openBackup(place, options.backup)
  if (options.verify) {
    await verifyBackup(backup)
    console.log(`${backup.manifest.name} is whole`)
    return
  }
  const mailLog = await readMailLog(options['mail-log'])
  await restoreBackup(config, backup, {
    overwrites: options.overwrite,
    toolFolder: options['pg-bin'],
    choice: { mailLog, sendsWaiting: options['send-waiting'] },
  })
})
