import fc, { type Arbitrary } from 'fast-check'
import { live } from './arbitraries.ts'
import { hostileText } from './hostile.ts'

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

/** Bodies that are mostly no JSON, or too long. */
export const brokenBytes = fc.oneof(
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

/** Texts for a header, hostile or long. */
export const headerText = fc
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

/** One of those headers. */
export const strayHeader = fc.oneof(...strayHeaders.map(([name, value]) => fc.tuple(fc.constant(name), value)))
