import { isUtf8 } from 'node:buffer'
import express, { type Request, type Response } from 'express'
import type { App } from '../app-context.ts'
import { AppError } from '../errors.ts'
import { refuseCrossSite } from './authentication.ts'
import type { Place } from './request-context.ts'
import { hasBody } from './request-time.ts'

/** For a token and a few short texts, also when each of their characters is percent-encoded. */
const formBytes = 6 * 1024
const maxFields = 20

const type = 'application/x-www-form-urlencoded'

const readRaw = express.raw({ limit: formBytes, inflate: false, type: () => true })

const malformed = (): AppError =>
  new AppError('malformed_request', { detail: 'The form must be UTF-8, percent-encoded, with each field once.' })

/** Decodes a name or a value. `decodeURIComponent` refuses what is no UTF-8, so two passwords never become one. */
const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw malformed()
  }
}

/** The fields of a form by their names. @throws AppError `malformed_request`. */
const fieldsIn = (bytes: Buffer): Map<string, string> => {
  if (!isUtf8(bytes)) throw malformed()
  const pairs = bytes.toString().split('&').filter(Boolean)
  const fields = new Map(
    pairs.slice(0, maxFields).map((pair): [string, string] => {
      const [name = '', ...value] = pair.split('=')
      return [decoded(name), decoded(value.join('='))]
    }),
  )
  if (fields.size !== pairs.length) throw malformed()
  return fields
}

const saysUtf8 = (contentType: string): boolean => !/;\s*charset\s*=(?!\s*"?utf-8"?\s*(?:;|$))/i.test(contentType)

/** @throws AppError `malformed_request`, or an error of the reader. */
const bodyOfForm = (req: Request, res: Response): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    readRaw(req, res, (error?: unknown) => {
      if (error) reject(error)
      else if (Buffer.isBuffer(req.body)) resolve(req.body)
      else reject(new AppError('malformed_request', { detail: 'The body ended too early.' }))
    })
  })

/**
 * Reads the form that a browser sent.
 * @throws AppError `not_json` (the status is that of a wrong type), `malformed_request`, or an error of the reader.
 */
export const readForm = async (req: Request, res: Response): Promise<Map<string, string>> => {
  if (!hasBody(req)) return new Map()
  if (!req.is(type) || !saysUtf8(req.get('content-type') ?? '')) throw new AppError('not_json')
  return fieldsIn(await bodyOfForm(req, res))
}

/** A form of one field as `multipart/form-data`, which mail programs may send: no more of that form is known here. */
const isOneClickPart = (body: string, { field, value }: { field: string; value: string }): boolean =>
  new RegExp(`name="?${field}"?\\r\\n(?:[^\\r\\n]+\\r\\n)*\\r\\n${value}\\r\\n--`, 'i').test(body)

/**
 * Reads a form that may be the one that a mail program sends in one click: then the token is that of the address.
 * @throws AppError as `readForm`.
 */
export const readOneClickForm = async (
  req: Request,
  res: Response,
  expected: { field: string; value: string },
  token: string,
): Promise<Map<string, string>> => {
  const isMultipart = hasBody(req) && req.is('multipart/form-data')
  if (isMultipart) {
    if (isOneClickPart((await bodyOfForm(req, res)).toString(), expected)) return new Map([['token', token]])
    throw new AppError('not_json')
  }
  const form = await readForm(req, res)
  if (form.has('token')) return form
  if (form.get(expected.field) === expected.value) return new Map([['token', token]])
  throw new AppError('malformed_request', { detail: `The form must be \`${expected.field}=${expected.value}\`.` })
}

/**
 * Refuses a form that a page of another site sends. Browsers say `Origin: null` for the forms of our pages, because the
 * pages forbid a referrer, so `Sec-Fetch-Site` decides. It is missing in old browsers and over plain http; there a form
 * with `Origin: null` is taken, because the pages know no cookie that another site could misuse.
 * @throws AppError `cross_site_request`.
 */
export const refuseForeignForm = (app: App, req: Request, place: Place): void => {
  const site = req.get('sec-fetch-site')
  if (site === 'same-origin' || site === 'none') return
  if (site !== undefined) throw new AppError('cross_site_request')
  if (req.get('origin') !== 'null') refuseCrossSite(app, req, place)
}
