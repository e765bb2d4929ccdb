import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createTickets } from '../../../testing/support/create-tickets.ts'
import { createWorld, type Person, type World } from '../../../testing/support/people.ts'
import { recordedEvents } from '../../../testing/support/recorded-events.ts'
import { type Api, createApi, ticketIdsIn, verdict } from '../../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'

const limit = 20
let desk: Desk
let world: World
let ids: string[]
const desks: Desk[] = []
beforeAll(async () => {
  desk = await startDesk({ settings: { QUOTA_TECHNICIAN_TICKETS_READ_PER_DAY: String(limit) } })
})
beforeEach(async () => {
  world = await createWorld(desk)
  ids = await createTickets(world.cleo, 26)
})
afterAll(async () => {
  await Promise.all(desks.map((other) => other.stop()))
  await desk?.stop()
})

const again = async (): Promise<Desk> => {
  const settings = { QUOTA_TECHNICIAN_TICKETS_READ_PER_DAY: String(limit) }
  const other = await startDesk({ databaseUrl: desk.databaseUrl, settings, withWorker: false })
  desks.push(other)
  return other
}
const at = (where: Desk, { headers }: Person): Api => createApi(where.url, headers)
const read = async (person: Api, wanted: string[]): Promise<void> => {
  for (const id of wanted) expect((await person.get(`/tickets/${id}`)).status).toBe(200)
}
const noticed = () => recordedEvents(desk, world, 'quota.%')
const bitsOf = async ({ id }: Person): Promise<number> => {
  const { rows } = await desk.owner.query('select bit_count(seen) as count from distinct_counts where key = $1', [
    `tickets_read ${world.tenantId} ${id}`,
  ])
  return Number(rows[0]?.count ?? 0)
}

test('a technician whose lists refresh all day reads the same tickets, and meets no quota', async () => {
  const { tess } = world
  for (let times = 0; times < 10; times += 1) {
    expect(ticketIdsIn(await tess.get('/tickets?limit=9'))).toHaveLength(9)
    await read(tess, ids.slice(-9, -7))
  }
  await expect.poll(() => bitsOf(tess), { timeout: 20_000 }).toBe(9)
  expect(await noticed()).toEqual([])
})

test('past half of the quota the admins are told, once; past the quota nothing more is shown', async () => {
  const { tess, tom, ada, cleo } = world
  await read(tess, ids.slice(0, 14))
  await expect.poll(noticed, { timeout: 20_000 }).toHaveLength(1)
  const [event] = await noticed()
  const details = { quota: 'tickets_read', limit, count: 14 }
  expect(event).toMatchObject({ type: 'quota.half_used', subject_id: tess.id, actor_id: tess.id, details })

  expect(verdict(await tess.get('/tickets?limit=25'))).toEqual([429, 'quota_exceeded'])
  const own = ids[0] ?? ''
  const paths = ['', '/history', '/comments', '/attachments', '/links', `/attachments/${crypto.randomUUID()}`]
  const lists = ['/tickets', '/tickets?q=network', `/tickets/technician/${tess.id}`]
  for (const path of [...lists, ...paths.map((part) => `/tickets/${own}${part}`)]) {
    const reply = await tess.get(path)
    expect([path, ...verdict(reply)]).toEqual([path, 429, 'quota_exceeded'])
    expect(reply.body).toMatchObject({ quota: 'tickets_read', limit })
  }
  const change = (body: object) => tess.put(`/tickets/${own}`, body)
  expect(verdict(await change({}))).toEqual([403, 'forbidden'])
  expect((await change({ technician_id: tess.id })).status).toBe(200)
  expect((await change({})).status).toBe(200)
  for (const person of [ada, cleo]) expect(ticketIdsIn(await person.get('/tickets?limit=100'))).toHaveLength(26)
  expect((await tom.get('/tickets')).status).toBe(200)

  await desk.settled()
  expect(await noticed()).toHaveLength(1)
  const { emails } = (await ada.get('/emails?limit=100')).body
  const mails = emails.filter(({ template }: { template: string }) => template === 'quota_half_used')
  expect(mails).toMatchObject([{ recipient_email: ada.email }])
  const { text, subject } = (await ada.get(`/emails/${mails[0].email_id}`)).body
  expect(subject).toBe('Tess Technician reads many tickets')
  expect(text).toContain(tess.id)
  expect(text).toContain('about 14')
})

test('what was read counts over all programs, and after a restart', async () => {
  const { tess } = world
  const other = await again()
  await Promise.all([read(tess, ids.slice(0, 8)), read(at(other, tess), ids.slice(4, 12))])
  await expect.poll(() => bitsOf(tess), { timeout: 20_000 }).toBe(12)
  await expect.poll(noticed, { timeout: 20_000 }).toHaveLength(1)
  const third = at(await again(), tess)
  await read(third, ids.slice(0, 12))
  await read(third, ids.slice(12, 20))
  expect(verdict(await third.get(`/tickets/${ids[20]}`))).toEqual([429, 'quota_exceeded'])
  await expect.poll(() => bitsOf(tess), { timeout: 20_000 }).toBe(20)
  expect(await noticed()).toHaveLength(1)
})
