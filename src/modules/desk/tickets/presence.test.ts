import { afterAll, beforeAll, expect, test } from 'vitest'
import { assignTicket, createTicket, createTickets, mergeTicket } from '../../../testing/support/create-tickets.ts'
import { createWorld, type Person, type World } from '../../../testing/support/people.ts'
import { recordedEvents } from '../../../testing/support/recorded-events.ts'
import { bodyOf, createApi, expectRefusal, expectStatus, type Reply } from '../../../testing/support/requests.ts'
import { until } from '../../../testing/support/waiting.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { draftPassing } from '../drafts/draft-signals.service.ts'
import { presencePassing, removeEnded } from './presence.service.ts'

let desk: Desk
let world: World
/** The signals so far, as `kind key`. */
let heard: string[]
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
  world = await createWorld(desk)
  const all: string[] = []
  heard = all
  desk.app.signals.on(({ kind, key }) => void all.push(`${kind} ${key}`), world.tenantId)
  await until('the connection that listens', () => all.includes('resync '))
})
afterAll(() => desk?.stop())

const at = (id: string): string => `/tickets/${id}/presence`
const say = (by: Person, id: string, state = 'viewing'): Promise<Reply> => by.put(at(id), { state })
const presentFor = async (by: Person, id: string): Promise<string[]> =>
  bodyOf(await by.get(at(id))).present.map(
    ({ account_id, state }: { account_id: string; state: string }) => `${account_id} ${state}`,
  )
/** What a batch of signals about a ticket gives to connected people, as `person: who is there`. */
const passing = async (id: string, people: Person[]): Promise<string[]> => {
  const ids = people.map((person) => person.id)
  const events = await presencePassing(desk.app, world.tenantId, [id], ids)
  return events
    .map(({ account_id, type, data }) => {
      expect(type).toBe('presence.changed')
      const { ticket_id, present } = data as { ticket_id: string; present: { account_id: string; state: string }[] }
      expect(ticket_id).toBe(id)
      return `${account_id}: ${present.map((one) => `${one.account_id} ${one.state}`)}`
    })
    .sort()
}
/** Moves the ends of all leases, as if so much time had passed. */
const pass = (seconds: number): Promise<unknown> =>
  desk.owner.query(
    `update ticket_presence p set since = p.since - $2 * interval '1 s', until = p.until - $2 * interval '1 s'
    where p.tenant_id = $1`,
    [world.tenantId, seconds],
  )
/** The signals that this work leads to. The mark is a signal that comes after them. */
const signalsOf = async (work: () => Promise<unknown>): Promise<string[]> => {
  const before = heard.length
  await work()
  const mark = `mark ${before} ${heard.length}`
  await desk.app.pool.query(`select pg_notify('counterdesk', $1)`, [JSON.stringify([[world.tenantId, 'mark', mark]])])
  await until('the mark', () => heard.includes(`mark ${mark}`))
  return heard.slice(before).filter((one) => !one.startsWith('mark') && !one.startsWith('events'))
}

const ticketOfTess = async (): Promise<string> => {
  const id = await createTicket(world.cleo)
  await assignTicket(world.ada, id, world.tess)
  return id
}

test('somebody comes, writes, and leaves; heartbeats tell nobody, and nothing of the ticket changes', async () => {
  const { ada, tess } = world
  const id = await ticketOfTess()
  const before = bodyOf(await ada.get(`/tickets/${id}`))
  const events = await recordedEvents(desk, world)
  const changed = `presence ${id}`

  let lease = { since: '', until: '' }
  expect(
    await signalsOf(async () => {
      lease = bodyOf(await say(tess, id))
    }),
  ).toEqual([changed])
  expect(lease).toEqual({
    account_id: tess.id,
    name: 'Tess Technician',
    role: 'technician',
    state: 'viewing',
    since: expect.any(String),
    until: expect.any(String),
  })
  expect(Date.parse(lease.until) - Date.parse(lease.since)).toBe(30_000)
  await pass(20)
  let renewed = lease
  expect(
    await signalsOf(async () => {
      renewed = bodyOf(await say(tess, id))
    }),
  ).toEqual([])
  expect(Date.parse(renewed.until) - Date.parse(renewed.since)).toBeGreaterThan(49_000)
  expect(bodyOf(await ada.get(at(id)))).toEqual({ present: [renewed] })
  // Whoever asks is not in the list.
  expect(await presentFor(tess, id)).toEqual([])
  expect(await signalsOf(() => say(tess, id, 'replying'))).toEqual([changed])
  expect(await signalsOf(() => say(ada, id))).toEqual([changed])
  expect(await presentFor(tess, id)).toEqual(['ada viewing'])
  expect(await passing(id, [ada, tess])).toEqual([`${tess.id}: ada viewing`, `ada: ${tess.id} replying`])

  expect(await signalsOf(() => ada.delete(at(id)))).toEqual([changed])
  expect(await signalsOf(() => ada.delete(at(id)))).toEqual([])
  expect(await presentFor(tess, id)).toEqual([])
  expect(bodyOf(await ada.get(`/tickets/${id}`))).toEqual(before)
  expect(await recordedEvents(desk, world)).toEqual(events)
})

