import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTicket, issue } from '../../../testing/support/create-tickets.ts'
import { createWorld, password, type World } from '../../../testing/support/people.ts'
import type { Reply } from '../../../testing/support/requests.ts'
import { customerIdsIn, expectSuccess, verdict } from '../../../testing/support/requests.ts'
import { forgetPassword, logIn, refresh, resetPassword } from '../../../testing/support/sign-in-requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'

let desk: Desk
/** A world that does not change, because every request to it is refused. */
let still: World
beforeAll(async () => {
  desk = await startDesk()
  still = await createWorld(desk)
})
afterAll(() => desk?.stop())

const fieldErrors = ({ body }: Reply): string[] =>
  body.errors.map(({ field, code }: { field?: string; code: string }) => `${field ?? 'the body'} ${code}`)

describe('creating', () => {
  test('an admin invites a customer, who sets a password by the link', async () => {
    const { ada, nobody, slug } = await createWorld(desk)
    const email = `New.Person@${slug}.example.com`
    const created = await ada.post('/customers', { name: '  Núria  Née ', email })
    expect(created.status).toBe(201)
    expect(created.headers.get('location')).toBe('/api/customers/CUS0003')
    expect(created.body).toMatchObject({ customer_id: 'CUS0003', name: 'Núria  Née', email, status: 'invited' })
    expect((await ada.get('/customers/CUS0003')).body).toEqual(created.body)
    expect(verdict(await logIn(nobody, email))).toEqual([401, 'invalid_credentials'])
    await desk.settled()
    const { emails } = (await ada.get('/emails')).body
    const toThem = emails.filter((mail: { account_id: string }) => mail.account_id === 'CUS0003')
    expect(toThem).toMatchObject([{ template: 'account_invited', recipient_email: email }])
  })

  test('an address has one account, in upper or lower case', async () => {
    const { ada, nobody, cleo, tess, slug } = await createWorld(desk)
    const create = (email: string) => ada.post('/customers', { name: 'Again', email })
    expect(verdict(await create(cleo.email))).toEqual([409, 'email_taken'])
    expect(verdict(await create(cleo.email.toUpperCase()))).toEqual([409, 'email_taken'])
    expect(verdict(await create(tess.email))).toEqual([409, 'email_taken'])
    const twin = { name: 'Again', email: `CLEO@${slug}.example.com`, password }
    expect(verdict(await nobody.post('/auth/register', twin))).toEqual([409, 'email_taken'])
    // A refused request used no number.
    expect((await create(`next@${slug}.example.com`)).body.customer_id).toBe('CUS0003')
    const nameless = await nobody.post('/auth/register', { email: `nora.n@${slug}.example.com`, password })
    expect([nameless.status, nameless.body.customer?.name]).toEqual([201, 'nora.n'])
  })

  test('of many who register one address at the same moment, one does', async () => {
    const { nobody, slug } = await createWorld(desk)
    const registration = { name: 'Eager', email: `eager@${slug}.example.com`, password }
    const replies = await Promise.all(Array.from({ length: 8 }, () => nobody.post('/auth/register', registration)))
    expect(replies.map(({ status }) => status).sort()).toEqual([201, ...Array.from({ length: 7 }, () => 409)])
    expect(
      (await nobody.post('/auth/register', { ...registration, email: `e2@${slug}.example.com` })).body.customer,
    ).toEqual({ customer_id: 'CUS0004', name: 'Eager', email: `e2@${slug}.example.com` })
  })

  test.each<[unknown, string[]]>([
    [{}, ['name missing', 'email missing']],
    [{ name: ' ', email: 'a@b' }, ['name too_small', 'email invalid_format']],
    [{ name: 'A\nB', email: 'a b@example.com' }, ['name invalid_value', 'email invalid_format']],
    [{ name: 'x'.repeat(101), email: `${'x'.repeat(65)}@example.com` }, ['name too_big', 'email invalid_format']],
    [{ name: 7, email: ['a@example.com'] }, ['name invalid_type', 'email invalid_type']],
    [
      { name: 'A', email: 'a@example.com', role: 'admin', customer_id: 'CUS0001', status: 'active' },
      ['role unknown_member', 'customer_id unknown_member', 'status unknown_member'],
    ],
    [[], ['the body invalid_type']],
  ])('refuses %j', async (input, errors) => {
    const { ada } = still
    const refused = await ada.post('/customers', input)
    expect(verdict(refused)).toEqual([400, 'validation_failed'])
    expect(fieldErrors(refused).sort()).toEqual([...errors].sort())
    expect(customerIdsIn(await ada.get('/customers'))).toEqual(['CUS0001', 'CUS0002'])
  })
})

