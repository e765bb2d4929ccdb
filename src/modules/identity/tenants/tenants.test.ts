import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTickets } from '../../../testing/support/create-tickets.ts'
import { endGrace } from '../../../testing/support/end-grace.ts'
import { attach, textFile } from '../../../testing/support/files.ts'
import { createOperator, ensureDefaultTenant } from '../../../testing/support/operator-client.ts'
import { createWorld, password } from '../../../testing/support/people.ts'
import { recordedEvents } from '../../../testing/support/recorded-events.ts'
import { type Api, bodyOf, createApi, expectRefusal, expectStatus, verdict } from '../../../testing/support/requests.ts'
import { newestResetToken } from '../../../testing/support/sign-in-requests.ts'
import { until } from '../../../testing/support/waiting.ts'
import { type Desk, platformToken, startDesk } from '../../../testing/support/workspace.ts'

let desk: Desk
let operator: Api
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
  operator = createOperator(desk)
  await ensureDefaultTenant(desk)
})
afterAll(() => desk?.stop())

const harbour = {
  slug: 'harbour',
  name: 'Harbour Works',
  admin: { user_id: 'dana', name: 'Dana Whitfield', email: 'dana@harbour.example.com' },
}

test('the operator creates a tenant, whose admin is mailed a link to set a password', async () => {
  const reply = await operator.post('/tenants', harbour, { headers: { 'Idempotency-Key': 'harbour-1' } })
  const tenant = bodyOf(expectStatus(reply, 201))
  expect(reply.headers.get('location')).toBe('/api/tenants/harbour')
  expect(tenant).toMatchObject({ slug: 'harbour', name: 'Harbour Works', host: null, state: 'active' })
  expect(tenant.url).toBe('https://desk.example.com/t/harbour')
  expect(tenant.usage).toMatchObject({ admins: 1, technicians: 0, customers: 0, tickets: 0, file_bytes: 0 })
  expect(bodyOf(await operator.get('/tenants/harbour'))).toEqual(tenant)
  const again = await operator.post('/tenants', harbour, { headers: { 'Idempotency-Key': 'harbour-1' } })
  expect([again.text, again.headers.get('idempotency-replayed')]).toEqual([reply.text, 'true'])
  expect(verdict(await operator.post('/tenants', harbour))).toEqual([409, 'slug_taken'])

  const { rows } = await desk.app.pool.query(`select tenant_id as "tenantId" from tenants where slug = 'harbour'`)
  const world = { ...rows[0], slug: 'harbour' }
  const nobody = createApi(desk.url, { 'X-Tenant': 'harbour' })
  const token = await newestResetToken(desk, world, 'dana')
  expectStatus(await nobody.post('/auth/password/reset', { token, password }), 204)
  expectStatus(await nobody.post('/auth/login', { user_id_or_email: 'dana', password }), 200)
})

test('what is no tenant is refused, and leaves nothing', async () => {
  for (const slug of ['Harbour', 'a--b', '-a', 'log', '', 'x'.repeat(64)]) {
    expect(verdict(await operator.post('/tenants', { ...harbour, slug }))).toEqual([400, 'validation_failed'])
  }
  const reserved = { ...harbour, slug: 'quay', admin: { ...harbour.admin, user_id: 'nobody' } }
  expect(verdict(await operator.post('/tenants', reserved))).toEqual([400, 'validation_failed'])
  expect(verdict(await operator.get('/tenants/quay'))).toEqual([404, 'tenant_not_found'])
})

test('tenants are listed by slug with their usage, by words and by state', async () => {
  const world = await createWorld(desk)
  const [ticketId = ''] = await createTickets(world.cleo, 3)
  await attach(desk, world.cleo, ticketId, textFile('notes.txt', 'twelve bytes'))
  const found = bodyOf(await operator.get(`/tenants?q=DESK%20${world.slug.slice(0, 8)}`)).tenants
  expect(found).toHaveLength(1)
  expect(found[0]).toMatchObject({ slug: world.slug, state: 'active' })
  expect(found[0].usage).toMatchObject({ admins: 1, technicians: 2, customers: 2, tickets: 3, file_bytes: 12 })
  expect(found[0].usage.last_event_at).not.toBeNull()

  // By the name that its admins chose as well as by that which the operator gave.
  bodyOf(await world.ada.patch('/settings', { name: `Pilots of ${world.slug}` }))
  for (const words of [`pilots of ${world.slug}`, `desk ${world.slug}`]) {
    const named = bodyOf(await operator.get(`/tenants?q=${encodeURIComponent(words)}`)).tenants
    expect(named.map(({ slug }: { slug: string }) => slug)).toEqual([world.slug])
  }

  const first = bodyOf(await operator.get('/tenants?limit=1'))
  const second = bodyOf(await operator.get(`/tenants?limit=1&cursor=${first.page.next_cursor}`))
  expect([first.tenants[0].slug, second.tenants[0].slug]).toEqual(['default', 'harbour'])
  expectStatus(await operator.post(`/tenants/${world.slug}/suspend`), 200)
  const suspended = bodyOf(await operator.get('/tenants?state=suspended,deleting')).tenants
  expect(suspended.map(({ slug }: { slug: string }) => slug)).toEqual([world.slug])
})

