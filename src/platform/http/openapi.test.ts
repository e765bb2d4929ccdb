import { Validator } from '@seriousme/openapi-schema-validator'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { createContract } from '../../testing/support/api-contract.ts'
import { Page, pageQuery } from '../paging.ts'
import { countParameter, publicId, timestamp } from '../schemas.ts'
import { type Endpoint, endpointFor } from './endpoint.ts'
import { createOpenApiDocument } from './openapi.ts'

type Capability = 'anyone' | 'book:read' | 'book:write'
const endpoint = endpointFor<unknown, Capability>()
const access = (capability: string) => {
  if (capability === 'anyone') return null
  return capability === 'book:write' ? ['librarian'] : ['librarian', 'reader']
}
const handle = async () => undefined

const BookId = publicId('BOK').meta({ description: 'A book, like BOK0001.' })
const Author = z.object({ name: z.string() }).meta({ id: 'Author' })
const Genre = z.enum(['novel', 'poetry']).meta({ id: 'Genre' })
const Book = z
  .object({ book_id: z.string(), author: Author, genre: Genre, bought_at: timestamp.nullable(), version: z.int() })
  .meta({ id: 'Book' })
const NewBook = z.strictObject({ author: Author, genre: Genre.optional() })
const BookParams = z.object({ bookId: BookId })
const BookQuery = z.strictObject({
  ...pageQuery,
  genres: z
    .string()
    .transform((list) => list.split(','))
    .pipe(z.array(Genre))
    .optional(),
  lent: z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .optional(),
  shelf: countParameter(1, 9).meta({ description: 'Where it stands.' }),
})

const tag = 'Books'
const ETag = { ETag: 'The version, for If-Match.' }
const fails: Endpoint['fails'] = ['ticket_not_found']

const endpoints: Endpoint[] = [
  endpoint({
    method: 'get',
    path: '/books',
    can: 'book:read',
    tag,
    summary: 'List books',
    query: BookQuery,
    responds: { 200: z.object({ books: z.array(Book), page: Page }) },
    handle,
  }),
  endpoint({
    method: 'post',
    path: '/books',
    can: 'book:write',
    tag,
    summary: 'Buy a book',
    description: 'If there is money.',
    body: NewBook,
    responds: { 201: Book },
    responseHeaders: { ...ETag, Location: 'The path of the new book.' },
    fails: ['email_taken'],
    handle,
  }),
  endpoint({
    method: 'get',
    path: '/books/:bookId',
    can: 'book:read',
    tag,
    summary: 'Read a book',
    params: BookParams,
    responds: { 200: Book },
    responseHeaders: ETag,
    fails,
    handle,
  }),
  ...(['put', 'patch'] as const).map((method) =>
    endpoint({
      method,
      path: '/books/:bookId',
      can: 'book:write',
      tag,
      summary: 'Change a book',
      params: BookParams,
      body: NewBook.partial(),
      needsIfMatch: method === 'patch',
      responds: { 200: Book },
      responseHeaders: ETag,
      fails,
      handle,
    }),
  ),
  endpoint({
    method: 'delete',
    path: '/books/:bookId',
    can: 'book:write',
    tag,
    summary: 'Sell a book',
    params: BookParams,
    responds: { 204: null },
    fails,
    handle,
  }),
  endpoint({
    method: 'get',
    path: '/books/of/:bookId',
    can: 'book:read',
    tag,
    summary: 'Whose book it is',
    params: BookParams,
    responds: { 200: z.object({ name: z.string() }) },
    handle,
  }),
  endpoint({
    method: 'post',
    path: '/sign-in',
    can: 'anyone',
    tag: 'Sign-in',
    summary: 'Sign in',
    body: z.strictObject({ name: z.string() }),
    bodyOptional: true,
    responds: { 200: z.object({ token: z.string() }) },
    fails: ['invalid_credentials'],
    signInLimit: { account: 'name' },
    handle,
  }),
  endpoint({
    method: 'get',
    path: '/health.json',
    can: 'anyone',
    tag: 'Service',
    summary: 'Whether it lives',
    responds: { 200: z.object({ status: z.literal('ok') }) },
    unlimited: true,
    handle,
  }),
]

