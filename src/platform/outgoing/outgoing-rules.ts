import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import { addressRule, networkForm } from '../network-address.ts'

/** Where requests to addresses that people chose may go. */
export interface OutgoingRules {
  /** Whether an operator named the host, by its name or as an address of a named network. */
  isNamedHost: (host: string) => boolean
  /** Whether an address is in a network that an operator named. */
  isNamedAddress: (address: string) => boolean
  /** The ports of hosts that no operator named. */
  ports: ReadonlySet<number>
}

/** The only part of IPv6 that is for everybody. `ipaddr.js` also calls other parts `unicast`, such as `::7f00:1`. */
const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3')

/**
 * Public addresses at which a cloud answers its machines, with what others must not read: Azure's wire server ("What
 * is IP address 168.63.129.16", Microsoft; also on the list of its library AntiSSRF), and `metadata.packet.net` of
 * Equinix Metal. Those of the other clouds are on the link, in a private network, or reserved.
 */
const cloudAddresses = new Set(['168.63.129.16', '192.80.8.124'])

/**
 * Whether an address is one of the public internet: nothing of this machine, of a private network, of the link, of a
 * translation, of a cloud's own services, or reserved. An IPv4 address in the form of IPv6 is judged as IPv4.
 */
export const isPublicAddress = (text: string): boolean => {
  const bare = text.split('%')[0] ?? ''
  if (isIP(bare) === 0) return false
  const address = ipaddr.process(bare)
  if (address.range() !== 'unicast' || cloudAddresses.has(address.toString())) return false
  return address.kind() === 'ipv4' || (address as ipaddr.IPv6).match(globalUnicast)
}

/** The host of a URL as sockets take it: an IPv6 address without its brackets. */
export const bareHost = (host: string): string => host.replace(/^\[|\]$/g, '')

/** The port of a URL, also when it is the usual one. */
export const portOf = ({ port, protocol }: Pick<URL, 'port' | 'protocol'>): number =>
  port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port)

/** Makes the rules of what an operator named: names of hosts, addresses and networks, and ports. */
export const outgoingRules = ({ hosts, ports }: { hosts: string[]; ports: number[] }): OutgoingRules => {
  const networks = hosts.filter((host) => networkForm(host) !== null)
  const names = new Set(hosts.filter((host) => networkForm(host) === null).map((host) => host.toLowerCase()))
  const isInNetwork = networks.length === 0 ? () => false : addressRule(networks)
  const isNamedAddress = (text: string): boolean => {
    const bare = text.split('%')[0] ?? ''
    return isIP(bare) !== 0 && isInNetwork(ipaddr.process(bare).toString())
  }
  return {
    isNamedHost: (host) => names.has(host.toLowerCase()) || isNamedAddress(host),
    isNamedAddress,
    ports: new Set(ports),
  }
}

/**
 * Why a URL cannot be called, as far as it can be said without asking for its address; null when nothing speaks against
 * it. It goes on after the name of a member.
 */
export const faultOfUrl = (url: URL, rules: OutgoingRules): string | null => {
  const host = bareHost(url.hostname)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'must be an https address'
  if (url.username !== '' || url.password !== '') return 'must have no sign-in'
  if (url.hash !== '') return 'must have no fragment'
  if (rules.isNamedHost(host)) return null
  if (url.protocol !== 'https:') return 'must begin with https://'
  if (!rules.ports.has(portOf(url))) return `must have one of the ports ${[...rules.ports].join(', ')}`
  if (isIP(host) !== 0 ? !isPublicAddress(host) : /(?:^|\.)localhost\.?$/i.test(host)) {
    return 'must be a public address'
  }
  return null
}
