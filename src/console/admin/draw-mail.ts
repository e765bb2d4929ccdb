import { type MailNode, readMarkup } from './mail-markup.ts'

/** A link of a mail without a look of its own, as mail programs show it. */
const linkStyle = 'color:LinkText;text-decoration:underline'

const nodeOf = (page: Document, node: MailNode, logo: string | null): Node => {
  if (typeof node === 'string') return page.createTextNode(node)
  const { tag, attributes, nodes } = node
  const element = page.createElement(tag)
  const { style = tag === 'a' ? linkStyle : '', href, src, ...others } = attributes
  for (const [name, value] of Object.entries(others)) element.setAttribute(name, value)
  // By the object model, because the policy of the page forbids styles in attributes.
  element.style.cssText = style
  // A link leads nowhere here, and says where it would.
  if (href !== undefined) element.title = href
  if (element instanceof (page.defaultView?.HTMLImageElement ?? Image) && src !== undefined && logo !== null)
    element.src = logo
  element.append(...nodes.map((each) => nodeOf(page, each, logo)))
  return element
}

/**
 * Draws a mail into a page of its own, with the looks that its HTML has. `logo`: where this browser has the logo of the
 * tenant, which is the only picture of a mail.
 */
export const drawMail = (page: Document, html: string, logo: string | null): void => {
  const { language, nodes } = readMarkup(html)
  page.documentElement.lang = language
  page.documentElement.style.colorScheme = 'light dark'
  page.body.style.margin = '0'
  page.body.replaceChildren(...nodes.map((node) => nodeOf(page, node, logo)))
}