test('a name and a host change, in the log of the platform and in that of the tenant', async () => {
  const world = await createWorld(desk)
  const path = `/tenants/${world.slug}`
  const changed = bodyOf(await operator.patch(path, { name: 'Quay Works', host: 'Hilfe.Käse.example.com' }))
  const host = 'hilfe.xn--kse-qla.example.com'
  expect(changed).toMatchObject({ name: 'Quay Works', host, url: `https://${host}` })
  expect(bodyOf(await operator.patch(path, { name: 'Quay Works', host }))).toMatchObject({ host })
  const byHost = bodyOf(await operator.get(`/tenants?q=XN--KSE-qla.example`)).tenants
  expect(byHost.map(({ slug }: { slug: string }) => slug)).toEqual([world.slug])
  const other = await createWorld(desk)
  expect(verdict(await operator.patch(`/tenants/${other.slug}`, { host }))).toEqual([409, 'host_taken'])
  expect(verdict(await operator.patch(path, { host: 'desk.example.com' }))).toEqual([400, 'validation_failed'])
  expect(verdict(await operator.patch(path, { slug: 'another' }))).toEqual([400, 'validation_failed'])
  expect(bodyOf(await operator.patch(path, { host: null }))).toMatchObject({ host: null })

  const told = await recordedEvents(desk, world, 'tenant.%')
  const ofHost = { changes: { host: { from: null, to: host } }, details: { by: 'operator' }, actor_id: null }
  expect(told.map(({ type }) => type)).toEqual(['tenant.renamed', 'tenant.host_mapped', 'tenant.host_mapped'])
  expect(told[1]).toMatchObject(ofHost)
  const { entries } = bodyOf(await operator.get(`/tenants/log?slug=${world.slug}`))
  expect(entries.map(({ what }: { what: string }) => what)).toEqual([
    'host_mapped',
    'host_mapped',
    'renamed',
    'created',
  ])
  expect(entries[2]).toMatchObject({
    changes: { name: { from: `Desk ${world.slug}`, to: 'Quay Works' } },
    address: '127.0.0.1',
    tenant_number: world.tenantId,
  })
  expect(entries[3]).toMatchObject({ address: null, request_id: null, last_position: null })
  const pages = bodyOf(await operator.get(`/tenants/log?limit=1&slug=${world.slug}`))
  const next = bodyOf(await operator.get(`/tenants/log?limit=1&slug=${world.slug}&cursor=${pages.page.next_cursor}`))
  expect(next.entries).toEqual([entries[1]])
})

test('a deletion is confirmed by the slug, and can be taken back until its time is over', async () => {
  const world = await createWorld(desk)
  const path = `/tenants/${world.slug}`
  const remove = (slug: string) => operator.delete(`${path}?confirm=${slug}`)
  expect(verdict(await remove('another'))).toEqual([400, 'validation_failed'])
  expect(verdict(await operator.post(`${path}/restore`))).toEqual([409, 'tenant_not_deleting'])
  const asked = bodyOf(expectStatus(await remove(world.slug), 202))
  expect(asked.state).toBe('deleting')
  const days = (Date.parse(asked.deleted_after) - Date.parse(asked.suspended_at)) / 86_400_000
  expect(days).toBe(30)
  expect(bodyOf(await remove(world.slug)).deleted_after).toBe(asked.deleted_after)
  for (const act of ['suspend', 'resume']) {
    expect(verdict(await operator.post(`${path}/${act}`))).toEqual([409, 'tenant_deleting'])
  }
  expect(bodyOf(await operator.post(`${path}/restore`))).toMatchObject({ state: 'active', deleted_after: null })
  expectStatus(await world.ada.get('/me'), 200)

  expectStatus(await operator.post(`${path}/suspend`), 200)
  await remove(world.slug)
  expect(bodyOf(await operator.post(`${path}/restore`))).toMatchObject({ state: 'suspended', deleted_after: null })
  await remove(world.slug)
  await endGrace(desk, world.tenantId)
  expect(verdict(await operator.post(`${path}/restore`))).toEqual([410, 'tenant_gone'])
})

test('a deletion and its restoring at once leave the state as it was', async () => {
  const { slug, ada } = await createWorld(desk)
  const blocker = await desk.app.pool.connect()
  try {
    await blocker.query('begin')
    await blocker.query('select from tenants where slug = $1 for update', [slug])
    const asked = operator.delete(`/tenants/${slug}?confirm=${slug}`)
    const waitForLocks = `select count(*) from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`
    const waiting = async () => Number((await desk.owner.query(waitForLocks)).rows[0].count)
    await until('the deletion waits', async () => (await waiting()) === 1)
    const restored = operator.post(`/tenants/${slug}/restore`)
    await until('the restoring waits', async () => (await waiting()) === 2)
    await blocker.query('commit')
    expectStatus(await asked, 202)
    expect(bodyOf(await restored)).toMatchObject({ state: 'active' })
  } finally {
    await blocker.query('rollback')
    blocker.release()
  }
  expectStatus(await ada.get('/me'), 200)
})

