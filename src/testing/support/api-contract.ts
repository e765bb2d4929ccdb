import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { z } from 'zod'

/** Checks answers against the API document. */
export interface Contract {
  /**
   * Holds an answer against the document. `path` may have the server's path in front and a query behind; `body` is the
   * parsed JSON, or null when there was none.
   * @throws Error that names everything that is not as the document says.
   */
  check(method: string, path: string, status: number, headers: Headers, body: unknown): void
  /**
   * Holds what was posted to a webhook against what the document says of its type.
   * @throws Error that names everything that is not as the document says.
   */
  checkPosted(type: string, body: unknown): void
}

const Header = z.object({ required: z.boolean().optional() })
const Response = z.object({
  headers: z.record(z.string(), z.union([z.object({ $ref: z.string() }), Header])).optional(),
  content: z.record(z.string(), z.object({ schema: z.unknown() })).optional(),
})
type Response = z.output<typeof Response>
const Reference = z.object({ $ref: z.string() })
const Operation = z.object({ responses: z.record(z.string(), z.union([Reference, Response])) })

const Server = z.object({ url: z.string() })

/** The parts of an OpenAPI document that the check needs. */
const ApiDocument = z.object({
  servers: z.tuple([Server], Server),
  paths: z.record(z.string(), z.record(z.string(), Operation)),
  components: z.object({ headers: z.record(z.string(), Header), responses: z.record(z.string(), Response) }),
})

/** The errors that a request may get which reaches no operation, with their statuses. */
const outside: Record<string, number> = {
  route_not_found: 404,
  method_not_allowed: 405,
  malformed_request: 400,
  rate_limited: 429,
  too_many_at_once: 429,
  unavailable: 503,
}

const outsideResponse: Response = {
  headers: { 'X-Request-Id': { required: true } },
  content: { 'application/problem+json': { schema: undefined } },
}

/** A JSON pointer as the fragment of a URI. */
const pointer = (...keys: string[]): string =>
  keys.map((key) => `/${encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1'))}`).join('')

const escaped = (literal: string): string => literal.replaceAll(/[^\w/-]/g, '\\$&')

/**
 * Finds the path of the document for an address. A path with a fixed name wins over a path with a parameter, as in the
 * router.
 */
