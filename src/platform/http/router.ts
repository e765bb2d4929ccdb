import { type Request, type RequestHandler, type Response, Router } from 'express'
import type { App } from '../app-context.ts'
import { AlreadyAnswered, nameOfReceipt, type Receipt, requestInProgress } from '../db/receipts.ts'
import { AppError } from '../errors.ts'
import { perApp } from '../per-app.ts'
import { refuseCrossSite, refuseOtherSite } from './authentication.ts'
import { authorize } from './authorize.ts'
import { readBody } from './body.ts'
import { incomingOf, refuseCutOff, waitingOf } from './call-parts.ts'
import { addressOf, agentOf } from './client-address.ts'
import { splitEchoes } from './echoes.ts'
import {
  type Answer,
  answerOf,
  type ByteCall,
  type Call,
  type Endpoint,
  isForOneAccount,
  keptAnswerOf,
  takesIdempotencyKey,
} from './endpoint.ts'
import { parseIfMatch } from './entity-tags.ts'
import { createReceipt, findAnswer, fingerprintsOf, type KeyedRequest, parseIdempotencyKey } from './idempotency.ts'
import { admitOperator, isOperators, isServed, operatorsScope } from './operator-token.ts'
import { type Gate, type PublicCall, publicPartOf } from './public-call.ts'
import { readQuery } from './query.ts'
import { contextOf, type Principal, type RequestContext } from './request-context.ts'
import { sendAnswer } from './send-answer.ts'
import { type SignInLimits, signInLimits } from './sign-in-limits.ts'
import { accountNamedBy, isByStranger, strangersScope } from './strangers.ts'
import { parse } from './validation.ts'

/** The version in `If-Match`, where it counts. @throws AppError `version_required`, `malformed_request`. */
const readIfMatch = ({ takesIfMatch, needsIfMatch }: Endpoint, header: string | undefined): number | null => {
  if (header === undefined && needsIfMatch) {
    const detail = 'Send If-Match with the header ETag of the answer in which you read it, or with * for any version.'
    throw new AppError('version_required', { detail })
  }
  return takesIfMatch || needsIfMatch ? parseIfMatch(header) : null
}

/**
 * Where a path parameter has the form of no id, there is nothing at the address: 404, whatever rows exist. Impossible
 * text is 400. So is a parameter that is none of a fixed list: that is a mistake of the caller.
 */
const readParams = (endpoint: Endpoint, req: Request): unknown => {
  if (endpoint.params === undefined) return undefined
  const values = Object.values(req.params)
  if (values.some((value) => String(value).includes('\0') || !String(value).isWellFormed())) {
    throw new AppError('malformed_request')
  }
  const result = endpoint.params.safeParse(req.params)
  if (result.success) return result.data
  const isOfList = result.error.issues.some(({ code }) => code === 'invalid_value')
  return parse(endpoint.params, req.params, isOfList ? 'validation_failed' : 'route_not_found')
}

/** Refuses that another site changes the cookie of a browser. It cannot send a token in the header. */
const refuseForeignCookie = (app: App, req: Request, { place }: RequestContext): void => {
  if (req.get('authorization') === undefined) refuseCrossSite(app, req, place)
}

/**
 * Refuses a request that is meant for another account than that of its cookie: somebody else has signed in in the same
 * browser, and the page does not know yet. A token needs no such word, because the caller chose it for the request.
 * @throws AppError `other_account`.
 */
const refuseOtherAccount = (req: Request, { isByCookie, principal }: RequestContext): void => {
  const named = req.get('x-account')
  if (named === undefined || !isByCookie || principal === null) return
  if (named !== `${principal.tenant}/${principal.accountId}`) {
    throw new AppError('other_account', {
      detail: 'The session of the browser is not that of the account in X-Account.',
    })
  }
}

const asksForCookie = (body: unknown): boolean => Object(body).session === 'cookie'

/**
 * Refuses whoever may not do this at all, before anything of the request is read.
 * @throws AppError `cross_site_request`; the refusal of the caller's credentials; `other_account`; what `authorize`
 * throws.
 */
