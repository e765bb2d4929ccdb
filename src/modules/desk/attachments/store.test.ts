import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { many, sql } from '../../../platform/db/sql.ts'
import { AppError } from '../../../platform/errors.ts'
import { objectKey } from '../../../platform/storage/object-key.ts'
import { createS3Store } from '../../../platform/storage/s3-store.ts'
import { type S3Server, startS3Server } from '../../../testing/peers/s3-server.ts'
import { createTicket } from '../../../testing/support/create-tickets.ts'
import { announcementOf, attach, textFile, upload } from '../../../testing/support/files.ts'
import { createWorld, type World } from '../../../testing/support/people.ts'
import { verdict } from '../../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { countMissingAttachments, reconcileStore, sweepUploads } from './store.service.ts'

const path = '/tickets/TKT0001/attachments'
const bytes = Buffer.from('left behind')

describe.each(['files of our own', 'an S3 store'])('With %s,', (kind) => {
  let server: S3Server | undefined
  let desk: Desk
  let world: World
  let tenantId: number
  beforeAll(async () => {
    if (kind === 'an S3 store') server = await startS3Server()
    desk = await startDesk({ settings: server?.settings })
    world = await createWorld(desk)
    tenantId = world.tenantId
    await createTicket(world.cleo)
  })
  afterAll(async () => {
    await desk?.stop()
    await server?.stop()
  })
  const keys = async (): Promise<string[]> => (await desk.app.store.list(null, 1_000)).map(({ key }) => key)

  test('objects are listed in the order of their keys, page by page', async () => {
    const made = Array.from({ length: 12 }, (_, index) => objectKey(index % 3, crypto.randomUUID()))
    for (const key of made) await desk.app.store.put(key, bytes, 'text/plain')
    const listed: string[] = []
    let page = await desk.app.store.list(null, 5)
    while (page.length > 0) {
      listed.push(...page.map(({ key }) => key))
      page = await desk.app.store.list(listed.at(-1) ?? '', 5)
    }
    expect(listed).toEqual(made.toSorted())
    await desk.app.store.remove([...made, ...made])
    expect(await keys()).toEqual([])
  })

  test('uploads that nobody registers are swept with what was uploaded of them', async () => {
    const { cleo } = world
    const upload_id = await upload(desk, cleo, 'TKT0001', textFile())
    const kept = await attach(desk, cleo, 'TKT0001')
    await sweepUploads(desk.app, 100)
    expect(await keys()).toHaveLength(2)
    await many(desk.app.pool, z.object({}), sql`update attachment_uploads set expires_at = now() - interval '1 second'`)
    const late = await cleo.post(path, { upload_id })
    expect(verdict(late)).toEqual([404, 'upload_not_found'])
    await sweepUploads(desk.app, 100)
    expect(await keys()).toEqual([objectKey(tenantId, kept.attachment_id)])
    await world.ada.delete(`${path}/${kept.attachment_id}`)
    await expect.poll(keys).toEqual([])
  })

  test('the nightly comparison removes what nobody knows and marks what is not there, until it is again', async () => {
    const { ada, cleo } = world
    const [kept, lost] = [await attach(desk, cleo, 'TKT0001'), await attach(desk, cleo, 'TKT0001')]
    const waiting = await upload(desk, cleo, 'TKT0001', textFile())
    const orphan = objectKey(tenantId, crypto.randomUUID())
    await desk.app.store.put(orphan, bytes, 'text/plain')
    const lostKey = objectKey(tenantId, lost.attachment_id)
    await desk.app.store.remove([lostKey])
    await many(desk.app.pool, z.object({}), sql`update attachments set created_at = now() - interval '1 day'`)
    const expected = [objectKey(tenantId, kept.attachment_id), objectKey(tenantId, waiting)]

    // A young object stays, because its attachment may not be written yet.
    await reconcileStore(desk.app)
    expect(await keys()).toEqual([...expected, orphan].toSorted())
    const gone = await cleo.get(`${path}/${lost.attachment_id}`)
    expect(verdict(gone)).toEqual([410, 'attachment_missing'])
    expect(await countMissingAttachments(desk.app)).toBe(1)

    // A store that says of every object that it is two days old.
    const { store } = desk.app
    const list: typeof store.list = async (after, limit) =>
      (await store.list(after, limit)).map((object) => ({
        ...object,
        modifiedAt: new Date(Date.now() - 2 * 86_400_000),
      }))
    await reconcileStore({ ...desk.app, store: { ...store, list } })
    expect(await keys()).toEqual(expected.toSorted())

    await store.put(lostKey, textFile().bytes, 'text/plain')
    await reconcileStore(desk.app)
    expect((await cleo.get(`${path}/${lost.attachment_id}`)).status).toBe(200)
    expect(await countMissingAttachments(desk.app)).toBe(0)
    expect((await ada.get(path)).body.attachments.map(({ missing_at }: { missing_at: unknown }) => missing_at)).toEqual(
      [null, null],
    )
  })
})