const createFinder = (paths: string[], base: string) => {
  const matchers = paths
    .toSorted((left, right) => (left.replaceAll('{', '~') < right.replaceAll('{', '~') ? -1 : 1))
    .map((path) => {
      const parts = path.split(/\{\w+\}/)
      return { path, pattern: new RegExp(`^${parts.map(escaped).join('[^/]+')}/?$`) }
    })
  return (path: string): string[] => {
    const [location = ''] = path.split('?', 1)
    const below = location.startsWith(`${base}/`) ? location.slice(base.length).replace(/^\/v1\//, '/') : location
    return matchers.filter(({ pattern }) => pattern.test(below)).map((matcher) => matcher.path)
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A problem is a general problem and more, so only the whole says which members it may have. */
const parts = ['Problem']

/**
 * Closes the schemas, which are open in the document, so that an unknown member is a fault. `isPart`: of a schema that
 * is closed as a whole.
 */
const closed = (node: unknown, isPart = false): unknown => {
  if (Array.isArray(node)) return node.map((one) => closed(one, isPart))
  if (!isObject(node)) return node
  const copy = Object.fromEntries(
    Object.entries(node).map(([name, value]) => {
      if (name === 'application/problem+json' && isObject(value)) {
        return [name, { ...value, schema: { ...Object(closed(value.schema, true)), unevaluatedProperties: false } }]
      }
      return [name, name === 'examples' ? value : closed(value, name === 'allOf' || parts.includes(name))]
    }),
  )
  const isOpen = node.type === 'object' && isObject(node.properties) && !('additionalProperties' in node)
  return isOpen && !isPart ? { ...copy, additionalProperties: false } : copy
}

/**
 * Makes a contract of an API document. Schemas are compiled when they are first needed. An unknown member in an answer
 * is a fault.
 */
export const createContract = (document: Record<string, unknown>): Contract => {
  const { servers, paths, components } = ApiDocument.parse(document)
  const problem = { $ref: '#/components/schemas/Problem', unevaluatedProperties: false }
  const findPaths = createFinder(Object.keys(paths), new URL(servers[0].url).pathname.replace(/\/$/, ''))

  const ajv = new Ajv2020({ strict: false, allErrors: true })
  addFormats.default(ajv)
  ajv.addSchema({ ...Object(closed(document)), problem }, 'api')
  const validators = new Map<string, ValidateFunction>()
  const validatorAt = (place: string): ValidateFunction => {
    const validator = validators.get(place) ?? ajv.compile({ $ref: `api#${place}` })
    validators.set(place, validator)
    return validator
  }

  const schemaFaults = (place: string, body: unknown): string[] => {
    const validate = validatorAt(place)
    if (validate(body)) return []
    return (validate.errors ?? []).map(({ instancePath, message, params }) => {
      const { additionalProperty, allowedValues, allowedValue } = params
      const which = additionalProperty ?? allowedValues ?? allowedValue
      const detail = which === undefined ? '' : ` (${JSON.stringify(which).slice(0, 200)})`
      return `${instancePath === '' ? 'the body' : instancePath} ${message}${detail}`
    })
  }

  const headerFaults = (response: Response, headers: Headers): string[] =>
    Object.entries(response.headers ?? {}).flatMap(([name, header]) => {
      const { required } = '$ref' in header ? (components.headers[header.$ref.split('/').at(-1) ?? ''] ?? {}) : header
      return required && !headers.has(name) ? [`the header ${name} is missing`] : []
    })

  const bodyFaults = (response: Response, place: string, headers: Headers, body: unknown): string[] => {
    const [expected] = Object.keys(response.content ?? {})
    if (expected === undefined) return body === null ? [] : ['it has a body, and the document has none']
    const [type = ''] = (headers.get('content-type') ?? '').split(';', 1)
    if (type !== expected && expected !== '*/*')
      return [`its content type is ${type || 'missing'}, and the document's is ${expected}`]
    return schemaFaults(place, body)
  }

  /** A request that reaches no operation must get one of few problems, and a 405 must name the allowed methods. */
  const outsideFaults = (method: string, status: number, headers: Headers, body: unknown): string[] => {
    if (!Object.values(outside).includes(status)) return ['the document has no such operation']
    if (method === 'HEAD') return headerFaults(outsideResponse, headers)
    const faults = bodyFaults(outsideResponse, pointer('problem'), headers, body)
    const { code, status: said } = Object(body) as { code?: unknown; status?: unknown }
    if (outside[String(code)] !== status || said !== status)
      faults.push(`its code ${code} is not one of ${status} here`)
    if (status === 405 && !headers.has('allow')) faults.push('the header Allow is missing')
    return [...headerFaults(outsideResponse, headers), ...faults]
  }

  const faultsOf = (method: string, path: string, status: number, headers: Headers, body: unknown): string[] => {
    const verb = method === 'HEAD' ? 'get' : method.toLowerCase()
    const template = findPaths(path).find((known) => paths[known]?.[verb] !== undefined)
    const operation = template === undefined ? undefined : paths[template]?.[verb]
    if (template === undefined || operation === undefined) return outsideFaults(method, status, headers, body)
    const found = operation.responses[status]
    const shared = found && '$ref' in found ? String(found.$ref).split('/').at(-1) : undefined
    const response = shared === undefined ? (found as Response | undefined) : components.responses[shared]
    if (response === undefined) {
      return [`the document knows ${Object.keys(operation.responses).join(', ')} of ${verb} ${template} only`]
    }
    if (method === 'HEAD') return headerFaults(response, headers)
    const [type = ''] = Object.keys(response.content ?? {})
    const home =
      shared === undefined
        ? ['paths', template, verb, 'responses', String(status)]
        : ['components', 'responses', shared]
    const place = pointer(...home, 'content', type, 'schema')
    return [...headerFaults(response, headers), ...bodyFaults(response, place, headers, body)]
  }

  return {
    check(method, path, status, headers, body) {
      // A preflight request belongs to CORS, which an API document does not describe.
      if (method === 'OPTIONS') return
      const faults = faultsOf(method, path, status, headers, body)
      if (faults.length === 0) return
      const shown = body === null ? '' : `\n  ${JSON.stringify(body).slice(0, 2_000)}`
      throw new Error(`${method} ${path} answered ${status}, but:\n  ${faults.join('\n  ')}${shown}`)
    },
    checkPosted(type, body) {
      const place = pointer('webhooks', type, 'post', 'requestBody', 'content', 'application/json', 'schema')
      const faults = isObject(document.webhooks) && type in document.webhooks ? schemaFaults(place, body) : ['unknown']
      if (faults.length === 0) return
      throw new Error(`${type} was posted, but:\n  ${faults.join('\n  ')}\n  ${JSON.stringify(body).slice(0, 2_000)}`)
    },
  }
}
