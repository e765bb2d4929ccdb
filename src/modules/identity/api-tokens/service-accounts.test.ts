import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTicket, issue } from '../../../testing/support/create-tickets.ts'
import { createWorld, password, type World } from '../../../testing/support/people.ts'
import { recordedEvents } from '../../../testing/support/recorded-events.ts'
import {
  type Api,
  bodyOf,
  createApi,
  expectRefusal,
  expectStatus,
  ticketIdsIn,
} from '../../../testing/support/requests.ts'
import { logIn } from '../../../testing/support/sign-in-requests.ts'
import { toldIn } from '../../../testing/support/told.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'

let desk: Desk
let world: World
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
  world = await createWorld(desk)
})
afterAll(() => desk?.stop())

interface Program extends Api {
  id: string
  tokenId: string
}

/** Makes a service account with a token. */
const programOf = async (service: object, scopes: string[]): Promise<Program> => {
  const { account_id: id } = expectStatus(await world.ada.post('/service-accounts', service), 201).body
  const made = await world.ada.post(`/service-accounts/${id}/api-tokens`, { name: 'Token', scopes })
  const { token, token_id } = expectStatus(made, 201).body
  return { ...createApi(desk.url, { Authorization: `Bearer ${token}` }), id, tokenId: token_id }
}
const robot = { name: 'Robot', role: 'admin' }
const monitor = { name: 'Monitoring', role: 'technician', category: 'network' }

test('a service account acts by its name and role, and has no address', async () => {
  const program = await programOf(robot, ['ticket:create', 'ticket:read', 'comment:create', 'comment:list'])
  const { user } = bodyOf(await program.get('/auth/me'))
  expect(user).toEqual({ id: program.id, role: 'admin', name: 'Robot', email: null, tenant: world.slug })
  expect(bodyOf(await program.get('/users/currentuser')).currentUser).toBeNull()
  const ticket = expectStatus(await program.post('/tickets', { ...issue, customer_id: world.cleo.id }), 201).body
  const said = await program.post(`/tickets/${ticket.ticket_id}/comments`, { body: 'Seen.', visibility: 'public' })
  expectStatus(said, 201)
  const { comments } = bodyOf(await world.cleo.get(`/tickets/${ticket.ticket_id}/comments`))
  expect(comments[0]).toMatchObject({ author_name: 'Robot', author_role: 'admin' })
  const { history } = bodyOf(await world.ada.get(`/tickets/${ticket.ticket_id}/history`))
  expect(history.map(({ actor }: { actor: { name: string } }) => actor.name)).toEqual(['Robot', 'Robot'])
  expect(bodyOf(await world.ada.get(`/audit?actor=${program.id.toLowerCase()}`)).events).toBeDefined()
})

test('one of the role technician sees what a technician of its category sees, and takes no ticket', async () => {
  const id = await createTicket(world.cleo)
  const program = await programOf(monitor, ['ticket:list', 'ticket:read', 'ticket:update', 'ticket:watch'])
  expect(ticketIdsIn(await program.get('/tickets'))).toContain(id)
  await expectRefusal(program.put(`/tickets/${id}`, { technician_id: program.id }), 400, 'validation_failed')
  await expectRefusal(program.put(`/tickets/${id}`, { status: 'in_progress' }), 403, 'forbidden')
  for (const who of [program, world.ada]) {
    await expectRefusal(who.put(`/tickets/${id}/watchers/${program.id}`), 422, 'watcher_unavailable')
  }
  await expectRefusal(world.ada.put(`/tickets/${id}`, { technician_id: program.id }), 400, 'validation_failed')
  // Another category: other tickets, at once.
  expectStatus(await world.ada.patch(`/service-accounts/${program.id}`, { category: 'Printer' }), 200)
  expect(ticketIdsIn(await program.get('/tickets'))).not.toContain(id)
  await expectRefusal(program.get(`/tickets/${id}`), 404, 'ticket_not_found')
})

test('one of the role technician does not watch what it creates, and is told of nothing', async () => {
  const program = await programOf(monitor, ['ticket:create', 'ticket:watch', 'ticket:read-watchers'])
  for (const issue_category of ['Network', 'Printer']) {
    const created = await program.post('/tickets', { ...issue, issue_category, customer_id: world.cleo.id })
    const { ticket_id: id } = expectStatus(created, 201).body
    expect(bodyOf(await world.ada.get(`/tickets/${id}/watchers`)).watchers).toEqual([])
    await expectRefusal(world.ada.put(`/tickets/${id}/watchers/${program.id}`), 422, 'watcher_unavailable')
  }
  expect((await recordedEvents(desk, world, 'ticket.watcher_added')).map(({ actor_id }) => actor_id)).not.toContain(
    program.id,
  )
})

