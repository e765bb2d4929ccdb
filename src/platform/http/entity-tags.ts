import { hash } from 'node:crypto'
import { AppError } from '../errors.ts'

/**
 * The entity tag of a body, which is sent as `text`: the version of the thing, if it has one, and a hash of the text.
 * The hash is there because members change without the version, and because readers see different members. Twenty
 * hexadecimal digits are never read as a version.
 */
export const entityTagOf = (body: unknown, text: string): string => {
  const { version } = Object(body) as { version?: unknown }
  const digest = hash('sha256', text, 'hex').slice(0, 20)
  return Number.isInteger(version) ? `"${version}-${digest}"` : `"${digest}"`
}

/** Whether `If-None-Match` names the entity tag (RFC 9110, 13.1.2): a weak tag matches as well. */
export const isKnown = (header: string | undefined, etag: string): boolean =>
  header !== undefined &&
  (header.trim() === '*' || header.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag))

/** A version alone or as the beginning of an entity tag, strong or weak, or without quotes. What follows is ignored. */
const tagOfVersion = /^(?:(?:W\/)?"(\d{1,9})(?:-[\x21\x23-\x7e]*)?"|(\d{1,9})(?:-[\x21\x23-\x2b\x2d-\x7e]*)?)$/

/**
 * Reads the version in `If-Match`; null for `*` and without the header. Only the version counts, because proxies that
 * compress weaken tags (`W/"3-…"`) or lengthen them (`"3-…-gzip"`). By the strong comparison of RFC 9110 such a tag
 * would never match, so nobody behind such a proxy could change anything.
 * @throws AppError `malformed_request` when the header has another form, such as a list.
 */
export const parseIfMatch = (header: string | undefined): number | null => {
  const tag = header?.trim()
  if (tag === undefined || tag === '*') return null
  const [, quoted, bare] = tagOfVersion.exec(tag) ?? []
  const version = quoted ?? bare
  if (version !== undefined) return Number(version)
  throw new AppError('malformed_request', {
    detail:
      'If-Match must be the ETag of an answer, such as "3-5f1d2c", or its version alone, such as "3", or * for any ' +
      'version. A list of tags is not taken.',
  })
}
