import { type Request, type RequestHandler, type Response, Router } from 'express'
import type { Language } from '../../contract/enums.ts'
import { errorCodes } from '../../contract/error-codes.ts'
import type { App } from '../app-context.ts'
import { AppError, type FieldError } from '../errors.ts'
import type { Look, Page, View } from '../page.ts'
import { callersTurn } from './authentication.ts'
import type { Endpoint } from './endpoint.ts'
import { readForm, readOneClickForm, refuseForeignForm } from './page-form.ts'
import { sendPage } from './page-frame.ts'
import { chosenLanguage, languageOf, noteUsualLanguage } from './page-language.ts'
import { htmlOf } from './page-view.ts'
import { refuseOtherTenant, refuseUnknownPage } from './place.ts'
import type { Gate } from './public-call.ts'
import { requestLimit } from './rate-limits.ts'
import { contextOf, knownPlace, type Place } from './request-context.ts'
import { handlerOf } from './router.ts'
import { signInLimits } from './sign-in-limits.ts'

type Handler = (req: Request, res: Response) => Promise<void>
type Submit = NonNullable<Page['submit']>

/** A parameter of the address, when it is there once. */
const parameterOf = ({ query }: Request, name: string): string => {
  const value = query[name]
  return typeof value === 'string' ? value : ''
}

/** The relative address of the root. The page may have been asked for with a slash at its end. */
const rootOf = ({ path }: Request): string => '../'.repeat(path.split('/').length - 2) || './'