test('what is left of an upload that was cut off goes with the orphans; strange files stay', async () => {
  const desk = await startDesk({ withWorker: false })
  const { store, config } = desk.app
  const key = objectKey(1, crypto.randomUUID())
  await store.put(key, bytes, 'text/plain')
  const folder = join(config.DATA_DIR, 'attachments', '0000000001', key.slice(11, 13))
  const draft = `${key.slice(11)}.0123456789ab.part`
  for (const name of [draft, 'notes.txt', `${draft}.bak`]) await writeFile(join(folder, name), bytes)
  expect((await store.list(null, 10)).map((object) => object.key)).toEqual([key, `0000000001/${draft}`])
  await store.remove([`0000000001/${draft}`])
  expect((await store.list(null, 10)).map((object) => object.key)).toEqual([key])
  await expect(store.remove(['0000000001/../../jwt-secret'])).rejects.toThrow('no key')
  await desk.stop()
})

describe('When the S3 store is away', () => {
  let server: S3Server
  let desk: Desk
  beforeAll(async () => {
    server = await startS3Server()
    desk = await startDesk({ settings: server.settings, withWorker: false })
  })
  afterAll(async () => {
    await desk?.stop()
    await server?.stop()
  })

  test('registering answers 503 and can be done again; what needs no store goes on', async () => {
    const { cleo } = await createWorld(desk)
    await createTicket(cleo)
    const upload_id = await upload(desk, cleo, 'TKT0001', textFile())
    server.mood = 'failing'
    const refused = await cleo.post(path, { upload_id })
    expect([refused.status, refused.body.code, refused.headers.get('retry-after')]).toEqual([
      503,
      'storage_unavailable',
      '5',
    ])
    expect((await cleo.post(`${path}/upload-url`, announcementOf(textFile()))).status).toBe(201)
    server.mood = 'well'
    expect((await cleo.post(path, { upload_id })).status).toBe(201)
  })

  test('its silence is not waited for, and wrong keys are a fault of it', async () => {
    const { S3_ENDPOINT: endpoint = '', S3_BUCKET: bucket = '', S3_ACCESS_KEY_ID: accessKeyId = '' } = server.settings
    const { S3_SECRET_ACCESS_KEY: secretAccessKey = '' } = server.settings
    const access = { endpoint, bucket, accessKeyId, secretAccessKey, region: 'us-east-1' }
    const codeOf = (work: Promise<unknown>) =>
      work.catch((error: unknown) => (error instanceof AppError ? error.code : error))
    const key = objectKey(1, crypto.randomUUID())
    const forger = createS3Store({ ...access, secretAccessKey: 'another' })
    const lost = createS3Store({ ...access, bucket: 'no-such-bucket' })
    for (const store of [forger, lost]) {
      expect(await codeOf(store.put(key, bytes, 'text/plain'))).toBe('storage_unavailable')
      expect(await codeOf(store.list(null, 10))).toBe('storage_unavailable')
    }
    server.mood = 'silent'
    const hasty = createS3Store(access, { answerMs: 50, transferMs: 50 })
    const content = { size: bytes.length, contentType: 'text/plain', sha256: '0'.repeat(64) }
    const check = (store: typeof hasty) => store.check(key, content, () => true)
    const works = [check(hasty), hasty.put(key, bytes, 'text/plain'), hasty.list(null, 10), hasty.remove([key])]
    expect(await Promise.all(works.map(codeOf))).toEqual(Array(works.length).fill('storage_unavailable'))
    server.mood = 'well'
    expect(await codeOf(check(createS3Store(access)))).toBe('upload_missing')
  })
})
