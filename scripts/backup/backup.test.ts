import { createHash, randomBytes } from 'node:crypto'
import { cp, mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isPostmaster, readLockFile } from '../../src/platform/db/embedded/postmaster.ts'
import { startS3Server } from '../../src/testing/peers/s3-server.ts'
import { createTicket, ticketAbout } from '../../src/testing/support/create-tickets.ts'
import { attach, textFile } from '../../src/testing/support/files.ts'
import { newFolder, type Program, removeFolder, startProgram } from '../../src/testing/support/real-program.ts'
import type { Api } from '../../src/testing/support/requests.ts'
import { type Ended, runScriptWith } from '../../src/testing/support/run-script.ts'
import { adminPassword, register, signIn } from '../../src/testing/support/scene.ts'
import { listLine, type Manifest, readManifest, writeManifest } from './manifest.ts'

// The embedded database of a real program: backed up while the program writes, and restored elsewhere.

const secret = 'pq8Zr4-only-for-tests-8Wm2Yc6Tn0Lx5Kb9'
const bytesOfFile = randomBytes(300_000).toString('base64')

let home: string
let program: Program
let customer: Api
let first: { name: string; acknowledged: string[] }

const settings = { JWT_SECRET: secret, NODE_ENV: 'test' }
const run = (script: 'backup' | 'restore', dataDir: string, ...options: string[]): Promise<Ended> =>
  runScriptWith({ ...settings, DATA_DIR: join(home, dataDir) }, home, `backup/${script}`, ...options)
const backUp = (...options: string[]) => run('backup', 'desk', '--to', join(home, 'store'), ...options)
const restore = (dataDir: string, from = 'store', ...options: string[]) =>
  run('restore', dataDir, '--from', join(home, from), ...options)
const succeeded = ({ code, out, err }: Ended): string => {
  expect(code, [out, ...err].join('\n')).toBe(0)
  return out
}
const sha256Of = (text: string): string => createHash('sha256').update(text).digest('hex')
const startOn = (dataDir: string): Promise<Program> =>
  startProgram(home, { DATA_DIR: join(home, dataDir), ADMIN_PASSWORD: adminPassword })
const isRunning = (dataDir: string): boolean => {
  const cluster = join(home, dataDir, 'postgres')
  return isPostmaster(readLockFile(cluster)?.pid ?? 0, cluster)
}
const idsAt = async (person: Api): Promise<string[]> => {
  const ids: string[] = []
  for (let cursor = ''; ; ) {
    const { body } = await person.get(`/tickets?limit=100${cursor}`)
    ids.push(...body.tickets.map(({ ticket_id }: { ticket_id: string }) => ticket_id))
    if (body.page.next_cursor === null) return ids
    cursor = `&cursor=${body.page.next_cursor}`
  }
}

beforeAll(async () => {
  home = await newFolder()
  program = await startOn('desk')
  await program.says(/is ready/)
  customer = (await register(program.url)).customer
  const desk = { url: program.url, app: { config: { PUBLIC_URL: `http://localhost:${program.port}` } } }
  const ticket = await createTicket(customer, ticketAbout('with a file'))
  await attach(desk, customer, ticket, textFile('large.txt', bytesOfFile))

  const acknowledged = [ticket]
  const backup = backUp()
  const isDone = backup.then(() => true)
  while (!(await Promise.race([isDone, sleep(5, false)]))) acknowledged.push(await createTicket(customer))
  const out = succeeded(await backup)
  first = { name: out.slice(0, 16), acknowledged }
})
afterAll(async () => {
  if (program?.isRunning()) await program.stop()
  await removeFolder(home)
})

