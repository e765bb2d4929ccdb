import type { Express, Request } from 'express'
import type { Config } from '../config.ts'
import { networkOf, parseAddress } from '../network-address.ts'

/** The address of a client that none can be read of. All these clients count as one. */
const unknown = 'unknown'

/**
 * The address of the client, as far as `TRUST_PROXY` tells it: an address, or `unknown`. A proxy may pass on any text
 * that its client sent.
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
