/** A text of a mail, or an element with the few attributes that count for how it looks. */
export type MailNode = string | { tag: string; attributes: Record<string, string>; nodes: MailNode[] }

/** A mail in HTML, taken apart. */
export interface MailMarkup {
  language: string
  nodes: MailNode[]
}

const tags = new Set(['div', 'p', 'h1', 'b', 'a', 'span', 'blockquote', 'pre', 'br', 'img'])
const empty = new Set(['br', 'img'])
const kept = new Set(['style', 'dir', 'lang', 'alt', 'height', 'href', 'src'])

const entities: Record<string, string> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'" }
const textIn = (markup: string): string =>
  markup.replaceAll(/&(?:amp|lt|gt|quot|#39);/g, (entity) => entities[entity] ?? '')

const attributesIn = (markup: string): Record<string, string> =>
  Object.fromEntries(
    [...markup.matchAll(/\s([a-z-]+)="([^"]*)"/g)]
      .filter(([, name = '']) => kept.has(name))
      .map(([, name = '', value = '']) => [name, textIn(value)]),
  )

/**
 * Reads the HTML of a mail as the program writes it: every `<` and `"` of a text is escaped. The elements of mails
 * stay. Any other element becomes a `span`, and any other attribute is left out.
 */
export const readMarkup = (html: string): MailMarkup => {
  const root: Exclude<MailNode, string> = { tag: 'body', attributes: {}, nodes: [] }
  const open = [root]
  const inner = () => open.at(-1) ?? root
  const [, language = ''] = /<html lang="([a-z-]*)"/.exec(html) ?? []
  const body = html.slice(html.indexOf('<body')).replace(/^<body[^>]*>/, '')
  for (const [token, slash, name = '', attributes = ''] of body.matchAll(/<(\/?)([a-z0-9]+)([^>]*)>|[^<]+/g)) {
    const tag = tags.has(name) ? name : 'span'
    if (name === '') inner().nodes.push(textIn(token))
    else if (slash !== '') {
      if (open.length > 1 && inner().tag === tag) open.pop()
    } else {
      const element = { tag, attributes: attributesIn(attributes), nodes: [] }
      inner().nodes.push(element)
      if (!empty.has(tag)) open.push(element)
    }
  }
  return { language, nodes: root.nodes }
}