describe('a backup of the embedded database', () => {
  test('is whole although the program writes, and is restored with its files, in a new epoch', async () => {
    const out = succeeded(await restore('restored'))
    expect(out).toMatch(/audit chains that are whole +1\n/)
    expect(out).toMatch(new RegExp(`\nrestored +${first.name}\n$`))

    const restored = await startOn('restored')
    try {
      await restored.says(/is ready/)
      const person = (await signIn(restored.url)).admin
      const ids = await idsAt(person)
      // What was acknowledged before the backup ended may be in it, without gaps up to the last one.
      const last = ids.length
      expect(ids.sort()).toEqual(first.acknowledged.slice(0, last))
      expect(last).toBeGreaterThanOrEqual(1)
      const { body } = await person.get(`/tickets/${first.acknowledged[0]}/attachments`)
      const [{ attachment_id }] = body.attachments
      const link = await person.get(`/tickets/${first.acknowledged[0]}/attachments/${attachment_id}`)
      const file = await fetch(link.body.download_url)
      expect(await file.text()).toBe(bytesOfFile)
    } finally {
      await restored.stop()
    }
  })

  test('is refused over data and under a running program; told to, a restore sets the data aside', async () => {
    const over = await restore('restored')
    expect(over.err.at(-1)).toMatch(/There is a database in .* already. Say --overwrite/)
    expect(over.code).toBe(1)
    const under = await restore('desk', 'store', '--overwrite')
    expect(under.err.at(-1)).toMatch(/is in use. Stop the program first.$/)

    const aside = /what was there before +(\S+)/.exec(succeeded(await restore('restored', 'store', '--overwrite')))?.[1]
    expect(await readdir(aside ?? '')).toEqual(expect.arrayContaining(['attachments', 'postgres', 'postgres.password']))
    expect(await readdir(join(home, 'restored'))).not.toContain('restore.part')
    expect(isRunning('restored')).toBe(false)
  })

  test('with one broken byte is refused, and nothing is changed', async () => {
    await cp(join(home, 'store'), join(home, 'broken'), { recursive: true })
    const file = join(home, 'broken', first.name, 'database/global/pg_control')
    const bytes = await readFile(file)
    bytes.writeUInt8(bytes.readUInt8(100) ^ 1, 100)
    await writeFile(file, bytes)
    for (const options of [['--verify'], []]) {
      const { code, err } = await restore('untouched', 'broken', ...options)
      expect(err.at(-1)).toBe('database/global/pg_control is broken: its SHA-256 is another than was written')
      expect(code).toBe(1)
    }
    expect(await readdir(join(home, 'untouched')).catch(() => [])).toEqual([])
    expect(succeeded(await restore('untouched', 'store', '--verify'))).toBe(`${first.name} is whole\n`)
  })

  test('of another version, platform or kind is refused with the reason', async () => {
    const change = async (name: string, more: (manifest: Manifest) => Partial<Manifest>): Promise<Ended> => {
      const folder = join(home, name, first.name)
      await mkdir(folder, { recursive: true })
      const manifest = readManifest(await readFile(join(home, 'store', first.name, 'manifest.json'), 'utf8'))
      await writeFile(join(folder, 'manifest.json'), writeManifest({ ...manifest, ...more(manifest) }))
      return restore('untouched', name)
    }
    const newer = await change('newer', ({ migrations }) => ({ migrations: [...migrations, '29990101000000000_x__y'] }))
    expect(newer.err).toEqual([
      expect.stringMatching(/^The backup was made by a newer version, .* the migration 29990101000000000_x__y/),
    ])
    const elsewhere = await change('elsewhere', ({ database }) => ({
      database: { ...database, platform: 'sunos-sparc' } as Manifest['database'],
    }))
    expect(elsewhere.err).toEqual([expect.stringMatching(/^The backup is a copy of a database on sunos-sparc/)])
    const other = await change('other', () => ({ database: { kind: 'dump', server: 15 } }))
    expect(other.err).toEqual([expect.stringMatching(/Set DATABASE_URL/)])
    const older = await change('older', ({ database }) => ({ database: { ...database, server: 14 } }))
    expect(older.err).toEqual([expect.stringMatching(/^The backup is a copy of PostgreSQL 14, and the embedded/)])
  })

  test('that was cut off is none; the next one is whole, and old ones go when it is told how many to keep', async () => {
    await mkdir(join(home, 'store/20200101T000000Z.part'))
    await cp(join(home, 'store', first.name), join(home, 'store/20200102T000000Z'), { recursive: true })
    const manifest = readManifest(await readFile(join(home, 'store', first.name, 'manifest.json'), 'utf8'))
    const old = { ...manifest, name: '20200102T000000Z' }
    await writeFile(join(home, 'store/20200102T000000Z/manifest.json'), writeManifest(old))
    await cp(join(home, 'store/20200102T000000Z'), join(home, 'store/20200103T000000Z'), { recursive: true })
    const foreign = { ...old, name: '20200103T000000Z', desk: 'https://another.example.com' }
    await writeFile(join(home, 'store/20200103T000000Z/manifest.json'), writeManifest(foreign))

    const out = succeeded(await backUp('--keep', '2'))
    const [, made = ''] = /^(\d{8}T\d{6}Z) {2}/.exec(out) ?? []
    expect(out).toMatch(/\n20200102T000000Z {2}removed\n$/)
    // A draft of today may still be being made.
    expect(await readdir(join(home, 'store'))).toEqual(
      ['20200101T000000Z.part', '20200103T000000Z', first.name, made].sort(),
    )
    expect(succeeded(await restore('untouched', 'store', '--list')).split('\n')).toHaveLength(4)

    // A broken one is named, and hides no other.
    await writeFile(join(home, 'store/20200103T000000Z/manifest.json'), 'broken')
    const listed = await restore('untouched', 'store', '--list')
    expect(listed.out.split('\n')).toHaveLength(3)
    expect(listed.err).toEqual(['20200103T000000Z: manifest.json is broken: its SHA-256 is another'])
    expect(listed.code).toBe(1)
    const inside = await run('backup', 'desk', '--to', join(home, 'desk/attachments/backups'))
    expect(inside.err).toEqual([expect.stringMatching(/is inside of what is backed up\. Keep backups elsewhere\.$/)])
  })

  test('is restored over what a killed restore left behind, and says so when the secret is another', async () => {
    await mkdir(join(home, 'again/restore.part/postgres'), { recursive: true })
    await writeFile(join(home, 'again/restore.part/pid'), '999999999')
    const early = await startOn('again')
    expect((await early.exit()).code).toBe(1)
    expect(early.output()).toMatch(/A restore into \S+ is at work, or was cut off/)
    const { code, err } = await runScriptWith(
      { ...settings, JWT_SECRET: `${secret}-another`, DATA_DIR: join(home, 'again') },
      home,
      'backup/restore',
      '--from',
      join(home, 'store'),
    )
    expect(err.at(-1)).toMatch(/^JWT_SECRET is not the secret of the backup/)
    expect(code).toBe(1)
    expect((await readdir(join(home, 'again'))).sort()).toEqual(['attachments', 'postgres', 'postgres.password'])
  })
})

