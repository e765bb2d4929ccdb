import type { Readable } from 'node:stream'
import type { z } from 'zod'
import type { ErrorCode } from '../../contract/error-codes.ts'
import type { App } from '../app-context.ts'
import type { Receipt } from '../db/receipts.ts'

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete'

/** What goes back. A body that is left out sends none. */
export interface Answer {
  status: number
  body?: unknown
  headers?: Record<string, string>
  /** Instead of a body: bytes that are sent as they come. */
  stream?: Readable
  /** The session cookie: a token to set, or null to clear it. */
  session?: string | null
}

/** What a call has beside its parts where bytes come in or go out as they are. */
export interface ByteCall {
  incoming: {
    contentType: string | undefined
    /** Null when the client does not say. */
    contentLength: number | null
    range: string | undefined
    /** The body, of which nothing has been read. */
    stream: Readable
    /** Gives the body the time of a large file; without it, it has the time of any request. */
    grantTime: () => void
  }
}

type Output<S> = S extends z.ZodType ? z.output<S> : undefined

/** A request as its handler sees it: checked, and with nothing of Express in it. */
export interface Call<Who, Params = unknown, Query = unknown, Body = unknown> {
  app: App
  actor: Who
  params: Params
  query: Query
  body: Body
  requestId: string
  /** The client's address, as far as `TRUST_PROXY` lets it be known. */
  address: string
  /** What the client says it is; null when it says nothing. */
  userAgent: string | null
  /** Keeps the answer in the transaction of the change; null without an Idempotency-Key. */
  receipt: Receipt | null
  /** The version named by If-Match; null when there is none, or when it is `*`. */
  ifMatch: number | null
}

interface Definition<Who, Can, P, Q, B, R, More = unknown> {
  method: Method
  /** Below `/api`, with `:names` for path parameters. */
  path: string
  /** Who may: a capability, held against the caller's role before anything of the request is read. */
  can: Can
  tag: string
  summary: string
  /** More of the API document's text: rules that the schemas do not say. */
  description?: string
  params?: P
  query?: Q
  body?: B
  /** Its body is bytes of whatever type, which the handler reads by itself; or its answer's body is. */
  bytes?: 'in' | 'out'
  /** Whether the body may be missing altogether. */
  bodyOptional?: boolean
  /** The statuses of success with the schema of their body; null for none. */
  responds: Record<number, z.ZodType | null>
  /** What its success carries beside the body, for the API document. */
  responseHeaders?: Record<string, string>
  /** The error codes of its own, beside those that every endpoint of its kind may answer. */
  fails?: ErrorCode[]
  /** PATCH must say which version it changes. */
  needsIfMatch?: boolean
  /** The limit of sign-ins counts here: the member of the body that names the account, or null if none does. */
  signInLimit?: { account: string | null }
  /** Mounted before authentication and the limit of all requests, which then cannot fail it; for the API document. */
  unlimited?: boolean
  handle: (call: Call<Who, Output<P>, Output<Q>, Output<B>> & More) => Promise<R>
  /** Makes the answer from what `handle` gave. Left out: the only status of `responds`, and the result as its body. */
  answer?: (result: R) => Answer
}

type Erased = Definition<unknown, string, z.ZodType | undefined, z.ZodType | undefined, z.ZodType | undefined, unknown>

/** An endpoint, its types forgotten: what the router, the API document and the structural tests work with. */
export type Endpoint = Omit<Erased, 'handle' | 'answer'> & {
  handle: (call: Call<unknown>) => Promise<unknown>
  answer?: (result: unknown) => Answer
}

/**
 * Makes the function that declares endpoints: data, not code. `Can` are the capabilities there are, `Who` is the caller
 * a handler sees, `More` is what else the call has.
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

/** The answer to a result, by the endpoint's own `answer` or its only status. */
export const answerOf = (endpoint: Endpoint, result: unknown): Answer => {
  if (endpoint.answer) return endpoint.answer(result)
  const [status] = Object.keys(endpoint.responds).map(Number)
  if (status === undefined) throw new Error(`${endpoint.method} ${endpoint.path} declares no answer`)
  return status === 204 ? { status } : { status, body: result }
}
