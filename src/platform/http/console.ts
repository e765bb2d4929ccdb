import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Request, type RequestHandler, Router } from 'express'
import type { App } from '../app-context.ts'
import type { Config } from '../config.ts'
import { html } from '../markup.ts'
import type { Page, Words } from '../page.ts'
import { serveConsoleFiles } from './console-files.ts'
import { keptOnce, sendKept } from './kept-body.ts'
import { sendPage } from './page-frame.ts'
import { languageOf } from './page-language.ts'
import { requestLimit } from './rate-limits.ts'
import { contextOf } from './request-context.ts'

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
 * Writes `<base>` into the page, so that its relative addresses hold at any depth. The path is that of `PUBLIC_URL`:
 * no header of a request may say where scripts come from. Without a mail server the page is told, before anybody has
 * signed in, so that it promises nobody a mail.
 */
const withSettings = (page: string, { PUBLIC_URL, SMTP_URL }: Config): string => {
  const base = html`<base href="${new URL(PUBLIC_URL).pathname.replace(/\/*$/, '/')}">`.markup
  const mails = SMTP_URL === undefined ? '\n    <meta name="counterdesk-mails" content="kept">' : ''
  return page.replace(/\s*<base\b[^>]*>/i, '').replace(/<head\b[^>]*>/i, (head) => `${head}\n    ${base}${mails}`)
}

/**
 * What may be an address of the console: plain words, in the one spelling that a router reads. So no spelling of an
 * address below `/api`, and no name of a file, ever becomes the page.
 */
const address = /^\/(?:([\w~-]+)(?:\/[\w~-]+)*\/?)?$/

/** The first words of addresses that are never the console's. Pages that stand beside the console come to them. */
const kept = ['api', 'assets', 'health', 'ready', 'metrics', 'docs', 'api-docs', 'version']

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
  const language = languageOf(req)
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
export const serveConsole = (app: App, pages: Page[], folder = builtFolder): RequestHandler => {
  const router = Router({ caseSensitive: true })
  if (!app.config.CONSOLE) return router
  const index = readIndex(folder)
  if (index === null) return router.use(sayNotBuilt)

  const body = keptOnce('text/html; charset=utf-8', () => withSettings(index, app.config))
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
  router.use(limit, async (req, res) => {
    sendKept(req, res.set(headers).vary('Accept'), await body())
  })
  return router
}