test('a rename is seen at once', async () => {
  const { slug, nobody } = await createWorld(desk)
  expectStatus(await nobody.get('/registration'), 200)
  expectStatus(await operator.patch(`/tenants/${slug}`, { name: 'Another Name' }), 200)
  expect(bodyOf(await nobody.get('/registration'))).toMatchObject({ tenant_name: 'Another Name' })
})

test('the default tenant stays', async () => {
  const refused = [409, 'default_tenant_stays']
  expect(verdict(await operator.post('/tenants/default/suspend'))).toEqual(refused)
  expect(verdict(await operator.delete('/tenants/default?confirm=default'))).toEqual(refused)
})

test('nobody but the operator gets in, and nothing is there without a token in the settings', async () => {
  const world = await createWorld(desk)
  const nobody = createApi(desk.url)
  await expectRefusal(nobody.get('/tenants'), 401, 'not_signed_in')
  for (const guess of [`Bearer ${platformToken}x`, `Bearer ${platformToken.slice(1)}`, `Basic ${platformToken}`, '']) {
    const reply = await nobody.get('/tenants', { headers: { Authorization: guess } })
    expect(verdict(reply), guess).toEqual([401, 'invalid_token'])
    expect(reply.text).not.toContain(platformToken)
  }
  await expectRefusal(world.ada.get('/tenants'), 403, 'forbidden')
  await expectRefusal(operator.get('/me'), 401, 'invalid_token')

  const off = await startDesk({ databaseUrl: desk.databaseUrl, withWorker: false, settings: { PLATFORM_TOKEN: '' } })
  try {
    const there = createOperator(off)
    for (const [method, path] of [
      ['GET', '/tenants'],
      ['PUT', '/tenants'],
      ['GET', '/tenants/log'],
      ['POST', `/tenants/${world.slug}/suspend`],
    ]) {
      const response = await fetch(`${off.url}/api${path}`, { method: method ?? '' })
      const nothing = await fetch(`${off.url}/api/no-such-thing`, { method: method ?? '' })
      const essence = async (answer: Response) => ({ ...JSON.parse(await answer.text()), request_id: 0, instance: 0 })
      expect([response.status, await essence(response)]).toEqual([nothing.status, await essence(nothing)])
      expect(response.status).toBe(404)
    }
    expectStatus(await there.get('/health'), 200)
  } finally {
    await off.stop()
  }
})

test('the operator is of no tenant, whatever X-Tenant says, and no other site acts by the cookie of somebody', async () => {
  const { slug, nobody, cleo } = await createWorld(desk)
  const keyed = (more: object) => ({ headers: { 'Idempotency-Key': 'of-no-tenant', ...more } })
  const path = `/tenants/${slug}/suspend`
  const first = await operator.post(path, undefined, keyed({}))
  for (const named of [slug, 'nowhere', '']) {
    expectStatus(await operator.get('/tenants?limit=1', { headers: { 'X-Tenant': named } }), 200)
    const again = await operator.post(path, undefined, keyed({ 'X-Tenant': named }))
    expect([again.text, again.headers.get('idempotency-replayed')], named).toEqual([first.text, 'true'])
  }
  expectStatus(await operator.post(`/tenants/${slug}/resume`), 200)
  const browser = expectStatus(await nobody.post('/users/signin', { email: cleo.email, password }), 200)
  const [cookie = ''] = browser.headers.getSetCookie()
  const from = (Origin: string) => createApi(desk.url, { Cookie: cookie.split(';')[0] ?? '', Origin })
  await expectRefusal(from('https://evil.example').post(path), 403, 'cross_site_request')
  await expectRefusal(from('https://desk.example.com').post(path), 403, 'forbidden')
  expect(bodyOf(await operator.get(`/tenants/${slug}`)).state).toBe('active')
})

test('wrong tokens of an address are counted, and the right one is never refused', async () => {
  const settings = { RATE_LIMIT_SIGN_INS_PER_MINUTE: '3' }
  const limited = await startDesk({ withWorker: false, settings })
  try {
    const right = createOperator(limited)
    const wrong = createApi(limited.url, { Authorization: `Bearer ${platformToken}x` })
    for (let n = 0; n < 5; n += 1) expectStatus(await right.get('/tenants'), 200)
    expect(verdict(await right.get('/tenants/nothing'))).toEqual([404, 'tenant_not_found'])
    for (let n = 0; n < 3; n += 1) await expectRefusal(wrong.get('/tenants'), 401, 'invalid_token')
    await expectRefusal(wrong.get('/tenants'), 429, 'rate_limited')
    expectStatus(await right.get('/tenants'), 200)
  } finally {
    await limited.stop()
  }
})
