import { type ByteCall, endpointFor } from '../../platform/http/endpoint.ts'
import type { PublicCall } from '../../platform/http/router.ts'
import type { User } from './actor.ts'
import type { Session } from './auth.schemas.ts'
import type { Capability } from './capabilities.ts'

/** Declares an endpoint for people who are signed in. */
export const endpoint = endpointFor<User, Capability>()

/** Declares an endpoint for anyone. `actor` is who is signed in, if anybody is. */
export const publicEndpoint = endpointFor<User | null, 'anyone', PublicCall>()

/** Declares an endpoint for anyone through which bytes go in or out as they are. */
export const byteEndpoint = endpointFor<User | null, 'anyone', PublicCall & ByteCall>()

/** The answer of the cookie form: the token is in the body and, as a cookie no script can read, in the headers. */
export const cookieAnswer = (status: number, { user, token }: Session) => ({
  status,
  body: { user: { id: user.id, email: user.email }, token },
  session: token,
})
