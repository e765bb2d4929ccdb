import { pipeline } from 'node:stream/promises'
import type { Response } from 'express'
import type { App } from '../app-context.ts'
import { openEventStream } from '../live/event-stream.ts'
import { compress, encodingFor, isWorthwhile } from './compression.ts'
import { type Answer, answersOneThing, type Endpoint } from './endpoint.ts'
import { entityTagOf, isKnown } from './entity-tags.ts'
import { sendKept } from './kept-body.ts'
import { contextOf, type Place } from './request-context.ts'
import { sessionCookie } from './session-cookie.ts'

/** Ignores that a client closed the connection before the end of a file. */
const ignoreClosedConnection = (error: NodeJS.ErrnoException): void => {
  if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error
}

/**
 * Sends a body as JSON: compressed where the client takes that, and as 304 when the client has it. `res.json` of
 * Express is not used, because it compares entity tags in a way of its own.
 */
const sendJson = async (res: Response, endpoint: Endpoint, body: unknown): Promise<void> => {
  const { req } = res
  const text = JSON.stringify(body)
  const bytes = Buffer.from(text)
  const isFixed = endpoint.mixesSecrets === true || !isWorthwhile(bytes.length)
  if (!isFixed) res.vary('Accept-Encoding')
  const encoding = isFixed ? null : encodingFor(req)
  if (answersOneThing(endpoint)) {
    const etag = entityTagOf(body, text)
    res.set('ETag', encoding === null ? etag : `W/${etag}`)
    const isRead = endpoint.method === 'get' && res.statusCode === 200
    if (isRead && isKnown(req.get('if-none-match'), etag)) {
      res.status(304).end()
      return
    }
  }
  if (encoding !== null) res.set('Content-Encoding', encoding)
  const sent = encoding === null ? bytes : await compress(encoding, bytes)
  res.set({ 'Content-Type': 'application/json; charset=utf-8', 'Content-Length': String(sent.length) }).end(sent)
}

/** The headers as the client at a place needs them: a path of the API stands below the path of the place. */
const headersAt = ({ address }: Place, headers: Record<string, string>): Record<string, string> => {
  const { Location: location } = headers
  if (location === undefined || !location.startsWith('/')) return headers
  return { ...headers, Location: `${new URL(address).pathname.replace(/\/$/, '')}${location}` }
}

/** Sends the answer of an endpoint. */
export const sendAnswer = async (app: App, res: Response, endpoint: Endpoint, answer: Answer): Promise<void> => {
  res.status(answer.status).set('Cache-Control', 'no-store')
  const context = contextOf(res)
  const { place } = context
  if (answer.headers) res.set(headersAt(place, answer.headers))
  if (answer.session !== undefined) sessionCookie.set(app, res, place, answer.session)
  if (answer.kept) {
    sendKept(res.req, res, answer.kept)
    return
  }
  if (answer.events && res.req.method !== 'HEAD') {
    context.endSpan()
    const writer = openEventStream(res)
    if (app.stopping()) writer.end()
    else answer.events(writer)
    return
  }
  if (res.req.method === 'HEAD') answer.stream?.destroy()
  if (answer.stream && !answer.stream.destroyed) await pipeline(answer.stream, res).catch(ignoreClosedConnection)
  else if (answer.body === undefined) res.end()
  else await sendJson(res, endpoint, answer.body)
}