const about = { title: 'Library', version: '1', description: 'Books.', serverUrl: 'https://library.example.com/api' }
const documentOf = (list: Endpoint[]) => createOpenApiDocument(list, about, access)
const document = documentOf(endpoints)

interface Parameter {
  name?: string
  $ref?: string
  required?: boolean
  description?: string
  explode?: boolean
  schema?: unknown
}
interface Response {
  description: string
  headers: Record<string, unknown>
  content?: Record<string, { schema: { $ref?: string; properties?: { code?: { enum: string[] } } } }>
}
interface Operation {
  operationId: string
  description: string
  security: unknown[]
  parameters?: Parameter[]
  requestBody?: { required: boolean; content: Record<string, { schema: { properties: Record<string, unknown> } }> }
  responses: Record<string, Response>
}
const { paths, components } = document as {
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, unknown>; headers: Record<string, unknown>; examples: Record<string, unknown> }
}

const operation = (method: string, path: string): Operation => {
  const found = paths[path]?.[method]
  if (found === undefined) throw new Error(`there is no ${method} ${path}`)
  return found
}

/** The codes of an operation by their status. */
const codesOf = (method: string, path: string): Record<string, string[]> =>
  Object.fromEntries(
    Object.entries(operation(method, path).responses).flatMap(([status, { content }]) => {
      const codes = content?.['application/problem+json']?.schema.properties?.code?.enum
      return codes === undefined ? [] : [[status, codes]]
    }),
  )

const parameter = (method: string, path: string, name: string): Parameter | undefined =>
  operation(method, path).parameters?.find((one) => one.name === name || one.$ref?.endsWith(`/${name}`))

const byServer = { '408': ['request_too_slow'], '431': ['header_too_large'] }
const always = { ...byServer, '429': ['rate_limited'], '503': ['unavailable'] }
const signedIn = { '401': ['not_signed_in', 'invalid_token'] }
const withBody = {
  '400': ['malformed_request', 'malformed_json', 'validation_failed'],
  '413': ['body_too_large'],
  '415': ['not_json'],
}

test('the document is valid OpenAPI 3.1', async () => {
  expect(await new Validator().validate(structuredClone(document))).toEqual({ valid: true })
  expect(document).toMatchObject({ openapi: '3.1.0', servers: [{ url: about.serverUrl }] })
  expect(document.tags).toEqual([{ name: 'Books' }, { name: 'Sign-in' }, { name: 'Service' }])
})

test('every operation has a readable name of its own', () => {
  const ids = Object.values(paths).flatMap((item) => Object.values(item).map(({ operationId }) => operationId))
  expect(ids).toHaveLength(endpoints.length)
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids).toContain('patchBooksByBookId')
  expect(ids).toContain('getHealthJson')
})

test('an operation says who may', () => {
  expect(operation('post', '/books').description).toBe('If there is money.\n\nRoles: librarian.')
  expect(operation('get', '/books').description).toBe('Roles: librarian, reader.')
  expect(operation('post', '/sign-in').description).toBe('No sign-in is needed.')
  expect(operation('get', '/books').security).toEqual([{ bearerAuth: [] }, { sessionCookie: [] }])
  expect(operation('post', '/sign-in').security).toEqual([])
})

