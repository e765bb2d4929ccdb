import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Request, type RequestHandler, Router } from 'express'
import type { App } from '../app-context.ts'
import type { Config } from '../config.ts'
import { html } from '../markup.ts'
import type { Page, Words } from '../page.ts'
import { serveConsoleFiles } from './console-files.ts'
import { type KeptBody, keptOnce, sendKept } from './kept-body.ts'
import { sendPage } from './page-frame.ts'
import { languageOf } from './page-language.ts'
import { refuseUnknownPage } from './place.ts'
import type { Gate } from './public-call.ts'
import { requestLimit } from './rate-limits.ts'
import { contextOf, type Place } from './request-context.ts'

/** Where the build of the console is. */
const builtFolder = fileURLToPath(new URL('../../console/dist', import.meta.url))

const readIndex = (folder: string): string | null => {
  try {
    return readFileSync(join(folder, 'index.html'), 'utf8')
  } catch {
    return null
  }
}

/** Whether the console is served. `not built`: it is switched on, but its build is missing. */
export type ConsoleState = 'served' | 'not built' | 'off'

/** Whether the console is served by these settings, with this folder of the build. */
export const stateOfConsole = ({ CONSOLE }: Config, folder = builtFolder): ConsoleState => {
  if (!CONSOLE) return 'off'
  return readIndex(folder) === null ? 'not built' : 'served'
}

/**
 * The policy of the page: scripts, styles, pictures and requests of this server, and no text that becomes markup or
 * code except by the one function of the framework. With an S3 store the browser sends files to the store and shows its
 * pictures.
 */
const policyOf = ({ S3_ENDPOINT }: Config): string => {
  const store = S3_ENDPOINT === undefined ? '' : ` ${new URL(S3_ENDPOINT).origin}`
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    `img-src 'self' blob:${store}`,
    `connect-src 'self'${store}`,
    "manifest-src 'self'",
    "base-uri 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types svelte-trusted-html',
  ].join('; ')
}

/**
 * Writes `<base>` into the page, so that its relative addresses hold at any depth. The path is that of the address of
 * the place: no header of a request may say where scripts come from. At the address of a tenant the page is told which
 * one it is, so that it asks nobody. Without a mail server the page is told, before anybody has signed in, so that it
 * promises nobody a mail. At `PUBLIC_URL` the page is told whether the operator has a token, so that its screen for the
 * operator sends no guess.
 */
const withSettings = (page: string, { SMTP_URL, PLATFORM_TOKEN }: Config, { address, slug }: Place): string => {
  const base = html`<base href="${new URL(address).pathname.replace(/\/*$/, '/')}">`.markup
  const tenant = slug === null ? '' : html`\n    <meta name="counterdesk-tenant" content="${slug}">`.markup
  const mails = SMTP_URL === undefined ? '\n    <meta name="counterdesk-mails" content="kept">' : ''
  const isOperators = slug === null && PLATFORM_TOKEN !== undefined
  const operator = isOperators ? '\n    <meta name="counterdesk-operator" content="served">' : ''
  const settings = `${base}${tenant}${mails}${operator}`
  return page.replace(/\s*<base\b[^>]*>/i, '').replace(/<head\b[^>]*>/i, (head) => `${head}\n    ${settings}`)
}

/** So many pages are kept, each for one place; then all are made anew. A page takes about 20 kB. */
const maxPages = 500

/** Keeps the page for each place. */
const keepPages = (index: string, config: Config): ((place: Place) => Promise<KeptBody>) => {
  const pages = new Map<string, () => Promise<KeptBody>>()
  return (place) => {
    const key = `${place.address} ${place.slug}`
    const known = pages.get(key)
    if (known !== undefined) return known()
    const made = keptOnce('text/html; charset=utf-8', () => withSettings(index, config, place))
    if (pages.size >= maxPages) pages.clear()
    pages.set(key, made)
    return made()
  }
}

/**
 * What may be an address of the console: plain words, in the one spelling that a router reads. So no spelling of an
 * address below `/api`, and no name of a file, ever becomes the page.
 */
const address = /^\/(?:([\w~-]+)(?:\/[\w~-]+)*\/?)?$/

/**
 * The first words of addresses that are never the console's. Pages that stand beside the console come to them. `t`:
 * what is left of `/t/<slug>` is no slug.
 */
const kept = ['t', 'api', 'assets', 'health', 'ready', 'metrics', 'docs', 'api-docs', 'version']

const isRead = ({ method }: Request): boolean => method === 'GET' || method === 'HEAD'

/** Only browsers say that they take HTML rather than JSON. */
const isOfBrowser = (req: Request): boolean => req.accepts(['json', 'html']) === 'html'

const notBuilt: { heading: Words; advice: Words } = {
  heading: { en: 'The console is not built', de: 'Die Oberfläche ist nicht gebaut' },
  advice: {
    en: 'The API is served. To have the console here, too, run `npm run build:console` and start the program again.',
    de: 'Die API läuft. Damit auch die Oberfläche hier steht, rufen Sie `npm run build:console` auf und starten das Programm neu.',
  },
}

const sayNotBuilt: RequestHandler = (req, res, next) => {
  if (!isRead(req) || req.path !== '/' || !isOfBrowser(req)) return next()
  contextOf(res).route = 'console'
  const language = languageOf(res)
  sendPage(res, 200, {
    language,
    owner: null,
    title: notBuilt.heading[language],
    addressIn: (other) => `?lang=${other}`,
    content: html`<h1>${notBuilt.heading[language]}</h1>\n<p>${notBuilt.advice[language]}</p>\n`,
  })
}

/**
 * Serves the console: its files, and its page at every address that is not something else's. Whoever does not ask for
 * HTML goes on to the next step. The page counts for the limit of requests by the address. The files do not: a page has
 * a dozen, browsers keep them, and a whole office may share an address.
 */
export const serveConsole = (app: App, gate: Gate, pages: Page[], folder = builtFolder): RequestHandler => {
  const router = Router({ caseSensitive: true })
  if (!app.config.CONSOLE) return router
  const index = readIndex(folder)
  if (index === null) return router.use(sayNotBuilt)

  const pageAt = keepPages(index, app.config)
  const headers = {
    'Content-Security-Policy': policyOf(app.config),
    'X-Frame-Options': 'DENY',
    'X-Robots-Tag': 'noindex',
  }
  const beside = pages.filter(({ isBesideConsole }) => isBesideConsole).map(({ path }) => path.split('/')[1] ?? '')
  const others = new Set([...kept, ...beside])
  const isOfConsole = (req: Request): boolean => {
    const [whole, first = ''] = address.exec(req.path) ?? []
    return whole !== undefined && !others.has(first.toLowerCase())
  }
  const limit = requestLimit(app)
  router.use(serveConsoleFiles(folder), (req, res, next) => {
    const isPage = isRead(req) && isOfConsole(req) && isOfBrowser(req)
    if (!isPage) return next('router')
    Object.assign(contextOf(res), { route: 'console', isPage })
    next()
  })
  router.use(limit, refuseUnknownPage(app, gate), async (req, res) => {
    sendKept(req, res.set(headers).vary('Accept'), await pageAt(contextOf(res).place))
  })
  return router
}
