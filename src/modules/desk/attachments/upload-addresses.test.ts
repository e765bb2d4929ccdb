import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { type ClientRequest, type IncomingMessage, request } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { many, sql } from '../../../platform/db/sql.ts'
import { type S3Server, startS3Server } from '../../../testing/peers/s3-server.ts'
import { createTicket } from '../../../testing/support/create-tickets.ts'
import {
  announcementOf,
  attach,
  type HomeFile,
  reachable,
  sendBytes,
  textFile,
  upload,
} from '../../../testing/support/files.ts'
import { createWorld, type World } from '../../../testing/support/people.ts'
import { expectStatus, verdict } from '../../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { sweepUploads } from './store.service.ts'

let desk: Desk
let world: World
beforeAll(async () => {
  desk = await startDesk()
  world = await createWorld(desk)
  await createTicket(world.cleo)
})
afterAll(() => desk?.stop())

const path = '/tickets/TKT0001/attachments'

type Announced = { upload_id: string; url: string; method: string; headers: Record<string, string> }
const announce = async (file: HomeFile, { cleo } = world): Promise<Announced> =>
  expectStatus(await cleo.post(`${path}/upload-url`, announcementOf(file)), 201).body

const filesOnDisk = async (): Promise<string[]> => {
  const folder = join(desk.app.config.DATA_DIR, 'attachments')
  const found = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  return found.flatMap((file) => (file.isFile() ? [file.name] : []))
}
const draftsOf = async (id: string) => (await filesOnDisk()).filter((name) => name.startsWith(`${id}.`))

/** Begins to send a file, and waits until the desk has begun to write it. */
const begin = async ({ upload_id, url, headers }: Announced, bytes: Buffer, part: number): Promise<ClientRequest> => {
  const sending = request(reachable(desk, url), {
    method: 'PUT',
    headers: { ...headers, 'Content-Length': bytes.length },
  })
  sending.on('error', () => {})
  sending.write(bytes.subarray(0, part))
  await expect.poll(() => draftsOf(upload_id)).toHaveLength(1)
  return sending
}
const answerTo = async (sending: ClientRequest): Promise<[number | undefined, string | undefined]> => {
  const [reply] = (await once(sending, 'response')) as [IncomingMessage]
  const body = await text(reply)
  return [reply.statusCode, body === '' ? undefined : JSON.parse(body).code]
}
const put = async (announced: Announced, bytes: Buffer, at: Desk = desk): Promise<[number, string | undefined]> => {
  const reply = await sendBytes(at, announced, bytes)
  const body = await reply.text()
  return [reply.status, body === '' ? undefined : JSON.parse(body).code]
}

const large = textFile('large.txt', 'x'.repeat(200_000))

describe('One request at a time may send the file of an upload,', () => {
  test('by whatever spelling of the address and at whatever process; the next one may follow', async () => {
    const announced = await announce(large)
    const first = await begin(announced, large.bytes, 100_000)
    const versioned = { ...announced, url: announced.url.replace('/api/', '/api/v1/') }
    const other = await startDesk({ databaseUrl: desk.databaseUrl, withWorker: false })
    const tries = [announced, announced, versioned, versioned].map((address) => put(address, large.bytes))
    expect(await Promise.all([...tries, put(announced, large.bytes, other)])).toEqual(
      Array(5).fill([409, 'upload_in_progress']),
    )
    await other.stop()
    expect(await draftsOf(announced.upload_id)).toHaveLength(1)
    first.destroy()
    await expect.poll(() => draftsOf(announced.upload_id)).toEqual([])
    await expect.poll(() => put(announced, large.bytes)).toEqual([204, undefined])
    expect(await put(announced, large.bytes)).toEqual([204, undefined])
  })

  test('also after the process that took it was killed: its claim ends', async () => {
    const announced = await announce(textFile())
    const claim = (minutes: number) =>
      many(
        desk.app.pool,
        z.object({}),
        sql`update attachment_uploads set receiving_until = now() + make_interval(mins => ${minutes})
            where upload_id = ${announced.upload_id}`,
      )
    await claim(1)
    expect(await put(announced, textFile().bytes)).toEqual([409, 'upload_in_progress'])
    await claim(-1)
    expect(await put(announced, textFile().bytes)).toEqual([204, undefined])
  })
})

