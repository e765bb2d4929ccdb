import { randomUUID } from 'node:crypto'
import { Agent, request as httpRequest, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http'
import { connect } from 'node:net'
import { text as readText } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { rolesThatMay } from '../../contract/capabilities.ts'
import { errorCodes } from '../../contract/error-codes.ts'
import { endpoints } from '../../modules.ts'
import { textFile, upload } from '../../testing/support/files.ts'
import { createWorld, password, type World } from '../../testing/support/people.ts'
import { type Desk, startDesk } from '../../testing/support/workspace.ts'
import { createLog } from '../log.ts'
import type { Endpoint } from './endpoint.ts'

let desk: Desk
let world: World
/** What is wrong with answers; a test asks everything first, so that one run shows all of it. */
let faults: string[] = []
/** What the desk called its own fault. */
const errorLines: string[] = []
const agent = new Agent({ keepAlive: true })
/** The parts between the bars. */
const parts = (text: string): string[] => text.split(' | ')

/** A file that Ada may attach. */
let uploadId: string
beforeAll(async () => {
  // The limits count here, and are never reached.
  const limits = { RATE_LIMIT_REQUESTS_PER_MINUTE: '1000000', RATE_LIMIT_SIGN_INS_PER_MINUTE: '1000000' }
  const log = createLog('error', { write: (line) => void errorLines.push(line) })
  desk = await startDesk({ withWorker: false, log, settings: { ...limits, CORS_ORIGINS: 'https://www.example.com' } })
  world = await createWorld(desk)
  for (const _ of [1, 2, 3]) await world.cleo.post('/tickets', { issue_category: 'Doors', issue_description: 'Stuck' })
  const said = await world.ada.post('/tickets/TKT0001/comments', { body: 'Still stuck', visibility: 'public' })
  pathValues.commentId = said.body.comment_id
  uploadId = await upload(desk, world.ada, 'TKT0001', textFile())
})
afterEach(() => {
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  expect(errorLines.splice(0)).toEqual([])
})
afterAll(async () => {
  agent.destroy()
  await desk?.stop()
})

interface Answer {
  status: number
  headers: IncomingHttpHeaders
  text: string
}
interface Hostile {
  headers?: OutgoingHttpHeaders
  body?: string | Buffer
}

/** Sends what no well-bred client would. */
const ask = (method: string, path: string, { headers = {}, body }: Hostile = {}): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const length =
      body === undefined || headers['Transfer-Encoding'] ? {} : { 'Content-Length': Buffer.byteLength(body) }
    const request = httpRequest(desk.url, { method, path, agent, headers: { ...length, ...headers } }, (response) => {
      const { statusCode: status = 0, headers: answered } = response
      readText(response).then((text) => resolve({ status, headers: answered, text }), reject)
    })
    request.once('error', reject).end(body)
  })

const ProblemBody = z.object({ code: z.string(), status: z.int(), request_id: z.string(), detail: z.string() })
const leak =
  /\bat .+:\d+:\d+|node_modules|\bselect\b.+\bfrom\b|syntax error|relation "|constraint|invalid byte|SyntaxError/i

const faultsOf = (method: string, { status, headers, text }: Answer): string[] => {
  if (status < 400) return []
  const found = status >= 500 ? [`it answers ${status} ${text}`] : []
  if (!/^application\/problem\+json(;|$)/.test(headers['content-type'] ?? '')) found.push(`${headers['content-type']}`)
  if (method === 'HEAD') return found
  const problem = ProblemBody.safeParse(text === '' ? null : JSON.parse(text))
  if (!problem.success) return [...found, `it is no problem: ${text}`]
  const { code, request_id, status: written } = problem.data
  if (request_id !== headers['x-request-id']) found.push(`${request_id} is not ${headers['x-request-id']}`)
  const known: Record<string, { status: number }> = errorCodes
  if (written !== status || known[code]?.status !== status) found.push(`${code} and ${written} with status ${status}`)
  if (leak.test(text)) found.push(`it tells too much: ${text.slice(0, 400)}`)
  return found
}

