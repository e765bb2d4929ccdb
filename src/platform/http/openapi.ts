import { STATUS_CODES } from 'node:http'
import type { z } from 'zod'
import { isScope } from '../../contract/capabilities.ts'
import { type ErrorCode, errorCodes } from '../../contract/error-codes.ts'
import { answersOneThing, type Endpoint, isForOneAccount, takesIdempotencyKey, takesIfNoneMatch } from './endpoint.ts'
import { sharedHeaders, sharedParameters } from './openapi-components.ts'
import { byOrder, createProblemResponses, limitHeaders, problemExamples, problemSchemas } from './openapi-problems.ts'
import {
  collectSchemas,
  type Glossary,
  type Json,
  membersOf,
  readAs,
  refTo,
  type Side,
  useOf,
} from './openapi-schemas.ts'
import { isOperators } from './operator-token.ts'
import { sessionCookieNameAt } from './session-cookie.ts'

/**
 * What is posted to webhooks: the schema of the body, and a text about each type; and a test, with a body of its own.
 */
interface Webhooks {
  tag: string
  message: z.ZodType
  texts: Record<string, string>
  test: { type: string; message: z.ZodType; text: string }
}

/** The general part of the document. */
export interface DocumentInfo {
  title: string
  version: string
  description: string
  serverUrl: string
  /** Further addresses of the API, as OpenAPI writes them. */
  otherServers?: Json[]
  contact: { name: string; url: string }
  /** What the groups of operations are about, by their names. */
  tags: Record<string, string>
  webhooks?: Webhooks
  glossary: Glossary
}

/** The roles that have a capability; null when it needs no sign-in. */
export type RolesThatMay = (capability: string) => readonly string[] | null

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
  return members.map(([name, { description, examples, ...schema }]) => {
    const example = Array.isArray(examples) ? examples[0] : undefined
    return present({ name, in: 'path', required: true, description, example, schema })
  })
}

const queryParameters = (schemas: Side, endpoint: Endpoint): Json[] => {
  const values = endpoint.query === undefined ? {} : readAs(endpoint.query)
  return membersOf(schemas, useOf(endpoint, 'query')).map(([name, { description, ...text }, required]) => {
    const isFlag = Array.isArray(text.enum) && text.enum.join() === 'true,false'
    const value = isFlag ? { type: 'boolean' } : text.type === 'string' ? values[name] : undefined
    const list = text.type === 'array' ? { style: 'form', explode: true } : {}
    return present({ name, in: 'query', required, description, ...list, schema: value ?? text })
  })
}

/** Whether an endpoint reads its tenant from `X-Tenant`, because no token names it before the sign-in. */
const takesTenant = ({ method, body, fails = [] }: Endpoint, isOpen: boolean): boolean =>
  isOpen && (body !== undefined || method === 'post' || fails.includes('tenant_not_found'))

const headerParameters = (endpoint: Endpoint, isOpen: boolean): Json[] => [
  ...(isForOneAccount(endpoint) ? [refTo('parameters', 'Account')] : []),
  ...(takesIdempotencyKey(endpoint) ? [refTo('parameters', 'IdempotencyKey')] : []),
  ...(endpoint.takesIfMatch ? [refTo('parameters', endpoint.needsIfMatch ? 'IfMatch' : 'IfMatchOptional')] : []),
  ...(takesIfNoneMatch(endpoint) ? [refTo('parameters', 'IfNoneMatch')] : []),
  ...(takesTenant(endpoint, isOpen) ? [refTo('parameters', 'Tenant')] : []),
  ...(endpoint.bytes === 'events' ? [refTo('parameters', 'LastEventId')] : []),
]

