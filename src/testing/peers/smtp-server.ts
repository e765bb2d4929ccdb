import type { AddressInfo, Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import PostalMime, { type Email } from 'postal-mime'
import { SMTPServer } from 'smtp-server'

/** A mail as the server took it: the envelope, and the message parsed. */
export interface Delivered {
  recipient: string
  message: Email
  raw: string
}

/**
 * What the server does with a recipient: take it, refuse it for now or for good, refuse its first two attempts
 * (greylisting), answer each step a second late (tarpit), never answer, or cut the line after the dot.
 */
export type Behaviour = 'accept' | '451' | '550' | 'greylist' | 'tarpit' | 'hang' | 'cut-after-dot'

/** An SMTP server that leaves to its owner what becomes of the mails. */
export interface SmtpListener {
  port: number
  stop(): Promise<void>
}

/** Its owner. */
export interface Postmaster {
  behaviourOf(recipient: string): Behaviour
  /** An attempt, before it is answered: `RCPT TO`, with the refusal that follows or null. */
  asked(recipient: string, refusal: number | null): void
  /** A whole mail. It is answered with 250 when this resolves, or the line is cut. */
  take(raw: string, recipients: string[], isCut: boolean): Promise<void>
  /** After the 250. */
  answered?(raw: string): void
}

const greylistedAttempts = 2
const tarpitMs = 1_000

const refusal = (code: number): Error => Object.assign(new Error(`refused with ${code}`), { responseCode: code })

/** Starts an SMTP server on loopback. */
export const listenForMail = async (port: number, owner: Postmaster): Promise<SmtpListener> => {
  const sockets = new Map<string, Socket>()
  const greylisted = new Map<string, number>()

  /** The code that a recipient is refused with at this attempt, or null. */
  const refusalOf = (recipient: string, behaviour: Behaviour): number | null => {
    if (behaviour === '451' || behaviour === '550') return Number(behaviour)
    if (behaviour !== 'greylist') return null
    const attempts = (greylisted.get(recipient) ?? 0) + 1
    greylisted.set(recipient, attempts)
    return attempts <= greylistedAttempts ? 451 : null
  }
  const dawdle = (recipients: string[]): Promise<void> =>
    recipients.some((recipient) => owner.behaviourOf(recipient) === 'tarpit') ? sleep(tarpitMs) : Promise.resolve()

  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    closeTimeout: 100,
    onRcptTo({ address }, _session, callback) {
      const behaviour = owner.behaviourOf(address)
      const code = refusalOf(address, behaviour)
      owner.asked(address, code)
      if (behaviour === 'hang') return
      void dawdle([address]).then(() => callback(code === null ? null : refusal(code)))
    },
    onData(stream, session, callback) {
      const recipients = session.envelope.rcptTo.map(({ address }) => address)
      const isCut = recipients.some((recipient) => owner.behaviourOf(recipient) === 'cut-after-dot')
      buffer(stream)
        .then(async (bytes) => {
          const raw = bytes.toString('utf8')
          await dawdle(recipients)
          await owner.take(raw, recipients, isCut)
          if (isCut) sockets.get(`${session.remoteAddress} ${session.remotePort}`)?.destroy()
          else {
            callback()
            owner.answered?.(raw)
          }
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
  return {
    port: (server.server.address() as AddressInfo).port,
    async stop() {
      for (const socket of sockets.values()) socket.destroy()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

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

/** The behaviour towards an address: that of the first rule whose key is in it. */
export const behaviourBy = (rules: Record<string, Behaviour>, address: string): Behaviour =>
  Object.entries(rules).find(([part]) => address.includes(part))?.[1] ?? 'accept'

/** Starts the server on loopback; with `port`, on the one it had before it was stopped. */
export const startMailServer = async (port = 0): Promise<MailServer> => {
  const delivered: Delivered[] = []
  const attempts: string[] = []
  let rules: Record<string, Behaviour> = {}
  const listener = await listenForMail(port, {
    behaviourOf: (recipient) => behaviourBy(rules, recipient),
    asked: (recipient) => void attempts.push(recipient),
    async take(raw, recipients) {
      for (const recipient of recipients) {
        delivered.push({ recipient, message: await PostalMime.parse(raw), raw })
      }
    },
  })
  return {
    url: `smtp://127.0.0.1:${listener.port}`,
    delivered,
    attempts,
    behave(next) {
      rules = next
    },
    async mailsTo(address, count = 1) {
      for (let tries = 0; tries < 1_000; tries += 1) {
        const found = delivered.filter(({ recipient }) => recipient === address)
        if (found.length >= count) return found
        await sleep(10)
      }
      throw new Error(`fewer than ${count} mails came to ${address} within 10 s`)
    },
    stop: listener.stop,
  }
}
