import type { Capability } from '../../../contract/capabilities.ts'
import { type ByteCall, endpointFor } from '../../../platform/http/endpoint.ts'
import type { PublicCall } from '../../../platform/http/router.ts'
import type { User } from './actor.ts'

/** Declares an endpoint for people who are signed in. */
export const endpoint = endpointFor<User, Capability>()

/** Declares an endpoint for anyone. `actor` is who is signed in, if anybody is. */
export const publicEndpoint = endpointFor<User | null, 'anyone', PublicCall>()

/** Declares an endpoint for anyone through which bytes go in or out as they are. */
export const byteEndpoint = endpointFor<User | null, 'anyone', PublicCall & ByteCall>()
