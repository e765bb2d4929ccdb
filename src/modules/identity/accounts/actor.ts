import type { Capability } from '../../../contract/capabilities.ts'
import type { Receipt } from '../../../platform/db/receipts.ts'

interface SignedIn {
  tenantId: number
  /** The tenant's slug. */
  tenant: string
  accountId: string
  name: string
  /** Null for a service account. */
  email: string | null
  /** Null when the person has signed in by an API token. */
  sessionId: string | null
  /** The API token that the person has signed in by. */
  token: { tokenId: string; scopes: readonly Capability[] } | null
  /** When the access token or the cookie ends that the person was signed in by, in seconds since 1970. */
  goodUntil?: number
  /** Whether the person must set up a second factor before anything else. */
  mustEnrol?: boolean
}

type Admin = SignedIn & { role: 'admin' }
export type Technician = SignedIn & { role: 'technician'; category: string }
/** @internal Exported for the tests of policies. */
export type Customer = SignedIn & { role: 'customer' }

/** A signed-in person, or a service account. */
export type User = Admin | Technician | Customer

/**
 * The session of a person, where the endpoint needs one.
 * @throws Error when they have signed in by an API token: then the endpoint lacks `needsSession`.
 */
export const sessionOf = ({ sessionId }: User): string => {
  if (sessionId === null) throw new Error('the endpoint does not say that it needs a session')
  return sessionId
}

/** The program itself: it closes resolved tickets in time, for example. */
export interface System {
  role: 'system'
  tenantId: number
  accountId: null
}

/** Who does something. */
export type Actor = User | System

/** The program itself, in a tenant. */
export const systemOf = (tenantId: number): System => ({ role: 'system', tenantId, accountId: null })

/** The request by which something is done: its id, where it came from, and the receipt for its Idempotency-Key. */
export interface Origin {
  requestId: string | null
  receipt: Receipt | null
  address?: string
  userAgent?: string | null
}

/**
 * An actor doing something. `undo`: the actor may take it back for some seconds. Its events carry the id of the undo.
 */
export interface Act<Who = Actor> extends Origin {
  actor: Who
  undo?: { undoId: string; seconds: number }
}

/** Where a request came from, for the details of an event. This is personal data. */
export const placeOf = ({ address, userAgent }: Origin): { address?: string; user_agent?: string } => ({
  ...(address === undefined ? {} : { address }),
  ...(userAgent ? { user_agent: userAgent } : {}),
})
