import { isIP, type LookupFunction } from 'node:net'
import { buildConnector } from 'undici'
import { addressesOfStranger, addressesOfSystem, type FindAddresses } from './host-addresses.ts'
import { bareHost, isPublicAddress, type OutgoingRules, portOf } from './outgoing-rules.ts'

/** A connection that the rules forbid. */
export class ForbiddenAddress extends Error {
  constructor() {
    super('the address is not a public one')
    this.name = 'ForbiddenAddress'
  }
}

const connectMs = 5_000

type IsGood = (address: string) => boolean

/** Looks a name up, and refuses it when one of its addresses is not good: a name with a mixed list is a trap. */
const guardedLookup =
  (isGood: IsGood, find: FindAddresses): LookupFunction =>
  (host, options, callback) => {
    find(host).then(
      (list) => {
        const [first] = list
        if (first === undefined || !list.every(({ address }) => isGood(address))) {
          return callback(new ForbiddenAddress(), '', 0)
        }
        if (options.all) return callback(null, list)
        callback(null, first.address, first.family)
      },
      (error) => callback(error, '', 0),
    )
  }

/** A connector that judges an address when it connects, so a name that changes its address meanwhile gains nothing. */
const guarded = (isGood: IsGood, find: FindAddresses = addressesOfStranger): buildConnector.connector => {
  const connect = buildConnector({ timeout: connectMs, lookup: guardedLookup(isGood, find) })
  return (options, callback) => {
    const host = bareHost(options.hostname)
    // A literal asks no lookup.
    if (isIP(host) !== 0 && !isGood(host)) return callback(new ForbiddenAddress(), null)
    connect(options, (...[error, socket]) => {
      if (error !== null) return callback(error, null)
      if (isGood(socket.remoteAddress ?? '')) return callback(null, socket)
      socket.destroy()
      callback(new ForbiddenAddress(), null)
    })
  }
}

/**
 * The connector of requests to addresses that people chose. Hosts that the operator named are reached at any port. All
 * others only by https, at a port of the list, and at a public address; or at an address of a named network.
 */
export const guardedConnector = (rules: OutgoingRules): buildConnector.connector => {
  const named = guarded(() => true, addressesOfSystem)
  const open = guarded((address) => isPublicAddress(address) || rules.isNamedAddress(address))
  const inner = guarded(rules.isNamedAddress)
  return (options, callback) => {
    const { protocol, port } = options
    const isOpen = protocol === 'https:' && rules.ports.has(portOf({ protocol, port: port ?? '' }))
    const connect = rules.isNamedHost(bareHost(options.hostname)) ? named : isOpen ? open : inner
    connect(options, callback)
  }
}
