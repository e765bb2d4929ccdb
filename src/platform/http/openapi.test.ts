import { Validator } from '@seriousme/openapi-schema-validator'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { Author, about, documentOf, endpoint, endpoints, handle, tag } from '../../testing/support/library-api.ts'

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
  content?: Record<string, { schema: unknown; examples?: Record<string, { $ref: string }> }>
}

interface Operation {
  operationId: string
  description: string
  security: unknown[]
  parameters?: Parameter[]
  requestBody?: { required: boolean; content: Record<string, { schema: { properties: Record<string, unknown> } }> }
  responses: Record<string, Response | { $ref: string }>
}

const { paths, components } = document as {
  paths: Record<string, Record<string, Operation>>
  components: {
    schemas: Record<string, unknown>
    responses: Record<string, Response>
    headers: Record<string, unknown>
    examples: Record<string, unknown>
  }
}

const operation = (method: string, path: string): Operation => {
  const found = paths[path]?.[method]
  if (found === undefined) throw new Error(`there is no ${method} ${path}`)
  return found
}

const response = (method: string, path: string, status: number | string): Response => {
  const found = operation(method, path).responses[status]
  const shared = found && '$ref' in found ? components.responses[found.$ref.split('/').at(-1) ?? ''] : found
  if (shared === undefined) throw new Error(`there is no ${status} of ${method} ${path}`)
  return shared
}

/** The codes of an operation by their status. */
const codesOf = (method: string, path: string): Record<string, string[]> =>
  Object.fromEntries(
    Object.keys(operation(method, path).responses).flatMap((status) => {
      const { examples } = response(method, path, status).content?.['application/problem+json'] ?? {}
      return examples === undefined ? [] : [[status, Object.keys(examples)]]
    }),
  )

const parameter = (method: string, path: string, name: string): Parameter | undefined =>
  operation(method, path).parameters?.find((one) => one.name === name || one.$ref?.endsWith(`/${name}`))

const byServer = { '408': ['request_too_slow'], '431': ['header_too_large'] }

const always = { ...byServer, '429': ['rate_limited', 'too_many_at_once'], '503': ['unavailable'] }

const signedIn = { '401': ['not_signed_in', 'invalid_token'], '409': ['other_account'] }

/** Below the address of a tenant that there is not. */
const noTenant = { '404': ['tenant_not_found'] }

const withBody = {
  '400': ['malformed_request', 'malformed_json', 'validation_failed', 'other_tenant'],
  '413': ['body_too_large'],
  '415': ['not_json'],
}

test('the document is valid OpenAPI 3.1', async () => {
  expect(await new Validator().validate(structuredClone(document))).toEqual({ valid: true })
  expect(document).toMatchObject({ openapi: '3.1.0', servers: [{ url: about.serverUrl }] })
  expect(document.info).toMatchObject({ contact: about.contact, description: about.description })
  expect(document.tags).toEqual([
    { name: 'Books', description: 'What can be read.' },
    { name: 'Sign-in' },
    { name: 'Service' },
  ])
})

test('every operation has the name that its endpoint gives it, and no two have the same', () => {
  const ids = Object.values(paths).flatMap((item) => Object.values(item).map(({ operationId }) => operationId))
  expect(ids).toHaveLength(endpoints.length)
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids).toContain('buyBook')
  expect(operation('patch', '/books/{bookId}').operationId).toBe('updateBook')
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
    '400': ['malformed_request', 'validation_failed', 'other_tenant', 'invalid_cursor'],
    ...signedIn,
    '403': ['forbidden', 'second_factor_enrolment_required', 'address_not_allowed', 'tenant_suspended'],
    ...noTenant,
    ...always,
  })
  expect(codesOf('post', '/books')).toEqual({
    ...withBody,
    ...signedIn,
    '403': [
      'forbidden',
      'second_factor_enrolment_required',
      'address_not_allowed',
      'cross_site_request',
      'tenant_suspended',
    ],
    ...noTenant,
    '409': ['other_account', 'email_taken', 'request_in_progress'],
    '422': ['idempotency_key_reused'],
    ...always,
  })
  expect(codesOf('patch', '/books/{bookId}')).toEqual({
    ...withBody,
    ...signedIn,
    '403': [
      'forbidden',
      'second_factor_enrolment_required',
      'address_not_allowed',
      'cross_site_request',
      'tenant_suspended',
    ],
    '404': ['route_not_found', 'tenant_not_found', 'ticket_not_found'],
    '409': ['other_account', 'request_in_progress'],
    '412': ['stale_version'],
    '422': ['idempotency_key_reused'],
    '428': ['version_required'],
    ...always,
  })
  expect(Object.keys(codesOf('put', '/books/{bookId}'))).toEqual(
    Object.keys(codesOf('patch', '/books/{bookId}')).filter((status) => status !== '428'),
  )
  expect(codesOf('delete', '/books/{bookId}')).toEqual({
    '400': ['malformed_request', 'validation_failed', 'other_tenant'],
    ...signedIn,
    '403': [
      'forbidden',
      'second_factor_enrolment_required',
      'address_not_allowed',
      'cross_site_request',
      'tenant_suspended',
    ],
    '404': ['route_not_found', 'tenant_not_found', 'ticket_not_found'],
    '409': ['other_account', 'request_in_progress'],
    '422': ['idempotency_key_reused'],
    ...always,
  })
  expect(codesOf('post', '/sign-in')).toEqual({
    ...withBody,
    '401': ['invalid_credentials'],
    '403': ['cross_site_request', 'tenant_suspended'],
    ...noTenant,
    '409': ['request_in_progress'],
    '422': ['idempotency_key_reused'],
    ...always,
  })
  expect(codesOf('get', '/books/of/{bookId}')).toMatchObject({ '404': ['route_not_found', 'tenant_not_found'] })
  expect(codesOf('get', '/health.json')).toEqual({ '400': ['malformed_request', 'validation_failed'], ...byServer })
})

