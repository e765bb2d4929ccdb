import { BlockList, isIP, SocketAddress } from 'node:net'

interface Network {
  address: string
  prefix: number
  family: 'ipv4' | 'ipv6'
}

const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/
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