test('the codes follow from what the gate in front of an endpoint does', () => {
  expect(codesOf('get', '/books')).toEqual({
    '400': ['malformed_request', 'validation_failed', 'invalid_cursor'],
    ...signedIn,
    '403': ['forbidden'],
    ...always,
  })
  expect(codesOf('post', '/books')).toEqual({
    ...withBody,
    ...signedIn,
    '403': ['forbidden', 'cross_site_request'],
    '409': ['email_taken', 'request_in_progress'],
    '422': ['idempotency_key_reused'],
    ...always,
  })
  expect(codesOf('patch', '/books/{bookId}')).toEqual({
    ...withBody,
    ...signedIn,
    '403': ['forbidden', 'cross_site_request'],
    '404': ['ticket_not_found'],
    '412': ['stale_version'],
    '428': ['version_required'],
    ...always,
  })
  expect(Object.keys(codesOf('put', '/books/{bookId}'))).toEqual(
    Object.keys(codesOf('patch', '/books/{bookId}')).filter((status) => status !== '428'),
  )
  expect(codesOf('delete', '/books/{bookId}')).toEqual({
    '400': ['malformed_request', 'validation_failed'],
    ...signedIn,
    '403': ['forbidden', 'cross_site_request'],
    '404': ['ticket_not_found'],
    ...always,
  })
  expect(codesOf('post', '/sign-in')).toEqual({
    ...withBody,
    '401': ['invalid_credentials'],
    '403': ['cross_site_request'],
    '404': ['tenant_not_found'],
    '409': ['request_in_progress'],
    '422': ['idempotency_key_reused'],
    ...always,
  })
  expect(codesOf('get', '/books/of/{bookId}')).toMatchObject({ '404': ['route_not_found'] })
  expect(codesOf('get', '/health.json')).toEqual({ '400': ['malformed_request', 'validation_failed'], ...byServer })
})

test('an error is a problem, described by its codes and their titles; none is a 500', () => {
  const { '401': response } = operation('get', '/books').responses
  expect(response?.description).toBe(
    '- `not_signed_in`: Sign in first\n- `invalid_token`: The token is invalid or has expired',
  )
  expect(response?.content?.['application/problem+json']?.schema.$ref).toBe('#/components/schemas/Problem')
  expect(Object.keys(operation('get', '/books').responses['503']?.headers ?? {})).toContain('Retry-After')
  for (const item of Object.values(paths)) {
    for (const { responses } of Object.values(item)) expect(Object.keys(responses)).not.toContain('500')
  }
  expect(components.examples).toHaveProperty('stale_version')
  expect(components.examples).not.toHaveProperty('internal')
})

test('headers stand where they are taken and given', () => {
  expect(parameter('post', '/books', 'IdempotencyKey')).toBeDefined()
  expect(parameter('put', '/books/{bookId}', 'IfMatchOptional')).toBeDefined()
  expect(parameter('patch', '/books/{bookId}', 'IfMatch')).toBeDefined()
  expect(parameter('post', '/sign-in', 'Tenant')).toBeDefined()
  expect(parameter('post', '/books', 'Tenant')).toBeUndefined()
  expect(operation('get', '/health.json').parameters).toBeUndefined()

  const headers = (method: string, path: string, status: number) =>
    Object.keys(operation(method, path).responses[status]?.headers ?? {})
  const limits = ['RateLimit', 'RateLimit-Policy']
  expect(headers('post', '/books', 201)).toEqual([
    'ETag',
    'Location',
    'X-Request-Id',
    'Idempotency-Replayed',
    ...limits,
  ])
  expect(headers('get', '/health.json', 200)).toEqual(['X-Request-Id'])
})

test('parameters come from their schemas: a number is a number, a list is separated by commas', () => {
  expect(parameter('get', '/books/{bookId}', 'bookId')).toMatchObject({
    required: true,
    description: 'A book, like BOK0001.',
    schema: { type: 'string' },
  })
  expect(parameter('get', '/books', 'limit')).toMatchObject({
    required: false,
    schema: { type: 'integer', minimum: 1, maximum: 100 },
  })
  expect(parameter('get', '/books', 'shelf')).toMatchObject({ required: true, description: 'Where it stands.' })
  expect(parameter('get', '/books', 'genres')).toMatchObject({
    explode: false,
    schema: { type: 'array', items: { enum: ['novel', 'poetry'] } },
  })
  expect(parameter('get', '/books', 'lent')).toMatchObject({ schema: { type: 'string', enum: ['true', 'false'] } })
})

test('a body is required unless it may be left out', () => {
  expect(operation('post', '/books').requestBody?.required).toBe(true)
  expect(operation('post', '/sign-in').requestBody?.required).toBe(false)
})

