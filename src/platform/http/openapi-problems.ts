import { type ErrorCode, errorCodes } from '../../contract/error-codes.ts'
import { problemMembers } from '../../contract/problem-members.ts'
import { isJson, type Json, membersOf, refTo, type Side } from './openapi-schemas.ts'

const order = Object.keys(errorCodes)

/** Compares codes by their place in the table of errors. */
export const byOrder = (left: ErrorCode, right: ErrorCode): number => order.indexOf(left) - order.indexOf(right)

/** The headers that say what is left of the limits. */
export const limitHeaders: Json = {
  RateLimit: refTo('headers', 'RateLimit'),
  'RateLimit-Policy': refTo('headers', 'RateLimit-Policy'),
}

/** `ticket_closed` is `TicketClosed`. */
const pascal = (code: string): string => code.replaceAll(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase())

const hasMembers = (code: ErrorCode): boolean => problemMembers[code] !== undefined

/** Some codes of one status: the general problem, with its code and status narrowed. */
const narrowed = (status: number, codes: ErrorCode[], more: Json = {}): Json => {
  const { properties, required = [] } = more as { properties?: Json; required?: string[] }
  return {
    allOf: [
      refTo('schemas', 'Problem'),
      {
        type: 'object',
        properties: {
          status: { const: status, description: 'The HTTP status.' },
          code: { enum: codes, description: 'A short word for programs.' },
          ...properties,
        },
        required: ['status', 'code', ...required],
      },
    ],
  }
}

/** The schemas of the codes whose problems have members of their own, such as `StaleVersionProblem`. */
export const problemSchemas = (schemas: Side): Json =>
  Object.fromEntries(
    (Object.keys(problemMembers) as ErrorCode[]).map((code) => {
      const { status, title } = errorCodes[code]
      return [
        `${pascal(code)}Problem`,
        { description: title, ...narrowed(status, [code], schemas.uses[`problem ${code}`]) },
      ]
    }),
  )

const problemResponse = (status: number, codes: ErrorCode[]): Json => {
  const isLater = status === 429 || status === 503
  const plain = codes.filter((code) => !hasMembers(code))
  const schemas = [
    ...(plain.length === 0 ? [] : [narrowed(status, plain)]),
    ...codes.filter(hasMembers).map((code) => refTo('schemas', `${pascal(code)}Problem`)),
  ]
  return {
    description: codes.map((code) => `- \`${code}\`: ${errorCodes[code].title}`).join('\n'),
    headers: {
      'X-Request-Id': refTo('headers', 'X-Request-Id'),
      ...(isLater ? { 'Retry-After': refTo('headers', 'Retry-After') } : {}),
      ...(status === 429 ? limitHeaders : {}),
    },
    content: {
      'application/problem+json': {
        schema: schemas.length === 1 ? schemas[0] : { anyOf: schemas },
        examples: Object.fromEntries(codes.map((code) => [code, refTo('examples', code)])),
      },
    },
  }
}

/** Collects the responses of problems: each set of a few codes is defined once, by a name that is made of the codes. */
export const createProblemResponses = () => {
  const shared: Json = {}
  return {
    shared,
    responseOf(status: number, codes: ErrorCode[]): Json {
      const response = problemResponse(status, codes)
      if (codes.length > 3) return response
      const name = codes.map(pascal).join('Or')
      shared[name] = response
      return refTo('responses', name)
    },
  }
}

/** The examples of members that a problem of a code always has. */
const exampleMembers = (schemas: Side, code: ErrorCode): Json => {
  const members = membersOf(schemas, `problem ${code}`).filter(([, , isRequired]) => isRequired)
  return Object.fromEntries(members.map(([name, schema]) => [name, exampleOf(schemas, schema)]))
}

/** An example of a value, made of the examples in its schema. */
const exampleOf = (schemas: Side, schema: Json): unknown => {
  const { $ref, examples, enum: values, items, properties } = schema as Record<string, unknown>
  if (typeof $ref === 'string') return exampleOf(schemas, schemas.shared[$ref.split('/').at(-1) ?? ''] ?? {})
  if (Array.isArray(examples)) return examples[0]
  if (Array.isArray(values)) return values.at(-1)
  if (isJson(items)) return [exampleOf(schemas, items)]
  const members = Object.entries((properties ?? {}) as Record<string, Json>)
  return Object.fromEntries(members.map(([name, member]) => [name, exampleOf(schemas, member)]))
}

/** An example of a problem for each code. */
export const problemExamples = (schemas: Side, codes: Iterable<ErrorCode>): Json =>
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
        ...exampleMembers(schemas, code),
      }
      return [code, { summary: title, value }]
    }),
  )
