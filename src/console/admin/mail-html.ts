/** A part of a mail in HTML, as the console shows it with parts of its own. */
export type MailPart =
  | { kind: 'text'; text: string }
  | { kind: 'break' }
  | { kind: 'heading' | 'paragraph' | 'quote' | 'strong' | 'link' | 'button' | 'small'; parts: MailPart[] }

type Group = Extract<MailPart, { parts: MailPart[] }>['kind']

/** What a tag of a mail is, by its name and its attributes; null for one that only holds others. */
const kindOf = (tag: string, attributes: string): Group | null => {
  if (tag === 'h1') return 'heading'
  if (tag === 'p') return attributes.includes('border-top') ? 'small' : 'paragraph'
  if (tag === 'pre') return 'quote'
  if (tag === 'b') return 'strong'
  if (tag === 'a') return attributes.includes('style=') ? 'button' : 'link'
  return null
}

const entities: Record<string, string> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'" }
const textIn = (markup: string): string =>
  markup.replaceAll(/&(?:amp|lt|gt|quot|#39);/g, (entity) => entities[entity] ?? '')

/** A tag that has begun, with what is in it; `kind`: null when its parts belong to the tag around it. */
interface Open {
  tag: string
  kind: Group | null
  parts: MailPart[]
}

/**
 * Reads the HTML of a mail as the program writes it: every `<` of a text is escaped. Nothing of it is loaded or run,
 * and none of its elements comes into the page, whose policy forbids both.
 */
export const partsOfMail = (html: string): MailPart[] => {
  const root: Open = { tag: 'body', kind: null, parts: [] }
  const open = [root]
  const inner = (): Open => open.at(-1) ?? root
  const close = (tag: string): void => {
    if (open.length < 2 || inner().tag !== tag) return
    const { kind, parts } = open.pop() ?? root
    inner().parts.push(...(kind === null ? parts : [{ kind, parts }]))
  }
  const body = html.slice(html.indexOf('<body')).replace(/^<body[^>]*>/, '')
  for (const [token, slash, tag = '', attributes = ''] of body.matchAll(/<(\/?)([a-z0-9]+)([^>]*)>|[^<]+/g)) {
    if (tag === '') inner().parts.push({ kind: 'text', text: textIn(token) })
    else if (tag === 'br') inner().parts.push({ kind: 'break' })
    else if (slash !== '') close(tag)
    else if (tag !== 'img') open.push({ tag, kind: kindOf(tag, attributes), parts: [] })
  }
  while (open.length > 1) close(inner().tag)
  return root.parts
}
