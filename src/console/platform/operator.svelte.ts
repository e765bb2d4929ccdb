import createClient, { type Client } from 'openapi-fetch'
import { type Answer, answerOf } from '../api/calls.ts'
import type { components, paths } from '../api/types.ts'
import { fetchWhole } from '../api/whole-answer.ts'
import { link, ownTenant } from '../lib/base.ts'

export type Tenant = components['schemas']['Tenant']
export type TenantState = components['schemas']['TenantState']
export type LogEntry = components['schemas']['PlatformLogEntry']

/** Whether the program says in the page that the operator has a token. At the address of a tenant it never does. */
export const isServedHere: boolean =
  ownTenant === null && document.querySelector('meta[name="counterdesk-operator"]') !== null

/**
 * The token of the operator. It stands in the memory of this tab only: no store, no address and no cookie has it, and
 * it is gone when the page is loaded again.
 */
export const operator = $state({ token: null as string | null, wasRefused: false })

/** Forgets the token. */
export const lock = (): void => {
  operator.token = null
  operator.wasRefused = false
}

const bearer = (token: string): string => `Bearer ${token}`

/** The API as the operator. The cookie of whoever is signed in does not go along. */
export const operatorApi: Client<paths> = createClient<paths>({
  baseUrl: link('/api'),
  credentials: 'omit',
  fetch: fetchWhole,
  querySerializer: { array: { style: 'form', explode: false } },
})

operatorApi.use({
  onRequest({ request }) {
    if (operator.token !== null) request.headers.set('Authorization', bearer(operator.token))
    return request
  },
  onResponse({ response }) {
    // The program has another token now.
    if (response.status !== 401 || operator.token === null) return
    operator.token = null
    operator.wasRefused = true
  },
})

/** Whether a text may be a token at all: what a header cannot carry is none. */
export const isTokenLike = (text: string): boolean => /^[\x21-\x7e]+$/.test(text)

/** Tries a token, and keeps it when the program takes it. */
export const unlock = async (token: string): Promise<Answer<unknown>> => {
  const headers = { Authorization: bearer(token) }
  const answer = await answerOf(operatorApi.GET('/tenants', { headers, params: { query: { limit: 1 } } }))
  if (answer.ok) Object.assign(operator, { token, wasRefused: false })
  return answer
}