/** Asks, and notes what is wrong with the answer; a status that is not expected is. */
const probe = async (
  what: string,
  method: string,
  path: string,
  sending: Hostile,
  expected: (answer: Answer) => boolean,
): Promise<Answer> => {
  const answer = await ask(method, path, sending)
  const found = faultsOf(method, answer)
  if (found.length === 0 && !expected(answer)) found.push(`it answers ${answer.status} ${answer.text.slice(0, 400)}`)
  faults.push(...found.map((fault) => `${method} ${path} with ${what}: ${fault}`))
  return answer
}
const noFaults = (): void => {
  const found = faults
  faults = []
  expect(found.slice(0, 20)).toEqual([])
}
const codeOf = ({ text }: Answer): string => ProblemBody.safeParse(JSON.parse(text)).data?.code ?? text
const is = (status: number, code: string) => (answer: Answer) => answer.status === status && codeOf(answer) === code
const among =
  (...statuses: number[]) =>
  (answer: Answer) =>
    statuses.includes(answer.status)
const naming = (field: string) => (answer: Answer) =>
  answer.status === 400 &&
  (field === '' || JSON.parse(answer.text).errors?.some((error: { field: string }) => error.field === field))

const nameOf = ({ method, path }: Endpoint): string => `${method.toUpperCase()} ${path}`
const pathValues: Record<string, string> = {
  customerId: 'CUS0001',
  technicianId: 'TEC0001',
  ticketId: 'TKT0001',
  emailId: randomUUID(),
  attachmentId: randomUUID(),
  kind: 'related',
  otherTicketId: 'TKT0003',
  accountId: 'TEC0001',
  tag: 'vpn',
}
const pathOf = ({ path }: Endpoint, values = pathValues): string =>
  `/api${path.replaceAll(/:(\w+)/g, (_, name) => values[name] ?? 'x')}`

/** Who may: nobody in particular, a customer for what ends sessions, else the admin. */
const headersFor = async ({ can, needsIfMatch }: Endpoint): Promise<OutgoingHttpHeaders> => {
  const version = needsIfMatch ? { 'If-Match': '*' } : {}
  if (rolesThatMay(can) === null) return { 'X-Tenant': world.slug, ...version }
  const who = can === 'session:own' ? await world.customer(`c-${randomUUID().slice(0, 13)}`) : world.ada
  return { ...who.headers, ...version }
}
const jsonType = { 'Content-Type': 'application/json' }

const Property = z.looseObject({
  type: z.string().optional(),
  anyOf: z.array(z.looseObject({ type: z.string() })).optional(),
})
const Shape = z.looseObject({ properties: z.record(z.string(), Property).default({}) })
const read = new Map<z.ZodType, [string, string[]][]>()
/** The members of a body or a query, and which JSON types each may have. */
const membersOf = (schema: z.ZodType | undefined): [string, string[]][] => {
  if (schema === undefined) return []
  const known = read.get(schema)
  if (known) return known
  const { properties } = Shape.parse(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }))
  const members = Object.entries(properties).map(([name, { type, anyOf }]): [string, string[]] => [
    name,
    [...(type ? [type] : []), ...(anyOf ?? []).map((one) => one.type)],
  ])
  read.set(schema, members)
  return members
}

/** A value for each member there is; a new one of another name gets one by its type. */
const sampleOf = (member: string, [type]: string[]): unknown => {
  const unique = randomUUID().slice(0, 18)
  const samples: Record<string, unknown> = {
    email: `${unique}@example.com`,
    user_id: `u${unique}`,
    user_id_or_email: 'ada',
    password,
    current_password: password,
    phone_number: '030 1234',
    priority: 'low',
    status: 'new',
    customer_id: 'CUS0001',
    technician_id: null,
    follow_up_of: undefined,
    attachment_ids: undefined,
    upload_id: uploadId,
    file_name: 'notes.txt',
    content_type: 'text/plain',
    sha256: 'a'.repeat(64),
    into: 'TKT0003',
    visibility: 'public',
  }
  return member in samples ? samples[member] : type === 'boolean' ? true : type === 'integer' ? 1 : 'text'
}
const bodyFor = ({ body }: Endpoint): Record<string, unknown> =>
  Object.fromEntries(membersOf(body).map(([member, types]) => [member, sampleOf(member, types)]))

