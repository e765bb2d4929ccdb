import type { OutgoingHttpHeaders } from 'node:http'
import { connect } from 'node:net'
import { text as readText } from 'node:stream/consumers'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { endpoints } from '../../modules.ts'
import {
  among,
  codeOf,
  type Expected,
  faultsOf,
  type HostileClient,
  is,
  jsonType,
  parts,
  startHostileClient,
} from '../../testing/support/hostile-client.ts'
import { password } from '../../testing/support/people.ts'

let client: HostileClient
beforeAll(async () => {
  client = await startHostileClient()
})
afterEach(() => client.noFaults())
afterAll(() => client?.stop())

describe('methods, addresses and headers', () => {
  const methods = parts('GET | HEAD | POST | PUT | PATCH | DELETE | OPTIONS | TRACE | PROPFIND')
  const paths = [...new Set(endpoints.map(({ path }) => path))]

  test.each(paths)('%s takes its own methods only, and says which', async (path) => {
    const own = endpoints.filter((endpoint) => endpoint.path === path).map(({ method }) => method.toUpperCase())
    const allowed = [...own, ...(own.includes('GET') ? ['HEAD'] : [])]
    const at = client.pathOf({ path })
    for (const method of methods.filter((name) => !allowed.includes(name))) {
      for (const headers of [{}, { ...client.world.ada.headers }, { 'X-HTTP-Method-Override': own[0] }]) {
        const answer = await client.probe('this method', method, at, { headers }, among(405))
        expect([method, answer.headers.allow?.split(', ').sort()]).toEqual([method, allowed.toSorted()])
      }
    }
    const [read] = endpoints.filter((endpoint) => endpoint.path === path && endpoint.method === 'get')
    if (read) {
      const headers = read.can === 'operator' ? await client.headersFor(read) : { ...client.world.ada.headers }
      const answer = await client.probe('HEAD', 'HEAD', at, { headers }, among(200, 404))
      expect(answer.text).toBe('')
    }
  })

  test('an unknown address is 404, signed in or not', async () => {
    const nothing = parts(
      '/ | /api | /api/ | /nope | /api/nope | /api/v2/tickets | /api/v1/v1/tickets | /api/tickets/TKT0001/nope',
    )
    const odd = parts(
      '// | /api//tickets | /.env | /api/../../etc/passwd | /api/%2e%2e/x | /% | /api/%00 | /api/v1/Tickets',
    )
    const docs = parts('/nope | /..%2f..%2fpackage.json | /../package.json | /%2e%2e/package.json').map(
      (path) => `/api/docs${path}`,
    )
    for (const path of [...nothing, ...odd, ...docs, `/${'x'.repeat(8_000)}`]) {
      for (const method of methods) {
        const isNothing: Expected = (answer) =>
          answer.status === 404 && (method === 'HEAD' || codeOf(answer) === 'route_not_found')
        for (const headers of [{}, { ...client.world.ada.headers }])
          await client.probe('nothing', method, path, { headers }, isNothing)
      }
    }
    for (const path of parts('/api/docs/% | /api/docs/%00 | /api/docs/%c0%ae'))
      await client.probe('odd', 'GET', path, {}, among(400, 404))
  })

  test('a preflight is answered, and an unknown origin is not allowed', async () => {
    const preflight = (origin: string) =>
      client.ask('OPTIONS', '/api/tickets', { headers: { Origin: origin, 'Access-Control-Request-Method': 'POST' } })
    const leave = async (origin: string) => (await preflight(origin)).headers['access-control-allow-origin']
    expect((await preflight('https://www.example.com')).status).toBe(204)
    expect(await leave('https://www.example.com')).toBe('https://www.example.com')
    for (const origin of parts(
      'https://evil.example.com | null | https://www.example.com.evil.example.com | http://www.example.com',
    )) {
      expect(await leave(origin)).toBeUndefined()
    }
  })

  test('absurd headers are refused or do nothing', async () => {
    const ticket = '{"customer_id":"CUS0001","issue_category":"Doors","issue_description":"Stuck"}'
    const { headers } = client.world.ada
    const post = (what: string, more: OutgoingHttpHeaders, expected: Expected) =>
      client.probe(
        what,
        'POST',
        '/api/tickets',
        { headers: { ...headers, ...jsonType, ...more }, body: ticket },
        expected,
      )
    const before = await client.snapshot()
    for (const key of ['', '""', 'a\tb', 'ä', 'k'.repeat(256), `"${'k'.repeat(256)}"`, '\u0080']) {
      await post(`the key ${key}`, { 'Idempotency-Key': key }, is(400, 'malformed_request'))
    }
    const tags = parts(
      `abc | "abc" | W/1 | W/"1 | w/"1" | "1", "2" | 1, 2 | "1-a", "2" | *, "1" | "-1" | "99999999999" | "" | ` +
        `"1"-gzip | "1-"" | '1' or 1=1 | 1 or 1=1 | "1.0" | "0x1" | 1.0 | ** | "5f1d2c5f1d2c5f1d2c5f"`,
    )
    for (const tag of [...tags, '']) {
      const sending = { headers: { ...headers, ...jsonType, 'If-Match': tag }, body: '{"priority":"high"}' }
      for (const method of ['PATCH', 'PUT'])
        await client.probe(tag, method, '/api/tickets/TKT0001', sending, is(400, 'malformed_request'))
    }
    const slugs = parts(
      `default' or '1'='1 | * | % | ../etc | UPPER | nobody | ${client.world.slug},${client.world.slug} | ä | ${'x'.repeat(5_000)}`,
    )
    for (const slug of [...slugs, ' ']) {
      const sending = {
        headers: { ...jsonType, 'X-Tenant': slug },
        body: JSON.stringify({ user_id_or_email: 'ada', password }),
      }
      await client.probe(`the tenant ${slug}`, 'POST', '/api/auth/login', sending, is(404, 'tenant_not_found'))
    }
    // RFC 9112, 3.2: a host that can be none is refused.
    for (const host of parts(`a b'"<> | [::1 | desk.example.com/x | me@desk.example.com`)) {
      await post(`the host ${host}`, { Host: host }, is(400, 'malformed_request'))
    }
    expect(await client.snapshot()).toEqual(before)
    const ignored: OutgoingHttpHeaders[] = [
      { 'X-Tenant': "default' or '1'='1" },
      { Range: 'bytes=0-1,-1,5-1' },
      { Accept: 'text/html;q=0.1,*/*;q=-1', 'Accept-Encoding': 'x', 'Accept-Charset': '\x80' },
      { Expect: 'the-unexpected' },
      { Upgrade: 'websocket', Connection: 'Upgrade' },
      { Cookie: '__Host-counterdesk_session=%00; =; ;;; __proto__=1; counterdesk_session; counterdesk_session=a.b.c' },
      { 'X-Forwarded-For': "1.2.3.4' or 1=1, ::::, x", 'X-Forwarded-Host': 'evil.example.com', Forwarded: 'for="_x"' },
      { 'X-Forwarded-Proto': 'javascript', Host: 'evil.example.com' },
      { 'User-Agent': '"\\%s$(x)'.repeat(50), Referer: 'javascript:alert(1)', 'Content-Language': '\u00ff' },
      { 'If-None-Match': '*', 'If-Modified-Since': 'yesterday', 'If-Unmodified-Since': '0' },
      Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`x-${index}`, '1'])),
      { 'X-HTTP-Method-Override': 'DELETE' },
    ]
    for (const more of ignored) await post(Object.keys(more)[0] ?? '', more, among(201))
  })

  test('every request has an id of its own, whatever id the caller sends', async () => {
    const idOf = async (id: string | string[]) => {
      const { headers, text } = await client.ask('GET', '/api/nope', { headers: { 'X-Request-Id': id } })
      expect(JSON.parse(text).request_id).toBe(headers['x-request-id'])
      return headers['x-request-id']
    }
    const plain = ['abc', 'abc', 'a.b:c/d+e=f-g_1', 'x'.repeat(128), '0b6a3c9e-4d4f-4f0e-9d55-6a3f6c1f2b7d']
    const strange = [...parts(`a b | ä | <script> | " | a\tb | ' or 1=1 | a,b | {} | ../x`), '', ['a', 'b']]
    const ids = new Set<unknown>()
    for (const id of [...plain, ...strange]) {
      const own = await idOf(id)
      expect(own).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
      expect(own).not.toBe(id)
      ids.add(own)
    }
    expect(ids.size).toBe(plain.length + strange.length)
  })
})

