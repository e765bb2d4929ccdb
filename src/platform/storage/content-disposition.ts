/** The text as RFC 8187, 3.2.1 writes it: all but some characters become percent-encoded UTF-8. */
const extended = (text: string): string =>
  encodeURIComponent(text).replaceAll(/['()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)

/**
 * For readers that do not know RFC 8187: printable ASCII without quotes, escapes and percent signs, which are
 * ambiguous.
 */
const fallback = (text: string): string =>
  text
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[^\x20-\x7e]|["\\%;]/gu, '_')
    .slice(0, 255)

/** The header that makes a browser save a file under its name instead of showing it (RFC 6266, 4). */
export const attachmentDisposition = (fileName: string): string =>
  `attachment; filename="${fallback(fileName)}"; filename*=UTF-8''${extended(fileName.toWellFormed())}`