/** The error codes of an endpoint: those of the server, of the gate (router.ts), and its own. */
const codesOf = (schemas: Side, endpoint: Endpoint, isOpen: boolean): ErrorCode[] => {
  const {
    method,
    can,
    needsSession,
    whileEnrolling,
    params,
    body,
    bytes,
    fails = [],
    takesIfMatch,
    needsIfMatch,
    standing,
  } = endpoint
  const isPeoples = !isOpen && !isOperators(endpoint)
  const when = (condition: boolean, ...codes: ErrorCode[]): ErrorCode[] => (condition ? codes : [])
  const isPaged = membersOf(schemas, useOf(endpoint, 'query')).some(([name]) => name === 'cursor')
  const codes: ErrorCode[] = [
    // The server answers these itself, before there is a request to route.
    'request_too_slow',
    'header_too_large',
    'malformed_request',
    'validation_failed',
    ...when(isPaged, 'invalid_cursor'),
    ...when(body !== undefined, 'malformed_json', 'body_too_large', 'not_json'),
    ...when(!isOpen, 'not_signed_in', 'invalid_token', 'forbidden'),
    ...when(isPeoples, 'address_not_allowed', 'tenant_suspended'),
    ...when(isForOneAccount(endpoint), 'other_account'),
    ...when(isPeoples && !whileEnrolling, 'second_factor_enrolment_required'),
    ...when(needsSession === true, 'session_required'),
    ...when(!needsSession && isScope(can), 'insufficient_scope'),
    ...when(method !== 'get' || bytes === 'events', 'cross_site_request'),
    ...when(params !== undefined, 'route_not_found'),
    ...when(standing === undefined, 'other_tenant', 'tenant_not_found'),
    ...when(takesTenant(endpoint, isOpen), 'tenant_suspended'),
    ...when(takesIdempotencyKey(endpoint), 'request_in_progress', 'idempotency_key_reused'),
    ...when(takesIfMatch === true, 'stale_version'),
    ...when(needsIfMatch === true, 'version_required'),
    ...when(standing !== 'always', 'rate_limited'),
    ...when(standing === undefined, 'too_many_at_once', 'unavailable'),
    ...fails,
  ]
  return [...new Set(codes)].sort(byOrder)
}

/** Bytes of any type, which `Content-Type` says. */
const anyBytes: Json = { '*/*': { schema: {} } }

const contentOf = ({ bytes }: Endpoint, schema: Json | undefined): Json | undefined => {
  if (bytes === 'out') return anyBytes
  if (bytes === 'events') return { 'text/event-stream': { schema: { type: 'string' } } }
  return schema && { 'application/json': { schema } }
}

const successResponse = (schemas: Side, status: number, endpoint: Endpoint): Json => {
  const { responds, responseHeaders = {}, setsCookie, standing } = endpoint
  // What is only accepted has not been made, so the answer has none of its headers.
  const own = Object.entries(status === 202 ? {} : responseHeaders).map(([name, description]) => [
    name,
    { description, required: setsCookie !== 'on_request', schema: { type: 'string' } },
  ])
  const schema = responds[status] ? schemas.uses[useOf(endpoint, String(status))] : undefined
  return present({
    description: STATUS_CODES[status] ?? 'Success',
    headers: {
      ...Object.fromEntries(own),
      ...(answersOneThing(endpoint) ? { ETag: refTo('headers', 'ETag') } : {}),
      'X-Request-Id': refTo('headers', 'X-Request-Id'),
      ...(takesIdempotencyKey(endpoint) ? { 'Idempotency-Replayed': refTo('headers', 'Idempotency-Replayed') } : {}),
      ...(standing === 'always' ? {} : limitHeaders),
    },
    content: contentOf(endpoint, schema),
  })
}

type ProblemResponses = ReturnType<typeof createProblemResponses>

const responsesOf = (schemas: Side, endpoint: Endpoint, isOpen: boolean, problems: ProblemResponses): Json => {
  const byStatus = Map.groupBy(codesOf(schemas, endpoint, isOpen), (code) => errorCodes[code].status)
  const successes = [...Object.keys(endpoint.responds).map(Number), ...(takesIfNoneMatch(endpoint) ? [304] : [])]
  return Object.fromEntries([
    ...successes.map((status) => [status, successResponse(schemas, status, endpoint)]),
    ...[...byStatus].map(([status, codes]) => [status, problems.responseOf(status, codes)]),
  ])
}

/** What API tokens need for an endpoint. */
const tokensAt = ({ can, needsSession }: Endpoint): string => {
  if (needsSession) return 'An API token cannot do this. '
  return isScope(can) ? `Scope of API tokens: \`${can}\`. ` : ''
}

/** Who may call what no account may. */
const operators =
  'Only for whoever runs the program: send `PLATFORM_TOKEN` as a bearer token. Without that setting there is nothing ' +
  'at this address.'