test('an error is a problem, described by its codes and their titles; none is a 500', () => {
  const problem = response('get', '/books', 401)
  expect(problem.description).toBe(
    '- `not_signed_in`: Sign in first\n- `invalid_token`: The token is invalid or has expired',
  )
  expect(problem.content?.['application/problem+json']?.schema).toMatchObject({
    allOf: [
      { $ref: '#/components/schemas/Problem' },
      { properties: { status: { const: 401 }, code: { enum: ['not_signed_in', 'invalid_token'] } } },
    ],
  })
  expect(Object.keys(response('get', '/books', 503).headers)).toContain('Retry-After')
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
  for (const method of ['put', 'patch', 'delete'])
    expect(parameter(method, '/books/{bookId}', 'IdempotencyKey')).toBeDefined()
  expect(parameter('get', '/books/{bookId}', 'IdempotencyKey')).toBeUndefined()
  expect(parameter('get', '/books/{bookId}', 'IfNoneMatch')).toBeDefined()
  expect(parameter('get', '/books', 'IfNoneMatch')).toBeUndefined()
  expect(parameter('post', '/sign-in', 'Tenant')).toBeDefined()
  expect(parameter('post', '/books', 'Tenant')).toBeUndefined()
  expect(operation('get', '/health.json').parameters).toBeUndefined()

  const headers = (method: string, path: string, status: number) => Object.keys(response(method, path, status).headers)
  const limits = ['RateLimit', 'RateLimit-Policy']
  expect(headers('post', '/books', 201)).toEqual([
    'Location',
    'ETag',
    'X-Request-Id',
    'Idempotency-Replayed',
    ...limits,
  ])
  expect(headers('get', '/health.json', 200)).toEqual(['X-Request-Id'])
})

test('parameters come from their schemas: a number is a number, a list may be repeated', () => {
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
    explode: true,
    schema: { type: 'array', items: { $ref: '#/components/schemas/Genre' } },
  })
  expect(parameter('get', '/books', 'lent')).toMatchObject({
    schema: { type: 'boolean' },
    description: 'Whether somebody has it.',
  })
})

test('a body is required unless it may be left out', () => {
  expect(operation('post', '/books').requestBody?.required).toBe(true)
  expect(operation('post', '/sign-in').requestBody?.required).toBe(false)
})

test('what is shared is defined once, and apart where a request and an answer differ', () => {
  const names = Object.keys(components.schemas).filter((name) => !name.endsWith('Problem'))
  expect(names.sort()).toEqual([
    'Author',
    'AuthorInput',
    'Book',
    'ErrorCode',
    'EventType',
    'ExceededLimit',
    'Genre',
    'Page',
    'TicketStatus',
  ])
  const body = operation('post', '/books').requestBody?.content['application/json']?.schema
  expect(body?.properties.author).toEqual({ $ref: '#/components/schemas/AuthorInput' })
  expect(body?.properties.genre).toEqual({ $ref: '#/components/schemas/Genre' })
  expect(components.schemas.Book).toMatchObject({
    properties: { author: { $ref: '#/components/schemas/Author' }, genre: { $ref: '#/components/schemas/Genre' } },
  })
  expect(JSON.stringify(document)).not.toContain('$defs')
})

test('a shared schema that refers to a differing schema is also defined twice', () => {
  const Shelf = z.strictObject({ author: Author }).meta({ id: 'Shelf' })
  const { components: found } = documentOf([
    endpoint({
      id: 'putUpShelf',
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
  const one = { id: 'getOne', method: 'get', can: 'anyone', tag, summary: 'One', handle } as const
  const list = endpoint({ ...one, path: '/a/b', responds: { 200: null } })
  const other = endpoint({ ...one, path: '/a-b', responds: { 200: null } })
  expect(() => documentOf([list, other])).toThrow('two operations getOne')
  expect(() => documentOf([list, { ...other, id: 'getOther', path: list.path }])).toThrow('two endpoints GET /a/b')
  const nameless = endpoint({ ...one, path: '/a/:b', responds: { 200: null } })
  expect(() => documentOf([nameless])).toThrow('do not name the same parameters')
  const impostor = endpoint({ ...one, path: '/c', responds: { 200: z.object({}).meta({ id: 'Author' }) } })
  expect(() => documentOf([...endpoints, impostor])).toThrow('Author')
  const unwritable = endpoint({ ...one, path: '/d', responds: { 200: z.object({ at: z.date() }) } })
  expect(() => documentOf([unwritable])).toThrow('Date')
})
