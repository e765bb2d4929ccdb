import type { User } from '../../identity/accounts/actor.ts'

/** By what a stream is open: a session, or an API token, by its id. */
export interface Holder {
  tenantId: number
  kind: 'session' | 'token'
  id: string
}

/** By what a caller is signed in. */
export const holderOf = ({ tenantId, sessionId, token }: User): Holder => {
  if (token !== null) return { tenantId, kind: 'token', id: token.tokenId }
  if (sessionId === null) throw new Error('a caller has neither a session nor a token')
  return { tenantId, kind: 'session', id: sessionId }
}

/** The name of a holder among all. */
export const keyOf = ({ tenantId, kind, id }: Holder): string => `${tenantId} ${kind} ${id}`