test('what is shared is defined once, and apart where a request and an answer differ', () => {
  const names = ['Problem', 'Book', 'Author', 'AuthorInput', 'Genre', 'Page']
  expect(Object.keys(components.schemas).sort()).toEqual(names.sort())
  const body = operation('post', '/books').requestBody?.content['application/json']?.schema
  expect(body?.properties.author).toEqual({ $ref: '#/components/schemas/AuthorInput' })
  expect(body?.properties.genre).toEqual({ $ref: '#/components/schemas/Genre' })
  expect(components.schemas.Book).toMatchObject({
    additionalProperties: false,
    properties: { author: { $ref: '#/components/schemas/Author' }, genre: { $ref: '#/components/schemas/Genre' } },
  })
  expect(JSON.stringify(document)).not.toContain('$defs')
})

test('a shared schema that refers to one that differs is two as well', () => {
  const Shelf = z.strictObject({ author: Author }).meta({ id: 'Shelf' })
  const { components: found } = documentOf([
    endpoint({
      method: 'post',
      path: '/shelves',
      can: 'anyone',
      tag,
      summary: 'Put up a shelf',
      body: Shelf,
      responds: { 201: Shelf },
      handle,
    }),
  ]) as { components: { schemas: object } }
  expect(found.schemas).toMatchObject({
    Shelf: { properties: { author: { $ref: '#/components/schemas/Author' } } },
    ShelfInput: { properties: { author: { $ref: '#/components/schemas/AuthorInput' } } },
  })
})

test('endpoints that contradict each other make no document', () => {
  const one = { method: 'get', can: 'anyone', tag, summary: 'One', handle } as const
  const list = endpoint({ ...one, path: '/a/b', responds: { 200: null } })
  expect(() => documentOf([list, list])).toThrow('two operations getAB')
  const other = endpoint({ ...one, path: '/a-b', responds: { 200: null } })
  expect(() => documentOf([list, other])).toThrow('two operations getAB')
  const nameless = endpoint({ ...one, path: '/a/:b', responds: { 200: null } })
  expect(() => documentOf([nameless])).toThrow('do not name the same parameters')
  const impostor = endpoint({ ...one, path: '/c', responds: { 200: z.object({}).meta({ id: 'Author' }) } })
  expect(() => documentOf([...endpoints, impostor])).toThrow('Author')
  const unwritable = endpoint({ ...one, path: '/d', responds: { 200: z.object({ at: z.date() }) } })
  expect(() => documentOf([unwritable])).toThrow('Date')
})

const contract = createContract(document)
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
  check('GET /api/books/of/BOK0001', 200, json, { name: 'Ada' })
  check('POST /api/books', 201, { ...withETag, Location: '/api/books/BOK0001' }, book)
  check('DELETE /api/books/BOK0001', 204, { 'X-Request-Id': 'r1' })
  check('HEAD /api/books/BOK0001', 200, withETag)
  check('OPTIONS /api/books', 204, {})
  check('GET /api/books/BOK0009', 404, problemType, problem(404, 'ticket_not_found'))
  check('GET /api/books', 429, { ...problemType, 'Retry-After': '3' }, problem(429, 'rate_limited'))
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
  ['an unknown status', 202, json, book, 'the document knows 200, 400, 401'],
  ['a server error', 500, problemType, problem(500, 'internal'), 'the document knows 200, 400, 401'],
  ['another content type', 200, { ETag: '"3"', 'Content-Type': 'text/html' }, book, 'content type is text/html'],
  ['no content type', 200, { ETag: '"3"' }, book, 'content type is missing'],
  ['a header that is missing', 200, json, book, 'the header ETag is missing'],
  ['a shared header that is missing', 200, { 'Content-Type': 'application/json', ETag: '"3"' }, book, 'X-Request-Id'],
  ['no body', 200, { ...json, ETag: '"3"' }, null, 'the body must be object'],
  ['an unknown member', 200, { ...json, ETag: '"3"' }, { ...book, secret: 1 }, '("secret")'],
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
  ['a code of another operation', 404, problemType, problem(404, 'customer_not_found'), '(["ticket_not_found"])'],
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