const writes = endpoints
  .filter(({ method, bytes }) => ['post', 'put', 'patch'].includes(method) && bytes === undefined)
  .map((e) => [nameOf(e), e] as const)
const lists = endpoints
  .filter(({ query, bytes }) => query !== undefined && bytes === undefined)
  .map((e) => [nameOf(e), e] as const)

/** Everything that a hostile request could have changed; that a sign-in failed is meant to be recorded. */
const snapshot = async (): Promise<unknown> => {
  const { rows } = await desk.app.pool.query(`
    select (select md5(string_agg(t::text, ',' order by t.tenant_id, t.ticket_number)) from tickets t) as tickets,
      (select md5(string_agg(a::text, ',' order by a.tenant_id, a.account_id)) from accounts a) as accounts,
      (select md5(string_agg(w::text, ',' order by w.tenant_id, w.technician_number)) from technicians w) as technicians,
      (select count(*) from events e where e.type not like '%failed') as events,
      (select count(*) from idempotency_keys) as keys`)
  return rows
}

type Expected = (answer: Answer) => boolean
/** An endpoint as a target: sends a body, or what the headers say it is, as who may. */
const aimAt = async (endpoint: Endpoint) => {
  const headers = await headersFor(endpoint)
  const [method, path] = [endpoint.method.toUpperCase(), pathOf(endpoint)]
  return {
    post: (what: string, body: string | Buffer | unknown, expected: Expected, more: OutgoingHttpHeaders = jsonType) => {
      const bytes = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body)
      return probe(what, method, path, { headers: { ...headers, ...more }, body: bytes }, expected)
    },
    query: (what: string, expected: Expected) => probe('this query', method, `${path}?${what}`, { headers }, expected),
  }
}

const twoMegabytes = Buffer.from(JSON.stringify({ a: 'x'.repeat(2 * 1024 * 1024) }))
const bomb = gzipSync(Buffer.alloc(20 * 1024 * 1024, ' '))
const protectedMembers = parts(
  'role | status | tenant_id | id | number | created_at | is_internal | password_hash | token_version | version | ' +
    'customer_id | ticket_number | search | constructor | prototype | __proto__',
)
/** By JSON type. */
const values: [string, unknown][] = [
  ['null', null],
  ['boolean', true],
  ['integer', 7],
  ['number', 1.5],
  ['array', []],
  ['array', ['text']],
  ['object', { $ne: null, toString: 'x', length: 1 }],
]

