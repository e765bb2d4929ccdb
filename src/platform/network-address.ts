import { isIP } from 'node:net'
import { ipKeyGenerator } from 'express-rate-limit'

/**
 * What a client is counted by: its address. For IPv6 it is the /56 network, because a customer gets a whole network. What
 * is no address is `unknown`.
 */
export const networkOf = (address: string): string => (isIP(address) === 0 ? 'unknown' : ipKeyGenerator(address))
