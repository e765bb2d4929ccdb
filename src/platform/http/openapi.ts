import { STATUS_CODES } from 'node:http'
import { type ErrorCode, errorCodes } from '../../contract/error-codes.ts'
import { answersOneThing, type Endpoint, takesIfNoneMatch } from './endpoint.ts'
import { extraMembers, sharedHeaders, sharedParameters } from './openapi-components.ts'
import { collectSchemas, type Json, membersOf, readAs, type Side, useOf } from './openapi-schemas.ts'
import { sessionCookieName } from './session-cookie.ts'

/** The general part of the document. */
export interface DocumentInfo {
  title: string
  version: string
  description: string
  serverUrl: string
}

/** The roles that have a capability; null when it needs no sign-in. */
export type RolesThatMay = (capability: string) => readonly string[] | null

const refTo = (kind: 'schemas' | 'headers' | 'parameters' | 'examples', name: string): Json => ({
  $ref: `#/components/${kind}/${name}`,
})

/** The members that are defined. */
const present = (members: Json): Json =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))

const pathParameters = (schemas: Side, endpoint: Endpoint): Json[] => {
  const members = membersOf(schemas, useOf(endpoint, 'params'))
  const inPath = [...endpoint.path.matchAll(/:(\w+)/g)].map(([, name]) => name)
  const inSchema = members.map(([name]) => name)
  if (inPath.sort().join() !== inSchema.sort().join()) {
    throw new Error(`${endpoint.method} ${endpoint.path}: the path and \`params\` do not name the same parameters`)
  }
  return members.map(([name, { description, ...schema }]) =>
    present({ name, in: 'path', required: true, description, schema }),
  )
}

const queryParameters = (schemas: Side, endpoint: Endpoint): Json[] => {
  const values = endpoint.query === undefined ? {} : readAs(endpoint.query)
  return membersOf(schemas, useOf(endpoint, 'query')).map(([name, { description, ...text }, required]) => {
    const value = text.type === 'string' ? values[name] : undefined
    const list = text.type === 'array' ? { style: 'form', explode: true } : {}
    return present({ name, in: 'query', required, description, ...list, schema: value ?? text })
  })
}

/** Whether an endpoint reads its tenant from `X-Tenant`, because no token names it before the sign-in. */
const takesTenant = ({ method, body, fails = [] }: Endpoint, isOpen: boolean): boolean =>
  isOpen && (body !== undefined || method === 'post' || fails.includes('tenant_not_found'))

const headerParameters = (endpoint: Endpoint, isOpen: boolean): Json[] => [
  ...(endpoint.method === 'post' ? [refTo('parameters', 'IdempotencyKey')] : []),
  ...(endpoint.takesIfMatch ? [refTo('parameters', endpoint.needsIfMatch ? 'IfMatch' : 'IfMatchOptional')] : []),
  ...(takesIfNoneMatch(endpoint) ? [refTo('parameters', 'IfNoneMatch')] : []),
  ...(takesTenant(endpoint, isOpen) ? [refTo('parameters', 'Tenant')] : []),
]

const order = Object.keys(errorCodes)
const byOrder = (left: ErrorCode, right: ErrorCode): number => order.indexOf(left) - order.indexOf(right)

/** The error codes of an endpoint: those of the server, of the gate (router.ts), and its own. */
const codesOf = (schemas: Side, endpoint: Endpoint, isOpen: boolean): ErrorCode[] => {
  const { method, params, body, fails = [], takesIfMatch, needsIfMatch, standing } = endpoint
  const when = (condition: boolean, ...codes: ErrorCode[]): ErrorCode[] => (condition ? codes : [])
  const isPaged = membersOf(schemas, useOf(endpoint, 'query')).some(([name]) => name === 'cursor')
  const isNamed = fails.some((code) => code.endsWith('_not_found'))
  const codes: ErrorCode[] = [
    // The server answers these itself, before there is a request to route.
    'request_too_slow',
    'header_too_large',
    'malformed_request',
    'validation_failed',
    ...when(isPaged, 'invalid_cursor'),
    ...when(body !== undefined, 'malformed_json', 'body_too_large', 'not_json'),
    ...when(!isOpen, 'not_signed_in', 'invalid_token', 'forbidden'),
    ...when(method !== 'get', 'cross_site_request'),
    ...when(params !== undefined && !isNamed, 'route_not_found'),
    ...when(takesTenant(endpoint, isOpen), 'tenant_not_found'),
    ...when(method === 'post', 'request_in_progress', 'idempotency_key_reused'),
    ...when(takesIfMatch === true, 'stale_version'),
    ...when(needsIfMatch === true, 'version_required'),
    ...when(standing !== 'always', 'rate_limited'),
    ...when(standing === undefined, 'too_many_at_once', 'unavailable'),
    ...fails,
  ]
  return [...new Set(codes)].sort(byOrder)
}

const limitHeaders = {
  RateLimit: refTo('headers', 'RateLimit'),
  'RateLimit-Policy': refTo('headers', 'RateLimit-Policy'),
}

const problemResponse = (status: number, codes: ErrorCode[]): Json => {
  const isLater = status === 429 || status === 503
  const extra = Object.assign({}, ...codes.map((code) => extraMembers[code] ?? {})) as Json
  return {
    description: codes.map((code) => `- \`${code}\`: ${errorCodes[code].title}`).join('\n'),
    headers: {
      'X-Request-Id': refTo('headers', 'X-Request-Id'),
      ...(isLater ? { 'Retry-After': refTo('headers', 'Retry-After') } : {}),
      ...(status === 429 ? limitHeaders : {}),
    },
    content: {
      'application/problem+json': {
        schema: {
          ...refTo('schemas', 'Problem'),
          properties: { status: { const: status }, code: { enum: codes }, ...extra },
        },
        examples: Object.fromEntries(codes.map((code) => [code, refTo('examples', code)])),
      },
    },
  }
}