describe('what is written', () => {
  test.each(writes)('%s takes nothing but its JSON object', async (_, endpoint) => {
    const { post } = await aimAt(endpoint)
    const before = await snapshot()
    const text = JSON.stringify(bodyFor(endpoint))
    const broken = parts(`{ | {"a": | {'a':1} | undefined | "text" | 7 | null | true | ${text}x | \ufeff\ufeff{} | [`)
    for (const body of [...broken, '['.repeat(100_000)]) await post(body.slice(0, 20), body, is(400, 'malformed_json'))
    const deep = (open: string, close: string): string => `${open.repeat(50_000)}1${close.repeat(50_000)}`
    for (const body of ['[]', `[${text}]`, deep('[', ']'), deep('{"a":', '}'), '{"role":"admin","role":"admin"}']) {
      await post(body.slice(0, 20), body, is(400, 'validation_failed'))
    }
    const types = parts(
      'text/plain | application/x-www-form-urlencoded | multipart/form-data; boundary=x | garbage | a/b/c',
    )
    const more = parts('application/jsonx | application/json; charset=latin1 | text/json')
    for (const type of [...types, ...more, '']) await post(type, text, is(415, 'not_json'), { 'Content-Type': type })
    await post('no type', text, is(415, 'not_json'), {})
    const encoded = (encoding: string) => ({ ...jsonType, 'Content-Encoding': encoding })
    await post('an unknown encoding', text, is(415, 'not_json'), encoded('x'))
    await post('gzip that is none', text, is(400, 'malformed_request'), encoded('gzip'))
    await post('a gzip bomb', bomb, is(413, 'body_too_large'), encoded('gzip'))
    await post('2 MB', twoMegabytes, is(413, 'body_too_large'))
    await post('2 MB', twoMegabytes, is(413, 'body_too_large'), { ...jsonType, 'Transfer-Encoding': 'chunked' })
    expect(await snapshot()).toEqual(before)
    noFaults()
  })

  test.each(writes)('%s takes no member that it does not know, and each member as what it is', async (_, endpoint) => {
    const { post } = await aimAt(endpoint)
    const before = await snapshot()
    const members = membersOf(endpoint.body)
    const known = new Set(members.map(([member]) => member))
    for (const member of protectedMembers.filter((name) => !known.has(name))) {
      // As text: an object literal with __proto__ has no such member.
      const good = JSON.stringify(bodyFor(endpoint)).slice(1, -1)
      for (const value of ['true', '"admin"', '{"polluted":true,"prototype":{"polluted":true}}']) {
        await post(member, `{${[good, `"${member}":${value}`].filter(Boolean).join(',')}}`, naming(member))
      }
    }
    const polluting = '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}'
    for (const [member, types] of members) {
      const send = (what: string, value: unknown) =>
        post(what, { ...bodyFor(endpoint), [member]: value }, naming(member))
      for (const [type, value] of values) if (!types.includes(type)) await send(`${member} as ${type}`, value)
      await send(`${member} empty`, '')
      await send(`${member} too long`, 'x'.repeat(20_000))
      await send(`${member} polluting`, JSON.parse(polluting))
    }
    expect(await snapshot()).toEqual(before)
    noFaults()
  })

  test.each(writes)('%s takes no text that cannot be stored', async (_, endpoint) => {
    const { post } = await aimAt(endpoint)
    const before = await snapshot()
    const texts = membersOf(endpoint.body).flatMap(([member, types]) => (types.includes('string') ? [member] : []))
    const sampled = (member: string): string => String(bodyFor(endpoint)[member] ?? 'text')
    for (const member of texts) {
      const good = sampled(member)
      for (const bad of ['\0', `${good}\0`, `\ud800${good}`, `${good}\udfff`, `${good.slice(0, 2)}\ude00\ud83d`]) {
        // A password or a token that is tried is refused as a wrong one.
        await post(`${member} ${JSON.stringify(bad)}`, { ...bodyFor(endpoint), [member]: bad }, among(400, 401, 422))
      }
    }
    expect(await snapshot()).toEqual(before)
    for (const member of texts) {
      await post(
        `${member} from right to left`,
        { ...bodyFor(endpoint), [member]: `\u202e${sampled(member)}😀` },
        () => true,
      )
    }
    // After all that: a good body, which nothing is wrong with but perhaps the token or the status of the ticket in it.
    await post('a good body', bodyFor(endpoint), among(200, 201, 202, 204, 401, 422))
    noFaults()
  })

  test('a body of exactly 1 MB is read, one byte more is not', async () => {
    const headers = { ...world.ada.headers, ...jsonType }
    const body = '{"customer_id":"CUS0001","issue_category":"Doors","issue_description":"Stuck"}'.padEnd(1024 * 1024)
    await probe('1 MB', 'POST', '/api/tickets', { headers, body }, among(201))
    await probe('a byte more', 'POST', '/api/tickets', { headers, body: `${body} ` }, is(413, 'body_too_large'))
    noFaults()
  })
})

const encode = encodeURIComponent
const sql = parts(
  `' or '1'='1 | '; drop table tickets; -- | ") or pg_sleep(9) -- | 1' union select null -- | $1 | \\ | ''`,
)
const fraction = `2024-01-01T00:00:00.${'1'.repeat(200)}Z`
const ends = (query: string): string => query.slice(0, query.indexOf('='))

