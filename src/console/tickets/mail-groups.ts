import type { components } from '../api/types.ts'
import { mailReasonOf } from './mail-reasons.ts'
import type { words } from './mails.words.ts'

type Mail = components['schemas']['TicketEmail']
type MailWords = ReturnType<typeof words>

/** What a line under a message says of its mails. `failed`: those that may be sent again, each with its reason. */
export interface MailLine {
  sentences: string[]
  failed: { mail: Mail; name: string; why: string }[]
}

const namesAtMost = 3

/** Names as one text: "Cleo, Nadia and Sam", or "Cleo and 12 others". */
const together = (names: string[], w: MailWords): string => {
  const unique = [...new Set(names)]
  const [first = '', ...others] = unique
  if (unique.length > namesAtMost) return w.more(first, others.length)
  const last = others.at(-1)
  return last === undefined ? first : w.and([first, ...others.slice(0, -1)].join(', '), last)
}

/** Why a mail is not sent, or not yet: a plain reason, and the words of the server behind it. */
const whyOf = ({ reason }: Pick<Mail, 'reason'>, w: MailWords): string => {
  const said = (reason ?? '').trim().replace(/[.\s]+$/, '')
  return w.because(said === '' ? '' : w.reason[mailReasonOf(said)], said)
}

/** Says what became of mails, by state: sent first, then what waits, then what was refused. */
export const mailLine = (mails: Mail[], w: MailWords, timeOf: (at: string) => string): MailLine => {
  const namesOf = (state: Mail['state']): string[] =>
    mails.filter((mail) => mail.state === state).map(({ recipient_name }) => recipient_name)
  const sentences: string[] = []
  const sent = mails.filter(({ state }) => state === 'sent')
  if (sent.length > 0) sentences.push(w.sent(together(namesOf('sent'), w), timeOf(sent[0]?.sent_at ?? '')))
  const queued = namesOf('queued')
  if (queued.length > 0) sentences.push(w.queued(together(queued, w)))
  const captured = namesOf('captured')
  if (captured.length > 0) sentences.push(w.captured(together(captured, w)))
  const held = namesOf('held')
  if (held.length > 0) sentences.push(w.held(together(held, w)))
  for (const mail of mails.filter(({ state }) => state === 'deferred')) {
    sentences.push(w.deferred(mail.recipient_name, whyOf(mail, w)))
  }
  const cancelled = mails.filter(({ state }) => state === 'cancelled')
  if (cancelled.length > 0) sentences.push(w.cancelled(together(namesOf('cancelled'), w), cancelled[0]?.reason ?? ''))
  const failed = mails
    .filter(({ state }) => state === 'failed')
    .map((mail) => ({ mail, name: mail.recipient_name, why: whyOf(mail, w) }))
  return { sentences, failed }
}