const refuseCaller = (app: App, req: Request, endpoint: Endpoint, context: RequestContext): void => {
  const { refusal, principal, isByCookie } = context
  // An open endpoint ignores bad credentials. But another site may not use a caller's cookie, even to sign them out.
  if (refusal && (endpoint.can !== 'anyone' || refusal.code === 'cross_site_request')) throw refusal
  // Nor may another site give the browser a cookie, or take one away, when the browser has kept the cookie back.
  if (endpoint.setsCookie === true) refuseForeignCookie(app, req, context)
  // Nor may another site hold streams open in somebody's name.
  if (endpoint.bytes === 'events' && isByCookie) refuseOtherSite(app, req, context.place)
  if (isForOneAccount(endpoint)) refuseOtherAccount(req, context)
  authorize(endpoint, principal)
}

/**
 * Gives a call its body, once it fits the schema of the endpoint.
 * @throws AppError `validation_failed`; `cross_site_request` for a session cookie that another site asks for.
 */
const takeBody = (
  app: App,
  req: Request,
  endpoint: Endpoint,
  context: RequestContext,
  call: Call<unknown>,
  raw: unknown,
): void => {
  if (endpoint.body && raw !== undefined) {
    const { body, echoed } = splitEchoes(endpoint, raw)
    Object.assign(call, { body: parse(endpoint.body, body), echoed })
  }
  if (endpoint.setsCookie === 'on_request' && asksForCookie(call.body)) refuseForeignCookie(app, req, context)
}

/**
 * How a request brings its query and body to an endpoint, and how its answer is sent: as JSON, or by the form of a
 * page.
 */
interface Wire {
  readQuery: (endpoint: Endpoint, req: Request) => unknown
  readBody: (endpoint: Endpoint, req: Request, res: Response) => Promise<unknown>
  sendAnswer: (app: App, res: Response, endpoint: Endpoint, answer: Answer) => Promise<void>
}

const json: Wire = { readQuery, readBody, sendAnswer }

/**
 * The gate, in a fixed order: refuse other sites, authorize, read the path and the query, count the sign-ins of the
 * address, read and validate the body, count the sign-ins of the account, look for a kept answer and whether the caller
 * still sees what it is about, handle, answer.
 */
export const handlerOf = (
  app: App,
  gate: Gate,
  limitSignIns: SignInLimits,
  endpoint: Endpoint,
  wire = json,
): ((req: Request, res: Response) => Promise<void>) => {
  return async (req, res) => {
    const context = contextOf(res)
    context.route = endpoint.path
    if (isOperators(endpoint)) await admitOperator(app, req, res, limitSignIns)
    else refuseCaller(app, req, endpoint, context)

    const params = readParams(endpoint, req)
    const query = wire.readQuery(endpoint, req)
    const ifMatch = readIfMatch(endpoint, req.get('if-match'))
    // An attempt counts for the address before its body is read, so a body that is refused counts as well.
    const attempt = await limitSignIns.begin(req, res, endpoint, context.principal)
    const call: Call<unknown> & PublicCall & ByteCall = {
      app,
      actor: context.principal,
      params,
      query,
      body: undefined,
      echoed: {},
      requestId: context.requestId,
      address: addressOf(req),
      userAgent: agentOf(req),
      receipt: null,
      ifMatch,
      waiting: waitingOf(req, endpoint, context),
      incoming: incomingOf(req),
      ...publicPartOf(app, gate, attempt, req, context),
    }
    const answer = await attempt.judge(async () => {
      const rawBody = await wire.readBody(endpoint, req, res)
      takeBody(app, req, endpoint, context, call, rawBody)
      const account = endpoint.signInLimit && accountNamedBy(call.body, endpoint.signInLimit.account)
      if (account) await attempt.atAccount(`${await call.tenantId()} ${account}`)
      const keyed = takesIdempotencyKey(endpoint)
        ? await keyedRequest(req, endpoint, call, context.principal, rawBody)
        : null
      const answering = answerOnce(app, gate, endpoint, call, keyed)
      return endpoint.bytes === 'in' ? answering.catch((error) => refuseCutOff(req, error)) : answering
    })
    await wire.sendAnswer(app, res, endpoint, answer)
  }
}

/**
 * The path of a request with its ids in their one form, so that `/tickets/1` and `/tickets/TKT0001` are one request.
 */
const pathOf = ({ path }: Endpoint, params: unknown): string =>
  path.replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(String(Object(params)[name])))

/** Whose the keys of a caller are. A program and its person may choose the same key for two things. */
const scopeOf = ({ accountId, token }: Principal): string => (token === null ? accountId : `token ${token.tokenId}`)