describe('what is asked for', () => {
  const numbers = parts(
    '-1 | 0 | 1.5 | 1000000000 | 2147483648 | 9007199254740993 | 9223372036854775808 | NaN | 0x10 | 1e2 | +5 | ٣ | ' +
      'Infinity | 101 | null',
  )
  const times = parts(
    '0000-01-01 | 0000-12-31T23:59:59Z | 10000-01-01 | -0001-01-01 | 2024-02-30 | now | infinity | epoch | ' +
      `2024-01-01T00:00:00+23:59 | 9999-12-31T23:59:59-23:59 | ${fraction}`,
  )
  const odd = parts(`% | _ | <script> | ( |  & | ! | " | ${'x'.repeat(200)} | \u202e | 👩‍🚒`)

  test.each(lists)('%s takes no absurd parameter', async (_, endpoint) => {
    const { query } = await aimAt(endpoint)
    for (const number of [...numbers, '', ' 12 ']) await query(`limit=${encode(number)}`, naming('limit'))
    for (const unknown of parts('limit[]=1 | limit[a]=1 | nobody=1 | __proto__=1 | __proto__[x]=1 | constructor=1')) {
      await query(unknown, naming(ends(unknown)))
    }
    for (const [parameter] of membersOf(endpoint.query)) {
      await query(`${parameter}=1&${parameter}=1`, naming(parameter))
      await query(`${parameter}=${'x'.repeat(3_000)}`, naming(parameter))
      for (const bad of ['%00', 'a%00b']) await query(`${parameter}=${bad}`, among(400))
      for (const broken of ['%', '%E0%A4%A', '%ff', '%ED%A0%80']) await query(`${parameter}=${broken}`, among(200, 400))
      for (const text of [...times, ...odd]) await query(`${parameter}=${encode(text)}`, among(200, 400))
      for (const text of sql) {
        await query(
          `${parameter}=${encode(text)}`,
          ({ status, text: found }) => status === 400 || (status === 200 && found.includes('[],"page"')),
        )
      }
    }
    await query('&=&==&&?&', () => true)
    await query('', among(200))
    noFaults()
  })

  const paged = lists.filter(([, { query }]) => membersOf(query).some(([name]) => name === 'cursor'))
  test.each(paged)('%s takes no cursor but its own', async (_, endpoint) => {
    const { query } = await aimAt(endpoint)
    const orders = parts('-raised_date | -updated_at | -priority | customer_number | technician_number | -created_at')
    const dates = ['0000-01-01T00:00:00Z', fraction, '2024-02-30T00:00:00Z', "' or true --", 5]
    const numbered = [1, 1.5, 1e300, '1; drop', randomUUID()].flatMap((number) => dates.map((date) => [date, number]))
    const forged = orders.flatMap((order) =>
      [...numbered, null, {}, 'x', 1e308, -1, 2 ** 53].map((key) => [order, key]),
    )
    const written = [null, 7, 'x', {}, [], ['__proto__', 1], [...(forged[0] ?? []), 1], ...forged]
    const cursors = written.map((cursor) => Buffer.from(JSON.stringify(cursor)).toString('base64url'))
    for (const cursor of [...cursors, 'x', '-', '%25', 'a'.repeat(500), Buffer.from('\0').toString('base64url')]) {
      // By chance it may be a good one, such as a negative number where numbers are the order: then it is only a place.
      await query(`cursor=${encode(cursor)}`, among(200, 400))
    }
    for (const cursor of ['', 'null', 'x', cursors[0]]) await query(`cursor=${cursor}`, is(400, 'invalid_cursor'))
    await query(`cursor=${'a'.repeat(501)}`, is(400, 'validation_failed'))
    noFaults()
  })

  test('what takes no parameter takes none', async () => {
    for (const endpoint of endpoints.filter(({ query }) => query === undefined)) {
      const { query } = await aimAt(endpoint)
      for (const unknown of parts('nobody=1 | limit=1 | __proto__=1')) await query(unknown, naming(ends(unknown)))
    }
    noFaults()
  })

  test('a cursor is good for its own order only', async () => {
    const { body } = await world.ada.get('/tickets?limit=1&sort=-updated_at')
    const cursor = body.page.next_cursor
    const sorted = (sort: string) => world.ada.get(`/tickets?limit=1&sort=${sort}&cursor=${cursor}`)
    expect((await sorted('-updated_at')).body.tickets[0].ticket_id).not.toBe(body.tickets[0].ticket_id)
    for (const sort of ['-raised_date', 'raised_date', '-priority']) {
      const reply = await sorted(sort)
      expect([reply.status, reply.body.code]).toEqual([400, 'invalid_cursor'])
    }
    expect((await world.ada.get(`/customers?cursor=${cursor}`)).body.code).toBe('invalid_cursor')
  })

  test('search terms are what was typed, and no wildcards', async () => {
    for (const name of ['100% wool', 'under_score', 'back\\slash', 'odd %_% name', "O'Hara"]) {
      expect((await world.ada.post('/customers', { name, email: `${randomUUID()}@example.com` })).status).toBe(201)
    }
    const found = async (q: string): Promise<string[]> => {
      const { body } = await world.ada.get(`/customers?limit=100&q=${encode(q)}`)
      return body.customers.map(({ name }: { name: string }) => name)
    }
    expect(await found('%')).toEqual(['100% wool', 'odd %_% name'])
    expect(await found('_')).toEqual(['under_score', 'odd %_% name'])
    expect(await found('\\')).toEqual(['back\\slash'])
    expect(await found('%_%')).toEqual(['odd %_% name'])
    expect(await found("'")).toEqual(["O'Hara"])
    expect(await found('UNDER_')).toEqual(['under_score'])
    expect(await found('a%b')).toEqual([])
  })

  const named = endpoints.filter(({ params }) => params !== undefined).map((e) => [nameOf(e), e] as const)
  test.each(named)('%s finds nothing by a name that is none', async (_, endpoint) => {
    const before = await snapshot()
    const id = Object.values(pathValues).find((value) => pathOf(endpoint).includes(value)) ?? ''
    const body = endpoint.body === undefined ? {} : { body: JSON.stringify(bodyFor(endpoint)) }
    const sending = { headers: { ...(await headersFor(endpoint)), ...(endpoint.body ? jsonType : {}) }, ...body }
    const method = endpoint.method.toUpperCase()
    const find = (name: string, expected: Expected) =>
      probe('this name', method, pathOf({ ...endpoint, path: endpoint.path.replace(/:\w+/, name) }), sending, expected)
    const near = [` ${id}`, `${id} `, `${id}\n`, id.toLowerCase().slice(1), `${id}0000000000000000`, `${id}' or '1'='1`]
    const far = parts('TKT0000 | TKT00001 | TKT１ | * | null | -1 | \u202e | 💥 | __proto__ | ../../health')
    for (const name of [...sql, ...near, ...far, 'x'.repeat(5_000)]) await find(encode(name), among(404))
    for (const name of ['%00', `${id}%00`, '%', '%E0%A4%A', '%ff', '%ED%A0%80', '%u0041'])
      await find(name, among(400, 404))
    expect(await snapshot()).toEqual(before)
    noFaults()
  })
})

