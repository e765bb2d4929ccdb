import { createHash } from 'node:crypto'
import type { Response } from 'express'
import type { Language } from '../../contract/enums.ts'
import { type Html, html } from '../markup.ts'
import { languages } from '../page.ts'

/** Wide and narrow, light and dark, with the person's own text size: every measure is in rem, and lines may break. */
const style = `:root{color-scheme:light dark;--paper:#fff;--ground:#f6f7f9;--ink:#1b1f24;--soft:#57606a;--line:#d6dae0;--edge:#7a8490;--accent:#1f5fbf;--strong:#194f9f;--on-accent:#fff;--danger:#b3261e;--danger-ground:#fdeceb}
@media (prefers-color-scheme:dark){:root{--paper:#1b1f24;--ground:#14171a;--ink:#e8eaed;--soft:#a3adb8;--line:#343b44;--edge:#7c8794;--accent:#7fb2ff;--strong:#a3c8ff;--on-accent:#0b1a30;--danger:#ff9a90;--danger-ground:#3a1c1a}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:1rem/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
main{max-width:34rem;margin:0 auto;padding:1rem;background:var(--paper);min-height:100vh}
@media (min-width:40rem){main{margin:3rem auto;padding:2rem;min-height:0;border:1px solid var(--line);border-radius:10px}}
header{display:flex;flex-wrap:wrap;gap:.25rem 1rem;justify-content:space-between;align-items:center;color:var(--soft)}
header p{margin:0;font-weight:600}
header nav{margin-inline-start:auto}
h1{margin:1.5rem 0 1rem;font-size:1.375rem;line-height:1.3}
h2{margin:0 0 .25rem;font-size:1rem}
p,dl,ul{margin:0 0 1rem}
dt,label{display:block;font-weight:600}
dd{margin:0 0 .5rem}
a{color:var(--accent)}
a:hover{color:var(--strong)}
header a,.links a{display:inline-block;padding:.625rem 0}
input{display:block;width:100%;min-height:2.75rem;margin:.25rem 0 1rem;padding:.5rem .75rem;border:1px solid var(--edge);border-radius:6px;background:var(--paper);color:inherit;font:inherit}
input[hidden]{display:none}
input[aria-invalid]{border:2px solid var(--danger)}
button{min-height:2.75rem;padding:.5rem 1.25rem;border:1px solid transparent;border-radius:6px;background:var(--accent);color:var(--on-accent);font:inherit;font-weight:600;cursor:pointer}
button:hover{background:var(--strong)}
form{margin:0 0 1.5rem}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
.hint{margin:0;color:var(--soft);font-size:.875rem}
.fault{margin:0;color:var(--danger);font-weight:600}
.faults{margin:0 0 1rem;padding:.75rem 1rem;border:2px solid var(--danger);border-radius:6px;background:var(--danger-ground)}
.faults ul{margin:0;padding-inline-start:1.25rem}
.links{padding:0;list-style:none}
`

const styleHash = createHash('sha256').update(style).digest('base64')

/** The one style by its hash, forms to this server, and nothing else. */
const contentSecurityPolicy = [
  "default-src 'none'",
  `style-src 'sha256-${styleHash}'`,
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** What stands around a page. */
interface Frame {
  language: Language
  /** Whose desk this is, or null. */
  owner: string | null
  title: string
  /** The address of this page in another language; null where there is none, as after a form was sent. */
  addressIn: ((language: Language) => string) | null
  content: Html
}

const otherLanguages = ({ language, addressIn }: Frame): Html => {
  if (addressIn === null) return html``
  const others = (Object.keys(languages) as Language[]).filter((other) => other !== language)
  const links = others.map(
    (other) => html`<a href="${addressIn(other)}" hreflang="${other}" lang="${other}">${languages[other]}</a>`,
  )
  return html`<nav aria-label="${language === 'de' ? 'Sprache' : 'Language'}">${links}</nav>`
}

const documentOf = (frame: Frame): string =>
  html`<!doctype html>
<html lang="${frame.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${frame.title}</title>
<style>${{ markup: style }}</style>
</head>
<body>
<main>
<header>${frame.owner === null ? '' : html`<p dir="auto">${frame.owner}</p>`}${otherLanguages(frame)}</header>
${frame.content}</main>
</body>
</html>
`.markup

/**
 * Sends a page. Nobody keeps it, finds it in a search, shows it inside another page or learns its address from a link
 * on it. It is never compressed, because it may have a secret beside what somebody else chose (the attack BREACH).
 */
export const sendPage = (res: Response, status: number, frame: Frame): void => {
  const bytes = Buffer.from(documentOf(frame))
  res
    .status(status)
    .set({
      'Cache-Control': 'no-store',
      'Content-Security-Policy': contentSecurityPolicy,
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Length': String(bytes.length),
      'Content-Language': frame.language,
      'Referrer-Policy': 'no-referrer',
      'X-Frame-Options': 'DENY',
      'X-Robots-Tag': 'noindex',
    })
    .vary('Accept, Accept-Language')
    .end(bytes)
}
