import { readFile } from 'node:fs/promises'
import type { Behaviour } from '../../src/testing/peers/smtp-server.ts'
import { parseJsonLines } from './json-lines.ts'
import { startChild } from './rig-process.ts'

/** What the drill tells the process of the mail server. */
export type MailOrder = { do: 'behave'; rules: Record<string, Behaviour> } | { do: 'hold' } | { do: 'release' }

/** What the process of the mail server tells the drill. `answered`: the 250 has been sent. */
export type MailMessage =
  | { kind: 'listening'; port: number }
  | { kind: 'held'; messageId: string }
  | { kind: 'answered'; messageId: string }

/**
 * A line of the mail server's file: a mail that it accepted (`250`), a mail that it accepted before it cut the line
 * (`cut`), or a recipient that it refused (the code).
 */
export interface MailLine {
  at: number
  recipient: string
  messageId: string | null
  verdict: string
}

/** The mail server of a drill. */
export interface MailPeer {
  port: number
  /** Sets what happens to mails from now on. The first rule whose key is part of the address counts. */
  behave(rules: Record<string, Behaviour>): void
  /** Accepts the next mail but does not answer. Resolves with its Message-ID when the mail is there. */
  hold(): Promise<string>
  /** Answers the held mail with 250. Resolves when the answer is on its way. */
  release(messageId: string): Promise<void>
  /** All lines of its file. */
  lines(): Promise<MailLine[]>
  kill(): Promise<void>
}

/** Starts the mail server. It writes what it accepts and refuses to `file`. */
export const startMailPeer = async (file: string): Promise<MailPeer> => {
  const child = startChild('./mail-process.ts', [file])
  const heard = <K extends MailMessage['kind']>(
    kind: K,
    messageId?: string,
  ): Promise<Extract<MailMessage, { kind: K }>> =>
    new Promise((resolve, reject) => {
      const listen = (message: MailMessage): void => {
        if (message.kind !== kind) return
        if (messageId !== undefined && 'messageId' in message && message.messageId !== messageId) return
        child.process.off('message', listen)
        resolve(message as Extract<MailMessage, { kind: K }>)
      }
      child.process.on('message', listen)
      child.ended.then(() => reject(new Error('the mail server ended')), reject)
    })
  const order = (what: MailOrder): void => child.send(what)
  const { port } = await heard('listening')
  return {
    port,
    behave: (rules) => order({ do: 'behave', rules }),
    async hold() {
      const held = heard('held')
      order({ do: 'hold' })
      return (await held).messageId
    },
    async release(messageId) {
      const answered = heard('answered', messageId)
      order({ do: 'release' })
      await answered
    },
    lines: async () => parseJsonLines(await readFile(file, 'utf8')),
    kill: child.kill,
  }
}
