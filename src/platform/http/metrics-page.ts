import type { IncomingMessage } from 'node:http'
import { BlockList } from 'node:net'
import { Router } from 'express'
import type { App } from '../app-context.ts'
import { AppError } from '../errors.ts'
import { parseAddress } from '../network-address.ts'
import { isEqual, sha256 } from '../secrets.ts'
import { nothingHere } from './nothing-here.ts'

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8)
loopback.addAddress('::1', 'ipv6')

/** Whether a request comes from this machine, and no proxy says that it passed the request on. */
const isOfThisMachine = ({ socket, headers }: IncomingMessage): boolean => {
  const address = parseAddress(socket.remoteAddress ?? '')
  if (address === null || !loopback.check(address, address.includes(':') ? 'ipv6' : 'ipv4')) return false
  return !Object.keys(headers).some((name) => name === 'forwarded' || name === 'via' || name.startsWith('x-forwarded'))
}

/**
 * `/metrics` for Prometheus. With `METRICS_TOKEN` the caller must send it as a bearer token. Without it only callers on
 * this machine get an answer; for others there is no such page.
 */
export const metricsPage = (app: App): Router => {
  const { METRICS_TOKEN: token } = app.config
  return Router().get('/metrics', async (req, res) => {
    if (token === undefined && !isOfThisMachine(req)) throw nothingHere()
    const given = (req.get('authorization') ?? '').replace(/^Bearer /i, '')
    if (token !== undefined && !isEqual(sha256(given), sha256(token))) throw new AppError('not_signed_in')
    res.type(app.metrics.registry.contentType).send(await app.metrics.read())
  })
}
