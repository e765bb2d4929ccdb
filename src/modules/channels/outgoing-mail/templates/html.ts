import { type Html, html } from '../../../../platform/markup.ts'
import type { Fact, FramedLetter } from './letter.ts'

// Only the button has colours. Text and page have none, so that a mail program's dark mode works.
const font = 'font:16px/1.5 system-ui,-apple-system,Segoe UI,Roboto,Helvetica,Arial,sans-serif'
const breaking = 'word-wrap:break-word;overflow-wrap:anywhere'
const button =
  'display:inline-block;padding:10px 18px;border-radius:6px;background:#1d4ed8;color:#ffffff;font-weight:600;text-decoration:none'

const paragraph = (text: string): Html => html`<p style="margin:0 0 16px">${text}</p>
`

/** `url`: where the label of the first fact links to. */
const factBlock = (facts: Fact[], url: string | null = null): Html => {
  if (facts.length === 0) return html``
  const lines = facts.map(({ label, value }, index) => {
    const shown = index === 0 && url !== null ? html`<a href="${url}">${label}</a>` : label
    return html`<p style="margin:0 0 4px"><b>${shown}:</b> <span dir="auto">${value}</span></p>
`
  })
  return html`<div style="margin:0 0 16px">
${lines}</div>
`
}

/** `<pre>` keeps line breaks also in Outlook, which ignores `white-space`. */
const quoteBlock = (quote: { label: string; text: string }): Html =>
  html`<p style="margin:0 0 4px"><b>${quote.label}:</b></p>
<blockquote style="margin:0 0 16px;padding:0 0 0 12px;border-left:3px solid #9ca3af"><pre dir="auto" style="margin:0;white-space:pre-wrap;${breaking};font:inherit">${quote.text}</pre></blockquote>
`

const actionBlock = (action: { label: string; url: string }): Html =>
  html`<p style="margin:0 0 16px"><a href="${action.url}" style="${button}">${action.label}</a></p>
`

const closingBlock = ({ text, link }: NonNullable<FramedLetter['closing']>): Html =>
  html`<br>${text}${link === null ? '' : html` <a href="${link.url}">${link.label}</a>`}`

export const toHtml = (letter: FramedLetter): string =>
  html`<!doctype html>
<html lang="en" style="color-scheme:light dark">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="format-detection" content="telephone=no,date=no,address=no,email=no,url=no">
<title>${letter.subject}</title>
</head>
<body style="margin:0;padding:0">
<div style="max-width:36em;margin:0 auto;padding:16px;${font};${breaking}">
<h1 style="margin:0 0 16px;font-size:20px;line-height:1.3">${letter.heading}</h1>
${paragraph(letter.greeting)}${letter.paragraphs.map(paragraph)}${factBlock(letter.facts)}${(letter.groups ?? []).map(({ facts, url }) => factBlock(facts, url))}${letter.quote === null ? '' : quoteBlock(letter.quote)}${letter.action === null ? '' : actionBlock(letter.action)}${letter.notes.map(paragraph)}<p style="margin:24px 0 0;padding:12px 0 0;border-top:1px solid #9ca3af;font-size:13px"><b>${letter.sender}</b><br>${letter.footer}${letter.closing === null ? '' : closingBlock(letter.closing)}</p>
</div>
</body>
</html>
`.markup