const operationOf = (
  schemas: Side,
  endpoint: Endpoint,
  rolesThatMay: RolesThatMay,
  problems: ProblemResponses,
): Json => {
  const { tag, summary, description, body, bodyOptional } = endpoint
  const roles = rolesThatMay(endpoint.can)
  const isOpen = roles === null
  const parameters = [
    ...pathParameters(schemas, endpoint),
    ...queryParameters(schemas, endpoint),
    ...headerParameters(endpoint, isOpen),
  ]
  const roleNames = roles?.length === 0 ? operators : `Roles: ${roles?.join(', ')}.`
  const who = `${tokensAt(endpoint)}${isOpen ? 'No sign-in is needed.' : roleNames}`
  const takesBytes = endpoint.bytes === 'in'
  const content = takesBytes ? anyBytes : { 'application/json': { schema: schemas.uses[useOf(endpoint, 'body')] } }
  return present({
    operationId: endpoint.id,
    tags: [tag],
    summary,
    description: description === undefined ? who : `${description}\n\n${who}`,
    parameters: parameters.length === 0 ? undefined : parameters,
    requestBody: body || takesBytes ? { required: bodyOptional !== true, content } : undefined,
    responses: responsesOf(schemas, endpoint, isOpen, problems),
    security: isOpen
      ? []
      : isOperators(endpoint)
        ? [{ platformToken: [] }]
        : [{ bearerAuth: [] }, { sessionCookie: [] }],
  })
}

/** The keys of the schemas of what is posted to webhooks. */
const messageUse = 'webhook message'
const testUse = 'webhook test'

/** What this program posts to others: an operation for each type. The signature is not a matter of the document. */
const webhooksOf = (schemas: ReturnType<typeof collectSchemas>, { tag, texts, test }: Webhooks): Json => {
  const posted = Object.entries(texts).map(([type, text]) => ({
    ...{ type, text, use: messageUse },
    answer: 'The receiver has the message. Any other answer is tried again.',
  }))
  const asked = {
    ...test,
    use: testUse,
    answer: 'The receiver has the test. After any other answer it is not sent again.',
  }
  return Object.fromEntries(
    [...posted, asked].map(({ type, text, use, answer }) => [
      type,
      {
        post: {
          operationId: `on ${type}`.replaceAll(/[ ._](\w)/g, (_, letter: string) => letter.toUpperCase()),
          tags: [tag],
          summary: type,
          description: text,
          security: [],
          requestBody: { required: true, content: { 'application/json': { schema: schemas.uses[use] } } },
          responses: { '2XX': { description: answer } },
        },
      },
    ]),
  )
}

/**
 * Makes the OpenAPI 3.1 document of the endpoints from the schemas that validate, so nothing in it is written twice.
 * @throws Error when endpoints contradict each other: two have the same method and path, operationId or schema id, or
 * the parameters of a path have no schema.
 */
export const createOpenApiDocument = (
  endpoints: Endpoint[],
  { serverUrl, otherServers = [], tags, glossary, webhooks, ...info }: DocumentInfo,
  rolesThatMay: RolesThatMay,
): Json => {
  const posted: Record<string, z.ZodType> =
    webhooks === undefined ? {} : { [messageUse]: webhooks.message, [testUse]: webhooks.test.message }
  const schemas = collectSchemas(endpoints, glossary, posted)
  const problems = createProblemResponses()
  const paths: Record<string, Json> = {}
  const operationIds = new Set<unknown>()
  for (const endpoint of endpoints) {
    const operation = operationOf(schemas, endpoint, rolesThatMay, problems)
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
    servers: [{ url: serverUrl }, ...otherServers],
    tags: [...new Set(endpoints.map(({ tag }) => tag))].map((name) => present({ name, description: tags[name] })),
    paths,
    ...(webhooks === undefined ? {} : { webhooks: webhooksOf(schemas, webhooks) }),
    components: {
      schemas: { ...schemas.shared, ...problemSchemas(schemas) },
      responses: problems.shared,
      parameters: sharedParameters,
      headers: sharedHeaders,
      examples: problemExamples(
        schemas,
        new Set(endpoints.flatMap((one) => codesOf(schemas, one, rolesThatMay(one.can) === null))),
      ),
      securitySchemes: {
        bearerAuth: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
        platformToken: { type: 'http', scheme: 'bearer' },
        sessionCookie: {
          type: 'apiKey',
          in: 'cookie',
          name: sessionCookieNameAt(serverUrl),
          description: 'At the address of a tenant its slug stands in the name in place of `session`.',
        },
      },
    },
  }
}