describe('listing', () => {
  test('goes by number, page by page, while customers register', async () => {
    const { ada, customer } = await createWorld(desk)
    for (const name of ['C3', 'C4', 'C5']) await customer(name)
    const first = await ada.get('/customers?limit=2')
    expect([customerIdsIn(first), first.body.page.has_more]).toEqual([['CUS0001', 'CUS0002'], true])
    await customer('C6')
    const second = await ada.get(`/customers?limit=2&cursor=${first.body.page.next_cursor}`)
    expect(customerIdsIn(second)).toEqual(['CUS0003', 'CUS0004'])
    const third = await ada.get(`/customers?limit=2&cursor=${second.body.page.next_cursor}`)
    expect([customerIdsIn(third), third.body.page]).toEqual([
      ['CUS0005', 'CUS0006'],
      { next_cursor: null, has_more: false },
    ])
  })

  test('is filtered by state, in the order of numbers, page by page', async () => {
    const { ada, cleo, carl, slug, customer } = await createWorld(desk)
    for (const n of [1, 2, 3])
      expectSuccess(await ada.post('/customers', { name: `I${n}`, email: `i${n}@${slug}.example.com` }))
    const last = await customer()
    expectSuccess(await ada.delete(`/customers/${carl.id}`))
    const found = async (query: string): Promise<string[]> => {
      const ids: string[] = []
      for (let cursor: string | null = ''; cursor !== null; ) {
        const reply: Reply = await ada.get(`/customers?limit=2&${query}${cursor && `&cursor=${cursor}`}`)
        ids.push(...customerIdsIn(reply))
        cursor = reply.body.page.next_cursor
      }
      return ids
    }
    expect(await found('status=invited')).toEqual(['CUS0003', 'CUS0004', 'CUS0005'])
    expect(await found('status=active')).toEqual([cleo.id, last.id])
    expect(await found('status=deactivated')).toEqual([carl.id])
    expect(await found('status=invited,active')).toEqual([cleo.id, 'CUS0003', 'CUS0004', 'CUS0005', last.id])
    expect(await found('status=invited&q=I2')).toEqual(['CUS0004'])
    expect(verdict(await ada.get('/customers?status=lost'))).toEqual([400, 'validation_failed'])
  })

  test('finds a part of the name or of the address, and takes every character for itself', async () => {
    const { ada, slug } = await createWorld(desk)
    const names = ['Özlem ÜNAL', '100% Inc', 'under_score', 'back\\slash', "O'Hara; drop table customers--"]
    for (const [n, name] of names.entries()) await ada.post('/customers', { name, email: `p${n}@${slug}.example.com` })
    const finds = async (q: string): Promise<string[]> =>
      customerIdsIn(await ada.get(`/customers?q=${encodeURIComponent(q)}`))
    expect(await finds('özlem ünal')).toEqual(['CUS0003'])
    expect(await finds('ÖZLEM')).toEqual(['CUS0003'])
    expect(await finds('0%')).toEqual(['CUS0004'])
    expect(await finds('r_s')).toEqual(['CUS0005'])
    expect(await finds('k\\s')).toEqual(['CUS0006'])
    expect(await finds("'hara; DROP")).toEqual(['CUS0007'])
    expect(await finds('%')).toEqual(['CUS0004'])
    expect(await finds('P2@')).toEqual(['CUS0005'])
    expect(await finds('cleo customer cleo@')).toEqual(['CUS0001'])
    expect(await finds('nobody has this name')).toEqual([])
  })

  test.each([
    ['limit=0', 'validation_failed'],
    ['limit=101', 'validation_failed'],
    ['limit=1e1', 'validation_failed'],
    ['limit=2&limit=3', 'validation_failed'],
    ['q=', 'validation_failed'],
    ['q=%00', 'validation_failed'],
    ['sort=name', 'validation_failed'],
    ['cursor=nonsense', 'invalid_cursor'],
    [`cursor=${Buffer.from('["customer_number","1"]').toString('base64url')}`, 'invalid_cursor'],
    [`cursor=${Buffer.from('["-raised_date",1]').toString('base64url')}`, 'invalid_cursor'],
  ])('refuses ?%s', async (query, code) => {
    const { ada } = still
    expect(verdict(await ada.get(`/customers?${query}`))).toEqual([400, code])
  })
})

describe('reading', () => {
  test('technicians read the customers of tickets they have, as long as they have them', async () => {
    const { ada, tess, cleo, carl } = await createWorld(desk)
    await createTicket(cleo)
    expect(verdict(await tess.get(`/customers/${cleo.id}`))).toEqual([404, 'customer_not_found'])
    await ada.put('/tickets/TKT0001', { technician_id: tess.id })
    expect((await tess.get(`/customers/${cleo.id}`)).body.name).toBe('Cleo Customer')
    expect(verdict(await tess.get(`/customers/${carl.id}`))).toEqual([404, 'customer_not_found'])
    await ada.delete('/tickets/TKT0001')
    expect(verdict(await tess.get(`/customers/${cleo.id}`))).toEqual([404, 'customer_not_found'])
  })

  test.each(['CUS9999', 'cus9999', '9999'])('finds nobody at %s', async (id) => {
    expect(verdict(await still.ada.get(`/customers/${id}`))).toEqual([404, 'customer_not_found'])
  })

  test.each(['CUS0000', 'TEC0001', 'ada', '%20', 'CUS0001%20'])('finds nothing at %s', async (id) => {
    expect(verdict(await still.ada.get(`/customers/${id}`))).toEqual([404, 'route_not_found'])
  })
})

