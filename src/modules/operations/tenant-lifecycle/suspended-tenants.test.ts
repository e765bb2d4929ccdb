import { afterAll, beforeAll, expect, test } from 'vitest'
import { askerOf, mapHost } from '../../../testing/support/any-host.ts'
import { createTickets, deleteTicket, resolveTicket } from '../../../testing/support/create-tickets.ts'
import { attach, reachable, textFile } from '../../../testing/support/files.ts'
import { mailScenario } from '../../../testing/support/mail-scene.ts'
import { createOperator } from '../../../testing/support/operator-client.ts'
import { createWorld, password, type World } from '../../../testing/support/people.ts'
import { type Api, bodyOf, createApi, expectRefusal, expectStatus } from '../../../testing/support/requests.ts'
import { patience } from '../../../testing/support/scene.ts'
import { createMovableClock, enrol, finish } from '../../../testing/support/second-factors.ts'
import {
  askedRegistration,
  confirmationToken,
  forgetPassword,
  logIn,
  refresh,
  resetPassword,
} from '../../../testing/support/sign-in-requests.ts'
import { sqlOn } from '../../../testing/support/sql-on.ts'
import { openStream } from '../../../testing/support/stream-client.ts'
import { unsubscribeToken } from '../../../testing/support/unsubscribe-token.ts'
import { until } from '../../../testing/support/waiting.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { writeMails } from '../../../testing/support/write-mails.ts'
import { writeDigests } from '../../channels/outgoing-mail/outgoing-mail.service.ts'
import { endRestoring } from '../../desk/attachments/deleted-tickets.service.ts'
import { closeTicketsInTime } from '../../desk/ticket-changes/close-tickets.service.ts'

// What a suspended tenant does not do, place by place. What it does again afterwards is tested with it.

let desk: Desk
let operator: Api
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
  operator = createOperator(desk)
})
afterAll(() => desk?.stop())

const suspend = async ({ slug }: World): Promise<void> => {
  expectStatus(await operator.post(`/tenants/${slug}/suspend`), 200)
}
const resume = async ({ slug }: World): Promise<void> => {
  expectStatus(await operator.post(`/tenants/${slug}/resume`), 200)
}
const suspended = [403, 'tenant_suspended'] as const

test('nobody signs in, registers or asks for a password, and sessions and tokens do nothing until it goes on', async () => {
  const world = await createWorld(desk)
  const { ada, cleo, tom, nobody, slug } = world
  const made = bodyOf(await ada.post('/api-tokens', { name: 'Report', scopes: ['ticket:list'] }))
  const program = createApi(desk.url, { Authorization: `Bearer ${made.token}` })
  const { account_id } = bodyOf(await ada.post('/service-accounts', { name: 'Robot', role: 'admin' }))
  const service = { name: 'Report', scopes: ['ticket:list'] }
  const served = bodyOf(await ada.post(`/service-accounts/${account_id}/api-tokens`, service))
  const robot = createApi(desk.url, { Authorization: `Bearer ${served.token}` })
  const browser = expectStatus(await nobody.post('/users/signin', { email: cleo.email, password }), 200)
  const [cookie = ''] = browser.headers.getSetCookie()
  const byCookie = createApi(desk.url, { Cookie: cookie.split(';')[0] ?? '' })
  const { recoveryCodes } = await enrol(tom, createMovableClock())
  const asked = await expectRefusal(logIn(nobody, tom.email), 401, 'second_factor_required')
  const { pass } = bodyOf(await ada.post('/events/passes'))
  for (const one of [program, robot]) expectStatus(await one.get('/tickets'), 200)

  await suspend(world)
  for (const one of [ada, cleo]) await expectRefusal(one.get('/auth/me'), ...suspended)
  for (const one of [program, robot]) await expectRefusal(one.get('/tickets'), ...suspended)
  await expectRefusal(byCookie.get('/me'), 401, 'invalid_token')
  await expectRefusal(createApi(desk.url).get(`/events/stream?pass=${pass}`), 401, 'invalid_token')
  await expectRefusal(logIn(nobody, cleo.email), ...suspended)
  await expectRefusal(nobody.post('/users/signin', { email: cleo.email, password }), ...suspended)
  await expectRefusal(finish(nobody, asked.body.challenge, { recovery_code: recoveryCodes[0] ?? '' }), ...suspended)
  await expectRefusal(refresh(world, cleo.refreshToken), ...suspended)
  await expectRefusal(nobody.get('/registration'), ...suspended)
  const newcomer = { name: 'Nina', email: `nina@${slug}.example.com`, password }
  for (const path of ['/auth/register', '/users/signup']) await expectRefusal(nobody.post(path, newcomer), ...suspended)
  await expectRefusal(nobody.post('/auth/password/forgot', { email: cleo.email }), ...suspended)

  await resume(world)
  for (const one of [ada, cleo]) expectStatus(await one.get('/auth/me'), 200)
  for (const one of [program, robot]) expectStatus(await one.get('/tickets'), 200)
  expectStatus(await byCookie.get('/me'), 200)
  expectStatus(await refresh(world, cleo.refreshToken), 200)
  expectStatus(await finish(nobody, asked.body.challenge, { recovery_code: recoveryCodes[0] ?? '' }), 200)
})

