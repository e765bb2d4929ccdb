import type { Readable } from 'node:stream'
import { z } from 'zod'
import type { ErrorCode } from '../../contract/error-codes.ts'
import type { App } from '../app-context.ts'
import type { AttemptKind } from '../attempts.ts'
import type { WhenGone } from '../db/connection-turns.ts'
import type { Receipt } from '../db/receipts.ts'
import type { EventWriter } from '../live/event-stream.ts'
import type { KeptBody } from './kept-body.ts'

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete'

/** The answer of an endpoint. Without `body`, `stream` and `kept` the answer has no body. */
export interface Answer {
  status: number
  body?: unknown
  headers?: Record<string, string>
  /** Bytes that are sent as they come, instead of a body. */
  stream?: Readable
  /** Takes over the open answer of a stream of events. It is not called for HEAD. */
  events?: (writer: EventWriter) => void
  /** A body that is the same for everybody. It is sent with an entity tag, or with 304. */
  kept?: KeptBody
  /** The session cookie: a token to set, or null to clear it. */
  session?: string | null
}

/** What the call of an endpoint with `bytes` has in addition. */
export interface ByteCall {
  incoming: {
    contentType: string | undefined
    /** Null when the client does not say it. */
    contentLength: number | null
    range: string | undefined
    /** The unread body. */
    stream: Readable
    /** The path below `/api` and the query, as the client sent them. */
    target: string
    /** Gives the body the time limit of a large file instead of that of other requests. */
    grantTime: () => void
  }
}

/** How the attempts at an endpoint are counted for the limit of sign-ins. See `sign-in-limits.ts`. */
export interface SignInLimit {
  /** The member of the body that names the account, or the members that may, or null. */
  account: string | string[] | null
  /** What is tried. Each kind has counters of its own; endpoints of one kind share them. */
  kind: AttemptKind
  /**
   * `attempts`: each attempt counts, because none of them fails. `flood`: only the ample bound of all attempts of an
   * address counts, because a secret of 256 bits lets nobody guess. Default: attempts that fail count.
   */
  counts?: 'attempts' | 'flood'
  /**
   * Whether the handler asks `isWithinLimit` before it lets anybody in. Then an account that signed in from the address
   * lately has a count of its own there. Without it the gate itself refuses what is past the limit.
   */
  knowsPlaces?: true
}

type Output<S> = S extends z.ZodType ? z.output<S> : undefined

/** A request as its handler sees it: validated, and without anything of Express. */
export interface Call<Who, Params = unknown, Query = unknown, Body = unknown> {
  app: App
  actor: Who
  params: Params
  query: Query
  body: Body
  requestId: string
  /** The address of the client, as far as `TRUST_PROXY` tells it, or `unknown`. */
  address: string
  /** The header `User-Agent`, or null: at most 200 characters, none of them a control character. */
  userAgent: string | null
  /** Stores the answer in the transaction of the change. Null without an Idempotency-Key. */
  receipt: Receipt | null
  /** What the caller sent back of `echoes`. */
  echoed: Record<string, unknown>
  /** The version in If-Match. Null without that header, or when it is `*`. */
  ifMatch: number | null
  /** For a handler that waits. */
  waiting: {
    /** Tells when the client has gone away. */
    whenGone: WhenGone
    /** The header Last-Event-ID: the place from which the reader of a stream resumes. Null without one. */
    lastEventId: string | null
    /**
     * Finds the caller again, who may have signed out, been deactivated, or lost a right meanwhile.
     * @throws AppError with which a new request would be refused now.
     */
    findActor: () => Promise<Who>
  }
}

