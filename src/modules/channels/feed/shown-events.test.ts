import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { many, sql } from '../../../platform/db/sql.ts'
import { fanOutOnce } from '../../../platform/events/fan-out.ts'
import { comment, createTicket } from '../../../testing/support/create-tickets.ts'
import { createWorld, type Person, type World } from '../../../testing/support/people.ts'
import { bodyOf, createApi, type Reply } from '../../../testing/support/requests.ts'
import { type Act, acts, type Reader, readers, takenBack, tickets } from '../../../testing/support/ticket-acts.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { isOutOfSight } from '../../desk/tickets/sight-of-accounts.steps.ts'
import type { FeedEvent } from './feed.schemas.ts'
import { listShownEvents, type ShownEvent } from './shown-events.service.ts'

// Random people, tickets and acts over HTTP. After each act, when nothing is under way: who sees a ticket no more
// was told, and nobody learnt of a ticket that they never saw. At the end the feed has the events of the history,
// and no others.
// `FUZZ_EVENTS` is the number of runs, `FUZZ_SEED` the first of them; without them the runs are the same every time.
const { FUZZ_EVENTS, FUZZ_SEED = '20261126' } = process.env
const runs = Number(FUZZ_EVENTS ?? 3)

type Cast = Record<Reader | 'ada', Person>

let desk: Desk
let tenantId: number
let world: World
let cast: Cast
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
  world = await createWorld(desk)
  tenantId = world.tenantId
  const nora = await world.technician('Nora', 'network')
  const robot = { name: 'Robot', role: 'technician', category: 'Printer' }
  const { account_id: id } = bodyOf(await world.ada.post('/service-accounts', robot))
  const scopes = ['event:read', 'ticket:list', 'ticket:read', 'ticket:history']
  const { token } = bodyOf(await world.ada.post(`/service-accounts/${id}/api-tokens`, { name: 'Token', scopes }))
  const headers = { Authorization: `Bearer ${token}` }
  cast = { ...world, nora, robot: { ...nora, ...createApi(desk.url, headers), id, headers } }
})
afterAll(() => desk?.stop())

/** Makes Nora an admin, and a technician again, who signs in anew. It may be refused, because of her tickets. */
const changeRole = async (): Promise<Reply> => {
  const { ada, nora } = cast
  const change = (role: string) => ada.patch(`/people/${nora.id}`, { role, current_password: ada.password })
  const promoted = await change('admin')
  if (promoted.status >= 300) return promoted
  const reply = await change('technician')
  cast.nora = await world.signIn(nora.email, nora.password)
  return reply
}

/** The last change that can be taken back, which Ada did. */
let undoToken: string | undefined
let undone = 0
const undo_seconds = 30
const notingUndo = async (changing: Promise<Reply>): Promise<Reply> => {
  const reply = await changing
  undoToken = reply.body?.undo_token ?? undoToken
  return reply
}
const undo = async (): Promise<Reply | null> => {
  if (undoToken === undefined) return null
  const reply = await cast.ada.post('/undo', { token: undoToken })
  if (reply.status === 200) undone += 1
  return reply
}
/** Resolves a ticket, which needs a technician. */
const resolve = async (path: string): Promise<Reply> => {
  await cast.ada.put(path, { technician_id: cast.tess.id })
  return cast.ada.put(path, { status: 'resolved', resolution_summary: 'Done.', undo_seconds })
}