/** Bytes of any type, which `Content-Type` says. */
const anyBytes: Json = { '*/*': { schema: {} } }

const successResponse = (schemas: Side, status: number, endpoint: Endpoint): Json => {
  const { method, responds, responseHeaders = {}, standing } = endpoint
  const own = Object.entries(responseHeaders).map(([name, description]) => [
    name,
    { description, required: true, schema: { type: 'string' } },
  ])
  const schema = responds[status] ? schemas.uses[useOf(endpoint, String(status))] : undefined
  return present({
    description: STATUS_CODES[status] ?? 'Success',
    headers: {
      ...Object.fromEntries(own),
      ...(answersOneThing(endpoint) ? { ETag: refTo('headers', 'ETag') } : {}),
      'X-Request-Id': refTo('headers', 'X-Request-Id'),
      ...(method === 'post' ? { 'Idempotency-Replayed': refTo('headers', 'Idempotency-Replayed') } : {}),
      ...(standing === 'always' ? {} : limitHeaders),
    },
    content: endpoint.bytes === 'out' ? anyBytes : schema && { 'application/json': { schema } },
  })
}

const responsesOf = (schemas: Side, endpoint: Endpoint, isOpen: boolean): Json => {
  const byStatus = Map.groupBy(codesOf(schemas, endpoint, isOpen), (code) => errorCodes[code].status)
  const successes = [...Object.keys(endpoint.responds).map(Number), ...(takesIfNoneMatch(endpoint) ? [304] : [])]
  return Object.fromEntries([
    ...successes.map((status) => [status, successResponse(schemas, status, endpoint)]),
    ...[...byStatus].map(([status, codes]) => [status, problemResponse(status, codes)]),
  ])
}

const operationOf = (schemas: Side, endpoint: Endpoint, rolesThatMay: RolesThatMay): Json => {
  const { tag, summary, description, body, bodyOptional } = endpoint
  const roles = rolesThatMay(endpoint.can)
  const isOpen = roles === null
  const parameters = [
    ...pathParameters(schemas, endpoint),
    ...queryParameters(schemas, endpoint),
    ...headerParameters(endpoint, isOpen),
  ]
  const who = isOpen ? 'No sign-in is needed.' : `Roles: ${roles.join(', ')}.`
  const takesBytes = endpoint.bytes === 'in'
  const content = takesBytes ? anyBytes : { 'application/json': { schema: schemas.uses[useOf(endpoint, 'body')] } }
  return present({
    operationId: endpoint.id,
    tags: [tag],
    summary,
    description: description === undefined ? who : `${description}\n\n${who}`,
    parameters: parameters.length === 0 ? undefined : parameters,
    requestBody: body || takesBytes ? { required: bodyOptional !== true, content } : undefined,
    responses: responsesOf(schemas, endpoint, isOpen),
    security: isOpen ? [] : [{ bearerAuth: [] }, { sessionCookie: [] }],
  })
}

/** An example of a problem for each code. */
const problemExamples = (codes: Iterable<ErrorCode>): Json =>
  Object.fromEntries(
    [...codes].sort(byOrder).map((code) => {
      const { status, title } = errorCodes[code]
      const value = {
        type: 'about:blank',
        title,
        status,
        code,
        detail: `${title}.`,
        request_id: '0b6a3c9e-4d4f-4f0e-9d55-6a3f6c1f2b7d',
        errors: [{ message: `${title}.` }],
      }
      return [code, { summary: title, value }]
    }),
  )

/**
 * Makes the OpenAPI 3.1 document of the endpoints from the schemas that validate, so nothing in it is written twice.
 * @throws Error when endpoints contradict each other: two have the same method and path, operationId or schema id, or the
 * parameters of a path have no schema.
 */
export const createOpenApiDocument = (
  endpoints: Endpoint[],
  { serverUrl, ...info }: DocumentInfo,
  rolesThatMay: RolesThatMay,
): Json => {
  const schemas = collectSchemas(endpoints)
  const paths: Record<string, Json> = {}
  const operationIds = new Set<unknown>()
  for (const endpoint of endpoints) {
    const operation = operationOf(schemas, endpoint, rolesThatMay)
    if (operationIds.has(operation.operationId)) throw new Error(`there are two operations ${operation.operationId}`)
    operationIds.add(operation.operationId)
    const path = endpoint.path.replaceAll(/:(\w+)/g, '{$1}')
    if (paths[path]?.[endpoint.method])
      throw new Error(`there are two endpoints ${endpoint.method.toUpperCase()} ${path}`)
    paths[path] = { ...paths[path], [endpoint.method]: operation }
  }
  return {
    openapi: '3.1.0',
    info: { ...info, license: { name: 'MIT', identifier: 'MIT' } },
    servers: [{ url: serverUrl }],
    tags: [...new Set(endpoints.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas: schemas.shared,
      parameters: sharedParameters,
      headers: sharedHeaders,
      examples: problemExamples(
        new Set(endpoints.flatMap((one) => codesOf(schemas, one, rolesThatMay(one.can) === null))),
      ),
      securitySchemes: {
        bearerAuth: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
        sessionCookie: { type: 'apiKey', in: 'cookie', name: sessionCookieName },
      },
    },
  }
}