describe('An address takes nothing more', () => {
  const over = [410, 'upload_over']

  test('when its upload is registered, deleted or swept', async () => {
    const { cleo } = world
    const announced = await announce(textFile())
    await put(announced, textFile().bytes)
    const { upload_id } = announced
    expectStatus(await cleo.post(path, { upload_id }), 201)
    expect(await put(announced, textFile().bytes)).toEqual(over)
    expectStatus(await cleo.delete(`${path}/${upload_id}`), 204)
    await expect.poll(filesOnDisk).not.toContain(upload_id)
    expect(await put(announced, textFile().bytes)).toEqual(over)
    expect(await filesOnDisk()).not.toContain(upload_id)

    const late = await announce(textFile())
    await many(
      desk.app.pool,
      z.object({}),
      sql`update attachment_uploads set expires_at = now() where upload_id = ${late.upload_id}`,
    )
    expect(await put(late, textFile().bytes)).toEqual(over)
    await sweepUploads(desk.app, 100)
    expect(await put(late, textFile().bytes)).toEqual(over)
    expect(await filesOnDisk()).not.toContain(late.upload_id)
  })

  test('when its upload ends while the file is being sent', async () => {
    const { cleo } = world
    const announced = await announce(large)
    const { upload_id } = announced
    await put(announced, large.bytes)
    const again = await begin(announced, large.bytes, 100_000)
    expectStatus(await cleo.post(path, { upload_id }), 201)
    expectStatus(await cleo.delete(`${path}/${upload_id}`), 204)
    await expect.poll(filesOnDisk).not.toContain(upload_id)
    again.end(large.bytes.subarray(100_000))
    expect(await answerTo(again)).toEqual(over)
    expect(await filesOnDisk()).not.toContain(upload_id)
  })

  test('but a second file that comes while the first is registered harms nothing', async () => {
    const announced = await announce(large)
    const { upload_id } = announced
    await put(announced, large.bytes)
    const again = await begin(announced, large.bytes, 100_000)
    expectStatus(await world.cleo.post(path, { upload_id }), 201)
    again.end(large.bytes.subarray(100_000))
    expect(await answerTo(again)).toEqual([204, undefined])
    expect(await filesOnDisk()).toContain(upload_id)
  })
})

