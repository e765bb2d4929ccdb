import { expect, test } from 'vitest'
import type { Facts } from './database-facts.ts'
import { type Answered, recoveryOf, type Sent } from './ledger.ts'
import type { MailLine } from './mail-peer.ts'
import { verify } from './verify.ts'

// The verifier of the fault drills must find each fault that it is made for. `goodEvening` is a drill without a fault,
// with two tickets of one tenant. Each test spoils one thing of it.

interface Evening {
  lines: (Sent | Answered)[]
  facts: Facts
  mails: MailLine[]
}

const request = (key: string, ticket: string | null, status = 201, at = 0): (Sent | Answered)[] => [
  { kind: 'sent', at, tenant: 'north', key, subject: `Fault drill ${key}`, attempt: 1 },
  { kind: 'answered', at: at + 5, tenant: 'north', key, attempt: 1, ms: 5, status, code: '', ticket },
]

const mailFact = (ticket: string, recipient: string): Facts['mails'][number] => ({
  tenant: 'north',
  ticket,
  recipient,
  message_id: `<${ticket}.${recipient}>`,
  state: 'sent',
  attempts: 1,
})

const goodEvening = (): Evening => {
  const mails = ['TKT0001', 'TKT0002'].flatMap((ticket) => [mailFact(ticket, 'cleo'), mailFact(ticket, 'ada')])
  return {
    lines: [...request('a', 'TKT0001'), ...request('b', 'TKT0002')],
    facts: {
      tickets: [
        { tenant: 'north', number: 1, ticket: 'TKT0001', subject: 'Fault drill a' },
        { tenant: 'north', number: 2, ticket: 'TKT0002', subject: 'Fault drill b' },
      ],
      mails,
      mailsWaiting: 0,
      wrongCounters: [],
      eventGaps: 0,
    },
    mails: mails.map(({ recipient, message_id }) => ({ at: 0, recipient, messageId: message_id, verdict: '250' })),
  }
}

const verdictOn = (spoil: (evening: Evening) => void) => {
  const evening = goodEvening()
  spoil(evening)
  return verify(evening.lines, evening.facts, evening.mails, [], {})
}

test('when all went well there is nothing to say', () => {
  expect(verdictOn(() => {})).toEqual({
    ...{ sent: 2, acknowledged: 2, inDatabase: 2, missing: 0, duplicates: 0, gaps: 0 },
    ...{ mailsDistinct: 4, mailsLost: 0, mailsRepeated: 0, p99: 5, recovery: null, problems: [] },
  })
})

const faults: [what: string, spoil: (evening: Evening) => void, found: object, problem: RegExp][] = [
  ['a ticket is gone', ({ facts }) => facts.tickets.pop(), { missing: 1 }, /missing: north TKT0002/],
  [
    'a number belongs to another request',
    ({ facts }) => {
      for (const ticket of facts.tickets) ticket.subject = 'Fault drill a'
    },
    { missing: 1, duplicates: 1 },
    /twice/,
  ],
  [
    'a key got two numbers',
    ({ lines }) => lines.push(...request('a', 'TKT0002')),
    { duplicates: 1 },
    /several numbers/,
  ],
  [
    'a request did its work twice',
    ({ facts }) => facts.tickets.push({ tenant: 'north', number: 3, ticket: 'TKT0003', subject: 'Fault drill b' }),
    { duplicates: 1 },
    /twice/,
  ],
  [
    'a number was left out',
    ({ facts }) => facts.tickets.push({ tenant: 'north', number: 4, ticket: 'TKT0004', subject: 'Fault drill c' }),
    { gaps: 1 },
    /nobody asked for: TKT0004/,
  ],
  ['the counter is wrong', ({ facts }) => facts.wrongCounters.push('north'), { gaps: 1 }, /counter.*north/],
  [
    'the log has a gap',
    ({ facts }) => {
      facts.eventGaps = 2
    },
    { gaps: 2 },
    /2 gaps/,
  ],
  [
    'a mail was never written',
    ({ facts, mails }) => {
      Object.assign(facts.mails[0] ?? {}, { message_id: null, state: null })
      mails.shift()
    },
    { mailsLost: 1 },
    /never written: north TKT0001 to cleo/,
  ],
  ['a mail that counts as sent never came', ({ mails }) => mails.pop(), { mailsLost: 1 }, /knows nothing of it/],
  [
    'a mail waits',
    ({ facts }) => {
      Object.assign(facts.mails[0] ?? {}, { state: 'deferred' })
      facts.mailsWaiting = 1
    },
    { mailsLost: 1 },
    /1 mails still wait/,
  ],
  ['a mail came twice', ({ mails }) => mails.push(...mails.slice(0, 1)), { mailsRepeated: 1 }, /1 mails came again/],
  [
    'a mail came to the wrong person',
    ({ mails }) => mails.push({ at: 0, recipient: 'eve', messageId: '<TKT0001.ada>', verdict: '250' }),
    { mailsDistinct: 5 },
    /nobody promised: <TKT0001.ada> eve/,
  ],
  ['the program failed', ({ lines }) => lines.push(...request('a', null, 500)), {}, /unexpected answers: 500/],
  ['a request got no answer', ({ lines }) => lines.push(...request('c', null, 0)), {}, /1 requests never got/],
]

test.each(faults)('%s', (_what, spoil, found, problem) => {
  const verdict = verdictOn(spoil)
  expect(verdict).toMatchObject(found)
  expect(verdict.problems.join('\n')).toMatch(problem)
})

test('recovery is the slowest of all faults: to the first 201, and until nothing fails any more', () => {
  const lines = [
    ...request('a', 'TKT0001', 201, 0),
    ...request('b', null, 503, 1_500),
    ...request('b', 'TKT0002', 201, 1_995),
    ...request('c', null, 503, 2_195),
    ...request('c', 'TKT0003', 201, 3_495),
    ...request('d', 'TKT0004', 201, 9_000),
  ]
  const answers = lines.filter((line) => line.kind === 'answered')
  const recovery = recoveryOf(answers, [
    { from: 1_000, to: 1_600 },
    { from: 8_000, to: 8_900 },
  ])
  expect(recovery).toEqual({ first: 0.4, steady: 1.9 })
  expect(recoveryOf(answers, [])).toBeNull()
})
