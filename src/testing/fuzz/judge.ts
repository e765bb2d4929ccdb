import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import type { Request } from './fuzz-requests.ts'
import type { Operation, Parameter, Schema } from './operations.ts'

/**
 * Says what in a request breaks the API document; null when HTTP reads another request than the request that was made.
 */
export type Judge = (operation: Operation, request: Request) => string[] | null

/** Reads a query parameter by its schema. Text that is none of its values stays text, so that it does not fit. */
const readText = ({ type }: Schema, text: string): unknown => {
  if (type === 'integer' || type === 'number') return /^\d+$/.test(text) ? Number(text) : text
  if (type === 'boolean') return text === 'true' || (text === 'false' ? false : text)
  return text
}

/** Reads all texts of a list parameter. Each may be a list, separated by commas, with a comma at its end. */
const readList = (texts: string[]): string[] => texts.flatMap((text) => text.replace(/(?<=[^,]),$/, '').split(','))

const decoded = (text: string): string | null => {
  try {
    return /^%[\w%]*$/.test(text) ? decodeURIComponent(text) : text
  } catch {
    return null
  }
}

/**
 * Whether a request is one request: line ends and NUL in a header make two headers of one, or two requests, or none.
 */
const isOneRequest = ({ headers }: Request): boolean => Object.values(headers).every((value) => !/[\0\r\n]/.test(value))

/** Makes the judge: ajv over the document's schemas. */
export const createJudge = (): Judge => {
  const ajv = new Ajv2020({ strict: false })
  addFormats.default(ajv)
  const validators = new Map<Schema, ValidateFunction>()
  const fits = (schema: Schema, value: unknown): boolean => {
    const validator = validators.get(schema) ?? ajv.compile(schema)
    validators.set(schema, validator)
    return validator(value) === true
  }

  const faultsOfBody = ({ body }: Operation, request: Request): string[] => {
    if (body === null) return []
    if (request.body === null || request.body.length === 0) return body.isRequired ? ['the body is missing'] : []
    const type = request.headers['Content-Type'] ?? ''
    if (!/^\s*application\/json\s*(?:;|$)/i.test(type)) return ['the content type is not that of the document']
    try {
      const text = new TextDecoder().decode(request.body)
      return fits(body.schema, JSON.parse(text)) ? [] : ['the body does not fit its schema']
    } catch {
      return ['the body is no JSON']
    }
  }

  const faultsOfParameters = ({ parameters }: Operation, request: Request): string[] => {
    const valuesOf = ({ name, in: place, schema }: Parameter): unknown[] => {
      if (place === 'path') return [decoded(request.path[name] ?? '')]
      // The space around the value of a header does not belong to the value (RFC 9110, 5.5).
      if (place === 'header')
        return name in request.headers ? [request.headers[name]?.replace(/^[\t ]+|[\t ]+$/g, '')] : []
      // The program takes the white space at the ends of a query's texts off, before it measures them.
      const texts = request.query.filter(([known]) => known === name).map(([, text]) => text.trim())
      if (schema.type === 'array') return texts.length === 0 ? [] : [readList(texts)]
      return texts.map((text) => readText(schema, text))
    }
    const known = new Set(parameters.filter(({ in: place }) => place === 'query').map(({ name }) => name))
    const unknown = request.query.filter(([name, value]) => !known.has(name) && name + value !== '')
    return [
      ...unknown.map(([name]) => `there is no query parameter ${JSON.stringify(name)}`),
      ...parameters.flatMap((parameter) => {
        const values = valuesOf(parameter)
        const isThere = values.length > 0 || !parameter.required
        const isFit = values.length < 2 && values.every((value) => fits(parameter.schema, value))
        return isThere && isFit ? [] : [`${parameter.name} is not as it should be`]
      }),
    ]
  }

  return (operation, request) =>
    isOneRequest(request) ? [...faultsOfParameters(operation, request), ...faultsOfBody(operation, request)] : null
}
