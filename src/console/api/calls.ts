import createClient, { type Client } from 'openapi-fetch'
import { link } from '../lib/base.ts'
import { randomWord } from '../lib/random.ts'
import { session } from '../lib/session.svelte.ts'
import type { paths } from './types.ts'

/** A refusal as a screen shows it. `code` is that of the API, or `offline` when the program was not reached. */
export interface Problem {
  code: string
  status: number
  title: string
  detail: string
  errors: { field: string; message: string; code?: string }[]
  request_id: string | null
  /** When to try again, in seconds, where the program says so. */
  retry_after: number | null
  /** The members that this code has beside those, such as `changed` of `stale_version`. */
  members: Record<string, unknown>
}

/** What became of a call: the answer with its entity tag, or the problem. */
export type Answer<T> = { ok: true; data: T; etag: string | null; response: Response } | { ok: false; problem: Problem }

/** Asks the person to sign in again over the page; true when they did. The shell sets it. */
let askToSignIn: () => Promise<boolean> = async () => false
export const onSignInNeeded = (ask: () => Promise<boolean>): void => {
  askToSignIn = ask
}

/** Sends a request; after a session has ended, once more when the person has signed in again. */
const send = async (request: Request): Promise<Response> => {
  const again = request.clone()
  const response = await fetch(request)
  if (response.status !== 401 || !session.me) return response
  return (await askToSignIn()) ? await fetch(again) : response
}

/**
 * The API of this desk as the person of the browser's cookie. An array in a query goes out as `status=new,assigned`.
 * Before the sign-in calls are for the desk that was chosen.
 */
export const api: Client<paths> = createClient<paths>({
  baseUrl: link('/api'),
  fetch: send,
  querySerializer: { array: { style: 'form', explode: false } },
})

api.use({
  onRequest({ request }) {
    if (!session.me && session.tenant !== null) request.headers.set('X-Tenant', session.tenant)
    return request
  },
})

/** A key with which a request may be sent again and is done once. */
export const newKey = (): string => randomWord()

const offline: Problem = {
  code: 'offline',
  status: 0,
  title: '',
  detail: '',
  errors: [],
  request_id: null,
  retry_after: null,
  members: {},
}

const problemOf = (error: unknown, response: Response): Problem => {
  const members = typeof error === 'object' && error !== null ? (error as Record<string, unknown>) : {}
  const seconds = Number(response.headers.get('Retry-After'))
  return {
    code: typeof members.code === 'string' ? members.code : 'unknown',
    status: response.status,
    title: typeof members.title === 'string' ? members.title : '',
    detail: typeof members.detail === 'string' ? members.detail : '',
    errors: Array.isArray(members.errors) ? (members.errors as Problem['errors']) : [],
    request_id: response.headers.get('X-Request-Id'),
    retry_after: seconds > 0 ? seconds : null,
    members,
  }
}

interface Reply<T> {
  data?: T
  error?: unknown
  response: Response
}

/** Waits for a call of `api`. A refusal, and a program that is not reached, are values and not exceptions. */
export const answerOf = async <T>(call: Promise<Reply<T>>): Promise<Answer<NonNullable<T>>> => {
  try {
    const { data, error, response } = await call
    if (!response.ok) return { ok: false, problem: problemOf(error, response) }
    return { ok: true, data: data as NonNullable<T>, etag: response.headers.get('ETag'), response }
  } catch {
    return { ok: false, problem: offline }
  }
}
