import { domainToASCII } from 'node:url'
import { z } from 'zod'

/** Who a mail is from or to. The name is null where there is none. */
export const Mailbox = z.object({
  name: z.string().nullable(),
  address: z.string().meta({ description: 'The email address.', examples: ['help@harbour.example.com'] }),
})
export type Mailbox = z.output<typeof Mailbox>

const atom = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~\-\u0080-\u{10ffff} \t.]+$/u

/** The text in quotation marks at the start, without their backslashes, and what follows; null when they do not end. */
const unquote = (text: string): { text: string; rest: string } | null => {
  const [whole, inside] = /^"((?:[^"\\]|\\.)*)"/s.exec(text) ?? []
  if (whole === undefined || inside === undefined) return null
  return { text: inside.replaceAll(/\\(.)/gs, '$1'), rest: text.slice(whole.length) }
}

/** The bytes of an encoded word (RFC 2047). */
const bytesOf = (encoding: string, text: string): Uint8Array => {
  if (encoding.toLowerCase() === 'b') return Buffer.from(text, 'base64')
  const plain = text.replaceAll('_', ' ')
  return Buffer.from(
    plain.replaceAll(/=([0-9a-f]{2})/gi, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16))),
    'latin1',
  )
}

/** A name in which encoded words, such as `=?utf-8?Q?M=C3=BCller?=`, are read. Words of another charset stay. */
const decoded = (name: string): string =>
  name
    .replaceAll(/(\?=)\s+(?==\?)/g, '$1')
    .replaceAll(/=\?utf-8(?:\*[^?]*)?\?([bq])\?([^?\s]*)\?=/gi, (_, encoding: string, text: string) =>
      new TextDecoder().decode(bytesOf(encoding, text)),
    )

/** The name before `<`: words, quoted texts, or both. Unquoted commas and the like are taken as they were written. */
const nameOf = (text: string): string | null => {
  let rest = text.trim()
  let name = ''
  while (rest !== '') {
    const quoted = rest.startsWith('"') ? unquote(rest) : null
    if (rest.startsWith('"') && quoted === null) return null
    const [plain = ''] = quoted === null ? (/^[^"]+/.exec(rest) ?? []) : []
    if (quoted === null && /[<>]|[^\s]@[^\s]/.test(plain)) return null
    name += quoted === null ? decoded(plain) : quoted.text
    rest = quoted === null ? rest.slice(plain.length) : quoted.rest
  }
  return name.trim()
}

/** An address whose domain is in ASCII, or a name without a dot such as `localhost`; null when it is none. */
const addressOf = (text: string): string | null => {
  const [, local = '', domain = ''] =
    /^([^\s@<>"(),:;[\]\\]{1,64})@([^\s@<>"(),:;[\]\\]{1,253})$/u.exec(text.trim()) ?? []
  const ascii = local === '' || !atom.test(local) ? '' : domainToASCII(domain)
  return ascii === '' ? null : `${local}@${ascii}`
}

/**
 * Takes one mailbox apart (RFC 5322, 3.4): `desk@example.com`, `Desk <desk@example.com>`, or
 * `"Desk, Berlin" <desk@example.com>`. A name that needs quotation marks and has none is taken as it is written, so
 * `Acme: Help, please <desk@example.com>` is one mailbox, too. Null for anything else, such as two mailboxes, or a line
 * break.
 */
export const readMailbox = (text: string): Mailbox | null => {
  if (text.length > 500 || /[\p{Cc}\u2028\u2029]/u.test(text.replaceAll('\t', ' '))) return null
  const [, before = '', inside] = /^(.*)<([^<>]*)>\s*$/su.exec(text) ?? []
  if (inside === undefined) {
    const address = addressOf(text)
    return address === null ? null : { name: null, address }
  }
  const [name, address] = [nameOf(before), addressOf(inside)]
  if (name === null || address === null) return null
  return { name: name === '' ? null : name, address }
}