test('a lease ends by itself, and streams are told once', async () => {
  const { ada, tess } = world
  const id = await ticketOfTess()
  await pass(31)
  await removeEnded(desk.app, 500)
  await say(tess, id)
  await pass(31)
  // Nobody has removed it yet.
  expect(await presentFor(ada, id)).toEqual([])
  expect(await passing(id, [ada])).toEqual(['ada: '])
  expect(await signalsOf(() => removeEnded(desk.app, 500))).toEqual([`presence ${id}`])
  expect(await signalsOf(() => removeEnded(desk.app, 500))).toEqual([])
  // Who comes back after the end came anew.
  await say(tess, id)
  await pass(31)
  expect(await signalsOf(() => say(tess, id))).toEqual([`presence ${id}`])
  expect(await removeEnded(desk.app, 500)).toBe(0)
})

test('it waits for no lock of the ticket, and of no account', async () => {
  const { tess } = world
  const id = await ticketOfTess()
  const client = await desk.owner.connect()
  await client.query('begin')
  await client.query('select from tickets t where t.tenant_id = $1 for update', [world.tenantId])
  await client.query('select from accounts a where a.tenant_id = $1 for update', [world.tenantId])
  expectStatus(await say(tess, id), 200)
  expectStatus(await tess.delete(at(id)), 204)
  await client.query('rollback')
  client.release()
})

test('nobody learns of people at tickets that they do not see, and no customer of anybody', async () => {
  const { ada, tess, tom, cleo } = world
  const id = await ticketOfTess()
  await say(ada, id)
  for (const reply of [await tom.get(at(id)), await say(tom, id), await tom.delete(at(id))]) {
    await expectRefusal(reply, 404, 'ticket_not_found')
  }
  for (const reply of [await cleo.get(at(id)), await say(cleo, id), await cleo.delete(at(id))]) {
    await expectRefusal(reply, 403, 'forbidden')
  }
  expect(await passing(id, [ada, tess, tom, cleo])).toEqual([`${tess.id}: ada viewing`, 'ada: '])
  expect(JSON.stringify(bodyOf(await ada.get(`/tickets/${id}`)))).not.toContain('viewing')
  const other = await createWorld(desk)
  expect(await presencePassing(desk.app, other.tenantId, [id], ['ada'])).toEqual([])
})

test('a person who has lost sight of the ticket, or is deactivated, is there no more', async () => {
  const { ada, tess, tom } = world
  const nina = await world.technician('Nina', 'Network', ada)
  const id = await createTicket(world.cleo)
  await ada.put(`/tickets/${id}/watchers/${tom.id}`)
  for (const person of [tess, tom, nina]) await say(person, id)
  expect(await presentFor(ada, id)).toEqual([`${tess.id} viewing`, `${tom.id} viewing`, `${nina.id} viewing`])
  await ada.delete(`/tickets/${id}/watchers/${tom.id}`)
  expect(await presentFor(ada, id)).toEqual([`${tess.id} viewing`, `${nina.id} viewing`])
  await assignTicket(ada, id, tess)
  expect(await presentFor(ada, id)).toEqual([`${tess.id} viewing`])
  await assignTicket(ada, id, nina)
  expect(await presentFor(ada, id)).toEqual([`${nina.id} viewing`])
  expect(await passing(id, [ada, tess, tom, nina])).toEqual([`${nina.id}: `, `ada: ${nina.id} viewing`])
  expectStatus(await ada.delete(`/technicians/${nina.id}`), 204)
  // Nobody has the ticket any more, so Tess sees it again, and is still there.
  expect(await presentFor(ada, id)).toEqual([`${tess.id} viewing`])
})

