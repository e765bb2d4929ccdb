import { expect, test } from 'vitest'
import { entriesOf, kindOf, splitFiles } from './conversation-entries.ts'

type Comments = Parameters<typeof entriesOf>[0]
const comment = (n: number, body = `${n}`) => ({ comment_id: `c${n}`, created_at: `2026-11-26T10:0${n}:00Z`, body })
const comments = (...numbers: number[]) => numbers.map((n) => comment(n)) as unknown as Comments

test('entries stand at their times, and nothing stands before a part that is not loaded', () => {
  const file = { attachment_id: 'f', created_at: '2026-11-26T10:02:30Z' }
  const fact = (type: string, at: string) => ({ history_id: at, type, occurred_at: at, changes: {} })
  const facts = [fact('ticket.resolved', '2026-11-26T10:05:00Z'), fact('ticket.assigned', '2026-11-26T10:00:00Z')]
  const entries = (hasOlder: boolean) =>
    entriesOf(comments(2, 3), [file] as never, facts as never, hasOlder).map(({ kind, id }) => [kind, id.slice(0, 19)])
  const newer = [
    ['comment', 'c2'],
    ['files', 'f'],
    ['comment', 'c3'],
    ['fact', '2026-11-26T10:05:00'],
  ]
  expect(entries(true)).toEqual(newer)
  expect(entries(false)).toEqual([['fact', '2026-11-26T10:00:00'], ...newer])
})

test.each([
  ['ticket.assigned', {}, 'looks_after'],
  ['ticket.unassigned', { technician_id: { from: 'TEC0001', to: null } }, 'nobody'],
  ['ticket.resolved', {}, 'solved'],
  ['ticket.reopened', {}, 'reopened'],
  ['ticket.closed', {}, 'closed'],
  ['ticket.updated', { issue_category: { from: 'Network', to: 'Hardware' } }, 'category'],
  ['ticket.updated', { priority: { from: 'low', to: 'high' } }, null],
  ['ticket.status_changed', {}, null],
  ['comment.created', {}, null],
])('%s is told as %s', (type, changes, kind) => expect(kindOf({ type, changes } as never)).toBe(kind))

test('what its customer attached in the first half hour came with the ticket', () => {
  const file = (author_id: string, created_at: string) => ({ author_id, created_at })
  const [own, later, staff] = [
    file('CUS1', '2026-11-26T10:10:00Z'),
    file('CUS1', '2026-11-26T11:10:00Z'),
    file('TEC1', '2026-11-26T10:10:00Z'),
  ]
  const ticket = { raised_date: '2026-11-26T10:00:00Z', customer_id: 'CUS1' }
  expect(splitFiles([own, later, staff] as never, ticket)).toEqual({ ofTicket: [own], later: [later, staff] })
})
