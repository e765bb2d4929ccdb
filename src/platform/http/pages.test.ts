import { readFile } from 'node:fs/promises'
import { createServer, get as httpGet, request as httpRequest, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openApiDocument } from '../../api-document.ts'
import { createApp } from '../../app.ts'
import { createApi } from '../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../testing/support/workspace.ts'

// What answers before the sign-in: the document, its page, the metrics, and the health.

let desk: Desk
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
})
afterAll(() => desk?.stop())

interface Raw {
  status: number
  headers: IncomingMessage['headers']
  bytes: Buffer
}

/** Asks without the decompression of `fetch`. */
const ask = (path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Raw> =>
  new Promise((resolve, reject) => {
    const sent = httpRequest(`${desk.url}${path}`, { method, headers }, async (response) => {
      resolve({ status: response.statusCode ?? 0, headers: response.headers, bytes: await buffer(response) })
    })
    sent.once('error', reject).end()
  })

describe('the API document', () => {
  const unpack = { identity: (bytes: Buffer) => bytes, gzip: gunzipSync, br: brotliDecompressSync }

  test.each([
    [undefined, 'identity'],
    ['identity', 'identity'],
    ['gzip', 'gzip'],
    ['br', 'br'],
    ['gzip, deflate, br, zstd', 'br'],
    ['gzip;q=1, br;q=0.5', 'br'],
    ['gzip, br;q=0', 'gzip'],
    ['br;q=0, gzip;q=0', 'identity'],
    ['*', 'br'],
    ['x', 'identity'],
    ['identity;q=0, x', 'identity'],
    ['', 'identity'],
  ] as const)('to a client that accepts %j is sent as %s', async (accepted, encoding) => {
    const headers: Record<string, string> = accepted === undefined ? {} : { 'Accept-Encoding': accepted }
    const { status, headers: answered, bytes } = await ask('/api/openapi.json', headers)
    expect([status, answered['content-encoding'] ?? 'identity', answered.vary]).toEqual([
      200,
      encoding,
      expect.stringContaining('Accept-Encoding'),
    ])
    expect(answered['content-type']).toBe('application/json; charset=utf-8')
    expect(answered['content-length']).toBe(String(bytes.length))
    expect(JSON.parse(unpack[encoding](bytes).toString())).toEqual(openApiDocument('https://desk.example.com'))
    const head = await ask('/api/openapi.json', headers, 'HEAD')
    expect([head.headers.etag, head.headers['content-length'], head.bytes.length]).toEqual([
      answered.etag,
      answered['content-length'],
      0,
    ])
  })

  test('is 304 for a client that has it, in the form that it has', async () => {
    const tags = new Map<string, string>()
    for (const accepted of ['br', 'gzip', 'identity']) {
      const first = await ask('/openapi.json', { 'Accept-Encoding': accepted })
      tags.set(accepted, String(first.headers.etag))
      expect(first.headers['cache-control']).toBe('no-cache')
    }
    expect(new Set(tags.values()).size).toBe(3)
    for (const [accepted, tag] of tags) {
      for (const known of [tag, `W/${tag}`, `"x", ${tag}`, '*']) {
        const { status, headers, bytes } = await ask('/api/v1/openapi.json', {
          'Accept-Encoding': accepted,
          'If-None-Match': known,
        })
        expect([status, headers.etag, headers['content-type'], bytes.length]).toEqual([304, tag, undefined, 0])
        expect(headers.vary).toContain('Accept-Encoding')
      }
      for (const [other, otherTag] of tags) {
        if (other === accepted) continue
        const sent = { 'Accept-Encoding': accepted, 'If-None-Match': otherTag }
        expect((await ask('/openapi.json', sent)).status).toBe(200)
      }
    }
    // The answers are as the document itself says.
    const api = createApi(desk.url)
    const { headers } = await api.get('/openapi.json')
    await api.get('/openapi.json', { headers: { 'If-None-Match': String(headers.get('etag')) } })
  })

  test('is made once', async () => {
    const [first, again] = await Promise.all([desk.app.apiDocument(), desk.app.apiDocument()])
    expect(again).toBe(first)
    const sizes = first.forms.map(({ bytes }) => bytes.length)
    expect(sizes).toEqual(sizes.toSorted((left, right) => left - right))
  })
})

test('the page of the document, and what it loads, are compressed and known again', async () => {
  const loaded = '/docs | /docs/ | /docs/start.js | /docs/swagger-ui.css | /docs/swagger-ui-bundle.js'.split(' | ')
  for (const path of loaded.flatMap((each) => [`/api${each}`, `/api/v1${each}`])) {
    const plain = await ask(path)
    const packed = await ask(path, { 'Accept-Encoding': 'gzip' })
    expect([path, packed.status, packed.headers['content-encoding']]).toEqual([path, 200, 'gzip'])
    expect(gunzipSync(packed.bytes).equals(plain.bytes)).toBe(true)
    expect(packed.headers['content-type']).toBe(plain.headers['content-type'])
    const known = { 'Accept-Encoding': 'gzip', 'If-None-Match': String(packed.headers.etag) }
    expect((await ask(path, known)).status).toBe(304)
  }
  const { status, headers, bytes } = await ask('/api/docs/favicon-32x32.png')
  expect([status, headers['content-type'], bytes.length > 100]).toEqual([200, 'image/png', true])
})

describe('the version', () => {
  test('is that of package.json at /version, in the document and in the metrics', async () => {
    const { version } = JSON.parse(await readFile(new URL('../../../package.json', import.meta.url), 'utf8'))
    for (const path of ['/version', '/api/version', '/api/v1/version']) {
      const { status, bytes } = await ask(path)
      expect([status, JSON.parse(bytes.toString())]).toEqual([200, { version }])
    }
    const document = JSON.parse((await ask('/api/openapi.json')).bytes.toString())
    expect(document.info.version).toBe(version)
    const node = process.versions.node
    expect((await ask('/metrics')).bytes.toString()).toContain(
      `counterdesk_build_info{version="${version}",node="${node}"} 1\n`,
    )
  })
})

test.each([
  ['/api-docs', '/api/docs'],
  ['/api-docs/', '/api/docs'],
  ['/api/api-docs', '/api/docs'],
  ['/api/v1/api-docs/', '/api/v1/docs'],
])('%s leads to the page of the document', async (path, target) => {
  const { status, headers } = await ask(path)
  expect(status).toBe(308)
  // Relative, so that a proxy may cut off a part of the path.
  expect(headers.location).not.toMatch(/^\/|:/)
  expect(new URL(String(headers.location), `${desk.url}${path}`).pathname).toBe(target)
  expect((await ask(target)).headers['content-type']).toMatch(/^text\/html/)
})

describe('the metrics without a token', () => {
  const statusAt = async (headers: Record<string, string>): Promise<number> => (await ask('/metrics', headers)).status

  test('answer callers on this machine, and none that a proxy passes on', async () => {
    expect(await statusAt({})).toBe(200)
    for (const name of [
      'Forwarded',
      'X-Forwarded-For',
      'X-Forwarded-Host',
      'x-forwarded-proto',
      'X-Forwarded-X',
      'Via',
    ]) {
      for (const value of ['', '127.0.0.1', 'for=127.0.0.1']) expect(await statusAt({ [name]: value }), name).toBe(404)
    }
    expect(await statusAt({ Host: 'desk.example.com', 'X-Real-Ip': '127.0.0.1' })).toBe(200)
  })

  test('do not exist for a caller without an address of this machine', async () => {
    const path = join(desk.app.config.DATA_DIR, 'socket')
    const server = createServer(createApp(desk.app))
    await new Promise<void>((resolve) => server.listen(path, resolve))
    const status = await new Promise((resolve) => {
      httpGet({ socketPath: path, path: '/metrics' }, (response) => {
        response.resume()
        resolve(response.statusCode)
      })
    })
    server.close()
    expect(status).toBe(404)
  })

  test('with a token need the token, wherever the caller is', async () => {
    const token = 'metrics-token-of-tests'
    const other = await startDesk({
      databaseUrl: desk.databaseUrl,
      withWorker: false,
      settings: { METRICS_TOKEN: token },
    })
    const status = async (headers: Record<string, string>): Promise<number> =>
      (await fetch(`${other.url}/metrics`, { headers })).status
    expect(await status({})).toBe(401)
    expect(await status({ Authorization: `Bearer ${token}`, 'X-Forwarded-For': '203.0.113.7' })).toBe(200)
    await other.stop()
  })
})

test('document, page and metrics count for the address together with other requests, and health does not', async () => {
  const limited = await startDesk({
    databaseUrl: desk.databaseUrl,
    withWorker: false,
    settings: { RATE_LIMIT_REQUESTS_PER_MINUTE: '5' },
  })
  const statusOf = async (path: string): Promise<number> => (await fetch(`${limited.url}${path}`)).status
  for (let index = 0; index < 12; index += 1) expect(await statusOf('/health')).toBe(200)
  const counted = ['/openapi.json', '/api/docs', '/api/v1/docs/start.js', '/metrics', '/api/auth/me']
  const statuses: number[] = []
  for (const path of counted) statuses.push(await statusOf(path))
  expect(statuses).toEqual([200, 200, 200, 200, 401])
  for (const path of [...counted, '/api/openapi.json', '/METRICS', '/api/v1/docs/'])
    expect(await statusOf(path), path).toBe(429)
  expect([await statusOf('/health'), await statusOf('/api/ready')]).toEqual([200, 200])
  await limited.stop()
})

test('/ready looks at the database once a second, however many ask', async () => {
  let taken = 0
  const count = (): void => {
    taken += 1
  }
  desk.app.pool.on('acquire', count)
  const statuses = await Promise.all(Array.from({ length: 60 }, async () => (await ask('/ready')).status))
  for (let index = 0; index < 20; index += 1) statuses.push((await ask('/api/ready')).status)
  desk.app.pool.off('acquire', count)
  expect(new Set(statuses)).toEqual(new Set([200]))
  // Each look asks twice; on a slow machine there may be more than one look.
  expect(taken).toBeLessThan(20)
})
