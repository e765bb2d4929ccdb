import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { endpoints } from '../../modules.ts'
import {
  among,
  type Expected,
  type HostileClient,
  is,
  jsonType,
  named,
  naming,
  parts,
  startHostileClient,
} from '../../testing/support/hostile-client.ts'
import { membersOf } from '../../testing/support/hostile-samples.ts'
import { bodyLimitOf } from './body.ts'

let client: HostileClient
beforeAll(async () => {
  client = await startHostileClient()
})
afterEach(() => client.noFaults())
afterAll(() => client?.stop())

/** The endpoints that take a JSON body. */
const writes = named(
  endpoints.filter(({ method, bytes }) => ['post', 'put', 'patch'].includes(method) && bytes === undefined),
)

const twoMegabytes = Buffer.from(JSON.stringify({ a: 'x'.repeat(2 * 1024 * 1024) }))

const bomb = gzipSync(Buffer.alloc(20 * 1024 * 1024, ' '))

const protectedMembers = parts(
  'role | status | tenant_id | id | number | created_at | is_internal | password_hash | token_version | version | ' +
    'customer_id | ticket_number | search | constructor | prototype | __proto__',
)

/** A refusal of the look at the bytes, before the body is parsed. */
const refusedAsCostly =
  (words: string): Expected =>
  (answer) =>
    is(400, 'validation_failed')(answer) && answer.text.includes(words)

/** A browser that knows no type of a file says an empty one, and a webhook needs no description. */
const mayBeEmpty = ['content_type', 'description']

/** Values by their JSON type. */
const values: [string, unknown][] = [
  ['null', null],
  ['boolean', true],
  ['integer', 7],
  ['number', 1.5],
  ['array', []],
  ['array', ['text']],
  ['object', { $ne: null, toString: 'x', length: 1 }],
]

