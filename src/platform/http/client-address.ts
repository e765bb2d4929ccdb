import { isIP, SocketAddress } from 'node:net'
import type { Express, Request } from 'express'
import type { Config } from '../config.ts'
import { networkOf } from '../network-address.ts'

/** The address of a client that none can be read of. All these clients count as one. */
const unknown = 'unknown'

/** `203.0.113.7`, `203.0.113.7:4001`, `2001:db8::1`, `2001:db8::1%eth0`, `[2001:db8::1]` or `[2001:db8::1]:4001`. */
const form =
  /^(?:\[([\da-f:.]{2,45})(?:%[\w.-]{1,32})?\](?::\d{1,5})?|([\d.]{7,15})(?::\d{1,5})?|([\da-f:.]{2,45})(?:%[\w.-]{1,32})?)$/i

/** An IPv4 address in the form of IPv6, as sockets give it. */
const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/

/** Reads an address, with or without a port, in its shortest form. Null when the text is no address. */
export const parseAddress = (text: string): string | null => {
  const [, bracketed, v4, v6] = form.exec(text.trim()) ?? []
  const address = bracketed ?? v4 ?? v6 ?? ''
  const version = isIP(address)
  if (version !== 6) return version === 4 ? address : null
  const short = new SocketAddress({ address, family: 'ipv6' }).address
  return mapped.exec(short)?.[1] ?? short
}

/**
 * The address of the client, as far as `TRUST_PROXY` tells it: an address, or `unknown`. A proxy may pass on any text that
 * its client sent.
 */
export const addressOf = (req: Request): string => (req.ip === undefined ? null : parseAddress(req.ip)) ?? unknown

/** What a client is counted by. */
export const addressKey = (req: Request): string => networkOf(addressOf(req))

/**
 * The header `User-Agent`, or null: at most 200 characters, without control characters, which a terminal may obey and
 * JSON does not escape. Node reads a header byte by byte, so a character that turns the direction of text arrives as
 * three, of which one is a control character.
 */
export const agentOf = (req: Request): string | null =>
  req
    .get('user-agent')
    ?.slice(0, 200)
    .replaceAll(/\p{Cc}/gu, '?') ?? null

/** Believes the proxies of `TRUST_PROXY`, also where they write a port behind an address. */
export const trustProxies = (web: Express, { TRUST_PROXY }: Config): void => {
  web.set('trust proxy', TRUST_PROXY)
  const isTrusted = web.get('trust proxy fn') as (address: string, hop: number) => boolean
  web.set('trust proxy', (text: string, hop: number) => isTrusted(parseAddress(text) ?? text, hop))
}

/** Whether a proxy of `TRUST_PROXY` passed the request on. Only then do its headers count. */
export const isOfTrustedProxy = (req: Request): boolean => {
  const isTrusted = req.app.get('trust proxy fn') as (address: string, hop: number) => boolean
  return isTrusted(req.socket.remoteAddress ?? '', 0)
}