describe('changing', () => {
  test('admins change name and address; the sign-in name follows, and links to the old address end', async () => {
    const world = await createWorld(desk)
    const { ada, cleo, nobody, slug } = world
    const token = await forgetPassword(desk, world, cleo)
    const email = `cleo.new@${slug}.example.com`
    const changed = await ada.patch(`/customers/${cleo.id}`, { name: 'Cleo New', email })
    expect(changed.body).toMatchObject({ customer_id: cleo.id, name: 'Cleo New', email, status: 'active' })
    expect((await logIn(nobody, email)).body.user).toMatchObject({ id: cleo.id, name: 'Cleo New', email })
    expect(verdict(await logIn(nobody, cleo.email))).toEqual([401, 'invalid_credentials'])
    expect(verdict(await resetPassword(world, token))).toEqual([422, 'invalid_reset_token'])
    // The old address is free again, also as a sign-in name.
    expect((await ada.post('/customers', { name: 'Heir', email: cleo.email })).status).toBe(201)
    // Their session goes on, and knows the new name at once.
    expect((await cleo.get('/auth/me')).body.user).toMatchObject({ name: 'Cleo New', email })
  })

  test('customers change their own name, and neither their address nor anybody else', async () => {
    const { cleo, carl } = await createWorld(desk)
    expect((await cleo.patch(`/customers/${cleo.id}`, { name: 'Cleopatra' })).body.name).toBe('Cleopatra')
    const change = { email: 'other@example.com' }
    expect(verdict(await cleo.patch(`/customers/${cleo.id}`, change))).toEqual([403, 'forbidden'])
    expect(verdict(await cleo.patch(`/customers/${carl.id}`, { name: 'X' }))).toEqual([404, 'customer_not_found'])
    expect((await cleo.get('/auth/me')).body.user).toMatchObject({ name: 'Cleopatra', email: cleo.email })
  })

  test('refuses an address that is taken, unknown members and a wrong type, and changes nothing', async () => {
    const { ada, cleo, carl } = await createWorld(desk)
    const before = (await ada.get(`/customers/${cleo.id}`)).body
    const change = (body: unknown) => ada.patch(`/customers/${cleo.id}`, body)
    expect(verdict(await change({ name: 'X', email: carl.email.toUpperCase() }))).toEqual([409, 'email_taken'])
    expect(verdict(await change({ name: 'X', status: 'deactivated' }))).toEqual([400, 'validation_failed'])
    expect(verdict(await change({ name: null }))).toEqual([400, 'validation_failed'])
    expect((await change({})).body).toEqual(before)
    expect(verdict(await ada.patch('/customers/CUS9999', { name: 'X' }))).toEqual([404, 'customer_not_found'])
  })
})

describe('deactivating', () => {
  test('ends the sign-in at once, keeps the tickets, and is said once', async () => {
    const world = await createWorld(desk)
    const { ada, cleo, nobody } = world
    await createTicket(cleo)
    expect((await ada.delete(`/customers/${cleo.id}`)).status).toBe(204)
    expect(verdict(await cleo.get('/auth/me'))).toEqual([401, 'invalid_token'])
    expect(verdict(await refresh(world, cleo.refreshToken))).toEqual([401, 'invalid_refresh_token'])
    expect(verdict(await logIn(nobody, cleo.email))).toEqual([401, 'invalid_credentials'])
    expect((await ada.get(`/customers/${cleo.id}`)).body.status).toBe('deactivated')
    expect((await ada.get('/tickets/TKT0001')).body).toMatchObject({ customer_id: cleo.id, status: 'new' })
    expect((await ada.delete(`/customers/${cleo.id}`)).status).toBe(204)
    expect(verdict(await ada.delete('/customers/CUS9999'))).toEqual([404, 'customer_not_found'])
    expect(verdict(await ada.delete('/customers/TEC0001'))).toEqual([404, 'route_not_found'])
  })

  test('no ticket can be created for them, and no mail goes to them', async () => {
    const { ada, cleo, nobody } = await createWorld(desk)
    await createTicket(cleo)
    await ada.delete(`/customers/${cleo.id}`)
    await desk.settled()
    const mails = async () =>
      (await ada.get('/emails?limit=100')).body.emails.map((mail: { account_id: string }) => mail.account_id)
    const before = (await mails()).filter((id: string) => id === cleo.id)
    const refused = await ada.post('/tickets', { ...issue, customer_id: cleo.id })
    expect(verdict(refused)).toEqual([422, 'customer_unavailable'])
    expect(verdict(await ada.post(`/tickets/customer/${cleo.id}`, issue))).toEqual([422, 'customer_unavailable'])
    await ada.put('/tickets/TKT0001', { technician_id: 'TEC0001' })
    expect((await nobody.post('/auth/password/forgot', { email: cleo.email })).status).toBe(202)
    await desk.settled()
    expect((await mails()).filter((id: string) => id === cleo.id)).toEqual(before)
    // The address still belongs to the deactivated account: registering it again is refused.
    expect(verdict(await nobody.post('/auth/register', { name: 'C', email: cleo.email, password }))).toEqual([
      409,
      'email_taken',
    ])
  })
})
