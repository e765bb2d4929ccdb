/** A piece of HTML as a browser reads it: an element with its attributes, or text. */
export type Token = { element: string; attributes: [string, string][] } | { text: string }

const entities = new Map([
  ['&lt;', '<'],
  ['&gt;', '>'],
  ['&quot;', '"'],
  ['&#39;', "'"],
  ['&amp;', '&'],
])

/** @throws Error for a `&` that starts none of the entities above. */
const unescaped = (text: string): string =>
  text.replaceAll(/&[^;\s]*;?/g, (entity) => {
    const character = entities.get(entity)
    if (character === undefined) throw new Error(`${entity} is not escaped`)
    return character
  })

/**
 * Splits HTML into tokens, for tests. A `<` is read as the beginning of a tag wherever a browser might read it so, and
 * all other markup is an error. So HTML that passes is harmless.
 * @throws Error for markup that our mails never have.
 */
const readHtml = (html: string): Token[] => {
  const tokens: Token[] = []
  const piece = /<(!?\/?[a-z][a-z0-9]*)((?:\s+[a-z-]+(?:="[^"<>]*")?)*)>|([^<>]+)/gy
  while (piece.lastIndex < html.length) {
    const start = piece.lastIndex
    const match = piece.exec(html)
    if (match === null) throw new Error(`no markup of ours: ${html.slice(start, start + 60)}`)
    const [, element, attributes = '', text = ''] = match
    if (element === undefined) tokens.push({ text: unescaped(text) })
    else {
      const pairs = attributes.matchAll(/([a-z-]+)(?:="([^"]*)")?/g)
      tokens.push({ element, attributes: [...pairs].map(([, name = '', value = '']) => [name, unescaped(value)]) })
    }
  }
  return tokens
}

/** The elements and attributes of a mail, without its text. */
export const skeletonOf = (html: string): Token[] => readHtml(html).filter((token) => 'element' in token)

/** The pieces of text, each as its reader sees it. */
export const textsOf = (html: string): string[] =>
  readHtml(html).flatMap((token) => ('text' in token && token.text.trim() !== '' ? [token.text] : []))

export const attributesOf = (html: string, name: string): string[] =>
  readHtml(html).flatMap((token) =>
    'element' in token ? token.attributes.flatMap(([key, value]) => (key === name ? [value] : [])) : [],
  )
