import { expect, test } from 'vitest'
import { createContract } from './api-contract.ts'
import { documentOf, endpoints } from './library-api.ts'

const contract = createContract(documentOf(endpoints))

const json = { 'Content-Type': 'application/json; charset=utf-8', 'X-Request-Id': 'r1' }

const problemType = { 'Content-Type': 'application/problem+json; charset=utf-8', 'X-Request-Id': 'r1' }

const book = { book_id: 'BOK0001', author: { name: 'Ada' }, genre: 'novel', bought_at: null, version: 3 }

const problem = (status: number, code: string, more: object = {}) => ({
  type: 'about:blank',
  title: 'Something',
  status,
  code,
  detail: 'Something.',
  request_id: 'r1',
  errors: [{ message: 'Something.' }],
  ...more,
})

const check = (call: string, status: number, headers: Record<string, string>, body: unknown = null): void => {
  const [method = '', path = ''] = call.split(' ')
  contract.check(method, path, status, new Headers(headers), body)
}

test('the contract lets right answers pass', () => {
  const withETag = { ...json, ETag: '"3"' }
  check('GET /api/books/BOK0001', 200, withETag, book)
  check('GET /api/v1/books/BOK0001/?x=1', 200, withETag, { ...book, bought_at: '2026-01-31T09:30:00.000Z' })
  check('GET /books?limit=1', 200, json, { books: [book], page: { next_cursor: null, has_more: false } })
  check('GET /api/books/of/BOK0001', 200, withETag, { name: 'Ada' })
  check('GET /api/books/BOK0001', 304, { 'X-Request-Id': 'r1', ETag: '"3"' })
  check('POST /api/books', 201, { ...withETag, Location: '/api/books/BOK0001' }, book)
  check('DELETE /api/books/BOK0001', 204, { 'X-Request-Id': 'r1' })
  check('HEAD /api/books/BOK0001', 200, withETag)
  check('OPTIONS /api/books', 204, {})
  check('GET /api/books/BOK0009', 404, problemType, problem(404, 'ticket_not_found'))
  const limit = { exceeded: 'requests', ends_at: '2026-01-31T09:30:00.000Z' }
  check('GET /api/books', 429, { ...problemType, 'Retry-After': '3' }, problem(429, 'rate_limited', limit))
  const since = { current_version: 4, changed: [{ field: 'genre', by: 'L1', version: 4 }], overlaps: true }
  check('PATCH /api/books/BOK0001', 412, problemType, problem(412, 'stale_version', since))
})

test('what reaches no operation is a problem and nothing else', () => {
  check('GET /api/films', 404, problemType, problem(404, 'route_not_found'))
  check('GET /api/%zz', 400, problemType, problem(400, 'malformed_request'))
  check('POST /api/books/BOK0001', 405, { ...problemType, Allow: 'GET' }, problem(405, 'method_not_allowed'))
  expect(() => check('POST /api/books/BOK0001', 405, problemType, problem(405, 'method_not_allowed'))).toThrow('Allow')
  expect(() => check('GET /api/films', 200, json, {})).toThrow('no such operation')
  expect(() => check('GET /api/films', 404, json, problem(404, 'route_not_found'))).toThrow('content type')
  expect(() => check('GET /api/films', 404, problemType, { code: 'route_not_found' })).toThrow('title')
  expect(() => check('GET /api/films', 404, problemType, problem(404, 'ticket_not_found'))).toThrow('ticket_not_found')
  expect(() => check('GET /api/films', 500, problemType, problem(500, 'internal'))).toThrow('no such operation')
})

test.each([
  ['an unknown status', 202, json, book, 'the document knows 200, 304, 400, 401'],
  ['a server error', 500, problemType, problem(500, 'internal'), 'the document knows 200, 304, 400, 401'],
  ['another content type', 200, { ETag: '"3"', 'Content-Type': 'text/html' }, book, 'content type is text/html'],
  ['no content type', 200, { ETag: '"3"' }, book, 'content type is missing'],
  ['a header that is missing', 200, json, book, 'the header ETag is missing'],
  ['a shared header that is missing', 200, { 'Content-Type': 'application/json', ETag: '"3"' }, book, 'X-Request-Id'],
  ['no body', 200, { ...json, ETag: '"3"' }, null, 'the body must be object'],
  ['an unknown member', 200, { ...json, ETag: '"3"' }, { ...book, secret: 1 }, '("secret")'],
  [
    'an unknown member of a problem',
    404,
    problemType,
    problem(404, 'ticket_not_found', { secret: 1 }),
    'unevaluated properties',
  ],
  ['an unknown member further in', 200, json, { ...book, author: { name: 'A', born: 1 } }, '/author must NOT have'],
  ['a missing member', 200, { ...json, ETag: '"3"' }, { ...book, genre: undefined }, "'genre'"],
  [
    'a value that is none',
    200,
    { ...json, ETag: '"3"' },
    { ...book, genre: 'drama' },
    '/genre must be equal to one of',
  ],
  ['a time that is none', 200, { ...json, ETag: '"3"' }, { ...book, bought_at: '31.1.2026' }, '/bought_at'],
  ['a status that is not its own', 401, problemType, problem(403, 'not_signed_in'), '/status'],
  [
    'a code of another operation',
    404,
    problemType,
    problem(404, 'customer_not_found'),
    '(["route_not_found","tenant_not_found","ticket_not_found"])',
  ],
  ['no Retry-After', 503, problemType, problem(503, 'unavailable'), 'Retry-After'],
])('the contract refuses %s', (_name, status, headers, body, message) => {
  expect(() => check('GET /api/books/BOK0001', status, headers, body)).toThrow(message)
})

test('the contract refuses a body where there is none, and says what came', () => {
  expect(() => check('DELETE /api/books/BOK0001', 204, json, { gone: true })).toThrow(
    /^DELETE \/api\/books\/BOK0001 answered 204, but:\n {2}it has a body.*\n {2}\{"gone":true\}$/,
  )
  expect(() => check('DELETE /api/books/BOK0001', 204, {})).toThrow('the header X-Request-Id is missing')
})