describe('buckets', () => {
  test('keep a backup, and get its attachments when the restored desk has them in a bucket; back again into files', async () => {
    const [backups, attachments] = [await startS3Server(), await startS3Server()]
    try {
      const { S3_ENDPOINT, S3_BUCKET, S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY } = backups.settings
      const keys = {
        BACKUP_S3_ENDPOINT: S3_ENDPOINT,
        BACKUP_S3_ACCESS_KEY_ID: S3_ACCESS_KEY_ID,
        BACKUP_S3_SECRET_ACCESS_KEY: S3_SECRET_ACCESS_KEY,
      }
      const call = (script: string, dataDir: string, own: object, ...options: string[]) =>
        runScriptWith(
          { ...settings, ...keys, ...own, DATA_DIR: join(home, dataDir) },
          home,
          `backup/${script}`,
          ...options,
        )
      succeeded(await call('backup', 'desk', {}, '--to', `s3://${S3_BUCKET}/desk`))
      succeeded(await call('restore', 'in-bucket', attachments.settings, '--from', `s3://${S3_BUCKET}/desk`))
      const [object] = [...attachments.objects.values()]
      expect(String(object?.bytes)).toBe(bytesOfFile)
      expect(await readdir(join(home, 'in-bucket'))).not.toContain('attachments')

      // The bucket has attachments now, and a restore over them is refused.
      const over = await call('restore', 'again-in-bucket', attachments.settings, '--from', `s3://${S3_BUCKET}/desk`)
      expect(over.err.at(-1)).toBe('There are attachments already. Say --overwrite to restore over them.')
      const copied = await call('backup', 'in-bucket', attachments.settings, '--to', join(home, 'of-bucket'))
      expect(succeeded(copied)).toMatch(/ files, /)
      const [name = ''] = await readdir(join(home, 'of-bucket'))
      const [tenant = ''] = await readdir(join(home, 'of-bucket', name, 'attachments'))
      const [file = ''] = await readdir(join(home, 'of-bucket', name, 'attachments', tenant))
      expect(await readFile(join(home, 'of-bucket', name, 'attachments', tenant, file), 'utf8')).toBe(bytesOfFile)
    } finally {
      await backups.stop()
      await attachments.stop()
    }
  })
})

describe('a hostile backup', () => {
  test('whose list leads out of its folder is refused before anything is written', async () => {
    const folder = join(home, 'hostile', first.name)
    await mkdir(folder, { recursive: true })
    const manifest = readManifest(await readFile(join(home, 'store', first.name, 'manifest.json'), 'utf8'))
    const line = listLine({ path: 'database/../../outside', size: 1, sha256: sha256Of('x') })
    const list = line + (await readFile(join(home, 'store', first.name, 'files.jsonl'), 'utf8'))
    const files = { ...manifest.files, count: manifest.files.count + 1, sha256: sha256Of(list) }
    await writeFile(join(folder, 'files.jsonl'), list)
    await writeFile(join(folder, 'manifest.json'), writeManifest({ ...manifest, files }))
    const { code, err } = await restore('untouched', 'hostile')
    expect(err.at(-1)).toMatch(/^files\.jsonl has a line that is no file of a backup/)
    expect(code).toBe(1)
    expect(await readdir(join(home, 'untouched')).catch(() => [])).toEqual([])
  })

  test('is not followed along links, neither of a file nor of a folder', async () => {
    const folder = join(home, 'links', first.name)
    await cp(join(home, 'store', first.name), folder, { recursive: true })
    await rename(join(folder, 'database/PG_VERSION'), join(home, 'elsewhere-version'))
    await symlink(join(home, 'elsewhere-version'), join(folder, 'database/PG_VERSION'))
    const file = await restore('untouched', 'links', '--verify')
    expect(file.err.at(-1)).toMatch(/database\/PG_VERSION is a link$/)

    await rm(join(folder, 'database/PG_VERSION'))
    await rename(join(home, 'elsewhere-version'), join(folder, 'database/PG_VERSION'))
    await rename(join(folder, 'database/global'), join(home, 'elsewhere-global'))
    await symlink(join(home, 'elsewhere-global'), join(folder, 'database/global'))
    const inside = await restore('untouched', 'links', '--verify')
    expect(inside.err.at(-1)).toMatch(/is behind a link$/)
  })
})
