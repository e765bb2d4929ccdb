import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTicket, issue } from '../../../testing/support/create-tickets.ts'
import { createWorld, type World } from '../../../testing/support/people.ts'
import { recordedEvents } from '../../../testing/support/recorded-events.ts'
import { bodyOf, expectRefusal, expectSuccess } from '../../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { writeMails } from '../../../testing/support/write-mails.ts'

let desk: Desk
let world: World
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
  world = await createWorld(desk)
})
afterAll(() => desk?.stop())

const tagsOf = async () =>
  Object.fromEntries(bodyOf(await world.ada.get('/tags')).tags.map((tag: Record<string, unknown>) => [tag.tag, tag]))

test('an admin creates a ticket with technician, tags and priority at once', async () => {
  const { ada, cleo, tess, tom } = world
  const given = { technician_id: tess.id, tags: ['VPN', 'vpn ', 'Büro'], priority: 'high' }
  for (const path of ['/tickets', `/tickets/customer/${cleo.id}`]) {
    const body = { ...issue, ...given, ...(path === '/tickets' ? { customer_id: cleo.id } : {}) }
    const created = bodyOf(await ada.post(path, body))
    expect(created).toMatchObject({
      status: 'assigned',
      technician_name: 'Tess Technician',
      tags: ['büro', 'vpn'],
      priority: 'high',
      version: 2,
    })
    expect(bodyOf(await ada.get(`/tickets/${created.ticket_id}`))).toEqual(created)
    const events = (await recordedEvents(desk, world)).filter(({ subject_id }) => subject_id === created.ticket_id)
    expect(events.map(({ type, subject_version, details }) => [type, subject_version, details.tag])).toEqual([
      ['ticket.created', 1, undefined],
      ['ticket.assigned', 2, undefined],
      ['ticket.tagged', null, 'büro'],
      ['ticket.tagged', null, 'vpn'],
    ])
    await writeMails(desk)
    const { emails } = bodyOf(await ada.get(`/emails?ticket_id=${created.ticket_id}`))
    const told = emails.map((mail: Record<string, unknown>) => `${mail.template} ${mail.account_id}`)
    expect(told.sort()).toEqual([
      `ticket_assigned_customer ${cleo.id}`,
      `ticket_assigned_technician ${tess.id}`,
      `ticket_created_customer ${cleo.id}`,
    ])
    const [confirmation] = emails.filter((mail: Record<string, unknown>) => mail.template === 'ticket_created_customer')
    const { text } = bodyOf(await ada.get(`/emails/${confirmation.email_id}`))
    expect(text).toContain('Tess Technician looks after it.')
    expect(text).not.toContain('Next, a technician takes it on')
  }
  expect((await tagsOf()).vpn).toMatchObject({ ticket_count: 2 })
  // One of the two alone, and neither.
  const tagged = await createTicket(ada, { customer_id: cleo.id, tags: ['vpn'] })
  expect(bodyOf(await ada.get(`/tickets/${tagged}`))).toMatchObject({ status: 'new', tags: ['vpn'], version: 1 })
  const assigned = await createTicket(ada, { customer_id: cleo.id, technician_id: tom.id, tags: [] })
  expect(bodyOf(await tom.get(`/tickets/${assigned}`))).toMatchObject({ technician_id: tom.id, tags: [] })
})

test('nothing is created when the technician or a tag cannot be', async () => {
  const { ada, cleo, technician } = world
  const gone = await technician('Gus', 'Network')
  expectSuccess(await ada.delete(`/technicians/${gone.id}`))
  const last = await createTicket(cleo)
  const body = { ...issue, customer_id: cleo.id, tags: ['lonely'] }
  for (const technician_id of [gone.id, 'TEC9999']) {
    await expectRefusal(ada.post('/tickets', { ...body, technician_id }), 422, 'technician_unavailable')
  }
  for (const wrong of [{ tags: ['!'] }, { tags: 'vpn' }, { tags: Array(51).fill('x') }, { technician_id: null }]) {
    await expectRefusal(ada.post('/tickets', { ...body, ...wrong }), 400, 'validation_failed')
  }
  expect(await tagsOf()).not.toHaveProperty('lonely')
  // No number is used up.
  expect(Number((await createTicket(cleo)).slice(3))).toBe(Number(last.slice(3)) + 1)
})

test('customers name neither, as if the members did not exist', async () => {
  const { cleo, tess } = world
  for (const path of ['/tickets', `/tickets/customer/${cleo.id}`]) {
    for (const more of [{ technician_id: tess.id }, { tags: ['vpn'] }, { tags: [] }]) {
      const refused = await expectRefusal(cleo.post(path, { ...issue, ...more }), 400, 'validation_failed')
      const unknown = await expectRefusal(cleo.post(path, { ...issue, nothing: 1 }), 400, 'validation_failed')
      const [member = ''] = Object.keys(more)
      expect(refused.text.replaceAll(member, '…').replace(/"request_id":"[^"]*"/, '')).toBe(
        unknown.text.replaceAll('nothing', '…').replace(/"request_id":"[^"]*"/, ''),
      )
    }
  }
})

test('a key gives the same ticket again, and many at once have numbers without gaps', async () => {
  const { ada, cleo, tess } = world
  const body = { ...issue, customer_id: cleo.id, technician_id: tess.id, tags: ['many', 'vpn'] }
  const key = { headers: { 'Idempotency-Key': 'prepared' } }
  const first = bodyOf(await ada.post('/tickets', body, key))
  expect(bodyOf(await ada.post('/tickets', body, key))).toEqual(first)
  const ids = await Promise.all(
    Array.from({ length: 12 }, (_, n) =>
      n % 2 ? createTicket(cleo) : createTicket(ada, n % 4 ? body : { ...body, tags: ['vpn', 'many', `tag ${n}`] }),
    ),
  )
  const numbers = ids.map((id) => Number(id.slice(3))).sort((left, right) => left - right)
  expect(numbers).toEqual(numbers.map((_, n) => Number(first.ticket_id.slice(3)) + 1 + n))
  expect((await tagsOf()).many).toMatchObject({ ticket_count: 7 })
})
