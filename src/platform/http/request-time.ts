import type { IncomingMessage } from 'node:http'

interface Limits {
  /** For a request that `grantTime` was not called for. */
  requestMs: number
  /** For a request that `grantTime` was called for. */
  uploadMs: number
}

const grants = new WeakMap<IncomingMessage, () => void>()

/** Whether a request has a body (RFC 9112, 6). */
export const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0

/**
 * Calls `onLate` when the body of a request is not complete in time. The limit of Node is the same for all requests.
 */
export const limitTime = (req: IncomingMessage, { requestMs, uploadMs }: Limits, onLate: () => void): void => {
  if (!hasBody(req)) return
  let timer = setTimeout(onLate, requestMs)
  const done = (): void => clearTimeout(timer)
  req.once('end', done).once('close', done)
  grants.set(req, () => {
    done()
    if (!req.complete) timer = setTimeout(onLate, uploadMs)
  })
}

/** Gives the body of a request the time limit of a large file. */
export const grantTime = (req: IncomingMessage): void => grants.get(req)?.()
