import type { AddressInfo, Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import PostalMime, { type Email } from 'postal-mime'
import { SMTPServer, type SMTPServerDataStream } from 'smtp-server'

/** A mail as the server took it: the envelope, and the message parsed. */
export interface Delivered {
  recipient: string
  message: Email
  raw: string
}

/** What the server does with a recipient: take it, refuse it for now or for good, or cut the line after the dot. */
export type Behaviour = 'accept' | '451' | '550' | 'hang' | 'cut-after-dot'

/** A real SMTP server that does as it is told, for each recipient. */
export interface MailServer {
  url: string
  delivered: Delivered[]
  /** Every RCPT TO there was, also the refused ones. */
  attempts: string[]
  /** What happens to mails from now on; the first rule whose key is in the address counts. */
  behave(rules: Record<string, Behaviour>): void
  /** The mails to an address, once there are at least `count` of them. */
  mailsTo(address: string, count?: number): Promise<Delivered[]>
  stop(): Promise<void>
}

const refusal = (code: number): Error => Object.assign(new Error(`refused with ${code}`), { responseCode: code })

const readAll = async (stream: SMTPServerDataStream): Promise<string> => {
  const parts: Buffer[] = []
  for await (const part of stream) parts.push(Buffer.from(part))
  return Buffer.concat(parts).toString('utf8')
}

/** Starts the server on loopback; with `port`, on the one it had before it was stopped. */
export const startMailServer = async (port = 0): Promise<MailServer> => {
  const delivered: Delivered[] = []
  const attempts: string[] = []
  const sockets = new Map<string, Socket>()
  let rules: [string, Behaviour][] = []
  const behaviourOf = (address: string): Behaviour => rules.find(([part]) => address.includes(part))?.[1] ?? 'accept'

  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    closeTimeout: 100,
    onRcptTo({ address }, _session, callback) {
      attempts.push(address)
      const behaviour = behaviourOf(address)
      if (behaviour === 'hang') return
      if (behaviour === '451' || behaviour === '550') callback(refusal(Number(behaviour)))
      else callback()
    },
    onData(stream, session, callback) {
      const recipients = session.envelope.rcptTo.map(({ address }) => address)
      readAll(stream)
        .then(async (raw) => {
          for (const recipient of recipients) {
            delivered.push({ recipient, message: await PostalMime.parse(raw), raw })
          }
          if (recipients.some((recipient) => behaviourOf(recipient) === 'cut-after-dot')) {
            sockets.get(`${session.remoteAddress} ${session.remotePort}`)?.destroy()
          } else callback()
        })
        .catch((error: Error) => callback(error))
    },
  })
  server.on('error', () => {})
  server.server.on('connection', (socket: Socket) => {
    const name = `${socket.remoteAddress} ${socket.remotePort}`
    sockets.set(name, socket)
    socket.once('close', () => sockets.delete(name))
  })
  await new Promise<void>((resolve) => {
    server.listen(port, '127.0.0.1', () => resolve())
  })
  const { port: listening } = server.server.address() as AddressInfo
  return {
    url: `smtp://127.0.0.1:${listening}`,
    delivered,
    attempts,
    behave(next) {
      rules = Object.entries(next)
    },
    async mailsTo(address, count = 1) {
      for (let tries = 0; tries < 1_000; tries += 1) {
        const found = delivered.filter(({ recipient }) => recipient === address)
        if (found.length >= count) return found
        await sleep(10)
      }
      throw new Error(`fewer than ${count} mails came to ${address} within 10 s`)
    },
    async stop() {
      for (const socket of sockets.values()) socket.destroy()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}
