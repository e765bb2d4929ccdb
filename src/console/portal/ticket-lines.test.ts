import { expect, test } from 'vitest'
import { linesOf, type StepName, type TicketLines } from './ticket-lines.ts'

type Given = Parameters<typeof linesOf>[0]
const raised = { raised_date: '10', resolved_date: null, closed_date: null, merged_into: null, updated_at: '10' }
const noor = { technician_name: 'Noor' }
const nobody = { technician_name: null }

/** The way of a ticket as short words: a step that is done, `now` and `later` by their marks. */
const wayOf = ({ steps }: TicketLines): string =>
  steps.map(({ name, is }) => `${name}${{ done: '', now: '!', later: '?' }[is]}`).join(' > ')

test.each<[string, Partial<Given>, boolean, string, TicketLines['lookedAfterBy'], TicketLines['end']]>([
  ['just raised', { status: 'new', ...nobody }, false, 'received! > on_it? > to_be_solved?', 'nobody_yet', null],
  ['assigned', { status: 'assigned', ...noor }, true, 'raised > on_it! > to_be_solved?', { name: 'Noor' }, null],
  ['given back', { status: 'new', ...nobody }, true, 'received! > on_it? > to_be_solved?', 'nobody_now', null],
  ['in work', { status: 'in_progress', ...noor }, true, 'raised > on_it! > to_be_solved?', { name: 'Noor' }, null],
  ['asked back', { status: 'waiting', ...noor }, true, 'raised > your_turn! > to_be_solved?', { name: 'Noor' }, null],
  ['solved', { status: 'resolved', ...noor }, true, 'raised > was_on_it > solved!', { name: 'Noor' }, null],
  [
    'solved, and its technician has gone',
    { status: 'resolved', ...nobody },
    true,
    'raised > was_on_it > solved!',
    null,
    null,
  ],
  ['solved by an admin', { status: 'resolved', ...nobody }, false, 'raised > solved!', null, null],
  ['opened again', { status: 'in_progress', ...noor }, true, 'raised > on_it! > to_be_solved?', { name: 'Noor' }, null],
  [
    'opened again, nobody left',
    { status: 'new', ...nobody },
    true,
    'received! > on_it? > to_be_solved?',
    'nobody_now',
    null,
  ],
  ['closed before anybody had it', { status: 'closed', ...nobody }, false, 'raised > closed', null, 'closed'],
  ['closed unsolved', { status: 'closed', ...noor }, true, 'raised > was_on_it > closed', { name: 'Noor' }, 'closed'],
  [
    'closed after it was solved',
    { status: 'closed', resolved_date: '12', ...noor },
    true,
    'raised > solved > closed',
    { name: 'Noor' },
    'closed',
  ],
  ['merged', { status: 'closed', merged_into: 'TKT2', ...nobody }, false, 'raised > goes_on', null, 'merged'],
  ['merged, open', { status: 'in_progress', merged_into: 'TKT2', ...noor }, true, 'raised > goes_on', null, 'merged'],
])('%s', (_, given, wasLookedAfter, way, lookedAfterBy, end) => {
  const lines = linesOf({ ...raised, ...given } as Given, wasLookedAfter)
  expect(wayOf(lines)).toBe(way)
  expect(lines).toMatchObject({ end, mayReopen: given.status === 'resolved' })
  expect(lines.lookedAfterBy).toEqual(lookedAfterBy)
})

test('only a step that has begun has a time or a name', () => {
  const all = (['new', 'assigned', 'in_progress', 'waiting', 'resolved', 'closed'] as const).flatMap((status) =>
    linesOf({ ...raised, status, ...noor, resolved_date: null }, true).steps.filter(({ is }) => is === 'later'),
  )
  expect(all.map(({ at, by }) => at ?? by)).toEqual(all.map(() => null))
  expect(new Set<StepName>(all.map(({ name }) => name))).toEqual(new Set(['on_it', 'to_be_solved']))
})