describe('a text that is no HTTP', () => {
  /** Sends bytes on a connection of its own and reads until the server closes it. */
  const raw = (bytes: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect(Number(new URL(client.desk.url).port), '127.0.0.1', () => socket.write(bytes, 'latin1'))
      readText(socket).then(resolve, reject)
    })
  const get = (headers: string, line = 'GET /api/health HTTP/1.1'): string => `${line}\r\n${headers}\r\n`
  const host = 'Host: desk.example.com\r\n'
  const post = (headers: string): string => `POST /api/auth/login HTTP/1.1\r\n${host}${headers}\r\n{}`
  const wrong: [string, string, number][] = [
    ['garbage', 'GARBAGE\r\n\r\n', 400],
    ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400],
    ['no version', 'GET /api/health\r\n\r\n', 400],
    ['another version', get(host, 'GET /api/health HTTP/9.9'), 400],
    ['an unknown method', get(host, 'HACK /api/health HTTP/1.1'), 400],
    ['a space in the path', get(host, 'GET /api/he alth HTTP/1.1'), 400],
    ['NUL in the path', get(host, 'GET /api/\0 HTTP/1.1'), 400],
    ['a control character in the path', get(host, 'GET /api/\x1b[31m HTTP/1.1'), 400],
    ['no host', get(''), 400],
    ['two hosts', get(`${host}${host}`), 400],
    ['NUL in a header', get(`${host}X-A: a\0b\r\n`), 400],
    ['a control character in a header', get(`${host}Idempotency-Key: a\x1bb\r\n`), 400],
    ['a bare line feed in a header', get(`${host}X-A: a\nX-B: b\r\n`), 400],
    ['a folded header', get(`${host}X-Request-Id: a\r\n b\r\n`), 400],
    ['a space before the colon', get(`${host}X-A : b\r\n`), 400],
    ['a header without a name', get(`${host}: b\r\n`), 400],
    ['a header that is too large', get(`${host}X-A: ${'a'.repeat(20_000)}\r\n`), 431],
    ['headers that are too many', get(host + 'X-A: aaaaaaaaaa\r\n'.repeat(2_000)), 431],
    ['a path that is too long', get(host, `GET /${'a'.repeat(20_000)} HTTP/1.1`), 431],
    [
      'length and chunks',
      post('Content-Type: application/json\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n'),
      400,
    ],
    ['two lengths', post('Content-Type: application/json\r\nContent-Length: 2\r\nContent-Length: 3\r\n'), 400],
    ['a negative length', post('Content-Type: application/json\r\nContent-Length: -1\r\n'), 400],
    ['a length of 1e400', post('Content-Type: application/json\r\nContent-Length: 1e400\r\n'), 400],
    ['a length beyond 64 bits', post(`Content-Type: application/json\r\nContent-Length: ${'9'.repeat(30)}\r\n`), 400],
    ['an unknown transfer encoding', post('Content-Type: application/json\r\nTransfer-Encoding: gzip\r\n'), 400],
    [
      'a chunk without a length',
      `${post('Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n').slice(0, -2)}zz\r\n`,
      400,
    ],
  ]

  test.each(wrong)('%s is a problem, and the connection ends', async (_, bytes, status) => {
    const answer = await raw(bytes)
    const [head = '', body = ''] = answer.split('\r\n\r\n')
    const headers = Object.fromEntries(
      head
        .split('\r\n')
        .slice(1)
        .map((line) => line.toLowerCase().split(': ')),
    )
    expect([Number(head.slice(9, 12)), headers.connection]).toEqual([status, 'close'])
    expect(faultsOf('GET', { status, headers, text: body })).toEqual([])
  })

  test('the desk still stands', async () => {
    expect((await client.ask('GET', '/health')).status).toBe(200)
    expect((await client.world.ada.get('/tickets?limit=1')).status).toBe(200)
  })
})
