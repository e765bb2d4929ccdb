import { once } from 'node:events'
import { type ClientRequest, type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { many, sql } from '../../../platform/db/sql.ts'
import { objectKey, stagedKey } from '../../../platform/storage/object-key.ts'
import { type S3Server, startS3Server } from '../../../testing/peers/s3-server.ts'
import { createTicket } from '../../../testing/support/create-tickets.ts'
import {
  announcementOf,
  download,
  type HomeFile,
  reachable,
  sendBytes,
  textFile,
  unhashed,
} from '../../../testing/support/files.ts'
import { createWorld, type World } from '../../../testing/support/people.ts'
import { expectStatus, verdict } from '../../../testing/support/requests.ts'
import { until, untilLockIsAwaited } from '../../../testing/support/waiting.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { sweepUploads } from './store.service.ts'

const path = '/tickets/TKT0001/attachments'
const burning = textFile('a.txt', 'x'.repeat(200_000))
const barking = textFile('a.txt', 'y'.repeat(200_000))
const page: HomeFile = { name: 'a.png', type: 'image/png', bytes: Buffer.alloc(200_000, '<') }

type Announced = { upload_id: string; url: string; method: string; headers: Record<string, string> }

let desk: Desk
let world: World
const announce = async (file: HomeFile): Promise<Announced> =>
  expectStatus(await world.cleo.post(`${path}/upload-url`, unhashed(file)), 201).body
const register = ({ upload_id }: Announced) => world.cleo.post(path, { upload_id })
const keys = async (): Promise<string[]> => (await desk.app.store.list(null, 1_000)).map(({ key }) => key)
const keysOf = async ({ upload_id }: Announced) => (await keys()).filter((key) => key.includes(upload_id))
const textOf = async ({ upload_id }: Announced) =>
  Buffer.from(await (await download(desk, world.cleo, 'TKT0001', upload_id)).arrayBuffer())

const sweepsAll = async (announced: Announced): Promise<void> => {
  await many(
    desk.app.pool,
    z.object({}),
    sql`update attachment_uploads set expires_at = now() where upload_id = ${announced.upload_id}`,
  )
  // A sweep passes over a row that is locked, as it is while the end of the upload is noted, behind the answer.
  await until('a sweep has removed the upload', async () => {
    await sweepUploads(desk.app, 100)
    return (await keysOf(announced)).length === 0
  })
}

describe('While the program keeps the files,', () => {
  beforeAll(async () => {
    desk = await startDesk({ withWorker: false })
    world = await createWorld(desk)
    await createTicket(world.cleo)
  })
  afterAll(() => desk?.stop())

  const put = async (announced: Announced, bytes: Buffer): Promise<[number, string | undefined]> => {
    const reply = await sendBytes(desk, announced, bytes)
    const body = await reply.text()
    return [reply.status, body === '' ? undefined : JSON.parse(body).code]
  }
  /** Sends the first half of a file, and waits until the desk has begun to write it. */
  const begin = async (announced: Announced, { bytes }: HomeFile): Promise<ClientRequest> => {
    const had = (await keysOf(announced)).length
    const headers = { ...announced.headers, 'Content-Length': bytes.length }
    const sending = request(reachable(desk, announced.url), { method: 'PUT', headers })
    sending.write(bytes.subarray(0, 100_000))
    await expect.poll(() => keysOf(announced)).toHaveLength(had + 1)
    return sending
  }
  const end = async (sending: ClientRequest, { bytes }: HomeFile): Promise<[number | undefined, string]> => {
    sending.end(bytes.subarray(100_000))
    const [reply] = (await once(sending, 'response')) as [IncomingMessage]
    return [reply.statusCode, JSON.parse(await text(reply)).code]
  }

  test('the first whole file counts, and may be sent again', async () => {
    const announced = await announce(burning)
    expect(await put(announced, burning.bytes)).toEqual([204, undefined])
    expect(await put(announced, barking.bytes)).toEqual([422, 'upload_mismatch'])
    expect(await put(announced, burning.bytes)).toEqual([204, undefined])
    expect((await register(announced)).body.sha256).toBe(announcementOf(burning).sha256)
    expect((await textOf(announced)).equals(burning.bytes)).toBe(true)
  })

  test('bytes that come in while others are attached do not take their place', async () => {
    const announced = await announce(burning)
    await put(announced, burning.bytes)
    const late = await begin(announced, barking)
    expect((await register(announced)).status).toBe(201)
    expect(await end(late, barking)).toEqual([410, 'upload_over'])
    expect(await keysOf(announced)).toEqual([objectKey(world.tenantId, announced.upload_id)])
    expect((await textOf(announced)).equals(burning.bytes)).toBe(true)
  })

  test('a file is not attached before it is whole; a file of another type ends its upload; a late one is swept', async () => {
    const first = await announce(burning)
    const sending = await begin(first, burning)
    const early = await register(first)
    expect([...verdict(early), early.headers.get('retry-after')]).toEqual([409, 'upload_in_progress', '5'])
    sending.on('error', () => {}).destroy()
    await expect.poll(() => keysOf(first)).toEqual([])
    await expect.poll(async () => verdict(await register(first))).toEqual([422, 'upload_missing'])

    const wrong = await announce(page)
    expect(await put(wrong, page.bytes)).toEqual([422, 'upload_mismatch'])
    expect(verdict(await register(wrong))).toEqual([404, 'upload_not_found'])
    const late = await announce(burning)
    await put(late, burning.bytes)
    await sweepsAll(late)
  })

  test('an address does not lose its hash, nor get one', async () => {
    const { body: hashed } = await world.cleo.post(`${path}/upload-url`, announcementOf(burning))
    const plain = await announce(burning)
    const { sha256 } = announcementOf(barking)
    for (const [{ url }, wrong] of [
      [hashed, hashed.url.replace(/&sha256=[^&]*/, '')],
      [hashed, hashed.url.replace(/sha256=[^&]*/, 'sha256=')],
      [plain, plain.url.replace('&signature', `&sha256=${sha256}&signature`)],
      [plain, plain.url.replace('&signature', '&sha256=&signature')],
    ]) {
      expect(wrong).not.toBe(url)
      expect(await put({ ...plain, url: wrong }, barking.bytes)).toEqual([403, 'invalid_signature'])
    }
  })
})

describe('In an S3 store,', () => {
  let store: S3Server
  beforeAll(async () => {
    store = await startS3Server()
    desk = await startDesk({ settings: store.settings, withWorker: false })
    world = await createWorld(desk)
    await createTicket(world.cleo)
  })
  afterAll(async () => {
    await desk?.stop()
    await store?.stop()
  })
  beforeEach(() => {
    store.before = () => {}
    store.mood = 'well'
  })
  const send = async (file: HomeFile): Promise<Announced> => {
    const announced = await announce(file)
    expect((await sendBytes(desk, announced, file.bytes)).ok).toBe(true)
    store.requests.length = 0
    return announced
  }
  const keyOf = ({ upload_id }: Announced) => objectKey(world.tenantId, upload_id)

  test('what is hashed is what is served, whatever is sent to the address, and when', async () => {
    const announced = await send(burning)
    // Each request of the program finds other bytes at the address than the request before it.
    const files = [barking, burning, barking, burning, barking]
    store.before = async (what) => {
      const next = what === 'PUT' ? undefined : files.pop()
      if (next) await sendBytes(desk, announced, next.bytes)
    }
    const attached = expectStatus(await register(announced), 201).body
    const served = await textOf(announced)
    expect(announcementOf({ ...burning, bytes: served }).sha256).toBe(attached.sha256)
    expect((await register(announced)).status).toBe(200)
    expect((await textOf(announced)).equals(served)).toBe(true)
  })

  test('one request at a time hashes a file; it is read once, and the place where it came in is emptied', async () => {
    const announced = await send(burning)
    let second: [number, string | undefined] | undefined
    store.before = async (what) => {
      if (what === 'GET' && second === undefined) {
        second = [0, undefined]
        second = verdict(await register(announced))
      }
    }
    expect((await register(announced)).status).toBe(201)
    expect(second).toEqual([409, 'upload_in_progress'])
    expect(store.requests).toEqual(['HEAD', 'PUT copy', 'GET', 'DELETE'])
    expect((await register(announced)).status).toBe(200)
    expect(store.requests).toHaveLength(4)
    expect(await keysOf(announced)).toEqual([keyOf(announced)])
  })

  test('a request that waited for another one takes over the hash, and copies nothing', async () => {
    const announced = await send(burning)
    const client = await desk.owner.connect()
    await client.query('begin')
    await client.query('select from attachment_uploads where upload_id = $1 for update', [announced.upload_id])
    const second = register(announced)
    await untilLockIsAwaited(desk)
    // What the first request does.
    await desk.app.store.put(keyOf(announced), burning.bytes, burning.type)
    await client.query('update attachment_uploads set sha256 = $2 where upload_id = $1', [
      announced.upload_id,
      announcementOf(burning).sha256,
    ])
    await client.query('commit')
    client.release()
    expect((await second).status).toBe(201)
    expect(store.requests).not.toContain('PUT copy')
  })

  test.each([
    ['of another type', page, page.bytes],
    ['that grows after it was looked at', burning, Buffer.alloc(30_000_000, 'x')],
    ['that shrinks after it was looked at', burning, burning.bytes.subarray(1)],
  ])('a file %s ends its upload, and nothing of it is left', async (_, file, bytes) => {
    const announced = await send(file)
    const kept = store.objects.get(stagedKey(keyOf(announced)))
    store.before = (what) => {
      if (what === 'PUT copy' && kept) store.objects.set(stagedKey(keyOf(announced)), { ...kept, bytes })
    }
    expect(verdict(await register(announced))).toEqual([422, 'upload_mismatch'])
    expect(await keysOf(announced)).toEqual([])
    expect(verdict(await register(announced))).toEqual([404, 'upload_not_found'])
  })

  test('a copy that fails, at once or late, can be made again; a file that nobody attaches is swept', async () => {
    const announced = await send(burning)
    for (const mood of ['failing', 'failing late'] as const) {
      store.mood = mood
      expect(verdict(await register(announced))).toEqual([503, 'storage_unavailable'])
    }
    store.mood = 'well'
    expect((await register(announced)).body.sha256).toBe(announcementOf(burning).sha256)
    await sweepsAll(await send(burning))
  })
})
