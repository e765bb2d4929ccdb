import { expect, test } from 'vitest'
import { differing, type HistoryEntry, meet, settled } from './conflict.ts'
import type { Ticket } from './ticket-rights.ts'

const before = { priority: 'normal', subject: 'VPN drops', status: 'assigned', issue_category: 'Network' } as Ticket
const at = '2026-11-26T14:04:00.000Z'
const maya = { id: 'TEC0002', name: 'Maya Lindgren', role: 'technician' as const }
const entry = (changes: HistoryEntry['changes']): HistoryEntry =>
  ({ occurred_at: at, actor: maya, changes }) as HistoryEntry

test('a field that both changed is to be chosen, with who and when; the rest stands', () => {
  const now = { ...before, priority: 'high', issue_category: 'Printer' } as Ticket
  const history = [
    entry({ issue_category: { from: 'Network', to: 'Printer' }, priority: { from: 'normal', to: 'high' } }),
  ]
  const met = meet({ priority: 'urgent', subject: 'VPN drops daily' }, before, now, history)
  const by = { name: 'Maya Lindgren', at }
  expect(met).toEqual({
    clashes: [{ field: 'priority', was: 'normal', mine: 'urgent', theirs: 'high', by }],
    theirs: [{ field: 'issue_category', value: 'Printer', by }],
    mine: [{ field: 'subject', value: 'VPN drops daily' }],
    same: [],
  })
  expect(settled(met, { priority: 'mine' })).toEqual({ priority: 'urgent', subject: 'VPN drops daily' })
  expect(settled(met, { priority: 'theirs' })).toEqual({ subject: 'VPN drops daily' })
})

test('the same value twice is no clash, and what I did not change is theirs', () => {
  const now = { ...before, priority: 'urgent', status: 'waiting' } as Ticket
  const met = meet({ priority: 'urgent', status: 'assigned' }, before, now)
  expect([met.clashes, met.same.map(({ field }) => field), met.theirs.map(({ field }) => field)]).toEqual([
    [],
    ['priority'],
    ['status'],
  ])
  expect(settled(met, {})).toEqual({})
})

test('what only one text has is marked by whole words', () => {
  expect(differing('VPN drops in Leeds today', 'VPN drops today')).toEqual([
    { text: 'VPN drops ', isOwn: false },
    { text: 'in Leeds ', isOwn: true },
    { text: 'today', isOwn: false },
  ])
  expect(differing('same', 'same')).toEqual([{ text: 'same', isOwn: false }])
})
