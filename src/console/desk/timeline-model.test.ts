import { describe, expect, test } from 'vitest'
import { partsOf, value } from '../lib/sentences.ts'
import { mailLine } from '../tickets/mail-groups.ts'
import { mailReasonOf } from '../tickets/mail-reasons.ts'
import { type LineReader, linesOf } from './change-lines.ts'
import { completeSince, entriesOf, nextStreams, type Streams } from './timeline-model.ts'

const at = (minute: number): string => `2026-11-26T10:${String(minute).padStart(2, '0')}:00.000Z`
const said = (minute: number) => ({ comment_id: `c${minute}`, created_at: at(minute), attachments: [] })
const changed = (minute: number, type = 'ticket.updated', more: object = {}) => ({
  history_id: `h${minute}`,
  occurred_at: at(minute),
  ticket_id: 'TKT0001',
  type,
  actor: { id: 'TEC0001', name: 'Tess', role: 'technician' },
  changes: {},
  details: {},
  names: { TEC0001: 'Tess', TEC0002: 'Tom' },
  ...more,
})
const mailed = (minute: number, more: object = {}) => ({
  email_id: `m${minute}`,
  created_at: at(minute),
  comment_id: null,
  template: 'comment_customer',
  state: 'sent',
  recipient_name: 'Cleo',
  sent_at: at(minute),
  reason: null,
  ...more,
})
const streams = (comments: unknown[], history: unknown[], mails: unknown[], cursors = ['', '', '']): Streams =>
  ({
    comments: { rows: comments, cursor: cursors[0] || null },
    history: { rows: history, cursor: cursors[1] || null },
    mails: { rows: mails, cursor: cursors[2] || null },
  }) as Streams
const keys = (of: Streams): string[] => entriesOf(of, () => 'today').map(({ key }) => key)

describe('a timeline', () => {
  test('shows as far back as everything has been read, the oldest first', () => {
    const part = streams([said(30), said(10)], [changed(20), changed(15)], [mailed(25)], ['next', 'next', ''])
    expect(completeSince(part)).toBe(at(15))
    expect(keys(part)).toEqual(['day today', 'h15', 'h20', 'c30'])
    expect(nextStreams(part)).toEqual(['history'])
    const whole = streams([said(30), said(10)], [changed(20)], [])
    expect([completeSince(whole), keys(whole), nextStreams(whole)]).toEqual([
      '',
      ['day today', 'c10', 'h20', 'c30'],
      [],
    ])
  })

  test('shows changes that waited for each other in the order in which they were made', () => {
    const begun = streams([said(12)], [changed(11), changed(14), changed(13)], [])
    expect(keys(begun)).toEqual(['day today', 'c12', 'h13', 'h14', 'h11'])
  })

  test('puts each mail with its comment, and a mail of its own only when somebody may have to act', () => {
    const mails = [mailed(5, { comment_id: 'c4' }), mailed(6, { state: 'failed' }), mailed(7)]
    const entries = entriesOf(streams([said(4)], [], mails), () => 'today')
    expect(entries.map(({ kind, key }) => `${kind} ${key}`)).toEqual(['day day today', 'message c4', 'mail m6'])
    expect(entries[1]).toMatchObject({ mails: [{ email_id: 'm5' }] })
  })

  test('says nothing twice: comments and their files stand for themselves', () => {
    const file = { attachment_id: 'f1' }
    const history = [
      changed(1, 'comment.added'),
      changed(2, 'comment.deleted'),
      changed(3, 'attachment.added', { details: file }),
      changed(4, 'attachment.added', { details: { attachment_id: 'f2' } }),
    ]
    expect(keys(streams([{ ...said(5), attachments: [file] }], history.toReversed(), []))).toEqual([
      'day today',
      'h2',
      'h4',
      'c5',
    ])
  })
})

/** Words that say their own name and values. */
const echo = new Proxy(
  {},
  {
    get: (_, name) =>
      name === 'nobody' ? 'nobody' : (who: { name: string }, ...rest: string[]) => [name, who.name, ...rest].join(' '),
  },
)
const reader = {
  words: echo,
  status: { waiting: 'Waiting' },
  priority: { low: 'Low', high: 'High' },
  myId: 'x',
} as unknown as LineReader