const queryOf = (parameters: Record<string, string | null | undefined>): string => {
  const given = Object.entries(parameters).filter((pair): pair is [string, string] => Boolean(pair[1]))
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`
}

/** What a person sent to a page, beside the address. */
interface Sent {
  typed: ReadonlyMap<string, string>
  faults: FieldError[]
}
const nothing: Sent = { typed: new Map(), faults: [] }

/** Sends views. `isRead`: the address alone shows this page again, in another language, too. */
type SendView = (res: Response, look: Look, view: View, status: number, isRead: boolean, sent?: Sent) => Promise<void>

const viewSender =
  (app: App, gate: Gate): SendView =>
  async (res, look, view, status, isRead, sent = nothing) => {
    const { req } = res
    if (look.tenant) await noteUsualLanguage(app, gate, res, look.tenant.slug)
    const language = languageOf(res, look.language)
    const lang = chosenLanguage(req)
    const tenant = look.tenant?.slug ?? parameterOf(req, 'tenant')
    const isFaulty = sent.faults.some(({ field }) => view.form?.fields.some(({ name }) => name === field))
    const faulty = { en: 'Error: ', de: 'Fehler: ' }[language]
    const token = parameterOf(req, 'token')
    const addressIn = (other: Language): string => queryOf({ token, tenant: parameterOf(req, 'tenant'), lang: other })
    sendPage(res, status, {
      language,
      owner: look.tenant?.name ?? null,
      title: `${isFaulty ? faulty : ''}${view.heading[language]}`,
      addressIn: isRead ? addressIn : null,
      content: htmlOf(view, {
        language,
        root: rootOf(req),
        kept: queryOf({ lang }),
        keptWithTenant: queryOf({ lang, tenant }),
        ...sent,
      }),
    })
  }

const paramsOf = ({ params }: Request): Record<string, string> =>
  Object.fromEntries(Object.entries(params).map(([name, value]) => [name, String(value)]))

/** Shows the page. */
const showing =
  (app: App, sendView: SendView, page: Page): Handler =>
  async (req, res) => {
    contextOf(res).route = page.path
    const look = await page.look({
      app,
      address: contextOf(res).place.address,
      token: parameterOf(req, 'token'),
      params: paramsOf(req),
    })
    await sendView(res, look, look.view, look.view.status ?? 200, true)
  }

/**
 * Takes the request for that of a program: the tenant stands in a header, and no other header of the API counts.
 * @throws AppError `other_tenant`.
 */
const asProgram = (req: Request, place: Place): void => {
  const tenant = parameterOf(req, 'tenant')
  if (tenant !== '') {
    refuseOtherTenant(place, tenant)
    req.headers['x-tenant'] = tenant
  }
  for (const name of ['idempotency-key', 'if-match']) delete req.headers[name]
}

/** Hands the form to the endpoint through the gate, so it is checked and counted as a request of a program is. */
const submitting = (app: App, gate: Gate, endpoint: Endpoint, page: Page, submit: Submit): Handler => {
  const limits = signInLimits(app)
  const sendView = viewSender(app, gate)
  const { members, over, refused = {}, oneClick } = submit
  return async (req, res) => {
    const seen: { form: ReadonlyMap<string, string>; look: Look }[] = []
    const lookBy = (form: ReadonlyMap<string, string>): Promise<Look> =>
      page.look({ app, address: contextOf(res).place.address, token: form.get('token') ?? '', params: paramsOf(req) })
    const ask = handlerOf(app, gate, limits, endpoint, {
      readQuery: () => undefined,
      async readBody() {
        const form = oneClick
          ? await readOneClickForm(req, res, oneClick, parameterOf(req, 'token'))
          : await readForm(req, res)
        seen.push({ form, look: await lookBy(form) })
        return Object.fromEntries([...form].filter(([name]) => members.includes(name)))
      },
      async sendAnswer() {
        for (const { look } of seen) await sendView(res, look, look.done ?? look.view, 200, false)
      },
    })
    try {
      const place = knownPlace(contextOf(res))
      refuseForeignForm(app, req, place)
      asProgram(req, place)
      await ask(req, res)
    } catch (error) {
      const [{ form, look } = { form: nothing.typed, look: null }] = seen
      if (look === null || !(error instanceof AppError)) throw error
      const { status } = errorCodes[error.code]
      const instead = refused[error.code]
      if (instead) await sendView(res, look, instead, status, false)
      else if (over.includes(error.code)) {
        const again = await lookBy(form)
        await sendView(res, again, again.view, status, false)
      } else if (error.code === 'validation_failed') {
        await sendView(res, look, look.view, status, false, { typed: form, faults: error.options.errors ?? [] })
      } else throw error
    } finally {
      contextOf(res).route = page.path
    }
  }
}

/**
 * Lets requests for the page through. A page with a form is for everybody who does not ask for JSON; mail programs,
 * which send a form in one click, may ask for anything. A page that explains an address is only for browsers, which say
 * that they take HTML.
 */
const wanting = ({ submit, isAt }: Page): RequestHandler => {
  const types = submit ? ['html', 'json'] : ['json', 'html']
  return (req, res, next) => {
    const isWanted = req.accepts(types) === 'html' || (req.method === 'POST' && submit?.oneClick !== undefined)
    contextOf(res).isPage = isWanted && (isAt?.(paramsOf(req)) ?? true)
    next(contextOf(res).isPage ? undefined : 'route')
  }
}

const endpointAt = (endpoints: Endpoint[], { endpoint: path }: Submit): Endpoint => {
  const endpoint = endpoints.find((one) => one.method === 'post' && one.path === path)
  if (endpoint === undefined) throw new Error(`a page needs an endpoint at ${path}`)
  return endpoint
}

/**
 * Serves the pages. They count for the limit of requests, and take turns at connections, as the address, because a page
 * does not ask who is signed in. Every other request goes on to the next step.
 * @throws Error when a page names an endpoint that is not there.
 */
export const servePages = (app: App, gate: Gate, pages: Page[], endpoints: Endpoint[]): Router => {
  const router = Router({ caseSensitive: true })
  const known = refuseUnknownPage(app, gate)
  const sendView = viewSender(app, gate)
  const language: RequestHandler = async (req, res, next) => {
    await noteUsualLanguage(app, gate, res, contextOf(res).place.slug ?? (parameterOf(req, 'tenant') || undefined))
    next()
  }
  for (const page of pages) {
    const show = showing(app, sendView, page)
    const { submit } = page
    const take = submit && submitting(app, gate, endpointAt(endpoints, submit), page, submit)
    const handle: Handler = (req, res) => {
      if (req.method === 'GET' || req.method === 'HEAD') return show(req, res)
      if (req.method === 'POST' && take) return take(req, res)
      throw new AppError('method_not_allowed', { headers: { Allow: take ? 'GET, HEAD, POST' : 'GET, HEAD' } })
    }
    router.all(page.path, wanting(page), requestLimit(app), callersTurn(app), known, language, handle)
  }
  return router
}
