import { z } from 'zod'

/** A JSON Schema, as far as requests need it; references are resolved. */
export interface Schema {
  type?: string | string[]
  enum?: unknown[]
  const?: unknown
  anyOf?: Schema[]
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema
  pattern?: string
  minLength?: number
  maxLength?: number
  minimum?: number
  maximum?: number
}

const Parameter = z.object({
  name: z.string(),
  in: z.enum(['path', 'query', 'header']),
  required: z.boolean(),
  schema: z.custom<Schema>(),
})
export type Parameter = z.output<typeof Parameter>

const Body = z.object({
  required: z.boolean(),
  // An operation that takes bytes of any type has no schema for a body.
  content: z.object({ 'application/json': z.object({ schema: z.custom<Schema>() }).optional() }),
})
const Operation = z.object({
  parameters: z.array(Parameter).default([]),
  requestBody: Body.optional(),
  description: z.string(),
  security: z.array(z.unknown()),
})
const ApiDocument = z.object({ paths: z.record(z.string(), z.record(z.string(), Operation)) })

/** What the API document says of requests to one operation. */
export interface Operation {
  /** `POST /tickets/{ticketId}/close` */
  name: string
  method: string
  path: string
  parameters: Parameter[]
  body: { schema: Schema; isRequired: boolean } | null
  /** Whether the desk signs the address. A made-up address must never succeed. */
  isSigned: boolean
  /** The roles that may; null when nobody needs to be signed in. */
  roles: string[] | null
}

/** The value at the end of `#/components/…`. */
const lookUp = (document: Record<string, unknown>, ref: string): unknown =>
  ref
    .split('/')
    .slice(1)
    .reduce<unknown>((at, key) => Object(at)[key], document)

/** Replaces every reference by the schema that it names. No schema of a request refers to itself. */
const resolveRefs = (document: Record<string, unknown>, value: unknown): unknown => {
  if (Array.isArray(value)) return value.map((item) => resolveRefs(document, item))
  if (typeof value !== 'object' || value === null) return value
  if ('$ref' in value) return resolveRefs(document, lookUp(document, String(value.$ref)))
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolveRefs(document, item)]))
}

/** The roles of an operation: its description ends in `Roles: admin, customer.` */
const rolesIn = (description: string): string[] => /Roles: ([\w, ]+)\.$/.exec(description)?.[1]?.split(', ') ?? []

const bodyOf = (body: z.output<typeof Body> | undefined): Operation['body'] => {
  const schema = body?.content['application/json']?.schema
  return body && schema ? { schema, isRequired: body.required } : null
}

/** All operations of an OpenAPI document. */
export const operationsOf = (document: Record<string, unknown>): Operation[] => {
  const { paths } = ApiDocument.parse(resolveRefs(document, { paths: document.paths }))
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([verb, { parameters, requestBody, description, security }]) => ({
      name: `${verb.toUpperCase()} ${path}`,
      method: verb.toUpperCase(),
      path,
      parameters,
      body: bodyOf(requestBody),
      isSigned: parameters.some(({ name }) => name === 'signature'),
      roles: security.length === 0 ? null : rolesIn(description),
    })),
  )
}
