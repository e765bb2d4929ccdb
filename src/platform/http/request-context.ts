import { randomUUID } from 'node:crypto'
import type { RequestHandler, Response } from 'express'
import type { Language } from '../../contract/enums.ts'
import type { AppError } from '../errors.ts'

/** The caller, as far as the platform needs it to count, to scope and to log. */
export interface Principal {
  tenantId: number
  /** The slug of the tenant. */
  tenant: string
  accountId: string
  role: string
  /** Null when the caller has signed in by an API token. */
  sessionId: string | null
  /** The API token that the caller has signed in by. It does what the role may do and its scopes name. */
  token: { tokenId: string; scopes: readonly string[] } | null
  /** Whether the caller must set up a second factor before anything else. */
  mustEnrol?: boolean
}

/** At which address a request came: that of a tenant, or `PUBLIC_URL` itself. */
export interface Place {
  /** The tenant whose address it is; null at `PUBLIC_URL` itself. */
  slug: string | null
  /** The address, without a slash at its end. No header of the request is in it. */
  address: string
  /** The name of the session cookie of this place, without the prefix `__Host-`. */
  cookie: string
  /** Why it is not known whose host this is: the database is away. Null when it is known. */
  fault: unknown
}

/** What belongs to one request. It is kept in `res.locals`. */
export interface RequestContext {
  /** Made here, so it is unique. Events, answers and the log have it. */
  requestId: string
  /**
   * The `X-Request-Id` of the caller or of a proxy, for the log only, because anybody may send any. Null without one.
   */
  callerRequestId: string | null
  /** The trace of the request; null when it has none. */
  traceId: string | null
  /** Ends the span of the request before its answer is whole, because the answer is a stream that goes on for hours. */
  endSpan: () => void
  /** At which address the request came. The steps `slug` and `place` find it. */
  place: Place
  principal: Principal | null
  /** Whether the caller is signed in by the session cookie. */
  isByCookie: boolean
  /** What is wrong with the credentials. Endpoints that need a sign-in answer with this error. */
  refusal: AppError | null
  /**
   * Finds the caller by the same credentials once more, for an answer that waits.
   * @throws AppError as the first time.
   */
  findAgain: () => Promise<Principal | null>
  /**
   * The template of the route, such as `/tickets/:ticketId`, because a metric must not have a label for each ticket.
   */
  route: string | null
  /** Whether the answer is a page, whatever becomes of the request. */
  isPage: boolean
  /** The language of pages where nobody says one: that of the program, or that of the tenant as soon as it is known. */
  usualLanguage: Language
}

/** The context of a request, by its response. */
export const contextOf = (res: Response): RequestContext => res.locals as RequestContext

/** The place, for what depends on the tenant. @throws Error of the database, when it could not be asked. */
export const knownPlace = ({ place }: { place: Place }): Place => {
  if (place.fault !== null) throw place.fault
  return place
}

/** The id of a request, by its response. */
export const requestIdOf = (res: Response): string => contextOf(res).requestId

/** Before the steps that find it there is no place. */
const nowhere: Place = { slug: null, address: '', cookie: '', fault: new Error('no step has found the place yet') }

const plain = /^[A-Za-z0-9._:/+=-]{1,128}$/

/** Gives each request an id of its own, and keeps the `X-Request-Id` that came with it, if that is a plain word. */
export const requestContext: RequestHandler = (req, res, next) => {
  const given = req.get('x-request-id')
  const context: RequestContext = {
    requestId: randomUUID(),
    callerRequestId: given !== undefined && plain.test(given) ? given : null,
    traceId: null,
    endSpan: () => {},
    place: nowhere,
    principal: null,
    isByCookie: false,
    refusal: null,
    findAgain: async () => null,
    route: null,
    isPage: false,
    usualLanguage: 'en',
  }
  Object.assign(res.locals, context)
  res.set('X-Request-Id', context.requestId)
  next()
}