describe('a body', () => {
  test.each(writes)('%s takes nothing but its JSON object', async (_, endpoint) => {
    const { post } = await client.aimAt(endpoint)
    const before = await client.snapshot()
    const text = JSON.stringify(client.bodyFor(endpoint))
    const broken = parts(`{ | {"a": | {'a':1} | undefined | "text" | 7 | null | true | ${text}x | \ufeff\ufeff{} | [`)
    for (const body of [...broken, '['.repeat(32)]) await post(body.slice(0, 20), body, is(400, 'malformed_json'))
    const deep = (open: string, close: string): string => `${open.repeat(33)}1${close.repeat(33)}`
    for (const body of ['[]', `[${text}]`, '{"is_admin":true,"is_admin":true}']) {
      await post(body.slice(0, 20), body, is(400, 'validation_failed'))
    }
    for (const body of [deep('[', ']'), deep('{"a":', '}')]) {
      await post(body.slice(0, 20), body, refusedAsCostly('is nested deeper than 32'))
    }
    const isSmall = bodyLimitOf(endpoint) < 100_000
    const wide = `{${Array.from({ length: 1_001 }, (_, index) => `"m${index}":1`).join()}}`
    const long = `{"a":[${Array(20_000).fill('1').join()}]}`
    await post('wide', wide, isSmall ? is(413, 'body_too_large') : refusedAsCostly('more than 1000 members'))
    await post('long', long, isSmall ? is(413, 'body_too_large') : refusedAsCostly('more than 20000 values'))
    const types = parts(
      'text/plain | application/x-www-form-urlencoded | multipart/form-data; boundary=x | garbage | a/b/c',
    )
    const charsets = parts('latin1 | utf-7 | utf-16 | utf-16le | "utf-32" | utf-8; charset=utf-7 | utf8 | x')
    const more = [
      ...parts('application/jsonx | text/json'),
      ...charsets.map((name) => `application/json; charset=${name}`),
    ]
    for (const type of [...types, ...more, '']) await post(type, text, is(415, 'not_json'), { 'Content-Type': type })
    await post('no type', text, is(415, 'not_json'), {})
    const encoded = (encoding: string) => ({ ...jsonType, 'Content-Encoding': encoding })
    for (const encoding of parts('x | gzip | br | deflate | zstd | identity, gzip | gzip, identity')) {
      await post(encoding, text, is(415, 'not_json'), encoded(encoding))
    }
    await post('a packed body', gzipSync(text), is(415, 'not_json'), encoded('gzip'))
    await post('a gzip bomb', bomb, is(415, 'not_json'), encoded('gzip'))
    const [most, over] = [bodyLimitOf(endpoint), ' '.repeat(bodyLimitOf(endpoint) + 1)]
    await post('a byte too much', over, is(413, 'body_too_large'))
    await post('as much as there may be', over.slice(0, most), is(400, 'malformed_json'))
    await post('2 MB', twoMegabytes, is(413, 'body_too_large'))
    await post('2 MB', twoMegabytes, is(413, 'body_too_large'), { ...jsonType, 'Transfer-Encoding': 'chunked' })
    expect(await client.snapshot()).toEqual(before)
  })

  test.each(writes)('%s takes no member that it does not know, and each member as what it is', async (_, endpoint) => {
    const { post } = await client.aimAt(endpoint)
    const before = await client.snapshot()
    const members = membersOf(endpoint.body)
    const known = new Set(members.map(([member]) => member))
    const unknown = ['true', '"admin"', '{"polluted":true,"prototype":{"polluted":true}}']
    for (const [index, member] of protectedMembers.filter((name) => !known.has(name)).entries()) {
      // Written as text, because an object literal with __proto__ has no such member.
      const good = JSON.stringify(client.bodyFor(endpoint)).slice(1, -1)
      const values = member.includes('proto') || member === 'constructor' ? unknown : [unknown[index % unknown.length]]
      for (const value of values) {
        await post(member, `{${[good, `"${member}":${value}`].filter(Boolean).join(',')}}`, naming(member))
      }
    }
    const polluting = '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}'
    for (const [member, types] of members) {
      const send = (what: string, value: unknown) =>
        post(what, { ...client.bodyFor(endpoint), [member]: value }, naming(member))
      for (const [type, value] of values) if (!types.includes(type)) await send(`${member} as ${type}`, value)
      if (!mayBeEmpty.includes(member)) await send(`${member} empty`, '')
      await send(`${member} too long`, 'x'.repeat(Math.min(20_000, bodyLimitOf(endpoint) - 1_000)))
      await send(`${member} polluting`, JSON.parse(polluting))
    }
    expect(await client.snapshot()).toEqual(before)
  })

  test.each(writes)('%s takes no text that cannot be stored', async (_, endpoint) => {
    const { post } = await client.aimAt(endpoint)
    const before = await client.snapshot()
    const texts = membersOf(endpoint.body).flatMap(([member, types]) => (types.includes('string') ? [member] : []))
    const sampled = (member: string): string => String(client.bodyFor(endpoint)[member] ?? 'text')
    // Who asks to undo with a wrong token is told that there is no such thing, as of every id.
    const ofToken = endpoint.path === '/undo' ? 404 : 401
    for (const member of texts) {
      const good = sampled(member)
      for (const bad of ['\0', `${good}\0`, `\ud800${good}`, `${good}\udfff`, `${good.slice(0, 2)}\ude00\ud83d`]) {
        // A bad password or token is refused like a wrong one.
        await post(
          `${member} ${JSON.stringify(bad)}`,
          { ...client.bodyFor(endpoint), [member]: bad },
          among(400, ofToken, 422),
        )
      }
    }
    expect(await client.snapshot()).toEqual(before)
    for (const member of texts) {
      await post(
        `${member} from right to left`,
        { ...client.bodyFor(endpoint), [member]: `\u202e${sampled(member)}😀` },
        () => true,
      )
    }
    // In the end a good body. Only its token, or the status of its ticket, may be wrong.
    await post('a good body', client.bodyFor(endpoint), among(200, 201, 202, 204, ofToken, 422))
  })

  test.each(writes)(
    '%s takes no bytes that are no UTF-8, which would all be read as one character',
    async (_, endpoint) => {
      const { post } = await client.aimAt(endpoint)
      const before = await client.snapshot()
      // Latin-1, a byte that continues nothing, a cut and an overlong character, a surrogate, and above Unicode.
      for (const bytes of ['fc', '80', 'e28a', 'c0af', 'eda080', 'f4908080']) {
        const body = Buffer.concat([Buffer.from('{"a":"'), Buffer.from(bytes, 'hex'), Buffer.from('"}')])
        const answer = await post(`the bytes ${bytes}`, body, is(400, 'malformed_json'))
        expect(JSON.parse(answer.text).detail).toContain('UTF-8')
      }
      expect(await client.snapshot()).toEqual(before)
    },
  )

  test.each(writes)('%s repeats little of what it does not know', async (_, endpoint) => {
    const { post } = await client.aimAt(endpoint)
    const names = [
      'x'.repeat(90),
      'ä'.repeat(45),
      '\u0001'.repeat(15),
      '\ud800'.repeat(15),
      '😀'.repeat(20),
      '"\\'.repeat(20),
    ]
    for (const name of names) {
      const unknown = Object.fromEntries(Array.from({ length: 40 }, (_none, at) => [`${at}${name}`, 1]))
      const answer = await post('many names', unknown, is(400, 'validation_failed'))
      const { detail, errors } = JSON.parse(answer.text)
      expect([errors.length, /; and \d+ more$/.test(detail)]).toEqual([10, true])
      expect(detail.length).toBeLessThanOrEqual('; and 31 more'.length + 300)
      // What is the caller's, wherever it stands.
      const written = (text: string): string => JSON.stringify(text).slice(1, -1)
      const repeated = errors.map(({ field }: { field: string }) => {
        const times = answer.text.split(written(field)).length - 1
        return times * Buffer.byteLength(written(field))
      })
      expect(repeated.reduce((sum: number, size: number) => sum + size, 0)).toBeLessThanOrEqual(1_024)
    }
  })

  test('a body in UTF-8 is read, however its type says so', async () => {
    const body = JSON.stringify({ user_id_or_email: client.world.ada.email, password: client.world.ada.password })
    for (const charset of [
      '',
      '; charset=utf-8',
      ';charset=UTF-8',
      '; charset="utf-8"',
      '; profile=x; charset=utf-8',
    ]) {
      const headers = { 'X-Tenant': client.world.slug, 'Content-Type': `application/json${charset}` }
      await client.probe(charset, 'POST', '/api/auth/login', { headers, body }, among(200))
      const more = { ...headers, 'Content-Encoding': 'identity' }
      await client.probe(charset, 'POST', '/api/auth/login', { headers: more, body }, among(200))
    }
  })

  test('a sign-in of the longest texts, each character escaped, fits the small bound', async () => {
    const escaped = (length: number): string => '\\u00e4'.repeat(length)
    const body = `{"user_id_or_email":"${escaped(254)}","password":"${escaped(500)}"}`
    const headers = { 'X-Tenant': client.world.slug, ...jsonType }
    await client.probe('long texts', 'POST', '/api/auth/login', { headers, body }, is(401, 'invalid_credentials'))
  })

  test('a body of exactly 1 MB is read, one byte more is not', async () => {
    const headers = { ...client.world.ada.headers, ...jsonType }
    const body = '{"customer_id":"CUS0001","issue_category":"Doors","issue_description":"Stuck"}'.padEnd(1024 * 1024)
    await client.probe('1 MB', 'POST', '/api/tickets', { headers, body }, among(201))
    await client.probe('a byte more', 'POST', '/api/tickets', { headers, body: `${body} ` }, is(413, 'body_too_large'))
  })
})
