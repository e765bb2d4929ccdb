import { isUtf8 } from 'node:buffer'
import express, { type Request, type Response } from 'express'
import { AppError } from '../errors.ts'
import type { Endpoint } from './endpoint.ts'
import { refuseCostly } from './json-bounds.ts'
import { hasBody } from './request-time.ts'
import { parse } from './validation.ts'

/** For a body of a few short texts, also when each of their characters is escaped. */
const smallBody = 6 * 1024
const usualBody = 1024 * 1024

/** The reader would put U+FFFD for each byte that is no UTF-8, so that two different passwords would be one text. */
const refuseOtherThanUtf8 = (bytes: Buffer): void => {
  if (isUtf8(bytes)) return
  const detail = 'The body has bytes that are no UTF-8. Send its text in UTF-8.'
  throw new AppError('malformed_json', { detail })
}

const readerOf = (limit: number) =>
  express.json({
    limit,
    inflate: false,
    type: () => true,
    verify: (_req, _res, bytes) => {
      refuseOtherThanUtf8(bytes)
      refuseCostly(bytes)
    },
  })

const readSmall = readerOf(smallBody)
const readUsual = readerOf(usualBody)

/**
 * How many bytes a body may have. Sign-ins, registrations, links and refreshes need few, and anybody may send them.
 * @internal Exported for tests.
 */
export const bodyLimitOf = ({ can, signInLimit }: Endpoint): number =>
  can === 'anyone' || signInLimit !== undefined ? smallBody : usualBody

const saysUtf8 = (contentType: string): boolean =>
  [...contentType.matchAll(/;\s*charset\s*=\s*"?([^\s;"]*)/gi)].every(
    ([, charset]) => charset?.toLowerCase() === 'utf-8',
  )

/**
 * Reads the body, which must be JSON in UTF-8, as it is and not compressed.
 * @throws AppError `not_json`, `malformed_json`, `malformed_request`, or an error of the reader.
 */
export const readBody = async (endpoint: Endpoint, req: Request, res: Response): Promise<unknown> => {
  if (endpoint.body === undefined) return undefined
  if (!hasBody(req)) return endpoint.bodyOptional ? undefined : parse(endpoint.body, undefined)
  if (!req.is(['application/json', 'application/*+json']) || !saysUtf8(req.get('content-type') ?? ''))
    throw new AppError('not_json', { detail: 'Send the body as JSON, with the header Content-Type: application/json.' })
  const read = bodyLimitOf(endpoint) === smallBody ? readSmall : readUsual
  await new Promise<void>((resolve, reject) => {
    read(req, res, (error?: unknown) => (error ? reject(error) : resolve()))
  })
  // The reader leaves out a body whose connection broke before it began to read.
  if (req.body === undefined) throw new AppError('malformed_request', { detail: 'The body ended too early.' })
  return req.body
}
