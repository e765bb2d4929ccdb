import fc, { type Arbitrary } from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fanOutOnce } from '../../../platform/events/fan-out.ts'
import { comment, createTicket } from '../../../testing/support/create-tickets.ts'
import { createWorld, type Person } from '../../../testing/support/people.ts'
import { bodyOf, type Reply } from '../../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { listShownEvents, type ShownEvent } from './shown-events.queries.ts'

// Random people, tickets and acts over HTTP. After each act, when nothing is under way: who sees a ticket no more
// was told, and nobody learnt of a ticket that they never saw. At the end the feed has the events of the history,
// and no others.
// `FUZZ_EVENTS` is the number of runs, `FUZZ_SEED` the first of them; without them the runs are the same every time.
const { FUZZ_EVENTS, FUZZ_SEED = '20261126' } = process.env
const runs = Number(FUZZ_EVENTS ?? 3)

const technicians = ['tess', 'nora', 'tom'] as const
const customers = ['cleo', 'carl'] as const
const readers = [...technicians, ...customers] as const
type Reader = (typeof readers)[number]
type Cast = Record<Reader | 'ada', Person>

let desk: Desk
let tenantId: number
let cast: Cast
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
  const world = await createWorld(desk)
  tenantId = world.tenantId
  cast = { ...world, nora: await world.technician('Nora', 'network') }
})
afterAll(() => desk?.stop())

/** The tickets of each run: whose they are, and of which category. */
const tickets = [
  ['cleo', 'Network'],
  ['cleo', 'Printer'],
  ['cleo', 'Network'],
  ['carl', 'Network'],
] as const

type Act =
  | { kind: 'assign'; of: number; whom: (typeof technicians)[number] | null }
  | { kind: 'take'; by: (typeof technicians)[number]; of: number }
  | { kind: 'recategorize'; of: number; category: string; whom?: 'tess' }
  | { kind: 'merge'; of: number; into: number }
  | { kind: 'unmerge' | 'delete' | 'restore'; of: number }
  | { kind: 'move'; of: number; to: (typeof customers)[number] }
  | { kind: 'watch' | 'unwatch'; of: number; whom: (typeof technicians)[number] }
  | { kind: 'comment'; by: Reader | 'ada'; of: number; visibility: 'public' | 'internal' }
  | { kind: 'category'; whom: 'nora' | 'tom'; category: string }

const of = fc.nat(tickets.length - 1)
const technician = fc.constantFrom(...technicians)
const category = fc.constantFrom('Network', 'Printer', 'NETWORK')
const one = <K extends Act['kind']>(...kinds: K[]): Arbitrary<K> => fc.constantFrom(...kinds)
const acts: Arbitrary<Act> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: one('assign'), of, whom: fc.option(technician) }) },
  { weight: 2, arbitrary: fc.record({ kind: one('take'), by: technician, of }) },
  { weight: 2, arbitrary: fc.record({ kind: one('recategorize'), of, category }) },
  { weight: 1, arbitrary: fc.record({ kind: one('recategorize'), of, category, whom: fc.constant('tess' as const) }) },
  { weight: 4, arbitrary: fc.record({ kind: one('merge'), of, into: of }) },
  { weight: 4, arbitrary: fc.record({ kind: one('unmerge', 'delete', 'restore'), of }) },
  { weight: 1, arbitrary: fc.record({ kind: one('move'), of, to: fc.constantFrom(...customers) }) },
  { weight: 4, arbitrary: fc.record({ kind: one('watch', 'watch', 'unwatch'), of, whom: technician }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: one('comment'),
      by: fc.constantFrom('ada' as const, ...readers),
      of,
      visibility: fc.constantFrom('public' as const, 'internal' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: one('category'), whom: fc.constantFrom('nora', 'tom'), category }) },
)

/** Sends the request of an act. It may be refused. */
const send = (ids: string[], act: Act): Promise<Reply> => {
  const { ada } = cast
  if (act.kind === 'category') return ada.put(`/technicians/${cast[act.whom].id}`, { category: act.category })
  const id = ids[act.of] ?? ''
  const path = `/tickets/${id}`
  switch (act.kind) {
    case 'assign':
      return ada.put(path, { technician_id: act.whom === null ? null : cast[act.whom].id })
    case 'take':
      return cast[act.by].put(path, { technician_id: cast[act.by].id })
    case 'recategorize':
      return ada.put(path, {
        issue_category: act.category,
        ...(act.whom === undefined ? {} : { technician_id: cast[act.whom].id }),
      })
    case 'merge':
      return ada.post(`${path}/merge`, { into: ids[act.into] })
    case 'unmerge':
    case 'restore':
      return ada.post(`${path}/${act.kind}`)
    case 'delete':
      return ada.delete(path)
    case 'move':
      return ada.post(`${path}/move`, { customer_id: cast[act.to].id })
    case 'watch':
      return ada.put(`${path}/watchers/${cast[act.whom].id}`)
    case 'unwatch':
      return ada.delete(`${path}/watchers/${cast[act.whom].id}`)
    case 'comment':
      return comment(cast[act.by], id, 'Hello.', act.visibility)
  }
}

