import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createTicket, issue, ticketAbout } from '../../../testing/support/create-tickets.ts'
import { announcementOf, textFile } from '../../../testing/support/files.ts'
import { createWorld, password, type World } from '../../../testing/support/people.ts'
import { type Api, createApi, type Reply, verdict } from '../../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'

/** A desk without quotas, on which people and tickets are created. The other desks use its database. */
let open: Desk
/** A desk with low quotas. */
let desk: Desk
let world: World
const desks: Desk[] = []
beforeAll(async () => {
  open = await startDesk({ withWorker: false })
  const ofCustomers = { CUSTOMER_TICKETS: 3, CUSTOMER_COMMENTS: 2, CUSTOMER_UPLOADS: 3, CUSTOMER_UPLOAD_MB: 1 }
  const ofStrangers = { ADDRESS_REGISTRATIONS: 2, STRANGER_MAILS: 2 }
  desk = await limited({ ...ofCustomers, ...ofStrangers, STAFF_COMMENTS: 4 }, { TRUST_PROXY: '1' })
})
beforeEach(async () => {
  world = await createWorld(open)
})
afterAll(async () => {
  await Promise.all(desks.map((desk) => desk.stop()))
  await open?.stop()
})

/** Starts a desk with quotas. Its name in the settings stands for `QUOTA_…_PER_DAY`. */
const limited = async (quotas: Record<string, number>, more: Record<string, string> = {}): Promise<Desk> => {
  const settings = Object.fromEntries(
    Object.entries(quotas).map(([name, limit]) => [`QUOTA_${name}_PER_DAY`, String(limit)]),
  )
  const desk = await startDesk({
    databaseUrl: open.databaseUrl,
    withWorker: false,
    settings: { ...settings, ...more },
  })
  desks.push(desk)
  return desk
}
const at = (desk: Desk, { headers }: { headers: Record<string, string> }): Api => createApi(desk.url, headers)
const strangerAt = (desk: Desk, address?: string): Api =>
  createApi(desk.url, { 'X-Tenant': world.slug, ...(address === undefined ? {} : { 'X-Forwarded-For': address }) })

const expectQuota = (reply: Reply, quota: string, limit: number): void => {
  expect([...verdict(reply), reply.body.quota, reply.body.limit]).toEqual([429, 'quota_exceeded', quota, limit])
  const seconds = Number(reply.headers.get('retry-after'))
  expect(seconds > 86_000 && seconds <= 86_400).toBe(true)
  expect(Math.abs(Date.parse(reply.body.ends_at) - Date.now() - seconds * 1_000)).toBeLessThan(60_000)
  const whose: Record<string, string> = { registrations: ' for your network address', mails: ' for this email address' }
  expect(reply.body.detail).toContain(`"${quota}" of ${limit} within 24 hours${whose[quota] ?? ''} is`)
}
const countsOf = (replies: Reply[], status: number): number => replies.filter((reply) => reply.status === status).length

/** How much the database knows of a quota. */
const storedOf = async (quota: string, accountId: string): Promise<number> => {
  const { rows } = await open.owner.query('select used from quota_counts where key = $1', [
    `${quota} ${world.tenantId} ${accountId}`,
  ])
  return Number(rows[0]?.used ?? 0)
}

describe('A customer', () => {
  test('creates so many tickets a day; what is refused or fails uses nothing, and others are not concerned', async () => {
    const [cleo, carl, ada] = [at(desk, world.cleo), at(desk, world.carl), at(desk, world.ada)]
    for (let times = 0; times < 4; times += 1) {
      expect(verdict(await cleo.post('/tickets', { ...issue, priority: 'whatever' }))[0]).toBe(400)
      const follow_up = await cleo.post('/tickets', { ...issue, follow_up_of: 'TKT0999' })
      expect(verdict(follow_up)).toEqual([422, 'follow_up_unavailable'])
    }
    const once = { headers: { 'Idempotency-Key': 'once' } }
    expect((await cleo.post('/tickets', ticketAbout('First'), once)).status).toBe(201)
    expect((await cleo.post('/tickets', ticketAbout('First'), once)).headers.get('idempotency-replayed')).toBe('true')
    const replies = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        cleo.post(index % 2 === 0 ? '/tickets' : `/tickets/customer/${world.cleo.id}`, issue),
      ),
    )
    expect([countsOf(replies, 201), countsOf(replies, 429)]).toEqual([2, 6])
    expectQuota(await cleo.post('/tickets', issue), 'tickets', 3)
    expect((await cleo.post('/tickets', ticketAbout('First'), once)).status).toBe(201)
    expect((await cleo.get('/tickets')).body.tickets).toHaveLength(3)
    expect((await carl.post('/tickets', issue)).status).toBe(201)
    for (let times = 0; times < 5; times += 1)
      expect((await ada.post('/tickets', { ...issue, customer_id: world.cleo.id })).status).toBe(201)
  })

  test('writes so many comments, announces so many files and so many bytes of them a day', async () => {
    await createTicket(world.cleo)
    const [cleo, ada] = [at(desk, world.cleo), at(desk, world.ada)]
    const say = (person: Api) => person.post('/tickets/TKT0001/comments', { body: 'Still down.', visibility: 'public' })
    const { comment_id } = (await say(cleo)).body
    const edit = (body: string) => cleo.put(`/tickets/TKT0001/comments/${comment_id}`, { body })
    expect((await edit('Still down, says my neighbour.')).status).toBe(200)
    expectQuota(await edit('Still down, say all.'), 'comments', 2)
    expectQuota(await say(cleo), 'comments', 2)
    // The staff has quotas of its own.
    for (let times = 0; times < 4; times += 1) expect((await say(ada)).status).toBe(201)
    expectQuota(await say(ada), 'comments', 4)

    const announce = (size: number) =>
      cleo.post('/tickets/TKT0001/attachments/upload-url', { ...announcementOf(textFile()), size })
    expect((await announce(400_000)).status).toBe(201)
    expect(verdict(await announce(99_000_000))).toEqual([429, 'quota_exceeded'])
    expectQuota(await announce(600_001), 'upload_bytes', 1_000_000)
    expect((await announce(600_000)).status).toBe(201)
    expectQuota(await announce(1), 'upload_bytes', 1_000_000)
  })

  test('announces so many files, however small', async () => {
    await createTicket(world.cleo)
    const announce = () =>
      at(desk, world.cleo).post('/tickets/TKT0001/attachments/upload-url', announcementOf(textFile()))
    for (let times = 0; times < 3; times += 1) expect((await announce()).status).toBe(201)
    expectQuota(await announce(), 'uploads', 3)
  })
})

