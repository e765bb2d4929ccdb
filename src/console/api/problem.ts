import type { Problem } from './calls.ts'

const nothingKnown = { title: '', detail: '', errors: [], request_id: null, retry_after: null, members: {} }

/** The program was not reached. */
export const offline: Problem = { code: 'offline', status: 0, ...nothingKnown }

/** Something answered that is not the program, such as a proxy or the sign-in page of a network. */
export const brokenAnswer: Problem = { code: 'broken_answer', status: 0, ...nothingKnown }

/** A message waited so long that it does not go by itself. */
export const waitedLong: Problem = { code: 'waited_long', status: 0, ...nothingKnown }

/** How long to wait by `Retry-After`: seconds, or a date (RFC 9110, 10.2.3). Null for neither. */
export const secondsOf = (header: string | null, now = Date.now()): number | null => {
  const text = header?.trim() ?? ''
  const seconds = /^\d+$/.test(text)
    ? Number(text)
    : /^[a-z]/i.test(text)
      ? (Date.parse(text) - now) / 1_000
      : Number.NaN
  return Number.isFinite(seconds) ? Math.max(0, Math.ceil(seconds)) : null
}

/** The problem in an answer that refuses. */
export const problemOf = (error: unknown, response: Response): Problem => {
  const members = typeof error === 'object' && error !== null ? (error as Record<string, unknown>) : {}
  return {
    code: typeof members.code === 'string' ? members.code : brokenAnswer.code,
    status: response.status,
    title: typeof members.title === 'string' ? members.title : '',
    detail: typeof members.detail === 'string' ? members.detail : '',
    errors: Array.isArray(members.errors) ? (members.errors as Problem['errors']) : [],
    request_id: response.headers.get('X-Request-Id'),
    retry_after: secondsOf(response.headers.get('Retry-After')) || null,
    members,
  }
}

/** Whether the same request may succeed later: nothing is wrong with what was sent. */
export const isPassing = ({ status, code }: Problem): boolean =>
  status === 0 || status === 401 || status === 429 || status >= 500 || code === 'request_in_progress'

/** Whether a refusal does not say who is signed in: the program was not reached, could not work, or asks to wait. */
export const saysNothing = (problem: Problem): boolean =>
  problem.status !== 401 && (isPassing(problem) || problem.code === brokenAnswer.code)