/** What the readers get of the log after a position, when nothing is under way. */
const read = async (after: number) => {
  while ((await fanOutOnce(desk.app.pool, [], 1_000)) > 0);
  const accounts = readers.map((name) => cast[name].id)
  return listShownEvents(desk.app.pool, tenantId, accounts, { after, limit: 2_000 })
}

/** Those of the tickets that are in the list of a reader, with what is merged into them: each with its final target. */
const look = async (name: Reader, ids: string[]): Promise<Map<string, string>> => {
  const { tickets: listed } = bodyOf(await cast[name].get('/tickets?limit=20&sort=-raised_date'))
  const found = listed.flatMap(({ ticket_id, merged_tickets }: { ticket_id: string; merged_tickets: string[] }) =>
    [ticket_id, ...merged_tickets].map((id) => [id, ticket_id] as const),
  )
  return new Map(found.filter(([id]: [string, string]) => ids.includes(id)))
}
const lookAll = async (ids: string[]): Promise<Record<Reader, Map<string, string>>> =>
  Object.fromEntries(await Promise.all(readers.map(async (name) => [name, await look(name, ids)])))

const ofReader = (rows: ShownEvent[], name: Reader): ShownEvent[] =>
  rows.filter(({ account_id }) => account_id === cast[name].id)

/** Who sees a ticket no more was told, by its id or that of its final target; nobody is told of a ticket never seen. */
const expectTold = (
  rows: ShownEvent[],
  name: Reader,
  [before, now]: [Map<string, string>, Map<string, string>],
  seen: Set<string>,
): void => {
  const told = ofReader(rows, name)
  const hidden = told.flatMap(({ shown, subject_id }) => (shown === 'hidden' ? [subject_id] : []))
  expect(
    hidden.filter((id) => !seen.has(id)),
    `what ${name} never saw`,
  ).toEqual([])
  expect(
    hidden.filter((id) => now.has(id)),
    `what ${name} still sees`,
  ).toEqual([])
  if (told.some(({ shown }) => shown === 'scope')) return
  const lost = [...before].filter(([id, target]) => !now.has(id) && !hidden.includes(id) && !hidden.includes(target))
  expect(lost, `what ${name} lost untold`).toEqual([])
}

/** The events of a ticket in its history, as a reader reads them; null for what they do not see. */
const historyOf = async (name: Reader, id: string) => {
  const reply = await cast[name].get(`/tickets/${id}/history?limit=100`)
  if (reply.status === 404) return null
  return bodyOf(reply).history.flatMap((entry: Record<string, unknown>) =>
    entry.ticket_id === id ? [[entry.type, entry.changes, entry.details]] : [],
  )
}
const expectHistory = async (rows: ShownEvent[], name: Reader, ids: string[]): Promise<void> => {
  const events = ofReader(rows, name).filter(({ shown }) => shown === 'event')
  expect(events.filter(({ subject_id }) => !ids.includes(subject_id))).toEqual([])
  for (const id of ids) {
    const shown = events.filter(({ subject_id }) => subject_id === id)
    const expected = await historyOf(name, id)
    expect((await cast[name].get(`/tickets/${id}`)).status, `${id} for ${name}`).toBe(expected === null ? 404 : 200)
    expect(
      shown.map(({ type, changes, details }) => [type, changes, details]),
      `${id} for ${name}`,
    ).toEqual(expected ?? [])
  }
}

const play = async (plan: Act[]): Promise<void> => {
  for (const [whom, is] of [
    ['nora', 'Network'],
    ['tom', 'Printer'],
  ] as const) {
    bodyOf(await cast.ada.put(`/technicians/${cast[whom].id}`, { category: is }))
  }
  const { head: start } = await read(0)
  const ids: string[] = []
  for (const [by, issue_category] of tickets) ids.push(await createTicket(cast[by], { issue_category }))
  let [{ head }, before] = [await read(start), await lookAll(ids)]
  const seen = new Map(readers.map((name) => [name, new Set(before[name].keys())]))
  for (const act of plan) {
    await send(ids, act)
    const [told, now] = [await read(head), await lookAll(ids)]
    for (const name of readers) {
      expectTold(told.rows, name, [before[name], now[name]], seen.get(name) ?? new Set())
      for (const id of now[name].keys()) seen.get(name)?.add(id)
    }
    ;[head, before] = [told.head, now]
  }
  const { rows } = await read(start)
  for (const name of readers) {
    await expectHistory(rows, name, ids)
    const hidden = ofReader(rows, name).flatMap(({ shown, subject_id }) => (shown === 'hidden' ? [subject_id] : []))
    expect(
      hidden.filter((id) => !seen.get(name)?.has(id)),
      `what ${name}, who comes late, never saw`,
    ).toEqual([])
  }
}

test('the feed shows the history of what GET shows, and hides what was lost', { timeout: 60_000 * runs }, async () => {
  const plans = fc.array(acts, { minLength: 8, maxLength: 14, size: 'max' })
  await fc.assert(fc.asyncProperty(plans, play), { seed: Number(FUZZ_SEED), numRuns: runs })
})
