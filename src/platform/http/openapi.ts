import { z } from 'zod'
import { type ErrorCode, errorCodes } from '../errors.ts'
import type { Endpoint } from './endpoint.ts'
import { Problem } from './problem.ts'

type Json = Record<string, unknown>
type Roles = (capability: string) => readonly string[] | null

interface Schemas {
  of(schema: z.ZodType, io: 'input' | 'output'): Json
  components: Json
}

/** JSON Schemas of zod's; one with an id becomes a component, and a reference wherever it is used. */
const collectSchemas = (): Schemas => {
  const components: Json = {}
  return {
    components,
    of(schema, io) {
      const { $schema: _, $defs, ...root } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Json
      Object.assign(components, $defs)
      return relocate(root) as Json
    },
  }
}

/** `#/$defs/Ticket` is where zod puts it, `#/components/schemas/Ticket` where OpenAPI looks for it. */
const relocate = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value).replaceAll('"#/$defs/', '"#/components/schemas/'))

const propertiesOf = (schema: Json): [string, Json, boolean][] => {
  const required = new Set((schema.required as string[] | undefined) ?? [])
  return Object.entries((schema.properties ?? {}) as Record<string, Json>).map(([name, property]) => [
    name,
    property,
    required.has(name),
  ])
}

const parameters = (schemas: Schemas, endpoint: Endpoint, place: 'path' | 'query'): Json[] => {
  const schema = place === 'path' ? endpoint.params : endpoint.query
  if (schema === undefined) return []
  return propertiesOf(schemas.of(schema, 'input')).map(([name, { description, ...property }, required]) => ({
    name,
    in: place,
    required: place === 'path' || required,
    ...(description === undefined ? {} : { description }),
    schema: property,
  }))
}

const header = (name: string, required: boolean, description: string): Json => ({
  name,
  in: 'header',
  required,
  description,
  schema: { type: 'string' },
})

const headerParameters = (endpoint: Endpoint): Json[] => {
  const headers: Json[] = []
  if (endpoint.method === 'post') {
    const description = 'The first answer comes again for the same key and body, for 24 hours.'
    headers.push(header('Idempotency-Key', false, description))
  }
  const hasVersion = endpoint.responseHeaders?.ETag !== undefined && endpoint.method.startsWith('p')
  if (hasVersion && endpoint.method !== 'post') {
    headers.push(header('If-Match', endpoint.needsIfMatch ?? false, 'The ETag of the version that the change is for.'))
  }
  if (endpoint.can === 'anyone' && endpoint.body !== undefined) {
    headers.push(header('X-Tenant', false, 'The slug of the tenant; `default` when left out.'))
  }
  return headers
}

/** The codes an endpoint may answer: its own, and those that the gate in front of it throws. */
const failuresOf = (endpoint: Endpoint): ErrorCode[] => {
  const codes: ErrorCode[] = ['malformed_request', 'validation_failed', 'rate_limited', 'unavailable']
  if (endpoint.can !== 'anyone') codes.push('not_signed_in', 'invalid_token', 'forbidden', 'cross_site_request')
  else if (endpoint.body !== undefined) codes.push('tenant_not_found')
  if (endpoint.query !== undefined) codes.push('invalid_cursor')
  if (endpoint.body !== undefined) codes.push('malformed_json', 'body_too_large', 'not_json')
  if (endpoint.method === 'post') codes.push('request_in_progress', 'idempotency_key_reused')
  if (endpoint.needsIfMatch) codes.push('version_required')
  return [...new Set([...codes, ...(endpoint.fails ?? [])])]
}

const failureResponses = (endpoint: Endpoint): Json => {
  const byStatus = Map.groupBy(failuresOf(endpoint), (code) => errorCodes[code].status)
  return Object.fromEntries(
    [...byStatus]
      .sort(([left], [right]) => left - right)
      .map(([status, codes]) => [
        String(status),
        {
          description: codes.map((code) => `\`${code}\`: ${errorCodes[code].title}.`).join(' '),
          content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
        },
      ]),
  )
}

const successResponses = (schemas: Schemas, endpoint: Endpoint): Json =>
  Object.fromEntries(
    Object.entries(endpoint.responds).map(([status, schema]) => [
      status,
      {
        description: endpoint.summary,
        headers: Object.fromEntries(
          Object.entries({ 'X-Request-Id': 'The id of the request.', ...endpoint.responseHeaders }).map(
            ([name, description]) => [name, { description, required: true, schema: { type: 'string' } }],
          ),
        ),
        ...(schema === null ? {} : { content: { 'application/json': { schema: schemas.of(schema, 'output') } } }),
      },
    ]),
  )

/** `POST /tickets/:ticketId/reopen` is `postTicketsByTicketIdReopen`. */
const operationId = ({ method, path }: Endpoint): string => {
  const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1)
  const words = path.split(/[/.-]/).filter(Boolean)
  return method + words.map((word) => (word.startsWith(':') ? `By${capital(word.slice(1))}` : capital(word))).join('')
}

const operation = (schemas: Schemas, endpoint: Endpoint, roles: Roles): Json => {
  const mayUse = roles(endpoint.can)
  const access = mayUse === null ? 'Needs no sign-in.' : `Roles: ${mayUse.join(', ')}.`
  const allParameters = [
    ...parameters(schemas, endpoint, 'path'),
    ...parameters(schemas, endpoint, 'query'),
    ...headerParameters(endpoint),
  ]
  return {
    operationId: operationId(endpoint),
    tags: [endpoint.tag],
    summary: endpoint.summary,
    description: [endpoint.description, access].filter(Boolean).join('\n\n'),
    ...(allParameters.length === 0 ? {} : { parameters: allParameters }),
    ...(endpoint.body === undefined
      ? {}
      : {
          requestBody: {
            required: !endpoint.bodyOptional,
            content: { 'application/json': { schema: schemas.of(endpoint.body, 'input') } },
          },
        }),
    responses: { ...successResponses(schemas, endpoint), ...failureResponses(endpoint) },
    security: mayUse === null ? [] : [{ bearerAuth: [] }, { sessionCookie: [] }],
  }
}

/** What the document says of itself. */
export interface DocumentInfo {
  title: string
  version: string
  description: string
  serverUrl: string
}

/**
 * The OpenAPI 3.1 document of these endpoints, generated from the schemas that validate. `roles` tells who has a
 * capability; null is everybody.
 */
export const createOpenApiDocument = (endpoints: Endpoint[], info: DocumentInfo, roles: Roles): Json => {
  const schemas = collectSchemas()
  const paths: Record<string, Json> = {}
  for (const endpoint of endpoints) {
    const path = endpoint.path.replaceAll(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [endpoint.method]: operation(schemas, endpoint, roles) }
  }
  schemas.of(z.object({ problem: Problem }), 'output')
  const { serverUrl, ...about } = info
  return {
    openapi: '3.1.0',
    info: { ...about, license: { name: 'MIT', identifier: 'MIT' } },
    servers: [{ url: serverUrl }],
    tags: [...new Set(endpoints.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas: relocate(schemas.components),
      securitySchemes: {
        bearerAuth: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
        sessionCookie: { type: 'apiKey', in: 'cookie', name: 'counterdesk_session' },
      },
    },
  }
}