interface Definition<Who, Can, P, Q, B, R, More = unknown> {
  /**
   * The operationId, a verb and a noun such as `listTickets`. Generated clients name their functions by it, so it never
   * changes.
   */
  id: string
  method: Method
  /** Below `/api`, with `:names` for path parameters. */
  path: string
  /** The capability that the caller's role must have. It is checked before the request is read. */
  can: Can
  /**
   * Whether an API token cannot do this, but only somebody who has signed in. Each endpoint of `session:own` says it.
   * An endpoint for anyone refuses a caller with an API token by it.
   */
  needsSession?: boolean
  /** Whether somebody may do this who must set up a second factor first. */
  whileEnrolling?: boolean
  tag: string
  summary: string
  /** Rules that the schemas do not say, for the API document. */
  description?: string
  params?: P
  query?: Q
  body?: B
  /**
   * The answer that a caller may send back whole, as the body of a change. The handler refuses what is not as it is.
   */
  echoes?: z.ZodType
  /**
   * `in`: the body is bytes of any type, which the handler reads itself. `out`: the body of the answer is. `events`:
   * the answer is a stream of events, which goes on until somebody ends it.
   */
  bytes?: 'in' | 'out' | 'events'
  /** Whether the whole body may be missing. */
  bodyOptional?: boolean
  /** The schema of the body for each status of success; null when there is no body. */
  responds: Record<number, z.ZodType | null>
  /** The headers of a success, for the API document. */
  responseHeaders?: Record<string, string>
  /** The error codes of this endpoint, beside the codes that the gate adds. */
  fails?: ErrorCode[]
  /** Whether `If-Match` counts, because what is changed has a version. Elsewhere the header is ignored. */
  takesIfMatch?: boolean
  /** Whether `If-Match` is required: PATCH must say which version it changes. */
  needsIfMatch?: boolean
  /**
   * Whether the answer has a secret, such as a token or a signed address, beside what the caller sent. Such an answer
   * is not compressed, because its length would tell of the secret (the attack BREACH).
   */
  mixesSecrets?: boolean
  /**
   * What an Idempotency-Key does to an answer with a secret that nobody can read again. `not_kept`: the header is
   * passed over, and a repetition does it again. `without`: the answer is kept with null in place of this member, where
   * a second thing must not be made. Without this the whole answer is kept, encrypted.
   */
  secretAnswer?: 'not_kept' | { without: string }
  /** Counts for the limit of sign-ins. */
  signInLimit?: SignInLimit
  /**
   * The member of the body that is a secret and proves who calls, where nobody is signed in, such as that of a link.
   * Idempotency-Keys belong to it.
   */
  secret?: string
  /**
   * Whether the answer sets or clears the session cookie. Then another site may not send the request. `on_request`: it
   * does when the member `session` of the body is `cookie`.
   */
  setsCookie?: boolean | 'on_request'
  /**
   * Endpoints that come before the authentication, so they answer while the database is away. `always`: not even the
   * limit of requests stops them. `page`: they count for the limit of the address.
   */
  standing?: 'always' | 'page'
  handle: (call: Call<Who, Output<P>, Output<Q>, Output<B>> & More) => Promise<R>
  /** Makes the answer of a result. Default: the only status of `responds`, with the result as the body. */
  answer?: (result: R) => Answer
}

type Erased = Definition<unknown, string, z.ZodType | undefined, z.ZodType | undefined, z.ZodType | undefined, unknown>

/** An endpoint without its types, for the router, the API document and the structural tests. */
export type Endpoint = Omit<Erased, 'handle' | 'answer'> & {
  handle: (call: Call<unknown>) => Promise<unknown>
  answer?: (result: unknown) => Answer
}

/**
 * Makes the function that declares endpoints as data. `Can` are the capabilities, `Who` is the actor that a handler
 * gets, `More` is what else the call has.
 */
export const endpointFor =
  <Who, Can extends string, More = unknown>() =>
  <
    R,
    P extends z.ZodType | undefined = undefined,
    Q extends z.ZodType | undefined = undefined,
    B extends z.ZodType | undefined = undefined,
  >(
    definition: Definition<Who, Can, P, Q, B, R, More>,
  ): Endpoint =>
    definition as unknown as Endpoint

/** The answer of a result, by the `answer` of the endpoint or by its only status. */
export const answerOf = (endpoint: Endpoint, result: unknown): Answer => {
  const answer = endpoint.answer?.(result)
  // The gate refuses requests of other sites by this declaration.
  if (answer?.session !== undefined && !endpoint.setsCookie) throw new Error(`${endpoint.path} declares no cookie`)
  if (answer) return answer
  const [status] = Object.keys(endpoint.responds).map(Number)
  if (status === undefined) throw new Error(`${endpoint.method} ${endpoint.path} declares no answer`)
  return status === 204 ? { status } : { status, body: result }
}

/** What is kept of an answer for its Idempotency-Key: the answer without its secret. */
export const keptAnswerOf = (endpoint: Endpoint, result: unknown): Answer => {
  const answer = answerOf(endpoint, result)
  if (typeof endpoint.secretAnswer !== 'object') return answer
  return { ...answer, body: { ...Object(answer.body), [endpoint.secretAnswer.without]: null } }
}

/** A page of a list has the member `page`, a page of what goes on for ever the member `end_of_feed`. */
const isPage = (schema: z.ZodType): boolean =>
  schema instanceof z.ZodObject && ('page' in schema.shape || 'end_of_feed' in schema.shape)

/**
 * Whether the answers of an endpoint are one thing: JSON that is no page of a list. Such an answer has an entity tag.
 * Tokens and signed addresses are new in each answer, so only what is read has a tag beside them.
 */
export const answersOneThing = ({ method, responds, standing, bytes, mixesSecrets }: Endpoint): boolean =>
  standing === undefined &&
  bytes === undefined &&
  (method === 'get' || !mixesSecrets) &&
  Object.values(responds).some((schema) => schema !== null && !isPage(schema))

/** Whether `X-Account` counts: what is done is of the account that is signed in, as is the end of its session. */
export const isForOneAccount = ({ can, needsSession }: Pick<Endpoint, 'can' | 'needsSession'>): boolean =>
  (can !== 'anyone' && can !== 'operator') || needsSession === true

/**
 * Whether requests may have an Idempotency-Key: all that change something, but for files, whose bytes are not kept, and
 * for answers that are not kept because of their secrets.
 */
export const takesIdempotencyKey = ({ method, bytes, secretAnswer }: Endpoint): boolean =>
  method !== 'get' && bytes === undefined && secretAnswer !== 'not_kept'

/** Whether a request for one thing may be answered with 304. */
export const takesIfNoneMatch = (endpoint: Endpoint): boolean => endpoint.method === 'get' && answersOneThing(endpoint)
