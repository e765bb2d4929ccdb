import type { Request } from './fuzz-requests.ts'

/** Quotes a text for the shell; control characters by their number. */
const quoted = (text: string): string => {
  if (!/\p{Cc}/u.test(text)) return `'${text.replaceAll("'", "'\\''")}'`
  const byNumber = (sign: string): string => `\\x${sign.charCodeAt(0).toString(16).padStart(2, '0')}`
  return `$'${text.replaceAll(/[\\']/g, '\\$&').replaceAll(/\p{Cc}/gu, byNumber)}'`
}

/** The request as a line for the shell; only the beginning of a long body. */
export const curlOf = (origin: string, { method, url, headers, body }: Request): string => {
  const shown =
    body === null
      ? []
      : [
          '--data-binary',
          quoted(body.toString().slice(0, 2_000)),
          ...(body.length > 2_000 ? [`# of ${body.length} bytes`] : []),
        ]
  const lines = Object.entries(headers).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`)
  return ['curl -i --path-as-is -X', method, ...lines, quoted(`${origin}${url}`), ...shown].join(' ')
}