test.each([
  ['ticket.assigned', { technician_id: { from: null, to: 'TEC0001' } }, {}, ['took Tess']],
  ['ticket.assigned', { technician_id: { from: null, to: 'TEC0002' } }, {}, ['assigned Tess Tom']],
  ['ticket.assigned', { technician_id: { from: 'TEC0001', to: 'TEC0009' } }, {}, ['handedOn Tess Tess TEC0009']],
  ['ticket.unassigned', { technician_id: { from: 'TEC0001', to: null } }, {}, ['gaveBack Tess']],
  ['ticket.status_changed', { status: { from: 'odd', to: 'waiting' } }, {}, ['status Tess odd Waiting']],
  [
    'ticket.updated',
    { priority: { from: 'low', to: 'high' }, subject: { from: 'a', to: 'b' } },
    {},
    ['priorityUp Tess Low High', 'subject Tess b'],
  ],
  ['ticket.watcher_added', {}, { account_id: 'TEC0001' }, ['watches Tess']],
  ['comment.added', {}, {}, []],
  ['ticket.of_a_later_version', {}, {}, ['other Tess']],
])('%s %j', (type, changes, details, expected) => {
  const lines = linesOf(changed(1, type, { changes, details }) as never, reader)
  expect(lines.map(({ sentence }) => sentence)).toEqual(expected)
})

test('a value stands apart in its sentence, and cannot break out of it', () => {
  const sentence = `${value('a\u2069b\u202e')} did it`
  expect(partsOf(sentence)).toEqual([
    { text: 'ab', isValue: true },
    { text: ' did it', isValue: false },
  ])
})

test.each([
  ['552 5.2.2 mailbox full', 'full'],
  ['550 5.1.1 User unknown', 'unknown'],
  ['550 5.7.1 blocked by policy', 'policy'],
  ['552 message too large', 'size'],
  ['451 4.7.1 greylisted, try again', 'later'],
  ['connect ECONNREFUSED', 'unreachable'],
  ['550 no', 'refused'],
  ['hm', 'other'],
])('a mail server says %s', (words, expected) => {
  expect(mailReasonOf(words)).toBe(expected)
})

test('the mails of a message are said by state, each name once', () => {
  const w = new Proxy(
    {},
    {
      get:
        (_, name) =>
        (...values: unknown[]) =>
          [name, ...values].join(' '),
    },
  )
  const mails = [
    mailed(1),
    mailed(2),
    mailed(3, { recipient_name: 'Nadia' }),
    mailed(4, { state: 'cancelled', reason: 'Gone.' }),
  ]
  const line = mailLine(mails as never, w as never, () => '10:01')
  expect(line).toEqual({ sentences: ['sent and Cleo Nadia 10:01', 'cancelled Cleo Gone.'], failed: [] })
})

test.each([
  [{}, { comment_id: 'c' }, 'Tess: a reply'],
  [{}, { comment_id: 'c', visibility: 'internal' }, 'Tess: a note'],
  [{ status: {}, first_response_at: {} }, { comment_id: 'c' }, 'Tess: a reply, the state'],
  [{ status: {} }, { note_id: 'c' }, 'Tess: the state'],
  [{ customer_id: {} }, {}, 'undone Tess'],
])('an undo of %j with %j names what went back', (changes, details, sentence) => {
  const things = { reply: 'a reply', note: 'a note', status: 'the state' }
  const undoneThings = (who: { name: string }, list: string[]): string => `${who.name}: ${list.join(', ')}`
  const undone = (who: { name: string }): string => `undone ${who.name}`
  const own = { ...reader, words: { things, undone, undoneThings } } as unknown as LineReader
  const entry = changed(1, 'ticket.change_undone', { changes, details })
  expect(linesOf(entry as never, own).map((line) => line.sentence)).toEqual([sentence])
})