const keyedRequest = async (
  req: Request,
  endpoint: Endpoint,
  call: PublicCall & { params: unknown; ifMatch: number | null },
  principal: Principal | null,
  body: unknown,
): Promise<KeyedRequest | null> => {
  const key = parseIdempotencyKey(req.get('idempotency-key'))
  if (key === null) return null
  const account = isByStranger(endpoint, principal) ? null : principal
  const strangers = (): string => (isOperators(endpoint) ? operatorsScope : strangersScope(req, endpoint, body))
  const tenantId = account?.tenantId ?? (await call.tenantId())
  return {
    tenantId,
    lane: account?.tenant ?? `strangers of ${tenantId}`,
    scope: account === null ? strangers() : scopeOf(account),
    key,
    ...fingerprintsOf(req.method, { path: pathOf(endpoint, call.params), asSent: req.path }, body, call.ifMatch),
  }
}

/** Handles the call, or repeats the first answer to its Idempotency-Key. */
const answerOnce = async (
  app: App,
  gate: Gate,
  endpoint: Endpoint,
  call: Call<unknown>,
  keyed: KeyedRequest | null,
): Promise<Answer> => {
  if (keyed === null) return answerOf(endpoint, await endpoint.handle(call))
  // The one way to a kept answer: nobody gets it who no longer sees what it is about.
  const findSeen = () =>
    findAnswer(app, keyed, (body) => gate.refuseUnseen(app, call.actor as never, { params: call.params, body }))
  const first = await findSeen()
  if (first) return first
  const receipt = createReceipt(app, keyed, (result) => keptAnswerOf(endpoint, result))
  const leave = enter(app, receipt)
  try {
    return answerOf(endpoint, await endpoint.handle({ ...call, receipt }))
  } catch (error) {
    const again = error instanceof AlreadyAnswered ? await findSeen() : null
    if (again) return again
    throw error
  } finally {
    leave()
  }
}

const inProgress = perApp(() => new Set<string>())

/**
 * Refuses the second of two concurrent requests with one key at once, without waiting for the first. Between processes
 * the claim of the receipt does that.
 * @throws AppError `request_in_progress`.
 */
const enter = (app: App, receipt: Receipt): (() => void) => {
  const names = inProgress(app)
  const name = nameOfReceipt(receipt)
  if (names.has(name)) throw requestInProgress()
  names.add(name)
  return () => names.delete(name)
}

/**
 * The first word of a path and the number of its words, which a path and its template have in common. Express tries one
 * template after the other, and there are hundreds.
 */
const shapeOf = (path: string): string => {
  const words = (path.endsWith('/') ? path.slice(0, -1) : path).split('/')
  return `${words.length} ${words[1] ?? ''}`
}

const routerOf = (endpoints: Endpoint[], handle: (endpoint: Endpoint) => RequestHandler): Router => {
  const router = Router({ caseSensitive: true, strict: false })
  for (const [path, ofPath] of Map.groupBy(endpoints, (endpoint) => endpoint.path)) {
    for (const endpoint of ofPath) router[endpoint.method](path, handle(endpoint))
    const methods = ofPath.map(({ method }) => method.toUpperCase())
    const allow = [...methods, ...(methods.includes('GET') ? ['HEAD'] : [])].join(', ')
    // Comes before the next path, because a parameter of the next path may match the last word of this path.
    router.all(path, () => {
      throw new AppError('method_not_allowed', { detail: `This address takes ${allow}.`, headers: { Allow: allow } })
    })
  }
  return router
}

/**
 * Makes the router of the endpoints. A known path with another method is answered with 405 and `Allow`.
 * @throws Error for a template that begins with a parameter or has a wildcard, because paths have not its shape.
 */
export const createRouter = (app: App, gate: Gate, endpoints: Endpoint[]): RequestHandler => {
  const limitSignIns = signInLimits(app)
  const served = endpoints.filter((endpoint) => isServed(app, endpoint))
  const unshaped = served.find(({ path }) => /^\/:|[*{]/.test(path))
  if (unshaped) throw new Error(`${unshaped.path} has no shape`)
  const routers = new Map(
    [...Map.groupBy(served, ({ path }) => shapeOf(path))].map(([shape, ofShape]) => [
      shape,
      routerOf(ofShape, (endpoint) => handlerOf(app, gate, limitSignIns, endpoint)),
    ]),
  )
  const dispatch: RequestHandler = (req, res, next) => {
    const router = routers.get(shapeOf(req.path))
    if (router === undefined) next()
    else router(req, res, next)
  }
  // As a router of Express has them, for those who list the routes.
  return Object.assign(dispatch, { stack: [...routers.values()].flatMap(({ stack }) => stack) })
}
