import type { Capability } from '../../../contract/capabilities.ts'
import { type ByteCall, endpointFor } from '../../../platform/http/endpoint.ts'
import type { PublicCall } from '../../../platform/http/public-call.ts'
import type { User } from './actor.ts'

/** Declares an endpoint for people who are signed in. */
export const endpoint = endpointFor<User, Capability>()

/** Declares an endpoint for anyone. `actor` is null when nobody is signed in. */
export const publicEndpoint = endpointFor<User | null, 'anyone', PublicCall>()

/** Declares an endpoint for people who are signed in whose body is bytes and not JSON. */
export const ownByteEndpoint = endpointFor<User, Capability, ByteCall>()

/** Declares an endpoint for anyone whose body, or whose answer, is bytes and not JSON. */
export const byteEndpoint = endpointFor<User | null, 'anyone', PublicCall & ByteCall>()