/** Sends the request of an act. It may be refused. */
const send = async (ids: string[], act: Act): Promise<Reply | null> => {
  const { ada } = cast
  if (act.kind === 'role') return changeRole()
  if (act.kind === 'undo') return undo()
  if (act.kind === 'category') return ada.put(`/technicians/${cast[act.whom].id}`, { category: act.category })
  const id = ids[act.of] ?? ''
  const path = `/tickets/${id}`
  switch (act.kind) {
    case 'assign':
      return notingUndo(ada.put(path, { technician_id: act.whom && cast[act.whom].id, undo_seconds }))
    case 'resolve':
      return notingUndo(resolve(path))
    case 'close':
    case 'reopen':
      return notingUndo(ada.post(`${path}/${act.kind}`, { reason: 'So be it.', undo_seconds }))
    case 'mention': {
      const said = { body: `@${cast[act.whom].id}, look.`, visibility: 'internal', undo_seconds }
      return notingUndo(ada.post(`${path}/comments`, said))
    }
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
const Pair = z.object({ account_id: z.string(), ticket_id: z.string() })
/** Which accounts see which of the tickets, by the condition that mails, notifications, presence and drafts have. */
const sightOf = async (ids: string[]): Promise<string[]> => {
  const accountIds = readers.map((name) => cast[name].id)
  const pairs = await many(
    desk.app.pool,
    Pair,
    sql`select a.account_id, t.ticket_id from accounts a join tickets t on t.tenant_id = a.tenant_id
        where a.tenant_id = ${tenantId} and a.account_id = any (${accountIds}::text[])
          and t.ticket_id = any (${ids}::text[]) and t.deleted_at is null and not ${isOutOfSight(sql`a`, sql`t`)}`,
  )
  return pairs.map(({ account_id, ticket_id }) => `${account_id} ${ticket_id}`).sort()
}

/** What is in the lists of all readers. */
const lookAll = async (ids: string[]): Promise<Record<Reader, Map<string, string>>> => {
  const found = await Promise.all(readers.map(async (name) => [name, await look(name, ids)] as const))
  const listed = found.flatMap(([name, seen]) => [...seen.keys()].map((id) => `${cast[name].id} ${id}`))
  expect(await sightOf(ids), 'who sees what by the condition').toEqual(listed.sort())
  return Object.fromEntries(found) as Record<Reader, Map<string, string>>
}

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

const placeOf = async (name: Reader): Promise<string> => bodyOf(await cast[name].get('/events?after=latest')).next
/** What a reader gets of `GET /events`, page by page: the same as `rows`. */
const expectFeed = async (rows: ShownEvent[], name: Reader, start: string): Promise<void> => {
  const got: unknown[] = []
  for (let [after, isEnd] = [start, false]; !isEnd; ) {
    const { events, next, end_of_feed } = bodyOf(await cast[name].get(`/events?limit=50&after=${after}`))
    got.push(...events.map(({ type, subject_id, changes }: FeedEvent) => ({ type, subject_id, changes })))
    ;[after, isEnd] = [next, end_of_feed]
  }
  const expected = ofReader(rows, name).map(({ type, subject_id, changes }) => ({ type, subject_id, changes }))
  expect(got, `the feed of ${name}`).toEqual(expected)
}

const play = async (plan: Act[]): Promise<void> => {
  for (const [whom, is] of [
    ['nora', 'Network'],
    ['tom', 'Printer'],
  ] as const) {
    bodyOf(await cast.ada.put(`/technicians/${cast[whom].id}`, { category: is }))
  }
  const { head: start } = await read(0)
  const places = await Promise.all(readers.map(async (name) => [name, await placeOf(name)] as const))
  const ids: string[] = []
  for (const [by, issue_category] of tickets) ids.push(await createTicket(cast[by], { issue_category }))
  let [{ head }, before] = [await read(start), await lookAll(ids)]
  const seen = new Map(readers.map((name) => [name, new Set(before[name].keys())]))
  for (const act of plan) {
    const reply = await send(ids, act)
    // What was refused has changed nothing.
    if (reply === null || (reply.status >= 300 && act.kind !== 'resolve')) continue
    const [told, now] = [await read(head), await lookAll(ids)]
    for (const name of readers) {
      expectTold(told.rows, name, [before[name], now[name]], seen.get(name) ?? new Set())
      for (const id of now[name].keys()) seen.get(name)?.add(id)
    }
    ;[head, before] = [told.head, now]
  }
  const { rows } = await read(start)
  for (const [name, place] of places) {
    await expectFeed(rows, name, place)
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
  await fc.assert(fc.asyncProperty(plans, play), { seed: Number(FUZZ_SEED), numRuns: runs, examples: [[takenBack]] })
  expect(undone).toBeGreaterThan(3)
})