describe('A file of another type', () => {
  const misfit: HomeFile = { name: 'a.png', type: 'image/png', bytes: Buffer.alloc(25_000_000, 'x') }

  test('is refused at its first bytes, and its upload is over', async () => {
    const announced = await announce(misfit)
    const { url, headers, upload_id } = announced
    const sending = request(reachable(desk, url), {
      method: 'PUT',
      headers: { ...headers, 'Content-Length': misfit.bytes.length },
    })
    sending.on('error', () => {})
    sending.write(misfit.bytes.subarray(0, 70_000))
    expect(await answerTo(sending)).toEqual([422, 'upload_mismatch'])
    sending.destroy()
    expect((await filesOnDisk()).filter((name) => name.startsWith(upload_id))).toEqual([])
    expect(await put(announced, misfit.bytes)).toEqual([410, 'upload_over'])
    expect(verdict(await world.cleo.post(path, { upload_id }))).toEqual([404, 'upload_not_found'])
  })

  test('may be sent whole by a client that does not listen meanwhile', async () => {
    expect(await put(await announce(misfit), misfit.bytes)).toEqual([422, 'upload_mismatch'])
  })

  test('is removed from an S3 store when it is registered, and never read whole', async () => {
    const store: S3Server = await startS3Server()
    store.tellsChecksums = false
    const other = await startDesk({ settings: store.settings, withWorker: false })
    const people = await createWorld(other)
    await createTicket(people.cleo)
    const send = async (file: HomeFile) => {
      const upload_id = await upload(other, people.cleo, 'TKT0001', file)
      store.requests.length = 0
      return () => people.cleo.post(path, { upload_id })
    }
    const register = await send({ ...misfit, bytes: misfit.bytes.subarray(0, 200_000) })
    expect(verdict(await register())).toEqual([422, 'upload_mismatch'])
    expect([store.requests, store.objects.size]).toEqual([['HEAD', 'GET bytes=0-65535', 'DELETE'], 0])
    for (let times = 0; times < 3; times += 1) expect(verdict(await register())).toEqual([404, 'upload_not_found'])
    expect(store.requests).toHaveLength(3)

    const registerFit = await send(large)
    expect((await registerFit()).status).toBe(201)
    expect((await registerFit()).status).toBe(200)
    expect(store.requests).toEqual(['HEAD', 'GET bytes=0-65535', 'GET'])

    const registerOther = await send(large)
    const [key = ''] = [...store.objects.keys()].slice(-1)
    const kept = store.objects.get(key)
    if (kept) store.objects.set(key, { ...kept, bytes: Buffer.alloc(200_000, 'y') })
    expect(verdict(await registerOther())).toEqual([422, 'upload_mismatch'])
    expect(verdict(await registerOther())).toEqual([404, 'upload_not_found'])
    expect(store.objects.has(key)).toBe(false)
    await other.stop()
    await store.stop()
  })
})

describe('An address has one spelling:', () => {
  const spellings: [string, (address: string) => string][] = [
    ['padding behind the signature', (address) => `${address}=`],
    ['junk behind the signature', (address) => `${address}!!`],
    [
      'a signature that is encoded',
      (address) => address.replace(/signature=(.)/, (_, sign) => `signature=${hex(sign)}`),
    ],
    ['a zero before the time', (address) => address.replace('expires=', 'expires=0')],
    ['a time that is encoded', (address) => address.replace('expires=1', 'expires=%31')],
    ['a key that is encoded', (address) => address.replace('/objects/0', '/objects/%30')],
    ['a key in capital letters', (address) => address.replace(/[0-9a-f-]{36}/, (id) => id.toUpperCase())],
    ['a slash at the end of the path', (address) => address.replace('?', '/?')],
    ['an encoded name of a parameter', (address) => address.replace('type=', '%74ype=')],
    ['small letters in an escape', (address) => address.replace('%2F', '%2f')],
    ['an escape less', (address) => address.replace('%2F', '/')],
    ['another order', (address) => address.replace(/(expires=\d+)&(.*)$/, '$2&$1')],
    ['an empty parameter', (address) => `${address}&`],
    ['a doubled parameter', (address) => `${address}&expires=1`],
  ]
  const hex = (sign: string): string => `%${sign.charCodeAt(0).toString(16)}`

  test.each(spellings)('%s is refused', async (_, respell) => {
    const { attachment_id } = await attach(desk, world.cleo, 'TKT0001', textFile("it's (a) note*!.txt"))
    const download = (await world.cleo.get(`${path}/${attachment_id}`)).body.download_url
    expect((await fetch(reachable(desk, download))).status).toBe(200)
    const announced = await announce(textFile())
    for (const [method, url] of [
      ['GET', download],
      ['PUT', announced.url],
    ]) {
      const wrong = respell(url)
      expect(wrong).not.toBe(url)
      const body = method === 'PUT' ? new Uint8Array(textFile().bytes) : undefined
      const reply = await fetch(reachable(desk, wrong), { method, headers: { 'Content-Type': 'text/plain' }, body })
      expect([400, 403, 404]).toContain(reply.status)
    }
    expect(await put(announced, textFile().bytes)).toEqual([204, undefined])
  })
})
