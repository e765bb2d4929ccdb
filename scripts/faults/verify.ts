import { percentile } from '../lib/statistics.ts'
import type { Facts } from './database-facts.ts'
import {
  type Answered,
  answersOf,
  type FaultSpan,
  type Recovery,
  recoveryOf,
  type Sent,
  subjectPrefix,
} from './ledger.ts'
import type { MailLine } from './mail-peer.ts'

/** What the verifier found: numbers for the table, and in words everything that is wrong. */
export interface Verdict {
  sent: number
  acknowledged: number
  inDatabase: number
  missing: number
  duplicates: number
  gaps: number
  mailsDistinct: number
  mailsLost: number
  mailsRepeated: number
  p99: number
  recovery: Recovery | null
  problems: string[]
}

/** What is allowed in this drill and would be a fault in another. */
export interface Allowance {
  /** How many mails may come twice, because SMTP cannot exclude it. */
  repeats?: number
  /** Whether the mails of a recipient are refused for good. */
  refused?: (recipient: string) => boolean
  /** Whether the drill has given up the waiting mails of a tenant. */
  dropped?: (tenant: string) => boolean
}

const some = (names: Iterable<string>): string => {
  const all = [...names]
  return `${all.slice(0, 3).join(', ')}${all.length > 3 ? ` and ${all.length - 3} more` : ''}`
}

/** Compares the answers with the tickets in the database. */
const checkTickets = (lines: (Sent | Answered)[], facts: Facts) => {
  const subjects = new Map<string, string>()
  for (const line of lines) if (line.kind === 'sent') subjects.set(line.key, line.subject)
  const numbersOf = new Map<string, Set<string>>()
  for (const { status, ticket, key, tenant } of answersOf(lines)) {
    if (status !== 201 || ticket === null) continue
    numbersOf.set(key, (numbersOf.get(key) ?? new Set()).add(`${tenant} ${ticket}`))
  }
  const subjectAt = new Map(facts.tickets.map(({ tenant, ticket, subject }) => [`${tenant} ${ticket}`, subject]))
  const missing = [...numbersOf].flatMap(([key, names]) =>
    [...names].filter((name) => subjectAt.get(name) !== subjects.get(key)),
  )
  const severalNumbers = [...numbersOf].filter(([, names]) => names.size > 1).map(([key]) => key)
  const created = facts.tickets.filter(({ subject }) => subject.startsWith(subjectPrefix))
  const distinct = new Set(created.map(({ tenant, subject }) => `${tenant} ${subject}`))
  const ours = new Set(subjects.values())
  const strangers = created.filter(({ subject }) => !ours.has(subject))

  const perTenant = Map.groupBy(facts.tickets, ({ tenant }) => tenant)
  let gaps = facts.eventGaps + facts.wrongCounters.length
  for (const tickets of perTenant.values()) {
    const numbers = new Set(tickets.map(({ number }) => number))
    gaps += Math.max(...numbers) - numbers.size
  }
  return {
    sent: subjects.size,
    acknowledged: numbersOf.size,
    inDatabase: created.length,
    missing: missing.length,
    duplicates: created.length - distinct.size + severalNumbers.length,
    gaps,
    problems: [
      missing.length > 0 && `acknowledged but missing: ${some(missing)}`,
      severalNumbers.length > 0 && `a key with several numbers: ${some(severalNumbers)}`,
      distinct.size < created.length && 'a request did its work twice',
      strangers.length > 0 && `tickets that nobody asked for: ${some(strangers.map(({ ticket }) => ticket))}`,
      facts.eventGaps > 0 && `${facts.eventGaps} gaps in the positions of events`,
      facts.wrongCounters.length > 0 && `the counter differs from the tickets: ${some(facts.wrongCounters)}`,
    ],
  }
}

