import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { assignTicket, createTicket } from '../../../testing/support/create-tickets.ts'
import { createWorld, type Person, password, type World } from '../../../testing/support/people.ts'
import { bodyOf } from '../../../testing/support/requests.ts'
import { logIn } from '../../../testing/support/sign-in-requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import type { AuditEvent } from './audit.schemas.ts'

let desk: Desk
beforeAll(async () => {
  desk = await startDesk()
})
afterAll(() => desk?.stop())

const auditOf = async ({ ada }: World, query = ''): Promise<AuditEvent[]> => {
  await desk.settled()
  return bodyOf(await ada.get(`/audit?limit=100${query}`)).events
}
const typesOf = (events: AuditEvent[]): string[] => events.map(({ type }) => type)

test('the life of a ticket and of its people is in the audit, newest first, with who did what', async () => {
  const world = await createWorld(desk)
  const { ada, tess, cleo } = world
  await createTicket(cleo)
  const headers = { 'X-Request-Id': 'not-an-id-of-ours' }
  const assigning = await ada.put('/tickets/TKT0001', { technician_id: tess.id, priority: 'high' }, { headers })
  bodyOf(assigning)
  bodyOf(await ada.patch(`/customers/${cleo.id}`, { name: 'Cleo Corrected' }))
  bodyOf(await ada.delete(`/customers/${world.carl.id}`))
  const events = await auditOf(world)
  expect(typesOf(events).slice(0, 5)).toEqual([
    'customer.deactivated',
    'customer.updated',
    'ticket.updated',
    'ticket.assigned',
    'ticket.created',
  ])
  expect(events.map(({ position }) => position)).toEqual(events.map((_, at) => events.length - at))
  expect(events.find(({ type }) => type === 'ticket.assigned')).toEqual({
    position: expect.any(Number),
    event_id: expect.any(Number),
    type: 'ticket.assigned',
    subject_id: 'TKT0001',
    subject_version: 2,
    actor_id: 'ada',
    actor_name: 'Ada Admin',
    actor_role: 'admin',
    changes: { technician_id: { from: null, to: tess.id }, status: { from: 'new', to: 'assigned' } },
    details: { left_queue: 'Network' },
    names: { [tess.id]: 'Tess Technician' },
    request_id: assigning.headers.get('x-request-id'),
    occurred_at: expect.any(String),
    erased: false,
    hash: expect.stringMatching(/^[0-9a-f]{64}$/),
  })
  expect(events.find(({ type }) => type === 'customer.updated')?.changes).toEqual({
    name: { from: 'Cleo Customer', to: 'Cleo Corrected' },
  })
  // The name is that of today.
  const registered = events.find(({ type, subject_id }) => type === 'customer.registered' && subject_id === 'CUS0001')
  expect(registered?.names).toEqual({ CUS0001: 'Cleo Corrected' })
  expect(events.at(-1)).toMatchObject({ type: 'admin.created', actor_id: null, actor_name: null, actor_role: 'system' })
  expect(bodyOf(await ada.get('/audit/verify'))).toMatchObject({ verified: events.length, complete: true, break: null })
})

