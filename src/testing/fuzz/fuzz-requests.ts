import fc, { type Arbitrary } from 'fast-check'
import { anything, doubtful, isLive, type Live, live, mutatedObject, valid } from './arbitraries.ts'
import { hostileText } from './hostile.ts'
import type { Operation, Parameter } from './operations.ts'
import { bodyOf, pathOf } from './paths.ts'

/** A request before the desk's own values are put in. */
export interface Draft {
  path: Record<string, unknown>
  query: [string, unknown][]
  headers: Record<string, unknown>
  /** JSON, or bytes that are mostly no JSON. */
  body: { json: unknown } | { bytes: Buffer } | null
  carrier: 'bearer' | 'cookie'
}

/** A request as it is sent. */
export interface Request {
  method: string
  /** Below the server's address, encoded. */
  url: string
  headers: Record<string, string>
  body: Buffer | null
  /** The names in the path before they were encoded, which ajv judges. */
  path: Record<string, string>
  query: [string, string][]
}

const megabytes = (count: number): Buffer =>
  Buffer.from(JSON.stringify({ issue_category: 'Network', issue_description: 'x'.repeat(count * 1024 * 1024) }))
const tenMegabytes = megabytes(10)

/** Bodies that are no JSON, or JSON of the wrong kind. */
const brokenBodies: Buffer[] = [
  ...[
    '{',
    '{"a":',
    '[]',
    'null',
    '"text"',
    '0',
    'NaN',
    "{'a':1}",
    '{"a":1}{"b":2}',
    '\ufeff{}',
    '{"__proto__":{"polluted":true}}',
  ],
  ...[
    '{"constructor":{"prototype":{"polluted":true}}}',
    '{"a":"\\ud800"}',
    '{"a":"\\u0000"}',
    '{"a":1e999}',
    `${'['.repeat(5000)}`,
  ],
  `{"a":${'['.repeat(5000)}${']'.repeat(5000)}}`,
  'name=Cleo&email=a%40example.com',
].map((text) => Buffer.from(text))
const bytes = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.constantFrom(
      ...brokenBodies,
      Buffer.from([0x7b, 0xff, 0xfe, 0x7d]),
      Buffer.from('{"name":"\xff"}', 'latin1'),
    ),
  },
  { weight: 5, arbitrary: fc.uint8Array({ minLength: 1, maxLength: 60 }).map((array) => Buffer.from(array)) },
  { weight: 1, arbitrary: fc.constantFrom(tenMegabytes, megabytes(1)) },
)

const longest = 4_000
/** Bytes as a header carries them: UTF-8 read as Latin-1, and not so many that the header is too large. */
const inHeader = (text: string): string => Buffer.from(text).toString('latin1').slice(0, longest)

const headerText = fc
  .oneof(hostileText, fc.constantFrom('a'.repeat(255), 'a'.repeat(256), 'a'.repeat(longest), `"${'a'.repeat(255)}"`))
  .map(inHeader)
const contentTypes = [
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data',
  'application/json; charset=utf-16',
  'application/json;charset=latin1',
  'application/json; charset=utf-7',
  'json',
  '',
]

const addresses = ['203.0.113.7:4001', '[2001:db8::1]:80', 'fe80::1%x', 'unknown', '::ffff:127.0.0.1', '1.2.3.4, [']

/** Headers that are sent to every operation, whether the document knows them there or not. */
const strayHeaders: [string, Arbitrary<unknown>][] = [
  ['Content-Type', fc.oneof(fc.constantFrom(...contentTypes), headerText)],
  ['Content-Encoding', fc.constantFrom('gzip', 'br', 'identity', 'x')],
  [
    'Authorization',
    fc.oneof(
      fc.constantFrom('Bearer', 'Bearer x', 'Bearer a.b.c', 'Basic YTpi', 'Bearer eyJhbGciOiJub25lIn0.e30.'),
      headerText,
    ),
  ],
  ['Idempotency-Key', headerText],
  [
    'If-Match',
    fc.oneof(fc.constantFrom('"1"', 'W/"1"', '"1", "2"', '1', '"999999999"', '"9999999999"', '"-1"', '*'), headerText),
  ],
  ['X-Tenant', fc.oneof(live('slug'), live('slug', true), headerText)],
  ['X-Request-Id', headerText],
  ['Cookie', fc.oneof(fc.constantFrom('__Host-counterdesk_session=x', '__Host-counterdesk_session=; a=b'), headerText)],
  ['Origin', fc.oneof(fc.constantFrom('https://evil.example.com', 'null'), headerText)],
  ['X-Forwarded-For', fc.oneof(fc.constantFrom(...addresses), headerText)],
  ['User-Agent', headerText],
  ['If-None-Match', fc.oneof(fc.constantFrom('*', 'W/"x"', '"x", *'), headerText)],
  ['X-HTTP-Method-Override', fc.constantFrom('DELETE', 'GET')],
]

