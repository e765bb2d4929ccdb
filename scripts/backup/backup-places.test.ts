import { createHash, randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readConfig } from '../../src/platform/config.ts'
import { type S3Server, startS3Server } from '../../src/testing/peers/s3-server.ts'
import type { BackupPlace } from './backup-place.ts'
import { openPlace } from './open-place.ts'

// A folder and a bucket keep backups alike.

let folder: string
let store: S3Server
let places: Record<string, BackupPlace>

const [older, newer] = ['20261126T031700Z', '20261127T031700Z']
/** More than one part of an object in a bucket, and not a whole number of them. */
const large = randomBytes(33 * 1024 * 1024 + 5)
/** Exactly two parts, as a segment of the log of PostgreSQL is one. */
const even = large.subarray(0, 32 * 1024 * 1024)
const stream = (bytes: Buffer) => Readable.from([bytes.subarray(0, 10), bytes.subarray(10)])
const contentOf = (place: BackupPlace, name: string, path: string) => buffer(Readable.from(place.read(name, path)))

const bucketSettings = () => ({
  BACKUP_S3_ENDPOINT: store.settings.S3_ENDPOINT,
  BACKUP_S3_ACCESS_KEY_ID: store.settings.S3_ACCESS_KEY_ID,
  BACKUP_S3_SECRET_ACCESS_KEY: store.settings.S3_SECRET_ACCESS_KEY,
})

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'counterdesk-places-'))
  store = await startS3Server()
  const strange = { bytes: Buffer.from('x'), contentType: 'a/b', checksum: undefined, modifiedAt: new Date() }
  for (const key of ['a', 'desks/one/\u00e9', 'desks/onerous', 'desks/two/20261127T031700Z/manifest.json/000000'])
    store.objects.set(key, strange)
  const config = readConfig(bucketSettings())
  places = {
    'a folder': openPlace(config, join(folder, 'store')),
    'a bucket': openPlace(config, `s3://${store.settings.S3_BUCKET}/desks/one`),
  }
})
afterAll(async () => {
  await store.stop()
  await rm(folder, { recursive: true, force: true })
})

test.each(['a folder', 'a bucket'])('%s keeps backups', async (kind) => {
  const place = places[kind] as BackupPlace
  expect(await place.list()).toEqual([])
  for (const name of [newer, older]) {
    const draft = await place.begin(name)
    const written = await draft.write('database/large', stream(large))
    expect(written).toEqual({ size: large.length, sha256: createHash('sha256').update(large).digest('hex') })
    expect(await draft.write('database/empty', Readable.from([]))).toMatchObject({ size: 0 })
    await draft.write('database/even', stream(even))
    expect(await place.list()).not.toContain(name)
    await draft.finish('the manifest')
  }
  expect(await place.list()).toEqual([older, newer])
  expect((await contentOf(place, older, 'database/large')).equals(large)).toBe(true)
  expect((await contentOf(place, older, 'database/even')).equals(even)).toBe(true)
  expect(String(await contentOf(place, newer, 'manifest.json'))).toBe('the manifest')
  await expect(contentOf(place, newer, 'database/missing')).rejects.toThrow(/missing|ENOENT/)
  await expect(place.begin(newer)).rejects.toThrow(/already$/)

  const draft = await place.begin('20261128T031700Z')
  await draft.write('database/empty', Readable.from([]))
  await place.tidy(new Date(Date.now() - 60_000))
  await expect(draft.write('database/more', Readable.from([]))).resolves.toBeDefined()
  await draft.abandon()
  await place.remove(older)
  expect(await place.list()).toEqual([newer])
})

test('what was cut off is removed when it is old', async () => {
  const [inFolder, inBucket] = Object.values(places) as [BackupPlace, BackupPlace]
  await mkdir(join(folder, 'store/20200101T000000Z.part'))
  await utimes(join(folder, 'store/20200101T000000Z.part'), 0, 0)
  const old = { bytes: Buffer.from('x'), contentType: 'a/b', checksum: undefined, modifiedAt: new Date(0) }
  store.objects.set('desks/one/20200101T000000Z/database/x/000000', old)
  for (const place of [inFolder, inBucket]) {
    await place.tidy(new Date(1))
    await expect(place.begin('20200101T000000Z').then((draft) => draft.abandon())).resolves.toBeUndefined()
  }
  // What is of others stays.
  expect([...store.objects.keys()].filter((key) => !key.startsWith('desks/one/2')).sort()).toEqual([
    'a',
    'desks/one/\u00e9',
    'desks/onerous',
    'desks/two/20261127T031700Z/manifest.json/000000',
  ])
})

test('a store that is away for a moment is asked again; one that stays away is named', async () => {
  const place = places['a bucket'] as BackupPlace
  const draft = await place.begin('20261129T031700Z')
  let failures = 1
  store.before = (request) => {
    store.mood = request === 'PUT' && failures-- > 0 ? 'failing' : 'well'
  }
  await draft.write('database/x', Readable.from([Buffer.from('x')]))
  failures = Number.POSITIVE_INFINITY
  await expect(draft.write('database/y', Readable.from([Buffer.from('y')]))).rejects.toThrow(/the store answers 503/)
  store.before = () => {}
  store.mood = 'well'
  await draft.abandon()
  expect([...store.objects.keys()].filter((key) => key.includes('20261129'))).toEqual([])
})

test.each<[string, () => Record<string, string | undefined>, RegExp]>([
  ['s3://B/../x', bucketSettings, /is no address of a bucket/],
  ['s3://backups/../x', bucketSettings, /is no address of a bucket/],
  ['s3://backups/desk', () => ({}), /^Set BACKUP_S3_ENDPOINT, /],
  ['s3://attachments-test/desk', () => store.settings, /^This is the bucket of the attachments/],
])('%s is refused', (where, settings, reason) => {
  expect(() => openPlace(readConfig(settings()), where)).toThrow(reason)
})
