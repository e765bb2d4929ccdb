import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'

interface MediaType {
  schema: object
}
interface Response {
  headers?: Record<string, { required?: boolean }>
  content?: Record<string, MediaType>
}
interface Operation {
  responses: Record<string, Response>
}
interface Document {
  paths: Record<string, Record<string, Operation>>
  components: object
}

/** The API document as a judge of answers. */
export interface Contract {
  /** @throws Error that says how an answer differs from what the document promises. */
  check(method: string, path: string, status: number, headers: Headers, body: unknown): void
}

/** What any request may get that never reaches an endpoint. */
const outside = new Set([400, 404, 405, 429, 503])

/** Makes the judge. Bodies are held against their JSON Schemas, in which an unknown member is a fault. */
export const createContract = (document: Record<string, unknown>): Contract => {
  const { paths, components } = document as unknown as Document
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  addFormats.default(ajv)
  ajv.addSchema({ $id: 'document', components })
  const validators = new Map<object, ValidateFunction>()
  const validator = (schema: object): ValidateFunction => {
    const known = validators.get(schema)
    if (known) return known
    const text = JSON.stringify(schema).replaceAll('"#/components/', '"document#/components/')
    const compiled = ajv.compile(JSON.parse(text))
    validators.set(schema, compiled)
    return compiled
  }
  const problem: Response = {
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  }
  const matchers = Object.keys(paths)
    .map((path) => ({ path, pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+').replaceAll('.', '\\.')}$`) }))
    .sort((left, right) => left.path.split('{').length - right.path.split('{').length)

  const responseFor = (method: string, path: string, status: number): Response => {
    const below = path.replace(/^\/api(\/v1)?/, '').replace(/\?.*$/, '')
    const matches = matchers.filter(({ pattern }) => pattern.test(below))
    const operation = matches.map((match) => paths[match.path]?.[method.toLowerCase()]).find(Boolean)
    const documented = operation?.responses[String(status)]
    if (documented) return documented
    if (operation === undefined && outside.has(status)) return problem
    throw new Error(`${method} ${path} answers ${status}, which the document does not know`)
  }

  return {
    check(method, path, status, headers, body) {
      const where = `${method} ${path} ${status}`
      const { content, headers: promised } = responseFor(method, path, status)
      for (const [name, { required }] of Object.entries(promised ?? {})) {
        if (required && !headers.has(name)) throw new Error(`${where} lacks the header ${name}`)
      }
      if (content === undefined) {
        if (body !== null) throw new Error(`${where} has a body, and should have none`)
        return
      }
      const type = (headers.get('content-type') ?? '').split(';', 1)[0] ?? ''
      const media = content[type]
      if (media === undefined) throw new Error(`${where} is ${type}, not ${Object.keys(content).join(', ')}`)
      const validate = validator(media.schema)
      if (!validate(body)) {
        throw new Error(`${where} does not fit its schema: ${ajv.errorsText(validate.errors)}\n${JSON.stringify(body)}`)
      }
    },
  }
}