const strayHeader = fc.oneof(...strayHeaders.map(([name, value]) => fc.tuple(fc.constant(name), value)))

/** Actions that only tickets, or accounts, in a certain state take. */
const takers: [RegExp, string][] = [
  [/\{ticketId\}\/(?:reopen|close)$/, 'resolved_ticket'],
  [/\{ticketId\}\/unmerge$/, 'merged_ticket'],
  [/\{ticketId\}\/restore$/, 'deleted_ticket'],
  [/\{accountId\}\/invitation$/, 'invited_account'],
]

const validValue = (operation: Operation, { name, schema }: Parameter): Arbitrary<unknown> => {
  const usual =
    name === 'If-Match'
      ? fc.oneof({ weight: 6, arbitrary: fc.constantFrom('*', '*', '*', '*', '"1"', '"2"') }, headerText)
      : valid(schema, name)
  const value =
    name === 'Idempotency-Key'
      ? fc.oneof(fc.stringMatching(/^[!-~]{1,40}$/), fc.constantFrom('same', 'a'.repeat(255)))
      : usual
  const [, taker] = takers.find(([path]) => path.test(operation.path)) ?? []
  if (taker === undefined || (name !== 'ticketId' && name !== 'accountId')) return value
  return fc.oneof({ weight: 4, arbitrary: live(taker) }, value)
}

const validDraft = (operation: Operation): Arbitrary<Draft> => {
  const among = (place: Parameter['in']) => {
    const parameters = operation.parameters.filter((parameter) => parameter.in === place)
    const values = parameters.map((parameter) => [parameter.name, validValue(operation, parameter)])
    const requiredKeys = parameters.filter(({ required }) => required).map(({ name }) => name)
    return fc.record(Object.fromEntries(values), { requiredKeys }) as Arbitrary<Record<string, unknown>>
  }
  // Few optional parameters at once, because each may turn a success into a refusal.
  const some = (record: Record<string, unknown>, at: number): [string, unknown][] =>
    Object.entries(record).filter((_, index) => at % 4 === 0 || index % 4 === at % 4)
  const required = new Set(operation.parameters.filter((one) => one.required).map(({ name }) => name))
  const { body } = operation
  const json = body === null ? fc.constant(null) : valid(body.schema).map((value) => ({ json: value }))
  return fc.record({
    path: among('path'),
    query: fc.tuple(among('query'), fc.nat(3)).map(([record, at]) => some(record, at)),
    headers: fc
      .tuple(among('header'), fc.nat(11))
      .map(([record, at]) =>
        Object.fromEntries(Object.entries(record).filter(([name]) => required.has(name) || at < 3)),
      ),
    body: body?.isRequired === false ? fc.option(json, { freq: 3 }) : json,
    carrier: fc.constantFrom('bearer', 'bearer', 'bearer', 'cookie'),
  })
}

/** Drafts with one part, sometimes two, made doubtful. */
const mutated = (operation: Operation, drafts: Arbitrary<Draft>): Arbitrary<Draft> => {
  const inPlace = (place: Parameter['in']): Parameter[] => operation.parameters.filter((one) => one.in === place)
  const pick = (place: Parameter['in']) =>
    fc.constantFrom(...inPlace(place)).chain(({ name, schema }) => fc.tuple(fc.constant(name), doubtful(schema)))
  const mutations: Arbitrary<(draft: Draft) => Draft>[] = [
    strayHeader.map(([name, value]) => (draft) => ({ ...draft, headers: { ...draft.headers, [name]: value } })),
    fc.tuple(hostileText, hostileText).map(([name, value]) => (draft) => ({
      ...draft,
      query: [...draft.query, [name, value]],
    })),
  ]
  if (inPlace('path').length > 0) {
    const ids = pick('path').map(([name, value]) => (draft: Draft) => ({
      ...draft,
      path: { ...draft.path, [name]: value },
    }))
    mutations.push(ids, ids)
  }
  if (inPlace('query').length > 0) {
    const values = pick('query').map(
      ([name, value]) =>
        (draft: Draft): Draft => ({
          ...draft,
          query: [...draft.query.filter(([known]) => known !== name), [name, value]],
        }),
    )
    const twice = pick('query').map(
      ([name, value]) =>
        (draft: Draft): Draft => ({ ...draft, query: [...draft.query, [name, value], [name, value]] }),
    )
    mutations.push(values, values, values, twice)
  }
  const { body } = operation
  if (body) {
    const json = mutatedObject(body.schema).map(
      (value) =>
        (draft: Draft): Draft => ({ ...draft, body: { json: value } }),
    )
    const whole = fc.oneof(
      anything.map((value) => ({ json: value })),
      bytes.map((value) => ({ bytes: value })),
      fc.constant(null),
    )
    mutations.push(
      json,
      json,
      json,
      json,
      whole.map((value) => (draft) => ({ ...draft, body: value })),
    )
  }
  const once = fc.oneof(...mutations)
  return fc
    .tuple(drafts, once, fc.option(once, { freq: 5 }))
    .map(([draft, first, second]) => (second ?? ((same: Draft) => same))(first(draft)))
}

