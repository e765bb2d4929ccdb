import createClient, { type Client } from 'openapi-fetch'
import { link } from '../lib/base.ts'
import { randomWord } from '../lib/random.ts'
import { session } from '../lib/session.svelte.ts'
import { brokenAnswer, offline, problemOf } from './problem.ts'
import type { paths } from './types.ts'
import { fetchWhole, Unreached } from './whole-answer.ts'

/** A refusal as a screen shows it. `code` is that of the API, `offline` when the program was not reached, or
 * `broken_answer` when something else answered in its place. */
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

/** The header that says whom a call is for: the person whom this page shows. */
export const forWhom = (): { 'X-Account'?: string } =>
  session.me ? { 'X-Account': `${session.me.tenant}/${session.me.id}` } : {}

/**
 * Somebody else has signed in in this browser. The page begins anew as theirs. What was typed is kept in the browser
 * under the name of whoever typed it. Nothing goes on from here.
 */
export const beginAnew = (): Promise<never> => {
  location.reload()
  return new Promise(() => {})
}

const isOfOther = async (response: Response): Promise<boolean> =>
  response.status === 409 && (await response.clone().text()).includes('"other_account"')

/** Sends a request; after a session has ended, once more when the person has signed in again. */
const send = async (request: Request): Promise<Response> => {
  const again = request.clone()
  let response = await fetchWhole(request)
  if (response.status === 401 && session.me && (await askToSignIn())) response = await fetchWhole(again)
  return (await isOfOther(response)) ? beginAnew() : response
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
    for (const [name, value] of Object.entries(forWhom())) request.headers.set(name, value)
    return request
  },
})

/** A key with which a request may be sent again and is done once. */
export const newKey = (): string => randomWord()

interface Reply<T> {
  data?: T
  error?: unknown
  response: Response
}

/**
 * Waits for a call of `api`. A refusal, a program that is not reached, and an answer that is none of the program's are
 * values and not exceptions.
 */
export const answerOf = async <T>(call: Promise<Reply<T>>): Promise<Answer<NonNullable<T>>> => {
  try {
    const { data, error, response } = await call
    if (!response.ok) return { ok: false, problem: problemOf(error, response) }
    return { ok: true, data: data as NonNullable<T>, etag: response.headers.get('ETag'), response }
  } catch (error) {
    return { ok: false, problem: error instanceof Unreached ? offline : brokenAnswer }
  }
}
