import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { WhenGone } from '../db/connection-turns.ts'

const leaving = new WeakMap<Socket, Set<() => void>>()

/**
 * Tells when the client of a request has gone away. A connection has one listener, however many requests wait on it.
 */
export const whenGone =
  ({ socket }: IncomingMessage): WhenGone =>
  (leave) => {
    if (socket.destroyed) {
      leave()
      return () => {}
    }
    const known = leaving.get(socket)
    const leaves = known ?? new Set()
    if (known === undefined) {
      leaving.set(socket, leaves)
      socket.once('close', () => {
        for (const each of leaves) each()
      })
    }
    leaves.add(leave)
    return () => leaves.delete(leave)
  }
