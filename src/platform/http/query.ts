import type { Request } from 'express'
import { AppError, unknownMember } from '../errors.ts'
import type { Endpoint } from './endpoint.ts'
import { parseQuery } from './validation.ts'

/** Whether a text is percent-encoded UTF-8. Otherwise the parser of queries would read other text than was sent. */
const isEncoded = (text: string): boolean => {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}

/**
 * Reads the query of a request by the schema of its endpoint. An endpoint without a schema takes no parameters.
 * @throws AppError `malformed_request` for bytes that are no UTF-8 or broken percent-encoding, `validation_failed`.
 */
export const readQuery = ({ query: schema }: Endpoint, { url, query }: Request): unknown => {
  const at = url.indexOf('?')
  if (at >= 0 && !isEncoded(url.slice(at + 1))) {
    throw new AppError('malformed_request', { detail: 'The query must be UTF-8, percent-encoded.' })
  }
  if (schema !== undefined) return parseQuery(schema, query)
  const [unknown] = Object.keys(query)
  if (unknown === undefined) return undefined
  throw unknownMember(unknown)
}
