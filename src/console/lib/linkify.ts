/** A part of what people wrote: text, or something that a link leads to. */
export type TextPart =
  | { kind: 'text'; text: string }
  | { kind: 'link'; text: string; href: string }
  | { kind: 'ticket'; text: string; ticketId: string }
  | { kind: 'order'; text: string; orderId: string }
  | { kind: 'mention'; text: string; name: string }

/** An address, the number of a ticket or of an order, or a mention, each only where a word begins. */
const found =
  /(?<url>\bhttps?:\/\/[^\s<>"'`\u202a-\u202e\u2066-\u2069]{1,2000})|(?<![\p{L}\p{N}_/@.-])(?:(?<ticket>TKT\d{4,18})|(?<order>ORD\d{4,18}))(?![\p{L}\p{N}_])|(?<![\p{L}\p{N}_@.+/-])@(?<name>[\p{L}\p{N}][\p{L}\p{N}._-]{0,99})(?!@)/giu

/** What ends a sentence, and so ends no address. */
const sentenceEnd = /[.,;:!?…]+$/
const pairs: Record<string, string> = { ')': '(', ']': '[', '}': '{' }

const count = (text: string, sign: string): number => text.split(sign).length - 1

/**
 * An address without the signs that belong to the sentence around it, such as the bracket in "(see https://a.example)".
 */
const withoutEnd = (address: string): string => {
  for (let text = address; ; ) {
    const last = text.at(-1) ?? ''
    const opening = pairs[last]
    const isUnpaired = opening !== undefined && count(text, last) > count(text, opening)
    const shorter = isUnpaired ? text.slice(0, -1) : text.replace(sentenceEnd, '')
    if (shorter === text) return text
    text = shorter
  }
}

/** An address that a browser may open: http or https, without a name and password in it. */
const hrefOf = (text: string): string | null => {
  if (!URL.canParse(text)) return null
  const { protocol, username, password, hostname, href } = new URL(text)
  const isWeb = (protocol === 'http:' || protocol === 'https:') && hostname !== ''
  return isWeb && username === '' && password === '' ? href : null
}

const partOf = (groups: Record<string, string | undefined>, whole: string): TextPart | null => {
  const { url, ticket, order, name } = groups
  if (url !== undefined) {
    const text = withoutEnd(url)
    const href = hrefOf(text)
    return href === null ? null : { kind: 'link', text, href }
  }
  if (ticket !== undefined) return { kind: 'ticket', text: ticket, ticketId: ticket.toUpperCase() }
  if (order !== undefined) return { kind: 'order', text: order, orderId: order.toUpperCase() }
  const ended = name?.replace(/[._-]+$/, '') ?? ''
  return ended === '' ? null : { kind: 'mention', text: whole.slice(0, ended.length + 1), name: ended }
}

/**
 * The parts of a plain text, in order. Put together their texts are the whole text again. Web addresses, numbers of
 * tickets and orders, and mentions become links; everything else, markup included, stays text.
 */
export const linkify = (text: string): TextPart[] => {
  const parts: TextPart[] = []
  let done = 0
  for (const match of text.matchAll(found)) {
    const part = partOf(match.groups ?? {}, match[0])
    if (part === null) continue
    if (match.index > done) parts.push({ kind: 'text', text: text.slice(done, match.index) })
    parts.push(part)
    done = match.index + part.text.length
  }
  if (done < text.length) parts.push({ kind: 'text', text: text.slice(done) })
  return parts
}
