import { z } from 'zod'
import { systemClock } from '../../src/platform/clock.ts'
import { createPool } from '../../src/platform/db/pool.ts'
import { createLog } from '../../src/platform/log.ts'
import { option, readOptions, WholeNumber } from '../lib/options.ts'
import { withDatabase } from '../lib/with-database.ts'
import type { BackupPlace } from './backup-place.ts'
import { makeBackup, refuseInside } from './make-backup.ts'
import { openPlace } from './open-place.ts'
import { readManifests } from './stored-backup.ts'

// Makes a backup of the whole desk while the program works, and removes old backups when it is told how many to keep.
const options = readOptions({
  script: 'backup',
  about: `Backs up the database and the attachments while the program works. The backup appears in its place when it is whole.
\`npm run restore\` checks and restores it. It has the desk's data and secrets in clear: keep it where nobody else reads.`,
  options: {
    to: option('<folder|s3://bucket/prefix>', 'where backups are kept', z.string().min(1)),
    keep: option(
      '<number>',
      'how many backups of this desk stay there; older ones are removed when the new one is whole',
      WholeNumber.pipe(z.int().min(1, { error: 'must be 1 or more' })).optional(),
    ),
    'pg-bin': option('<folder>', 'where pg_dump is, for your own PostgreSQL, if not on PATH', z.string().optional()),
  },
})

/** What was cut off so long ago is not being made any more. */
const draftHours = 24

/** Removes all but the newest backups of a desk. A place may keep those of other desks, too. */
const removeOld = async (place: BackupPlace, desk: string, kept: number): Promise<string[]> => {
  const own: string[] = []
  for await (const { name, manifest } of readManifests(place)) if (manifest.desk === desk) own.push(name)
  const old = own.slice(0, -kept)
  for (const name of old) await place.remove(name)
  return old
}

await withDatabase(async ({ config, url }) => {
  refuseInside(config, options.to)
  const place = openPlace(config, options.to)
  await place.tidy(new Date(systemClock.now() - draftHours * 3_600_000))
  const pool = createPool({ url, size: 2, applicationName: 'counterdesk backup', isPatient: true }, createLog('warn'))
  try {
    const { name, files, desk } = await makeBackup({ config, pool, url, toolFolder: options['pg-bin'] }, place)
    console.log(`${name}  ${files.count} files, ${files.bytes} bytes`)
    if (options.keep === undefined) return
    for (const old of await removeOld(place, desk, options.keep)) console.log(`${old}  removed`)
  } finally {
    await pool.end()
  }
})