describe('sign-ins', () => {
  const userAgent = `Mozilla/5.0 ${'x'.repeat(300)}`
  const headers = { 'User-Agent': userAgent }
  const tryIn = ({ nobody }: World, name: string, secret: string, path = '/auth/login', member = 'user_id_or_email') =>
    nobody.post(path, { [member]: name, password: secret }, { headers })
  const newest = async (world: World, type: string): Promise<AuditEvent> => {
    const [event] = await auditOf(world, `&type=${type}`)
    if (event === undefined) throw new Error(`there is no ${type}`)
    return event
  }
  const place = { address: expect.stringMatching(/127\.0\.0\.1$/), user_agent: userAgent.slice(0, 200) }

  test('are there, with where they came from', async () => {
    const world = await createWorld(desk)
    const signingIn = await tryIn(world, world.cleo.email, password)
    bodyOf(signingIn)
    const started = { session_id: expect.any(String), ...place }
    const who = {
      subject_id: world.cleo.id,
      actor_id: world.cleo.id,
      actor_role: 'customer',
      request_id: signingIn.headers.get('x-request-id'),
    }
    expect(await newest(world, 'session.started')).toMatchObject({ ...who, details: started, changes: {} })
    bodyOf(await tryIn(world, world.tess.email, password, '/users/signin', 'email'))
    expect(await newest(world, 'session.started')).toMatchObject({ subject_id: world.tess.id, details: started })
    const registered = await auditOf(world, `&subject=${world.carl.id}`)
    expect(typesOf(registered)).toEqual(['session.started', 'customer.registered'])
  })

  test('are there when they failed, without what was tried', async () => {
    const world = await createWorld(desk)
    const { ada, carl } = world
    bodyOf(await ada.delete(`/customers/${carl.id}`))
    const invited = bodyOf(await ada.post('/customers', { name: 'Ivy', email: `ivy@${world.slug}.example.com` }))
    const attempts: [string, string, string][] = [
      [world.cleo.email, world.cleo.id, 'wrong_password'],
      ['ada', 'ada', 'wrong_password'],
      [carl.email, carl.id, 'deactivated'],
      [invited.email, invited.customer_id, 'invited'],
      ['a-secret-in-the-wrong-field', '-', 'unknown_name'],
    ]
    for (const [name, subject, reason] of attempts) {
      const refused = await tryIn(world, name, 'a-wrong-password')
      expect(refused.status).toBe(401)
      const event = await newest(world, 'sign_in.failed')
      expect(event).toMatchObject({ subject_id: subject, actor_id: null, actor_role: 'system', changes: {} })
      expect([event.request_id, event.details]).toEqual([refused.headers.get('x-request-id'), { ...place, reason }])
    }
    expect((await tryIn(world, carl.email, password)).status).toBe(401)
    expect((await newest(world, 'sign_in.failed')).details.reason).toBe('deactivated')
    const text = JSON.stringify(await auditOf(world))
    for (const word of ['a-wrong-password', 'a-secret-in-the-wrong-field', password]) expect(text).not.toContain(word)
    expect(await auditOf(world, '&subject=-')).toHaveLength(1)
  })

  test('end: signed out, and revoked when a refresh token comes twice', async () => {
    const world = await createWorld(desk)
    const first = await world.signIn('ada', password)
    const second = await world.signIn(world.cleo.email, password)
    bodyOf(await first.post('/auth/logout'))
    expect(await newest(world, 'session.ended')).toMatchObject({ subject_id: 'ada', actor_id: 'ada' })
    const refresh = (token = second.refreshToken) =>
      world.nobody.post('/auth/refresh', { refresh_token: token }, { headers })
    bodyOf(await refresh(bodyOf(await refresh()).refresh_token))
    expect(await auditOf(world, '&type=session.revoked')).toEqual([])
    for (let use = 0; use < 2; use += 1) expect((await refresh()).status).toBe(401)
    const revoked = await auditOf(world, '&type=session.revoked')
    expect(revoked).toHaveLength(1)
    expect(revoked[0]).toMatchObject({
      subject_id: world.cleo.id,
      actor_id: null,
      details: { reason: 'refresh_token_reused', session_id: expect.any(String), ...place },
    })
  })

  test('and passwords: changed, not changed, asked to be reset; without anything that opens an account', async () => {
    const world = await createWorld(desk)
    const change = (current: string) =>
      world.cleo.post('/auth/password/change', { current_password: current, password: 'another-horse-8' })
    expect((await change('a-wrong-password')).status).toBe(422)
    bodyOf(await change(password))
    bodyOf(await world.nobody.post('/auth/password/forgot', { email: world.cleo.email }))
    const events = await auditOf(world, '&type=password.*')
    expect(typesOf(events)).toEqual(['password.reset_requested', 'password.changed', 'password.proof_failed'])
    for (const { subject_id } of events) expect(subject_id).toBe(world.cleo.id)
    expect(events[0]?.details).toEqual({ expires_minutes: 30 })
    bodyOf(await world.ada.post('/customers', { name: 'Ivy', email: `ivy@${world.slug}.example.com` }))
    expect((await newest(world, 'account.invited')).details).toEqual({ expires_days: 7 })
    expect(JSON.stringify(await auditOf(world))).not.toMatch(/reset_id|-horse-/)
  })
})