describe('A quota', () => {
  test('holds over all programs, and a restart does not reset it', async () => {
    const quotas = { CUSTOMER_TICKETS: 4 }
    const [first, second] = [await limited(quotas), await limited(quotas)]
    const create = (desk: Desk) => at(desk, world.cleo).post('/tickets', issue)
    for (let times = 0; times < 2; times += 1) expect((await create(first)).status).toBe(201)
    await expect.poll(() => storedOf('tickets', world.cleo.id), { timeout: 20_000 }).toBe(2)
    for (let times = 0; times < 2; times += 1) expect((await create(second)).status).toBe(201)
    expectQuota(await create(second), 'tickets', 4)
    await second.stop()
    desks.splice(desks.indexOf(second), 1)
    expect(await storedOf('tickets', world.cleo.id)).toBe(4)
    expectQuota(await create(await limited(quotas)), 'tickets', 4)
  })

  test('begins anew when its day is over', async () => {
    const quotas = { CUSTOMER_TICKETS: 1 }
    const earlier = await limited(quotas)
    const create = (where: Desk) => at(where, world.cleo).post('/tickets', issue)
    expect((await create(earlier)).status).toBe(201)
    expectQuota(await create(earlier), 'tickets', 1)
    await expect.poll(() => storedOf('tickets', world.cleo.id), { timeout: 20_000 }).toBe(1)
    await open.owner.query('update quota_counts set window_ends_at = now()')
    const later = await limited(quotas)
    expect((await create(later)).status).toBe(201)
    expectQuota(await create(later), 'tickets', 1)
  })
})

describe('Strangers', () => {
  const body = (name: string) => ({ name, email: `${name}@${world.slug}.example.com`, password })

  test('register so many accounts from an address, by either way', async () => {
    const register = (name: string, address: string, path = '/auth/register') =>
      strangerAt(desk, address).post(path, body(name))
    expect((await register('ann', '2001:db8::1')).status).toBe(201)
    for (let times = 0; times < 3; times += 1)
      expect(verdict(await register('ann', '2001:db8::1'))).toEqual([409, 'email_taken'])
    expect((await register('ben', '2001:db8:0:7::2', '/users/signup')).status).toBe(201)
    expectQuota(await register('cat', '2001:db8::3'), 'registrations', 2)
    expectQuota(await register('cat', '2001:db8::3', '/users/signup'), 'registrations', 2)
    expect((await register('cat', '192.0.2.1')).status).toBe(201)
    for (const name of ['dan', 'eve']) expect((await register(name, 'no address')).status).toBe(201)
    expectQuota(await register('fay', 'still no address'), 'registrations', 2)
  })

  test('have so many mails sent to one recipient; a forgotten password never says so', async () => {
    const { email } = world.tess
    const forget = (address: string) => strangerAt(desk).post('/auth/password/forgot', { email: address })
    const resetsOf = async (accountId: string): Promise<number> => {
      const { rows } = await open.owner.query(
        'select count(*) from password_resets where tenant_id = $1 and account_id = $2',
        [world.tenantId, accountId],
      )
      return Number(rows[0].count)
    }
    for (const spelled of [email, email.toUpperCase(), email, email])
      expect([(await forget(spelled)).status, (await forget(`no-${spelled}`)).status]).toEqual([202, 202])
    expect(await resetsOf(world.tess.id)).toBe(2)
    expect((await forget(world.tom.email)).status).toBe(202)
    expect(await resetsOf(world.tom.id)).toBe(1)

    const elsewhere = await createWorld(open)
    const register = (address: string) =>
      createApi(desk.url, { 'X-Tenant': elsewhere.slug, 'X-Forwarded-For': '198.51.100.7' }).post('/auth/register', {
        ...body('x'),
        email: address,
      })
    // Each tenant counts for itself: what strangers do here uses up nothing there.
    const { email: theirs } = elsewhere.tess
    expect((await register(email.toUpperCase())).status).toBe(201)
    const forgetThere = () =>
      createApi(desk.url, { 'X-Tenant': elsewhere.slug }).post('/auth/password/forgot', { email: theirs })
    for (let n = 0; n < 3; n += 1) expect((await forgetThere()).status).toBe(202)
    expectQuota(await register(theirs), 'mails', 2)
    expect((await register(`no-${email}`)).status).toBe(201)
    // An address with a domain in Unicode is the same address in punycode.
    const [shown, stored] = ['rita@bücher.example', 'rita@xn--bcher-kva.example']
    const joined = await strangerAt(desk, '198.51.100.9').post('/auth/register', { ...body('rita'), email: shown })
    expect(joined.status).toBe(201)
    for (const spelled of [stored, shown, stored, shown]) expect((await forget(spelled)).status).toBe(202)
    expect(await resetsOf(joined.body.customer.customer_id)).toBe(1)
  })
})
