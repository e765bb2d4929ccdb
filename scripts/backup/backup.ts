import { z } from 'zod'
import { systemClock } from '../../src/platform/clock.ts'
import { createPool } from '../../src/platform/db/pool.ts'
import { createLog } from '../../src/platform/log.ts'
import { option, readOptions, WholeNumber } from '../lib/options.ts'
import { withDatabase } from '../lib/with-database.ts'
import type { BackupPlace } from './backup-place.ts'
import { makeBackup, refuseInside } from './make-backup.ts'
import type { Manifest } from './manifest.ts'
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

/**
 * Removes all but the new backup of a desk and the newest of its others, so that `kept` stay. A place may keep those of
 * other desks, too. After a clock that went back the new one may have an older name than others; it stays all the same.
 */
const removeOld = async (place: BackupPlace, { desk, name: made }: Manifest, kept: number): Promise<string[]> => {
  const others: string[] = []
  for await (const { name, manifest } of readManifests(place))
    if (manifest.desk === desk && name !== made) others.push(name)
  const old = others.slice(0, Math.max(0, others.length - (kept - 1)))
  for (const name of old) await place.remove(name)
  return old
}

await withDatabase(async ({ config, url }) => {
  refuseInside(config, options.to)
  const place = openPlace(config, options.to)
  await place.tidy(new Date(systemClock.now() - draftHours * 3_600_000))
  const pool = createPool({ url, size: 2, applicationName: 'counterdesk backup', isPatient: true }, createLog('warn'))
  try {
    const made = await makeBackup({ config, pool, url, toolFolder: options['pg-bin'] }, place)
    const { name, files } = made
    console.log(`${name}  ${files.count} files, ${files.bytes} bytes`)
    if (options.keep === undefined) return
    for (const old of await removeOld(place, made, options.keep)) console.log(`${old}  removed`)
  } finally {
    await pool.end()
  }
})