test('another process knows it within two seconds', async () => {
  const world = await createWorld(desk)
  const other = await startDesk({ databaseUrl: desk.databaseUrl, withWorker: false })
  try {
    const ada = createApi(other.url, world.ada.headers)
    const nobody = createApi(other.url, { 'X-Tenant': world.slug })
    expectStatus(await ada.get('/me'), 200)
    expectStatus(await logIn(nobody, world.cleo.email), 200)
    await suspend(world)
    await until('the session does nothing', async () => (await ada.get('/me')).status === 403)
    await until('nobody signs in', async () => (await logIn(nobody, world.cleo.email)).status === 403)
  } finally {
    await other.stop()
  }
})

test('the links of mails say so, and keep', async () => {
  const world = await createWorld(desk, { areConfirmed: false })
  const { ada, cleo, carl, nobody, slug } = world
  const reset = await forgetPassword(desk, world, cleo)
  const confirm = await confirmationToken(desk, world, carl)
  expectStatus(await ada.patch('/settings', { registration: 'confirmed' }), 200)
  const register = await askedRegistration(desk, world, `late@${slug}.example.com`)
  const look = async (purpose: string, token: string) => bodyOf(await nobody.post('/auth/link', { purpose, token })).end
  const links = [
    ['password', reset],
    ['email', confirm],
    ['registration', register],
  ] as const
  await suspend(world)
  for (const [purpose, token] of links) expect(await look(purpose, token), purpose).toBe('suspended')
  await expectRefusal(resetPassword(world, reset), ...suspended)
  await expectRefusal(nobody.post('/auth/email/confirm', { token: confirm }), ...suspended)
  await expectRefusal(nobody.post('/auth/register/confirm', { token: register, password }), ...suspended)
  const page = await fetch(`${desk.url}/password/reset?token=${reset}`, { headers: { Accept: 'text/html' } })
  expect(await page.text()).toContain('This helpdesk is suspended')
  await resume(world)
  for (const [purpose, token] of links) expect(await look(purpose, token), purpose).toBeNull()
  expectStatus(await resetPassword(world, reset), 204)
  expectStatus(await nobody.post('/auth/email/confirm', { token: confirm }), 204)
})

test('a browser reads that it is suspended, and nothing of a form, at the address of the tenant and below it', async () => {
  const world = await createWorld(desk)
  await suspend(world)
  for (const path of ['/', '/signin', '/tickets/TKT0001', '/email/confirm?token=x']) {
    const page = await fetch(`${desk.url}/t/${world.slug}${path}`, {
      headers: { Accept: 'text/html', 'Accept-Language': 'de' },
    })
    expect(page.status, path).toBe(403)
    const text = await page.text()
    expect(text, path).toContain('<h1>Dieser Helpdesk ist zurzeit stillgelegt</h1>')
    expect(text, path).not.toContain('Formular')
  }
  await expectRefusal(createApi(`${desk.url}/t/${world.slug}`).get('/registration'), ...suspended)
})

test('a link to unsubscribe still works at both addresses of the tenant; nothing else there does', async () => {
  const world = await createWorld(desk)
  const token = await unsubscribeToken(desk, world)
  const host = `hilfe.${world.slug}.example`
  await mapHost(desk, world, host)
  await suspend(world)
  const browser = { Accept: 'text/html', 'Accept-Language': 'en' }
  const oneClick = { 'Content-Type': 'application/x-www-form-urlencoded' }
  const body = 'List-Unsubscribe=One-Click'
  const asking = askerOf(desk)
  const places: [string, Record<string, string>][] = [
    [`/t/${world.slug}`, {}],
    ['', { Host: host }],
  ]
  for (const [start, at] of places) {
    const path = `${start}/unsubscribe?token=${token}`
    const page = await asking(path, { headers: { ...browser, ...at } })
    expect([page.status, page.text.includes('<button')], path).toEqual([200, true])
    const other = await asking(`${start}/signin`, { headers: { ...browser, ...at } })
    expect([other.status, other.text.includes('suspended')], path).toEqual([403, true])
  }
  for (const [start, at] of places) {
    const path = `${start}/unsubscribe?token=${token}`
    const clicked = await asking(path, { headers: { ...oneClick, ...at }, body })
    expect([clicked.status, clicked.text.includes('You get no mails about')], path).toEqual([200, true])
    const posted = await asking(`${start}/api/unsubscribe`, { headers: at, body: { token } })
    expect(posted.status, path).toBe(204)
  }
  expect((await asking('/t/nobody/unsubscribe?token=x', { headers: browser })).status).toBe(404)
})