test('a service account is there, and is told, by its category', async () => {
  const { ada, tess, cleo } = world
  const scopes = ['ticket:read', 'presence:read', 'presence:update', 'draft:update']
  const service = { name: 'Robot', role: 'technician', category: 'network' }
  const { account_id } = expectStatus(await ada.post('/service-accounts', service), 201).body
  const made = await ada.post(`/service-accounts/${account_id}/api-tokens`, { name: 'Token', scopes })
  const headers = { Authorization: `Bearer ${expectStatus(made, 201).body.token}` }
  const robot: Person = { ...tess, ...createApi(desk.url, headers), id: account_id, headers }
  const [id = '', target = ''] = await createTickets(cleo, 2)
  await say(robot, id)
  await say(tess, id)
  expect(await presentFor(ada, id)).toEqual([`${account_id} viewing`, `${tess.id} viewing`])
  const told = [`${account_id}: ${tess.id} viewing`, `${tess.id}: ${account_id} viewing`]
  expect(await passing(id, [tess, robot, world.tom, cleo])).toEqual(told)
  expect(bodyOf(await robot.put(`/tickets/${id}/drafts/note`, { body: 'Hm' })).version).toBe(1)
  const states = () => draftPassing(desk.app, world.tenantId, [`${id} note ${account_id}`], [account_id])
  expect(await states()).toHaveLength(1)
  // Of another category it sees neither, and by watching it sees both again.
  expectStatus(await ada.patch(`/service-accounts/${account_id}`, { category: 'Printer' }), 200)
  expect(await presentFor(ada, id)).toEqual([`${tess.id} viewing`])
  expect(await passing(id, [robot])).toEqual([])
  expect(await states()).toEqual([])
  expectStatus(await ada.patch(`/service-accounts/${account_id}`, { category: 'NETWORK' }), 200)
  expect(await states()).toHaveLength(1)
  // Who sees a merged ticket by its final target sees it no more when that is deleted.
  await mergeTicket(ada, id, target)
  expect(await states()).toHaveLength(1)
  await desk.owner.query('update tickets set deleted_at = now() where tenant_id = $1 and ticket_id = $2', [
    world.tenantId,
    target,
  ])
  expect((await robot.get(`/tickets/${id}`)).status).toBe(404)
  expect(await states()).toEqual([])
})

test('who is at a merged ticket is at its final target, and nobody is at a deleted one', async () => {
  const { ada, tess, cleo } = world
  const [id = '', target = ''] = await createTickets(cleo, 2)
  for (const one of [id, target]) await assignTicket(ada, one, tess)
  await say(ada, id)
  await mergeTicket(ada, id, target)
  // Said before the merge: at the target from the next heartbeat on.
  expect(await presentFor(tess, target)).toEqual([])
  expect(await signalsOf(() => say(ada, id, 'replying'))).toEqual([`presence ${target}`])
  expect(await presentFor(tess, target)).toEqual(['ada replying'])
  expect(await presentFor(tess, id)).toEqual(['ada replying'])
  expect(await signalsOf(() => ada.delete(at(id)))).toEqual([`presence ${target}`])
  await say(tess, target)
  expectStatus(await ada.delete(`/tickets/${target}`), 204)
  await expectRefusal(say(tess, target), 404, 'ticket_not_found')
  expect(await passing(target, [ada, tess])).toEqual([])
})

test('what is hostile is refused; a repeated request says nothing twice', async () => {
  const { ada, tess } = world
  const id = await ticketOfTess()
  for (const body of [
    {},
    { state: 'sleeping' },
    { state: ['viewing'] },
    { state: 'viewing', until: '2999-01-01' },
    null,
  ]) {
    expect((await tess.put(at(id), body)).status, JSON.stringify(body)).toBe(400)
  }
  for (const wrong of ['TKT', 'TKT0001%00', "TKT0001'", 'x'])
    expect([400, 404]).toContain((await tess.get(at(wrong))).status)
  await expectRefusal(tess.get(`${at(id)}?account_id=ada`), 400, 'validation_failed')
  const keyed = { headers: { 'Idempotency-Key': 'presence-1' } }
  const first = await tess.put(at(id), { state: 'viewing' }, keyed)
  await tess.delete(at(id))
  expect((await tess.put(at(id), { state: 'viewing' }, keyed)).text).toBe(first.text)
  expect(await presentFor(ada, id)).toEqual([])
})

test('drafts are told to the streams of their person only, without the text', async () => {
  const { ada, tess } = world
  const id = await ticketOfTess()
  const path = `/tickets/${id}/drafts/reply`
  const key = `${id} reply ${tess.id}`
  const states = (of: string, people: Person[]) =>
    draftPassing(
      desk.app,
      world.tenantId,
      [of, 'x', `${id} reply nobody`],
      people.map((person) => person.id),
    )
  expect(await signalsOf(() => tess.put(path, { body: 'A secret' }))).toEqual([`draft ${key}`])
  expect(await signalsOf(() => tess.put(path, { body: 'A secret' }))).toEqual([])
  const changed = { account_id: tess.id, type: 'draft.changed', data: { ticket_id: id, kind: 'reply', version: 1 } }
  expect(await states(key, [ada, tess])).toEqual([changed])
  expect(await states(key, [ada])).toEqual([])
  const comment = { body: 'Sent', visibility: 'public', draft_version: 1 }
  expect(await signalsOf(() => tess.post(`/tickets/${id}/comments`, comment))).toEqual([`draft ${key}`])
  expect(await states(key, [tess])).toEqual([{ ...changed, data: { ...changed.data, version: 0 } }])
  // Nothing names a ticket that the person does not see any more.
  await assignTicket(ada, id, world.tom)
  expect(await states(key, [tess])).toEqual([])
})
