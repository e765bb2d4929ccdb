import type { AddressInfo, Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import PostalMime, { type Email } from 'postal-mime'
import { SMTPServer } from 'smtp-server'

// The one SMTP server of the tests, the story, the bench and the fault drills. `mail-folder.ts` beside this file, and
// `mail-process.ts` and `mail-sink.ts` in `scripts`, run it in a process of its own.

/** A mail as the server took it: the envelope, and the message parsed. */
export interface Delivered {
  recipient: string
  message: Email
  raw: string
}

/**
 * What the server does with a recipient: accepts, refuses for now or for good, refuses the first two attempts
 * (greylisting), answers each step a second late (tarpit), never answers, or cuts the line after the dot of the mail.
 */
export type Behaviour = 'accept' | '451' | '550' | 'greylist' | 'tarpit' | 'hang' | 'cut-after-dot'

/** An SMTP server that listens. */
interface SmtpListener {
  port: number
  stop(): Promise<void>
}

/** Decides what becomes of the mails of an SMTP server. */
interface Postmaster {
  /** What happens to the mails of a recipient; `accept` by default. */
  behaviourOf?(recipient: string): Behaviour
  /** The code that a sign-in is refused with, or null. Without this function the server knows no sign-in. */
  refusesSignIn?(): number | null
  /** The code that every sender is refused with, or null; null by default. */
  refusesSender?(): number | null
  /** The code and the words that a recipient is refused with, whatever the behaviour; null by default. */
  refusesRecipient?(): { code: number; words: string } | null
  /**
   * Is told of each `RCPT TO` before the server answers; `refusal` is the code that the server refuses it with. The
   * server answers when the promise resolves.
   */
  asked?(recipient: string, refusal: number | null): Promise<void> | void
  /** Takes a whole mail. When the promise resolves, the server answers with 250, or cuts the line. */
  take(raw: string, recipients: string[], isCut: boolean): Promise<void>
  /** Is told of each chunk that a client sends. The server itself decodes punycode in addresses. */
  heard?(chunk: string): void
  /** Is told after the 250. */
  answered?(raw: string): void
}

const greylistedAttempts = 2
const tarpitMs = 1_000

const refusal = (code: number | null): Error | null =>
  code === null ? null : Object.assign(new Error(`refused with ${code}`), { responseCode: code })

/**
 * Starts an SMTP server on 127.0.0.1; 0 stands for a free port.
 * @throws Error when the port is in use.
 */
export const listenForMail = async (port: number, owner: Postmaster): Promise<SmtpListener> => {
  const behaviourOf = (recipient: string): Behaviour => owner.behaviourOf?.(recipient) ?? 'accept'
  const sockets = new Map<string, Socket>()
  const greylisted = new Map<string, number>()

  /** The code that the server refuses this attempt with, or null. */
  const refusalOf = (recipient: string, behaviour: Behaviour): number | null => {
    if (behaviour === '451' || behaviour === '550') return Number(behaviour)
    if (behaviour !== 'greylist') return null
    const attempts = (greylisted.get(recipient) ?? 0) + 1
    greylisted.set(recipient, attempts)
    return attempts <= greylistedAttempts ? 451 : null
  }
  const dawdle = (recipients: string[]): Promise<void> =>
    recipients.some((recipient) => behaviourOf(recipient) === 'tarpit') ? sleep(tarpitMs) : Promise.resolve()

  const server = new SMTPServer({
    authOptional: owner.refusesSignIn === undefined,
    allowInsecureAuth: true,
    disabledCommands: owner.refusesSignIn === undefined ? ['AUTH', 'STARTTLS'] : ['STARTTLS'],
    disableReverseLookup: true,
    closeTimeout: 100,
    onAuth({ username }, _session, callback) {
      callback(refusal(owner.refusesSignIn?.() ?? null), { user: username })
    },
    onMailFrom(_address, _session, callback) {
      callback(refusal(owner.refusesSender?.() ?? null))
    },
    onRcptTo({ address }, _session, callback) {
      const refused = owner.refusesRecipient?.() ?? null
      if (refused !== null) return callback(Object.assign(new Error(refused.words), { responseCode: refused.code }))
      const behaviour = behaviourOf(address)
      const code = refusalOf(address, behaviour)
      const told = owner.asked?.(address, code)
      if (behaviour === 'hang') return
      void Promise.all([told, dawdle([address])]).then(() => callback(refusal(code)))
    },
    onData(stream, session, callback) {
      const recipients = session.envelope.rcptTo.map(({ address }) => address)
      const isCut = recipients.some((recipient) => behaviourOf(recipient) === 'cut-after-dot')
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
  server.server.on('connection', (socket: Socket) => {
    const name = `${socket.remoteAddress} ${socket.remotePort}`
    sockets.set(name, socket)
    socket.once('close', () => sockets.delete(name))
    if (owner.heard !== undefined) socket.on('data', (chunk) => owner.heard?.(chunk.toString('latin1')))
  })
  await new Promise<void>((resolve, reject) => {
    server.on('error', reject) // later errors are those of single connections: the promise is settled by then
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

/** A real SMTP server for tests. Each recipient can be given a behaviour. */
export interface MailServer {
  url: string
  delivered: Delivered[]
  /** The recipient of every `RCPT TO`, refused ones included. */
  attempts: string[]
  /** The addresses of the `RCPT TO` lines, byte by byte as they came. */
  written: string[]
  /** Sets what happens to mails from now on. The first rule whose key is part of the address counts. */
  behave(rules: Record<string, Behaviour>): void
  /** Waits until there are at least `count` mails to an address, and answers with them. */
  mailsTo(address: string, count?: number): Promise<Delivered[]>
  stop(): Promise<void>
}

/** The behaviour towards an address: that of the first rule whose key is part of the address, else `accept`. */
export const behaviourBy = (rules: Record<string, Behaviour>, address: string): Behaviour =>
  Object.entries(rules).find(([part]) => address.includes(part))?.[1] ?? 'accept'

/** Starts the server on 127.0.0.1. To start it again where it was, pass the port that it had. */
export const startMailServer = async (port = 0): Promise<MailServer> => {
  const delivered: Delivered[] = []
  const attempts: string[] = []
  const written: string[] = []
  let rules: Record<string, Behaviour> = {}
  const listener = await listenForMail(port, {
    behaviourOf: (recipient) => behaviourBy(rules, recipient),
    asked: (recipient) => void attempts.push(recipient),
    heard(chunk) {
      for (const [, address = ''] of chunk.matchAll(/^RCPT TO:<(.*)>/gim)) written.push(address)
    },
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
    written,
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
