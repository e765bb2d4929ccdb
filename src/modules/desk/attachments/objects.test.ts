import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { request } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTicket } from '../../../testing/support/create-tickets.ts'
import { announcementOf, attach, reachable, sendBytes, textFile } from '../../../testing/support/files.ts'
import { createWorld, type World } from '../../../testing/support/people.ts'
import { createApi, verdict } from '../../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'

let desk: Desk
let world: World
beforeAll(async () => {
  desk = await startDesk()
  world = await createWorld(desk)
  await createTicket(world.cleo)
})
afterAll(() => desk?.stop())

const path = '/tickets/TKT0001/attachments'
const announce = async (file = textFile()) => (await world.cleo.post(`${path}/upload-url`, announcementOf(file))).body
const addressOf = async (id: string): Promise<string> =>
  reachable(desk, (await world.cleo.get(`${path}/${id}`)).body.download_url)
/** Sends a request without a token. The answer is held against the API document. */
const ask = (address: string, headers?: Record<string, string>) =>
  createApi(desk.url).get(address.slice(address.indexOf('/api/') + '/api'.length), { headers })

const filesOnDisk = async (): Promise<string[]> => {
  const folder = join(desk.app.config.DATA_DIR, 'attachments')
  const found = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  return found.filter((file) => file.isFile()).map(({ name }) => name)
}

describe('An address to download from', () => {
  let id: string
  beforeAll(async () => {
    id = (await attach(desk, world.cleo, 'TKT0001', textFile('0123456789.txt', '0123456789'))).attachment_id
  })

  test('gives the file as a download that runs nothing, to every caller who has the address', async () => {
    const reply = await ask(await addressOf(id))
    expect([reply.status, reply.text]).toEqual([200, '0123456789'])
    expect(Object.fromEntries(reply.headers)).toMatchObject({
      'content-type': 'text/plain; charset=utf-8',
      'content-length': '10',
      'content-disposition': `attachment; filename="0123456789.txt"; filename*=UTF-8''0123456789.txt`,
      'content-security-policy': "sandbox; default-src 'none'",
      'x-content-type-options': 'nosniff',
      'cache-control': 'private, no-store',
    })
  })

  test('gives a file that is two types at once as the one of its name, which browsers keep to', async () => {
    const page = '<!doctype html><script>alert(1)</script>'
    const files = [
      ['a.gif', 'image/gif', `GIF89a/*${page}*/=1`],
      ['a.png', 'image/png', `\x89PNG\r\n\x1a\n${page}`],
      ['a.jpg', 'image/jpeg', `\xff\xd8\xff\xfe${page}PK\x03\x04`],
      ['a.webp', 'image/webp', `RIFF\0\0\0\0WEBP${page}`],
      ['a.pdf', 'application/pdf', `%PDF-1.7\n${page}`],
      ['a.txt', 'text/plain', page],
      ['a.zip', 'application/zip', `PK\x03\x04${page}`],
    ] as const
    for (const [name, type, content] of files) {
      const made = await attach(desk, world.cleo, 'TKT0001', { name, type, bytes: Buffer.from(content, 'latin1') })
      const { status, headers } = await fetch(await addressOf(made.attachment_id))
      expect([name, status, headers.get('content-type')?.split(';')[0]]).toEqual([name, 200, type])
      expect(headers.get('content-disposition')).toMatch(/^attachment; /)
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('content-security-policy')).toBe("sandbox; default-src 'none'")
    }
  })

  test('gives one range of it, and says when there is none', async () => {
    const address = await addressOf(id)
    const part = await ask(address, { Range: 'bytes=3-5' })
    expect([part.status, part.text, part.headers.get('content-range')]).toEqual([206, '345', 'bytes 3-5/10'])
    const beyond = await ask(address, { Range: 'bytes=10-' })
    expect(verdict(beyond)).toEqual([416, 'range_not_satisfiable'])
    expect(beyond.headers.get('content-range')).toBe('bytes */10')
    const head = await fetch(address, { method: 'HEAD' })
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '10', ''])
  })

  test('is good for nothing else', async () => {
    const address = await addressOf(id)
    const later = address.replace(/expires=(\d+)/, (_, seconds) => `expires=${Number(seconds) + 60}`)
    const page = address.replace('type=text%2Fplain', 'type=text%2Fhtml')
    const shown = address.replace('disposition=attachment', 'disposition=inline')
    const other = address.replace(id, crypto.randomUUID())
    const unsigned = address.replace(/signature=[^&]*/, 'signature=')
    for (const wrong of [later, page, shown, other, unsigned]) {
      expect(wrong).not.toBe(address)
      const reply = await ask(wrong)
      expect(verdict(reply)).toEqual([403, 'invalid_signature'])
    }
    const put = await fetch(address, { method: 'PUT', body: 'x' })
    expect(put.status).toBe(400)
  })

  test('ends', async () => {
    const { store } = desk.app
    const file = { contentType: 'text/plain', disposition: 'attachment', stamp: '0' }
    const [folder = '', object = ''] = (await addressOf(id)).split('?')[0]?.split('/').slice(-2) ?? []
    const ended = await store.signDownload(`${folder}/${object}`, file, -1, desk.url)
    expect((await ask(reachable(desk, ended))).body.code).toBe('invalid_signature')
  })

  test.each(['0000000001/../../../etc/passwd', '0000000001/%2e%2e%2fjwt-secret', '1/x', '0000000001/jwt-secret'])(
    'leads nowhere but to files: %s',
    async (key) => {
      const reply = await fetch(
        `${desk.url}/api/objects/${key}?expires=9999999999&type=a&disposition=b&stamp=0&signature=c`,
      )
      expect(reply.status).toBe(404)
    },
  )
})