/** Requests to an operation: about half as the document wants them, the rest with something doubtful in them. */
export const draftsOf = (operation: Operation): Arbitrary<Draft> => {
  const drafts = validDraft(operation)
  return fc.oneof({ weight: 5, arbitrary: drafts }, { weight: 4, arbitrary: mutated(operation, drafts) })
}

/** Percent-encodes a text, also one with a lone surrogate. */
const encode = (text: string): string =>
  [...text].map((sign) => (sign.isWellFormed() ? encodeURIComponent(sign) : '%ED%A0%80')).join('')

/** Percent-encodes a part of a path. Hostile texts such as `%zz`, which encode nothing, stay as they are. */
const encodeSegment = (text: string): string => (/^%[\w%]*$/.test(text) ? text : encode(text)) || '%20'

const asText = (value: unknown): string => {
  if (Array.isArray(value)) return value.map(asText).join(',')
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value)
}

const fill = (value: unknown, find: (live: Live) => string): unknown => {
  if (isLive(value)) return find(value)
  if (Array.isArray(value)) return value.map((item) => fill(item, find))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, fill(member, find)]))
}

/** A call of the feed would wait for as long as it says. */
const withoutWaiting = ([name, value]: [string, string]): [string, string] =>
  name === 'wait' && Number(value) > 0 && Number(value) <= 25 ? [name, '0'] : [name, value]

/** Makes a request of a draft: looks up the live values, and encodes the path and the query. */
export const requestOf = (
  operation: Operation,
  draft: Draft,
  credentials: Record<string, string>,
  find: (live: Live) => string,
): Request => {
  const text = (value: unknown): string => asText(fill(value, find))
  const { body } = draft
  const filled = body !== null && 'json' in body ? bodyOf(fill(body.json, find)) : null
  const path = pathOf(draft.path, text, filled?.ticketId ?? null)
  const query = draft.query.map(([name, value]) => withoutWaiting([name, text(value)]))
  const json = body === null ? undefined : 'bytes' in body ? body.bytes : JSON.stringify(filled?.json)
  const given = Object.entries(draft.headers).map(([name, value]) => [name, text(value)])
  const search = query.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&')
  const location = operation.path.replaceAll(/\{(\w+)\}/g, (_, name) => encodeSegment(path[name] ?? ''))
  return {
    method: operation.method,
    url: `/api${location}${search && '?'}${search}`,
    headers: {
      ...(json === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...credentials,
      ...Object.fromEntries(given),
    },
    body: json === undefined ? null : Buffer.from(json),
    path,
    query,
  }
}

/** Quotes a text for the shell; control characters by their number. */
const quoted = (text: string): string => {
  if (!/\p{Cc}/u.test(text)) return `'${text.replaceAll("'", "'\\''")}'`
  const byNumber = (sign: string): string => `\\x${sign.charCodeAt(0).toString(16).padStart(2, '0')}`
  return `$'${text.replaceAll(/[\\']/g, '\\$&').replaceAll(/\p{Cc}/gu, byNumber)}'`
}

/** The request as a line for the shell; only the beginning of a long body. */
export const curlOf = (origin: string, { method, url, headers, body }: Request): string => {
  const shown =
    body === null
      ? []
      : [
          '--data-binary',
          quoted(body.toString().slice(0, 2_000)),
          ...(body.length > 2_000 ? [`# of ${body.length} bytes`] : []),
        ]
  const lines = Object.entries(headers).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`)
  return ['curl -i --path-as-is -X', method, ...lines, quoted(`${origin}${url}`), ...shown].join(' ')
}