describe('the filters', () => {
  let world: World
  let all: AuditEvent[]
  beforeAll(async () => {
    world = await createWorld(desk)
    for (const person of [world.cleo, world.carl, world.cleo]) await createTicket(person)
    await assignTicket(world.ada, 'TKT0002', world.tess)
    bodyOf(await world.tess.put('/tickets/TKT0002', { status: 'in_progress', priority: 'low' }))
    await logIn(world.nobody, 'nobody')
    all = await auditOf(world)
  })

  const starts = (start: string) => (event: AuditEvent) => event.type.startsWith(start)
  const filters: Record<string, (event: AuditEvent) => boolean> = {
    'actor=CUS0001': (event) => event.actor_id === 'CUS0001',
    'actor=system': (event) => event.actor_id === null,
    'actor=NOBODY': () => false,
    'type=ticket.created': (event) => event.type === 'ticket.created',
    'type=ticket.*': starts('ticket.'),
    'type=t*': starts('t'),
    'subject=TKT0002': (event) => event.subject_id === 'TKT0002',
    'subject=TKT0002&type=ticket.status_changed': (event) => event.type === 'ticket.status_changed',
    'subject=TKT0002&type=ticket.*&actor=TEC0001': (event) =>
      event.subject_id === 'TKT0002' && event.actor_id === 'TEC0001',
    'actor=CUS0001&type=session.*': (event) => event.actor_id === 'CUS0001' && starts('session.')(event),
    'actor=system&type=sign_in.failed': starts('sign_in.failed'),
    'actor=CUS0002&type=ticket.created': (event) => event.type === 'ticket.created' && event.actor_id === 'CUS0002',
  }

  test.each(Object.entries(filters))('%s', async (query, wanted) => {
    const expected = all.filter(wanted)
    expect(await auditOf(world, `&${query}`)).toEqual(expected)
    const [pivot] = all.slice(Math.floor(all.length / 2))
    const at = pivot?.occurred_at ?? ''
    const [since, before] = [`&${query}&from=${at}`, `&${query}&to=${at}`]
    expect(await auditOf(world, since)).toEqual(expected.filter(({ occurred_at }) => occurred_at >= at))
    expect(await auditOf(world, before)).toEqual(expected.filter(({ occurred_at }) => occurred_at < at))
    const pages: AuditEvent[] = []
    let cursor = ''
    do {
      const { events, page } = bodyOf(await world.ada.get(`/audit?limit=2&${query}${cursor}`))
      pages.push(...events)
      cursor = page.next_cursor === null ? '' : `&cursor=${page.next_cursor}`
    } while (cursor !== '')
    expect(pages).toEqual(expected)
  })

  test('that are malformed are refused', async () => {
    const bad = [
      'type=Ticket',
      'type=*',
      'type=a*b',
      'type=ticket',
      'type=nothing.*',
      'type=toString',
      'from=yesterday',
      'actor=',
      'limit=0',
      'cursor=x',
      'subject_id=x',
    ]
    for (const query of bad) expect([query, (await world.ada.get(`/audit?${query}`)).status]).toEqual([query, 400])
  })

  test('are for admins, of their own tenant only', async () => {
    const other = await createWorld(desk)
    await desk.settled()
    const theirs = await auditOf(other)
    // The numbers tell nothing of what happens in other tenants: each tenant counts by itself.
    expect(theirs.map(({ event_id }) => event_id)).toEqual(theirs.map((_, at) => theirs.length - at))
    const hashes = new Set(all.map(({ hash }) => hash))
    expect(theirs.filter(({ hash }) => hashes.has(hash))).toEqual([])
    const refused = async (person: Person, path: string) => (await person.get(path)).status
    for (const path of ['/audit', '/audit/verify']) {
      for (const person of [world.tess, world.cleo]) expect(await refused(person, path)).toBe(403)
      expect((await world.nobody.get(path)).status).toBe(401)
    }
  })
})
