import { readFile } from 'node:fs/promises'
import type { Behaviour } from '../../src/testing/peers/smtp-server.ts'
import { startChild } from './child.ts'

/** What the mail server is told. */
export type MailOrder = { do: 'behave'; rules: Record<string, Behaviour> } | { do: 'hold' } | { do: 'release' }

/** What it tells. `answered`: 250 has been sent. */
export type MailNews =
  | { news: 'listening'; port: number }
  | { news: 'held'; messageId: string }
  | { news: 'answered'; messageId: string }

/** What it writes: a mail that it took (250), or took and cut the line, or a recipient that it refused. */
export interface MailLine {
  at: number
  recipient: string
  messageId: string | null
  verdict: string
}

/** The mail server of a drill. */
export interface MailPeer {
  port: number
  /** What happens to mails from now on; the first rule whose key is in the address counts; '@' is in all. */
  behave(rules: Record<string, Behaviour>): void
  /** Takes the next mail and does not answer; resolves with its Message-ID when it is there. */
  hold(): Promise<string>
  /** Answers the mail that is held with 250; resolves when that is on its way. */
  release(messageId: string): Promise<void>
  /** All that it wrote. */
  lines(): Promise<MailLine[]>
  kill(): Promise<void>
}

/** Starts it; what it takes is written to `file`. */
export const startMailPeer = async (file: string): Promise<MailPeer> => {
  const child = startChild('./mail-process.ts', [file])
  const heard = <N extends MailNews['news']>(wanted: N, messageId?: string): Promise<Extract<MailNews, { news: N }>> =>
    new Promise((resolve, reject) => {
      const listen = (told: MailNews): void => {
        if (told.news !== wanted) return
        if (messageId !== undefined && 'messageId' in told && told.messageId !== messageId) return
        child.process.off('message', listen)
        resolve(told as Extract<MailNews, { news: N }>)
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
    async lines() {
      const text = await readFile(file, 'utf8')
      return text
        .split('\n')
        .filter((line) => line !== '')
        .map((line): MailLine => JSON.parse(line))
    },
    kill: child.kill,
  }
}
