import { z } from 'zod'
import { problemMembers } from '../../contract/problem-members.ts'
import type { Endpoint } from './endpoint.ts'
import { Problem } from './problem.ts'

/** Any JSON object. */
export type Json = Record<string, unknown>

/** Whether a value is a JSON object. */
export const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** What members and parameters mean, by their name or by `<schema>.<name>`, each with an example. */
export type Glossary = Record<string, [means: string, example?: unknown]>

/** A reference to a component of the document. */
export const refTo = (kind: 'schemas' | 'headers' | 'parameters' | 'examples' | 'responses', name: string): Json => ({
  $ref: `#/components/${kind}/${name}`,
})

/** The JSON Schemas that zod makes: by the key of their use, and the shared ones by the id in their `.meta`. */
export interface Side {
  uses: Record<string, Json>
  shared: Record<string, Json>
}

const examples: Record<string, string> = {
  'date-time': '2026-01-31T09:30:00.000Z',
  date: '2026-01-31',
  email: 'ada@example.com',
  uuid: '0b6a3c9e-4d4f-4f0e-9d55-6a3f6c1f2b7d',
}

/**
 * Makes a schema readable: adds an example, which a page would otherwise invent from a pattern, and removes the bounds
 * that zod gives every `z.int()`.
 */
const makeReadable = ({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }): void => {
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
  const example = examples[jsonSchema.format ?? '']
  if (example !== undefined) jsonSchema.examples ??= [example]
}

/** Renders all schemas at once. zod then defines each shared schema once, and throws when two have the same id. */
const render = (io: 'input' | 'output', schemas: Map<string, z.ZodType>): Side => {
  const whole = z.toJSONSchema(z.object(Object.fromEntries(schemas)), {
    io,
    override: (context) => {
      makeReadable(context)
      // zod leaves out examples of requests when a part of the schema changes what it takes.
      const { examples } = z.globalRegistry.get(context.zodSchema) ?? {}
      if (Array.isArray(examples)) context.jsonSchema.examples = examples
      // A later version may answer with more members, so clients must take them.
      if (io === 'output' && context.jsonSchema.additionalProperties === false) {
        delete context.jsonSchema.additionalProperties
      }
    },
  })
  return { uses: (whole.properties ?? {}) as Side['uses'], shared: (whole.$defs ?? {}) as Side['shared'] }
}

const refsIn = (schema: unknown): string[] =>
  [...JSON.stringify(schema).matchAll(/"\$ref":"#\/\$defs\/([^"]+)"/g)].map(([, id]) => id ?? '')

/** The ids whose schema, or a schema that it refers to, differs between requests and answers. */
const differingIds = (input: Side, output: Side): Set<string> => {
  const both = Object.keys(input.shared).filter((id) => id in output.shared)
  const isSame = (id: string) => JSON.stringify(input.shared[id]) === JSON.stringify(output.shared[id])
  const differing = new Set(both.filter((id) => !isSame(id)))
  let seen = -1
  while (seen !== differing.size) {
    seen = differing.size
    for (const id of both) if (refsIn(input.shared[id]).some((other) => differing.has(other))) differing.add(id)
  }
  return differing
}

/** Moves references to the place of shared schemas in OpenAPI, under the name that `nameOf` gives. */
const relocate = <T>(schemas: T, nameOf: (id: string) => string): T =>
  JSON.parse(JSON.stringify(schemas), (key, value) =>
    key === '$ref' && typeof value === 'string' && value.startsWith('#/$defs/')
      ? `#/components/schemas/${nameOf(value.slice('#/$defs/'.length))}`
      : value,
  )

/** Explains the members that do not explain themselves, and gives them examples. `owner` is the name of the schema. */
const explain = (node: unknown, owner: string, glossary: Glossary): void => {
  if (Array.isArray(node)) for (const part of node) explain(part, owner, glossary)
  if (!isJson(node)) return
  for (const [name, member] of Object.entries(isJson(node.properties) ? node.properties : {})) {
    if (!isJson(member)) continue
    // What a reference leads to explains itself. A member with a description may mean something of its own.
    if (member.$ref !== undefined || member.description !== undefined) continue
    const [means, example] = glossary[`${owner}.${name}`] ?? glossary[name] ?? []
    if (means !== undefined) member.description = means
    const isFixed = ['enum', 'const', 'examples'].some((word) => word in member)
    if (!isFixed && example !== undefined) member.examples = [example]
  }
  for (const [word, part] of Object.entries(node)) if (word !== 'examples') explain(part, owner, glossary)
}

/** All schemas of the endpoints. Where they differ, `Ticket` is the schema of answers and `TicketInput` of requests. */
export const collectSchemas = (
  endpoints: Endpoint[],
  glossary: Glossary,
  more: Record<string, z.ZodType> = {},
): Side => {
  const taken = new Map<string, z.ZodType>()
  const given = new Map<string, z.ZodType>([['problem', Problem]])
  for (const endpoint of endpoints) {
    const { params, query, body, responds } = endpoint
    for (const [part, schema] of Object.entries({ params, query, body })) {
      if (schema !== undefined) taken.set(useOf(endpoint, part), schema)
    }
    for (const [status, schema] of Object.entries(responds)) {
      if (schema !== null) given.set(useOf(endpoint, status), schema)
    }
  }
  for (const [code, members] of Object.entries(problemMembers)) given.set(`problem ${code}`, z.object(members))
  for (const [use, schema] of Object.entries(more)) given.set(use, schema)
  const input = render('input', taken)
  const output = render('output', given)
  const differing = differingIds(input, output)
  const inputName = (id: string): string => (differing.has(id) ? `${id}Input` : id)
  const inputShared = Object.entries(relocate(input.shared, inputName)).map(([id, schema]) => [inputName(id), schema])
  const side: Side = {
    uses: { ...relocate(input.uses, inputName), ...relocate(output.uses, (id) => id) },
    shared: { ...Object.fromEntries(inputShared), ...relocate(output.shared, (id) => id) },
  }
  for (const part of [side.uses, side.shared]) {
    for (const [name, schema] of Object.entries(part)) explain(schema, name, glossary)
  }
  return side
}

/** The key of one use of a schema: a part of the request, or the status of an answer. */
export const useOf = ({ method, path }: Endpoint, part: string): string => `${method} ${path} ${part}`

const noMeta = z.registry<Json>()

/** The schemas of the parameters whose text is read as a number. */
export const readAs = (query: z.ZodType): Record<string, Json> => {
  const { properties = {} } = z.toJSONSchema(query, {
    io: 'output',
    unrepresentable: 'any',
    metadata: noMeta,
    override: makeReadable,
  })
  const entries = Object.entries(properties as Record<string, Json>)
  return Object.fromEntries(entries.filter(([, { type }]) => ['integer', 'number'].includes(String(type))))
}

/** The members of a schema of parameters, shared or not. */
export const membersOf = (schemas: Side, use: string): [name: string, schema: Json, isRequired: boolean][] => {
  const schema = schemas.uses[use] ?? {}
  const { properties = {}, required = [] } =
    typeof schema.$ref === 'string' ? (schemas.shared[schema.$ref.split('/').at(-1) ?? ''] ?? {}) : schema
  return Object.entries(properties as Record<string, Json>).map(([name, member]) => [
    name,
    member,
    (required as string[]).includes(name),
  ])
}