/** Compares the promised mails with the mails in the database, and these with the file of the mail server. */
const checkMails = (
  facts: Facts,
  mailLines: MailLine[],
  { repeats = 0, refused = () => false, dropped = () => false }: Allowance,
) => {
  const nameOf = (messageId: string | null, recipient: string): string => `${messageId} ${recipient}`
  const taken = new Map<string, number>()
  for (const { verdict, messageId, recipient } of mailLines) {
    if (verdict !== '250' && verdict !== 'cut') continue
    const name = nameOf(messageId, recipient)
    taken.set(name, (taken.get(name) ?? 0) + 1)
  }
  const promised = new Set(facts.mails.map(({ message_id, recipient }) => nameOf(message_id, recipient)))
  const unwritten = facts.mails.filter(({ state, tenant }) => state === null && !dropped(tenant))
  const unsent = facts.mails.filter(
    ({ state, recipient, tenant }) => state !== null && state !== 'sent' && !refused(recipient) && !dropped(tenant),
  )
  const untaken = facts.mails.filter(
    ({ state, message_id, recipient }) => state === 'sent' && !taken.has(nameOf(message_id, recipient)),
  )
  const notRefused = facts.mails.filter(({ state, recipient }) => refused(recipient) && state !== 'failed')
  const repeated = [...taken.values()].reduce((sum, count) => sum + count - 1, 0)
  const unasked = [...taken.keys()].filter((name) => !promised.has(name))
  const label = ({ tenant, ticket, recipient, state }: Facts['mails'][number]): string =>
    `${tenant} ${ticket} to ${recipient} (${state})`
  return {
    mailsDistinct: taken.size,
    mailsLost: unwritten.length + unsent.length + untaken.length,
    mailsRepeated: repeated,
    problems: [
      unwritten.length > 0 && `mails never written: ${some(unwritten.map(label))}`,
      unsent.length > 0 && `mails not delivered: ${some(unsent.map(label))}`,
      untaken.length > 0 && `"sent", but the mail server knows nothing of it: ${some(untaken.map(label))}`,
      notRefused.length > 0 && `refused for good, but not failed: ${some(notRefused.map(label))}`,
      facts.mailsWaiting > 0 && `${facts.mailsWaiting} mails still wait`,
      repeated > repeats && `${repeated} mails came again, at most ${repeats} may`,
      unasked.length > 0 && `mails that nobody promised: ${some(unasked)}`,
    ],
  }
}

/** Finds answers that a client must not get: all but 201, 503 (not now) and 409 (the first attempt still runs). */
const checkAnswers = (lines: (Sent | Answered)[]) => {
  const answers = answersOf(lines)
  const strange = answers.filter(({ status }) => ![0, 201, 409, 503].includes(status))
  const answered = new Set(answers.flatMap(({ status, key }) => (status === 201 ? [key] : [])))
  const open = new Set(lines.flatMap(({ key }) => (answered.has(key) ? [] : [key])))
  return [
    strange.length > 0 &&
      `unexpected answers: ${some(new Set(strange.map(({ status, code }) => `${status} ${code}`)))}`,
    open.size > 0 && `${open.size} requests never got their 201`,
  ]
}

/** Compares the ledger, the database and the file of the mail server with each other. */
export const verify = (
  lines: (Sent | Answered)[],
  facts: Facts,
  mailLines: MailLine[],
  faults: FaultSpan[],
  allowance: Allowance,
): Verdict => {
  const { problems: wrongTickets, ...tickets } = checkTickets(lines, facts)
  const { problems: wrongMails, ...mails } = checkMails(facts, mailLines, allowance)
  const answers = answersOf(lines)
  const acknowledged = answers.filter(({ status }) => status === 201)
  return {
    ...tickets,
    ...mails,
    p99: percentile(
      acknowledged.map(({ ms }) => ms),
      0.99,
    ),
    recovery: recoveryOf(answers, faults),
    problems: [...checkAnswers(lines), ...wrongTickets, ...wrongMails].filter((problem) => problem !== false),
  }
}
