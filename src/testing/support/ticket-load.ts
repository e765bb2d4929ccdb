import { Agent, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { ticketAbout } from './create-tickets.ts'

/** The outcome of one request: a status, or how the connection failed. */
export interface Fate {
  subject: string
  status: number | null
  error: string | null
  isFreshConnection: boolean
}

/**
 * Creates tickets, one keep-alive connection at a time, until `isOver` says so or until no program listens any more.
 */
export const createTicketsUntil = async (
  port: number,
  token: string,
  name: string,
  isOver = (): boolean => false,
): Promise<Fate[]> => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' }
  const fates: Fate[] = []
  const once = (subject: string): Promise<Fate> =>
    new Promise((resolve) => {
      const sent = request({ agent, port, host: '127.0.0.1', path: '/api/tickets', method: 'POST', headers })
      const settle = (fate: Pick<Fate, 'status' | 'error'>): void =>
        resolve({ subject, isFreshConnection: !sent.reusedSocket, ...fate })
      sent.once('error', ({ code, message }: NodeJS.ErrnoException) => settle({ status: null, error: code ?? message }))
      sent.once('response', (response) => {
        const { statusCode = null } = response
        text(response).then(
          () => settle({ status: statusCode, error: null }),
          (error: Error) => settle({ status: null, error: error.message }),
        )
      })
      sent.end(JSON.stringify(ticketAbout(subject)))
    })
  while (!isOver() && fates.at(-1)?.error !== 'ECONNREFUSED') fates.push(await once(`${name} ${fates.length}`))
  agent.destroy()
  return fates
}
