import { BlockList, isIP, SocketAddress } from 'node:net'
import { ipKeyGenerator } from 'express-rate-limit'

/**
 * What a client is counted by: its address. For IPv6 it is the /56 network, because a customer gets a whole network.
 * What is no address is `unknown`.
 */
export const networkOf = (address: string): string => (isIP(address) === 0 ? 'unknown' : ipKeyGenerator(address))

/** `203.0.113.7`, `203.0.113.7:4001`, `2001:db8::1`, `2001:db8::1%eth0`, `[2001:db8::1]` or `[2001:db8::1]:4001`. */
const form =
  /^(?:\[([\da-f:.]{2,45})(?:%[\w.-]{1,32})?\](?::\d{1,5})?|([\d.]{7,15})(?::\d{1,5})?|([\da-f:.]{2,45})(?:%[\w.-]{1,32})?)$/i

const quoted = /^"([^"]*)"$/

/** An IPv4 address in the form of IPv6, as sockets give it. */
const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/

/**
 * Reads an address, with or without a port, in its shortest form, also in quotes, as the header `Forwarded` has it.
 * Null when the text is no address.
 */
export const parseAddress = (text: string): string | null => {
  const [, bracketed, v4, v6] = form.exec(text.trim().replace(quoted, '$1')) ?? []
  const address = bracketed ?? v4 ?? v6 ?? ''
  const version = isIP(address)
  if (version !== 6) return version === 4 ? address : null
  const short = new SocketAddress({ address, family: 'ipv6' }).address
  return mapped.exec(short)?.[1] ?? short
}

interface Network {
  address: string
  prefix: number
  family: 'ipv4' | 'ipv6'
}

/** How many bits of an address in the form of IPv6 come before those of IPv4. */
const mappedBits = 96

/** Reads `192.0.2.7`, `192.0.2.0/24`, `2001:db8::/32` or an IPv4 network in the form of IPv6. Null for other texts. */
const readNetwork = (text: string): Network | null => {
  const [, typed = '', bits] = /^([\da-f.:]{2,45})(?:\/(\d{1,3}))?$/i.exec(text) ?? []
  const version = isIP(typed)
  if (version === 0) return null
  const family = version === 4 ? 'ipv4' : 'ipv6'
  const all = version === 4 ? 32 : 128
  const prefix = bits === undefined ? all : Number(bits)
  if (prefix > all) return null
  const { address } = new SocketAddress({ address: typed, family })
  const [, inV4] = mapped.exec(address) ?? []
  if (inV4 === undefined || prefix < mappedBits) return { address, prefix, family }
  return { address: inV4, prefix: prefix - mappedBits, family: 'ipv4' }
}

/** The one form of an address or a network; null for a text that is neither. */
export const networkForm = (text: string): string | null => {
  const network = readNetwork(text)
  if (network === null) return null
  const { address, prefix, family } = network
  return prefix === (family === 'ipv4' ? 32 : 128) ? address : `${address}/${prefix}`
}

/** Makes the rule of some networks: whether an address is within one of them. Without networks every address is. */
export const addressRule = (networks: string[]): ((address: string) => boolean) => {
  if (networks.length === 0) return () => true
  const list = new BlockList()
  for (const text of networks) {
    const network = readNetwork(text)
    if (network !== null) list.addSubnet(network.address, network.prefix, network.family)
  }
  return (address) => {
    const version = isIP(address)
    return version !== 0 && list.check(address, version === 4 ? 'ipv4' : 'ipv6')
  }
}