describe('An upload', () => {
  test('needs a length, and leaves nothing when it is cut off', async () => {
    const before = await filesOnDisk()
    const { url, headers } = await announce(textFile('a.txt', 'x'.repeat(200_000)))
    const chunked = request(reachable(desk, url), { method: 'PUT', headers })
    chunked.write('x'.repeat(100_000))
    chunked.end('x'.repeat(100_000))
    const [reply] = await once(chunked, 'response')
    expect([reply.statusCode, JSON.parse(await text(reply)).code]).toEqual([422, 'upload_mismatch'])

    const { pathname, search, port } = new URL(reachable(desk, url))
    const socket = connect(Number(port), '127.0.0.1')
    const head = `PUT ${pathname}${search} HTTP/1.1\r\nHost: desk\r\nContent-Type: text/plain\r\nContent-Length: 200000\r\n\r\n`
    socket.write(head + 'x'.repeat(70_000))
    await expect.poll(async () => (await filesOnDisk()).length).toBe(before.length + 1)
    socket.destroy()
    await expect.poll(filesOnDisk).toEqual(before)
  })

  test('of wrong bytes leaves nothing, and the right bytes may follow on the same connection', async () => {
    const upload = await announce()
    const before = await filesOnDisk()
    const wrong = await sendBytes(desk, upload, Buffer.from('It barks.\n'))
    expect([wrong.status, await wrong.json()]).toMatchObject([422, { code: 'upload_mismatch' }])
    expect(await filesOnDisk()).toEqual(before)
    for (const again of [1, 2])
      expect([again, (await sendBytes(desk, upload, textFile().bytes)).status]).toEqual([again, 204])
    expect(await filesOnDisk()).toHaveLength(before.length + 1)
  })

  test('may have as many bytes as are announced, up to the limit', async () => {
    const bytes = Buffer.alloc(25_000_000, 'x')
    const { attachment_id: id } = await attach(desk, world.cleo, 'TKT0001', {
      name: 'a.txt',
      type: 'text/plain',
      bytes,
    })
    const reply = await fetch(await addressOf(id))
    expect(Buffer.from(await reply.arrayBuffer()).equals(bytes)).toBe(true)
  })

  test('is stored under its id, and not under the name that a person gave it', async () => {
    const { attachment_id: id } = await attach(desk, world.cleo, 'TKT0001', textFile('..%2f..%2fetc.txt'))
    expect(await filesOnDisk()).toContain(id)
    expect((await filesOnDisk()).join()).not.toContain('etc')
  })
})

test('a program whose files are in an S3 store refuses addresses of its own', async () => {
  const other = await startDesk({
    withWorker: false,
    settings: {
      S3_ENDPOINT: 'http://127.0.0.1:9',
      S3_BUCKET: 'files',
      S3_ACCESS_KEY_ID: 'id',
      S3_SECRET_ACCESS_KEY: 'secret',
    },
  })
  const { url } = await announce()
  const address = reachable(desk, url).replace(`${desk.url}/t/${world.slug}`, other.url)
  const reply = await fetch(address, { method: 'PUT', body: textFile().bytes.toString() })
  expect([reply.status, await reply.json()]).toMatchObject([403, { code: 'invalid_signature' }])
  await other.stop()
})