test('nobody signs in to it, no list of people has it, and nothing of a person can be done to it', async () => {
  const { ada, tess, nobody } = world
  const { id } = await programOf(robot, ['ticket:read'])
  for (const name of [id, id.toLowerCase(), 'Robot'])
    await expectRefusal(logIn(nobody, name), 401, 'invalid_credentials')
  for (const path of ['/people?limit=100', '/directory?limit=100', '/technicians?limit=100', '/customers?limit=100']) {
    expect((await ada.get(path)).text, path).not.toContain('SVC')
  }
  expect((await tess.get('/directory?q=Robot')).text).not.toContain('SVC')
  expect((await ada.get('/people?q=SVC')).text).not.toContain('SVC')
  const asked: [string, string, object?][] = [
    ['GET', `/people/${id}`],
    ['PATCH', `/people/${id}`, { name: 'Ann' }],
    ['PATCH', `/people/${id}`, { role: 'technician', category: 'Network', phone_number: '030 1234' }],
    ['DELETE', `/people/${id}`],
    ['POST', `/people/${id}/reactivate`],
    ['POST', `/people/${id}/invitation`],
    ['DELETE', `/people/${id}/sessions`],
    ['POST', `/people/${id}/second-factor/reset`, { current_password: password }],
  ]
  for (const [method, path, body] of asked) {
    const { status, body: answer } = await ada.send(method, path, body)
    expect([method, path, status, answer?.code]).toEqual([method, path, 404, 'account_not_found'])
  }
})

test('it is not the last admin, and is told of nothing', async () => {
  const lone = await createWorld(desk)
  expectStatus(await lone.ada.post('/service-accounts', robot), 201)
  await expectRefusal(lone.ada.delete('/people/ada'), 409, 'last_admin')
  const told = toldIn(desk, lone)
  expect(await told(() => createTicket(lone.cleo))).toEqual([
    `ticket.created: ${lone.cleo.id} (customer)`,
    'ticket.created: ada (admin)',
  ])
  const token = { name: 'Token', scopes: ['ticket:read'] }
  expect(await told(() => lone.ada.post('/service-accounts/SVC0001/api-tokens', token))).toEqual([])
})

test('admins manage it in a session; its tokens end with it, and it does not come back', async () => {
  const { ada, tess, cleo } = world
  const program = await programOf(robot, ['ticket:read', 'person:list'])
  expectStatus(await program.get('/people'), 200)
  for (const [method, path, body] of [
    ['GET', '/service-accounts'],
    ['POST', '/service-accounts', robot],
    ['POST', `/service-accounts/${program.id}/api-tokens`, { name: 'More', scopes: ['ticket:read'] }],
  ] as [string, string, object?][]) {
    await expectRefusal(program.send(method, path, body), 403, 'session_required')
    for (const person of [tess, cleo]) await expectRefusal(person.send(method, path, body), 403, 'forbidden')
  }
  const listed = bodyOf(await ada.get(`/api-tokens?account_id=${program.id}`)).api_tokens
  expect(listed.map(({ token_id }: { token_id: string }) => token_id)).toEqual([program.tokenId])
  expectStatus(await ada.delete(`/service-accounts/${program.id}`), 204)
  await expectRefusal(program.get('/auth/me'), 401, 'invalid_token')
  expectStatus(await ada.delete(`/service-accounts/${program.id}`), 204)
  const more = { name: 'More', scopes: ['ticket:read'] }
  const path = `/service-accounts/${program.id}/api-tokens`
  await expectRefusal(ada.post(path, more), 422, 'service_account_deactivated')
  await expectRefusal(ada.post('/service-accounts/SVC9999/api-tokens', more), 404, 'service_account_not_found')
  const events = (await recordedEvents(desk, world, 'service_account.%')).filter(
    ({ subject_id }) => subject_id === program.id,
  )
  expect(events.map(({ type }) => type)).toEqual(['service_account.created', 'service_account.deactivated'])
  const { service_accounts } = bodyOf(await ada.get('/service-accounts?status=deactivated'))
  expect(service_accounts.map(({ account_id }: { account_id: string }) => account_id)).toEqual([program.id])
})

test('bad wishes are refused', async () => {
  const { ada } = world
  for (const wrong of [
    { name: 'A', role: 'customer' },
    { name: 'A', role: 'technician' },
    { name: 'A', role: 'admin', category: 'Network' },
    { name: '', role: 'admin' },
    { ...robot, email: 'robot@example.com' },
    { ...robot, password },
  ]) {
    await expectRefusal(ada.post('/service-accounts', wrong), 400, 'validation_failed')
  }
  const { id } = await programOf(robot, ['ticket:read'])
  await expectRefusal(ada.patch(`/service-accounts/${id}`, { category: 'Network' }), 400, 'validation_failed')
  await expectRefusal(ada.patch(`/service-accounts/${id}`, { role: 'technician' }), 400, 'validation_failed')
  const path = `/service-accounts/${(await programOf(monitor, ['ticket:read'])).id}/api-tokens`
  await expectRefusal(ada.post(path, { name: 'A', scopes: ['audit:read'] }), 400, 'validation_failed')
})

test('a missing counter is made anew, above the user id of an admin that looks like a number', async () => {
  const { ada, tenantId } = await createWorld(desk)
  await desk.owner.query(
    `insert into accounts (tenant_id, account_id, role, sign_in_name, email, name, status)
     values ($1, 'SVC0002', 'admin', 'old-admin', 'old@example.com', 'Old', 'invited')`,
    [tenantId],
  )
  const numbers: string[] = []
  for (let n = 0; n < 2; n += 1) numbers.push(bodyOf(await ada.post('/service-accounts', robot)).account_id)
  await desk.owner.query('delete from counters where tenant_id = $1', [tenantId])
  numbers.push(bodyOf(await ada.post('/service-accounts', robot)).account_id)
  expect(numbers).toEqual(['SVC0001', 'SVC0003', 'SVC0004'])
})
