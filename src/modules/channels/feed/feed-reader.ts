import type { User } from '../../identity/accounts/actor.ts'

/** Somebody who reads the events of a tenant: a person, a service account, or a program with a token of either. */
export interface FeedReader {
  tenantId: number
  accountId: string
  role: User['role']
  /** Admins see all events of their tenant, with their positions. All others see those of their tickets, and of the catalogue. */
  seesAll: boolean
}

/** The reader that an actor is. */
export const readerOf = (actor: User): FeedReader => ({
  tenantId: actor.tenantId,
  accountId: actor.accountId,
  role: actor.role,
  seesAll: actor.role === 'admin',
})
