import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { expect, test } from 'vitest'
import { openApiDocument } from '../../api-document.ts'

// What people and programs need of the API document: names, explanations, and examples that fit.

type Json = Record<string, unknown>

const document = openApiDocument('https://desk.example.com')
const { paths, components } = document as {
  paths: Record<string, Record<string, Json>>
  components: Record<string, Record<string, Json>>
}
const operations = Object.values(paths).flatMap((item) => Object.values(item))

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Every object in the document, with its JSON pointer. */
const nodes: [place: string, node: Json][] = []
const collect = (value: unknown, place: string): void => {
  if (isObject(value)) nodes.push([place, value])
  if (typeof value !== 'object' || value === null) return
  for (const [name, part] of Object.entries(value)) {
    if (name === 'examples') continue
    collect(part, `${place}/${encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'))}`)
  }
}
collect(document, '')

const targetOf = ({ $ref }: Json): Json =>
  typeof $ref === 'string'
    ? ($ref
        .split('/')
        .slice(1)
        .reduce<unknown>((node, name) => Object(node)[name], document) as Json)
    : {}

const isExplained = (node: Json): boolean => Boolean(node.description ?? targetOf(node).description)

test('every member, parameter, enum and group of operations is explained', () => {
  const silent = nodes.flatMap(([place, { properties }]) =>
    Object.entries(isObject(properties) ? properties : {})
      .filter(([, member]) => !isExplained(member as Json))
      .map(([name]) => `${place} ${name}`),
  )
  for (const { operationId, parameters = [] } of operations) {
    for (const parameter of parameters as Json[]) {
      const { name, schema = {} } = { ...targetOf(parameter), ...parameter }
      if (!isExplained(parameter) && !isExplained(schema as Json)) silent.push(`${operationId} ${name}`)
    }
  }
  for (const [name, schema] of Object.entries(components.schemas ?? {})) {
    if ('enum' in schema && !isExplained(schema)) silent.push(name)
  }
  silent.push(...(document.tags as Json[]).filter((tag) => !isExplained(tag)).map(({ name }) => String(name)))
  expect(silent, 'explain them in src/contract/glossary.ts, api-texts.ts, or with .meta({ description })').toEqual([])
})

test('every body, answer and enum is a schema with a name', () => {
  const contents = operations.flatMap(({ operationId, requestBody, responses }) =>
    [requestBody, ...Object.values(responses as Json)].flatMap((one) => {
      const json = Object(one).content?.['application/json']
      return json === undefined ? [] : [[operationId, Object.keys(json.schema).join()]]
    }),
  )
  expect(contents.filter(([, words]) => words !== '$ref')).toEqual([])
  const enums = nodes.filter(([, node]) => Array.isArray(node.enum) && node.enum.length > 1).map(([place]) => place)
  // A narrowed `code` is a part of ErrorCode.
  const nameless = enums.filter((place) => !/^\/components\/schemas\/\w+$|\/properties\/code$/.test(place))
  expect(nameless).toEqual([])
})

test('every example fits its schema', () => {
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  addFormats.default(ajv)
  ajv.addSchema(document, 'api')
  const faults: unknown[] = []
  let count = 0
  const hold = (place: string, value: unknown): void => {
    count += 1
    const isFit = ajv.validate({ $ref: `api#${place}` }, value)
    if (!isFit) faults.push([place, value, ajv.errorsText()])
  }
  for (const [place, node] of nodes) {
    if (Array.isArray(node.examples)) for (const example of node.examples) hold(place, example)
    if ('example' in node && 'schema' in node) hold(`${place}/schema`, node.example)
    if (!isObject(node.examples) || !('schema' in node)) continue
    for (const reference of Object.values(node.examples)) hold(`${place}/schema`, targetOf(reference as Json).value)
  }
  expect(faults).toEqual([])
  expect(count).toBeGreaterThan(300)
})

test('every body has an example, and every parameter of a path', () => {
  const bodies = operations.flatMap(({ requestBody }) => {
    const schema = Object(requestBody).content?.['application/json']?.schema
    return schema === undefined ? [] : [schema as Json]
  })
  expect(bodies.filter((schema) => !Array.isArray(targetOf(schema).examples))).toEqual([])
  // The values of an enum are examples.
  const isEnum = (schema: unknown): boolean => 'enum' in targetOf(schema as Json)
  const inPath = nodes.filter(([, node]) => node.in === 'path' && !('example' in node) && !isEnum(node.schema))
  expect(inPath.map(([place, { name }]) => `${place} ${name}`)).toEqual([])
})

test('one address has one path, but for two that the product began with', () => {
  const isOpen = (part: string | undefined): boolean => part?.startsWith('{') ?? false
  /** Where both fit one address, the path with a word where the other has a parameter wins, unless each has one. */
  const isAmbiguous = (one: string[], other: string[]): boolean => {
    if (one.length !== other.length) return false
    if (!one.every((part, at) => part === other[at] || isOpen(part) || isOpen(other[at]))) return false
    const isFirst = one.some((part, at) => !isOpen(part) && isOpen(other[at]))
    const isSecond = other.some((part, at) => !isOpen(part) && isOpen(one[at]))
    return isFirst === isSecond
  }
  const names = Object.keys(paths)
  const ambiguous = names.flatMap((name, at) =>
    names
      .slice(at + 1)
      .filter((other) => isAmbiguous(name.split('/'), other.split('/')))
      .map((other) => [name, other]),
  )
  const exceptions = ['/tickets/customer/{customerId}', '/tickets/technician/{technicianId}']
  expect(ambiguous.filter((pair) => !pair.some((path) => exceptions.includes(path)))).toEqual([])
  expect(ambiguous.flat()).toEqual(expect.arrayContaining(exceptions))
})