describe('what is asked of the server itself', () => {
  const methods = parts('GET | HEAD | POST | PUT | PATCH | DELETE | OPTIONS | TRACE | PROPFIND')
  const paths = [...new Set(endpoints.map(({ path }) => path))]

  test.each(paths)('%s takes its own methods only, and says which', async (path) => {
    const own = endpoints.filter((endpoint) => endpoint.path === path).map(({ method }) => method.toUpperCase())
    const allowed = [...own, ...(own.includes('GET') ? ['HEAD'] : [])]
    const at = pathOf({ path } as Endpoint)
    for (const method of methods.filter((name) => !allowed.includes(name))) {
      for (const headers of [{}, { ...world.ada.headers }, { 'X-HTTP-Method-Override': own[0] }]) {
        const answer = await probe('this method', method, at, { headers }, among(405))
        expect([method, answer.headers.allow?.split(', ').sort()]).toEqual([method, allowed.toSorted()])
      }
    }
    if (own.includes('GET')) {
      const answer = await probe('HEAD', 'HEAD', at, { headers: { ...world.ada.headers } }, among(200, 404))
      expect(answer.text).toBe('')
    }
    noFaults()
  })

  test('an address that is none is 404, signed in or not', async () => {
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
        for (const headers of [{}, { ...world.ada.headers }])
          await probe('nothing', method, path, { headers }, isNothing)
      }
    }
    for (const path of parts('/api/docs/% | /api/docs/%00 | /api/docs/%c0%ae'))
      await probe('odd', 'GET', path, {}, among(400, 404))
    noFaults()
  })

  test('a preflight is answered, and a stranger gets no leave', async () => {
    const preflight = (origin: string) =>
      ask('OPTIONS', '/api/tickets', { headers: { Origin: origin, 'Access-Control-Request-Method': 'POST' } })
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
    const { headers } = world.ada
    const post = (what: string, more: OutgoingHttpHeaders, expected: Expected) =>
      probe(what, 'POST', '/api/tickets', { headers: { ...headers, ...jsonType, ...more }, body: ticket }, expected)
    const before = await snapshot()
    for (const key of ['', '""', 'a\tb', 'ä', 'k'.repeat(256), `"${'k'.repeat(256)}"`, '\u0080']) {
      await post(`the key ${key}`, { 'Idempotency-Key': key }, is(400, 'malformed_request'))
    }
    const tags = parts(`abc | "abc" | W/"1" | "1", "2" | "-1" | "99999999999" | "" | '1' or 1=1 | 1 | "1.0" | "0x1"`)
    for (const tag of [...tags, '']) {
      const sending = { headers: { ...headers, ...jsonType, 'If-Match': tag }, body: '{"priority":"high"}' }
      for (const method of ['PATCH', 'PUT'])
        await probe(tag, method, '/api/tickets/TKT0001', sending, is(412, 'stale_version'))
    }
    const slugs = parts(
      `default' or '1'='1 | * | % | ../etc | UPPER | nobody | ${world.slug},${world.slug} | ä | ${'x'.repeat(5_000)}`,
    )
    for (const slug of [...slugs, ' ']) {
      const sending = {
        headers: { ...jsonType, 'X-Tenant': slug },
        body: JSON.stringify({ user_id_or_email: 'ada', password }),
      }
      await probe(`the tenant ${slug}`, 'POST', '/api/auth/login', sending, is(404, 'tenant_not_found'))
    }
    expect(await snapshot()).toEqual(before)
    const ignored: OutgoingHttpHeaders[] = [
      { 'X-Tenant': "default' or '1'='1" },
      { Range: 'bytes=0-1,-1,5-1' },
      { Accept: 'text/html;q=0.1,*/*;q=-1', 'Accept-Encoding': 'x', 'Accept-Charset': '\x80' },
      { Expect: 'the-unexpected' },
      { Upgrade: 'websocket', Connection: 'Upgrade' },
      { Cookie: 'counterdesk_session=%00; =; ;;; __proto__=1; counterdesk_session' },
      { 'X-Forwarded-For': "1.2.3.4' or 1=1, ::::, x", 'X-Forwarded-Host': 'evil.example.com', Forwarded: 'for="_x"' },
      { 'X-Forwarded-Proto': 'javascript', Host: 'a b\'"<>' },
      { 'User-Agent': '"\\%s$(x)'.repeat(50), Referer: 'javascript:alert(1)', 'Content-Language': '\u00ff' },
      { 'If-None-Match': '*', 'If-Modified-Since': 'yesterday', 'If-Unmodified-Since': '0' },
      Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`x-${index}`, '1'])),
      { 'X-HTTP-Method-Override': 'DELETE' },
    ]
    for (const more of ignored) await post(Object.keys(more)[0] ?? '', more, among(201))
    noFaults()
  })

  test('a request id is taken when it is a sane one, else made', async () => {
    const idOf = async (id: string | string[]) =>
      (await ask('GET', '/api/nope', { headers: { 'X-Request-Id': id } })).headers['x-request-id']
    for (const id of ['abc', 'a.b:c/d+e=f-g_1', 'x'.repeat(128)]) expect(await idOf(id)).toBe(id)
    const strange = [...parts(`a b | ä | <script> | " | a\tb | ' or 1=1 | a,b | {}`), '', 'x'.repeat(129), ['a', 'b']]
    for (const id of strange) expect(await idOf(id)).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
  })
})

describe('what is no HTTP', () => {
  /** Sends bytes on a connection of its own and reads until the server closes it. */
  const raw = (bytes: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect(Number(new URL(desk.url).port), '127.0.0.1', () => socket.write(bytes, 'latin1'))
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
      'a chunk that is none',
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
    expect((await ask('GET', '/health')).status).toBe(200)
    expect((await world.ada.get('/tickets?limit=1')).status).toBe(200)
  })
})