test('open streams end, and files at signed addresses are not served', async () => {
  const world = await createWorld(desk)
  const [id = ''] = await createTickets(world.cleo, 1)
  const { attachment_id } = await attach(desk, world.cleo, id, textFile())
  const { download_url } = bodyOf(await world.cleo.get(`/tickets/${id}/attachments/${attachment_id}`))
  const served = async () => (await fetch(reachable(desk, download_url))).status
  expect(await served()).toBe(200)
  const stream = await openStream(desk, world.ada.headers)
  await suspend(world)
  await stream.untilClosed()
  expect(await served()).toBe(403)
  await resume(world)
  expect(await served()).toBe(200)
})

const ticketsOf = (world: World, columns: string) =>
  sqlOn(desk.databaseUrl, `select ${columns} from tickets where tenant_id = $1 order by ticket_number`, [
    world.tenantId,
  ])

test('no ticket is closed, and no deleted ticket loses its files', async () => {
  const [world, other] = [await createWorld(desk), await createWorld(desk)]
  for (const { ada, cleo, tess } of [world, other]) {
    const [resolved = '', deleted = ''] = await createTickets(cleo, 2)
    await resolveTicket(ada, resolved, tess)
    await deleteTicket(ada, deleted)
  }
  const age = `update tickets set resolved_date = resolved_date - interval '40 days',
    deleted_at = deleted_at - interval '40 days' where tenant_id in ($1, $2)`
  await sqlOn(desk.databaseUrl, age, [world.tenantId, other.tenantId])
  const work = async (): Promise<void> => {
    await closeTicketsInTime(desk.app)
    await endRestoring(desk.app, 100)
  }
  const states = (of: World) => ticketsOf(of, 'status, gone_at is not null as is_gone')
  await suspend(world)
  await work()
  expect(await states(world)).toEqual([
    { status: 'resolved', is_gone: false },
    { status: 'new', is_gone: false },
  ])
  const done = [
    { status: 'closed', is_gone: false },
    { status: 'new', is_gone: true },
  ]
  expect(await states(other)).toEqual(done)
  await resume(world)
  await work()
  expect(await states(world)).toEqual(done)
})

const digestItems = async (world: World): Promise<number> => {
  const count = 'select count(*)::integer as items from digest_items where tenant_id = $1'
  return Number((await sqlOn(desk.databaseUrl, count, [world.tenantId]))[0]?.items)
}

test('no digest is written', async () => {
  const world = await createWorld(desk)
  expectStatus(await world.cleo.patch('/me/notifications', { ways: { ticket_created: 'daily' } }), 200)
  await createTickets(world.cleo, 1)
  await writeMails(desk)
  expect(await digestItems(world)).toBe(1)
  const due = `update digest_items set due_at = now() - interval '1 hour' where tenant_id = $1`
  await sqlOn(desk.databaseUrl, due, [world.tenantId])
  await suspend(world)
  await writeDigests(desk.app)
  expect(await digestItems(world)).toBe(1)
  await resume(world)
  await writeDigests(desk.app)
  expect(await digestItems(world)).toBe(0)
})

mailScenario('mails are held untried, and go out when the tenant goes on', patience, async ({ scene }) => {
  const smtp = await scene.startMail()
  const databaseUrl = await scene.newDatabase()
  const web = await scene.openDesk(smtp.url, {}, { databaseUrl, withWorker: false })
  const [world, neighbour] = [await createWorld(web), await createWorld(web)]
  await createTickets(world.cleo, 1)
  await writeMails(web)
  expectStatus(await createOperator(web).post(`/tenants/${world.slug}/suspend`), 200)
  const states = ({ tenantId }: World) =>
    sqlOn(
      databaseUrl,
      `select state, attempts, count(*)::integer as mails from emails where tenant_id = $1 group by 1, 2`,
      [tenantId],
    )
  const held = await states(world)
  expect(held).toMatchObject([{ state: 'queued', attempts: 0 }])
  await createTickets(neighbour.cleo, 1)
  const worker = await scene.openDesk(smtp.url, {}, { databaseUrl })
  await until('the neighbour is mailed', async () => {
    const found = await states(neighbour)
    return found.length === 1 && found[0]?.state === 'sent'
  })
  expect(await states(world)).toEqual(held)
  expect(smtp.attempts.filter((recipient) => recipient.includes(world.slug))).toEqual([])

  expectStatus(await createOperator(worker).post(`/tenants/${world.slug}/resume`), 200)
  const [{ mails } = { mails: 0 }] = held
  await until('they go out', async () => {
    const found = await states(world)
    return found.length === 1 && found[0]?.state === 'sent' && Number(found[0]?.mails) >= Number(mails)
  })
})
