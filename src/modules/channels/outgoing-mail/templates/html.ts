import { type Html, html } from '../../../../platform/markup.ts'
import type { Fact, FramedLetter, LetterBlock } from './letter.ts'

// Only the button has colours. Text and page have none, so that a mail program's dark mode works.
const font = 'font:16px/1.5 system-ui,-apple-system,Segoe UI,Roboto,Helvetica,Arial,sans-serif'
const breaking = 'word-wrap:break-word;overflow-wrap:anywhere'

const buttonStyle = (colour: string): string =>
  `display:inline-block;padding:10px 18px;border-radius:6px;background:${colour};color:#ffffff;font-weight:600;text-decoration:none`

/** The lines of a text, with a break between them. */
const lines = (text: string): Html[] =>
  text.split('\n').map((line, index) =>
    index === 0
      ? html`${line}`
      : html`<br>
${line}`,
  )

const paragraph = (text: string): Html => html`<p style="margin:0 0 16px">${lines(text)}</p>
`

/** `url`: where the label of the first fact links to. */
const factBlock = (facts: Fact[], url: string | null = null): Html => {
  if (facts.length === 0) return html``
  const rows = facts.map(({ label, value }, index) => {
    const shown = index === 0 && url !== null ? html`<a href="${url}">${label}</a>` : label
    return html`<p style="margin:0 0 4px"><b>${shown}:</b> <span dir="auto">${value}</span></p>
`
  })
  return html`<div style="margin:0 0 16px">
${rows}</div>
`
}

/** `<pre>` keeps line breaks also in Outlook, which ignores `white-space`. */
const quoteBlock = (quote: { label: string; text: string }): Html =>
  html`<p style="margin:0 0 4px"><b>${quote.label}:</b></p>
<blockquote style="margin:0 0 16px;padding:0 0 0 12px;border-left:3px solid #9ca3af"><pre dir="auto" style="margin:0;white-space:pre-wrap;${breaking};font:inherit">${quote.text}</pre></blockquote>
`

const actionBlock = (action: { label: string; url: string }, colour: string): Html =>
  html`<p style="margin:0 0 16px"><a href="${action.url}" style="${buttonStyle(colour)}">${action.label}</a></p>
`

const closingBlock = ({ text, links }: NonNullable<FramedLetter['closing']>): Html =>
  html`<br>${text}${links.map(({ label, url }, index) => html`${index === 0 ? ' ' : ' · '}<a href="${url}">${label}</a>`)}`

const blockOf = (block: LetterBlock, colour: string): Html => {
  if (block.kind === 'heading')
    return html`<h1 style="margin:0 0 16px;font-size:20px;line-height:1.3">${block.text}</h1>
`
  if (block.kind === 'paragraph') return paragraph(block.text)
  if (block.kind === 'facts') return factBlock(block.facts, block.url)
  return block.kind === 'quote' ? quoteBlock(block) : actionBlock(block, colour)
}

/** Outlook reads the attribute for the height. All others shrink the picture into the bounds, in its proportions. */
const logoBlock = (url: string, name: string): Html =>
  html`<p style="margin:0 0 16px"><img src="${url}" alt="${name}" height="40" style="width:auto;height:auto;max-width:240px;max-height:40px;border:0"></p>
`

export const toHtml = ({ layout, ...letter }: FramedLetter): string =>
  html`<!doctype html>
<html lang="${letter.language}" style="color-scheme:light dark">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="format-detection" content="telephone=no,date=no,address=no,email=no,url=no">
<title>${letter.subject}</title>
</head>
<body style="margin:0;padding:0">
<div style="max-width:36em;margin:0 auto;padding:16px;${font};${breaking}">
${layout.logoUrl === null ? '' : logoBlock(layout.logoUrl, letter.sender)}${letter.blocks.map((block) => blockOf(block, layout.colour))}${layout.signature === null ? '' : paragraph(layout.signature)}<p style="margin:24px 0 0;padding:12px 0 0;border-top:1px solid #9ca3af;font-size:13px"><b>${letter.sender}</b><br>${letter.footer}${letter.closing === null ? '' : closingBlock(letter.closing)}</p>
</div>
</body>
</html>
`.markup
