import { crc32 } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { scopes as everyScope } from '../../../contract/capabilities.ts'
import { createTicket, issue } from '../../../testing/support/create-tickets.ts'
import { createWorld, type Person, password, type World } from '../../../testing/support/people.ts'
import { recordedEvents } from '../../../testing/support/recorded-events.ts'
import { type Api, bodyOf, createApi, expectRefusal, expectStatus } from '../../../testing/support/requests.ts'
import { forgetPassword, resetPassword, visibleIn } from '../../../testing/support/sign-in-requests.ts'
import { until } from '../../../testing/support/waiting.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { writeMails } from '../../../testing/support/write-mails.ts'
import { codeAtStep, stepAt } from '../second-factor/totp.ts'

const reading = { name: 'Night report', scopes: ['ticket:list', 'ticket:read'] }

let desk: Desk
let world: World
let other: World
beforeAll(async () => {
  desk = await startDesk({ withWorker: false, settings: { TRUST_PROXY: '1' } })
  world = await createWorld(desk)
  other = await createWorld(desk)
})
afterAll(() => desk?.stop())

interface Token extends Api {
  token: string
  id: string
}

const withToken = (token: string, headers: Record<string, string> = {}): Api =>
  createApi(desk.url, { Authorization: `Bearer ${token}`, ...headers })

/** Makes a token, and answers with a client that sends it. */
const tokenOf = async (person: Person, wanted: object = reading): Promise<Token> => {
  const { token, token_id: id } = expectStatus(await person.post('/api-tokens', wanted), 201).body
  return { ...withToken(token), token, id }
}

const isDead = (api: Api) => expectRefusal(api.get('/auth/me'), 401, 'invalid_token')
const isAlive = async (api: Api, id: string) => expect(bodyOf(await api.get('/auth/me')).user.id).toBe(id)

test('a token is shown once, acts for its person within its scopes, and is revoked at once', async () => {
  const { tess } = world
  const made = expectStatus(await tess.post('/api-tokens', reading), 201)
  const { token, token_id, ...shown } = made.body
  expect(shown).toMatchObject({ ...reading, account_id: tess.id, created_by: tess.id, last_used_at: null })
  expect(shown.hint).toBe(`cdk_${world.tenantId}_…${token.slice(-4)}`)
  const days = (Date.parse(shown.expires_at) - Date.parse(shown.created_at)) / 86_400_000
  expect(days).toBe(90)
  expect(made.headers.get('location')).toBe(`/api/api-tokens/${token_id}`)

  const program = withToken(token)
  await isAlive(program, tess.id)
  expectStatus(await program.get('/tickets'), 200)
  const refused = await expectRefusal(program.get('/categories'), 403, 'insufficient_scope')
  expect(refused.headers.get('www-authenticate')).toContain('error="insufficient_scope", scope="category:list"')

  const listed = await tess.get('/api-tokens')
  expect(listed.body.api_tokens).toContainEqual({ ...shown, token_id, last_used_at: expect.anything() })
  for (const { text } of [listed, await tess.get(`/api-tokens/${token_id}`)]) expect(text).not.toContain(token)

  expect(bodyOf(await tess.patch(`/api-tokens/${token_id}`, { name: 'Weekly' })).name).toBe('Weekly')
  expectStatus(await tess.delete(`/api-tokens/${token_id}`), 204)
  await isDead(program)
  await expectRefusal(tess.delete(`/api-tokens/${token_id}`), 404, 'api_token_not_found')
  const events = (await recordedEvents(desk, world, 'api_token.%')).filter(
    ({ details }) => details.token_id === token_id,
  )
  expect(events.map(({ type }) => type)).toEqual(['api_token.created', 'api_token.updated', 'api_token.revoked'])
  expect(JSON.stringify(events)).not.toContain(token)
  const { rows } = await desk.owner.query('select * from api_tokens')
  expect(JSON.stringify(rows)).not.toContain(token.slice(-30))
})

test('no text but the token itself is taken, and each refusal has the same bytes', async () => {
  const { token } = await tokenOf(world.cleo)
  const expired = await tokenOf(world.cleo)
  await desk.owner.query('update api_tokens set expires_at = now() where token_id = $1', [expired.id])
  const [, body = ''] = /^(.*)......$/.exec(token) ?? []
  const foreign = (await tokenOf(other.cleo)).token.replace(`_${other.tenantId}_`, `_${world.tenantId}_`)
  const checked = (text: string): string => {
    const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
    let sum = ''
    for (let rest = crc32(text); rest > 0; rest = Math.floor(rest / 62)) sum = digits[rest % 62] + sum
    return text + sum.padStart(6, '0')
  }
  expect(checked(body)).toBe(token)
  const texts = [
    'cdk_',
    'cdk__',
    body,
    `${body}000000`,
    `${token}0`,
    `0${token}`,
    `${token}${token}`,
    `${token},${token}`,
    `${token}=`,
    `${token}.`,
    `.${token}.`,
    `"${token}"`,
    token.toLowerCase(),
    token.toUpperCase(),
    token.replace('cdk_', 'CDK_'),
    token.replace('cdk_', 'ghp_'),
    token.replace('cdk_', 'cdk_0'),
    token.replace(`_${world.tenantId}_`, '__'),
    encodeURIComponent(`${token} `),
    foreign,
    checked(foreign.slice(0, -6)),
    checked(body.replace(`_${world.tenantId}_`, `_${other.tenantId}_`)),
    checked(body.replace(`_${world.tenantId}_`, '_999999999_')),
    checked(`${body.slice(0, -1)}${body.endsWith('a') ? 'b' : 'a'}`),
    expired.token,
    Buffer.from(token).toString('base64'),
    'undefined',
    'null',
    world.cleo.refreshToken,
  ]
  const seen = new Set<string>()
  for (const text of texts) {
    seen.add(JSON.stringify(visibleIn(await expectRefusal(withToken(text).get('/auth/me'), 401, 'invalid_token'))))
  }
  for (const header of ['Bearer', 'Bearer ', `Basic ${token}`, token, `Bearer ${token} ${token}`]) {
    const reply = await world.nobody.get('/auth/me', { headers: { Authorization: header } })
    seen.add(JSON.stringify(visibleIn(reply)))
  }
  expect(seen.size).toBe(1)
  await isAlive(withToken(token), world.cleo.id)
})

test('a token counts in the header Authorization only, and other headers that name somebody do not', async () => {
  const { token } = await tokenOf(world.cleo)
  for (const headers of [
    { Cookie: `counterdesk_session=${token}` },
    { Cookie: `__Host-counterdesk_session=${token}` },
    { 'X-Api-Key': token },
    { 'X-Auth-Token': token },
    { 'Proxy-Authorization': `Bearer ${token}` },
    { 'Remote-User': 'ada' },
    { 'X-WEBAUTH-USER': 'ada' },
  ] as Record<string, string>[]) {
    expect((await world.nobody.get('/auth/me', { headers })).status, Object.keys(headers).join()).toBe(401)
  }
  expect((await world.nobody.get(`/tickets?access_token=${token}`)).status).toBe(401)
  const named = withToken(token, { 'X-Tenant': other.slug, 'Remote-User': 'ada', 'X-Account-Id': 'ada' })
  await isAlive(named, world.cleo.id)
})

test('what belongs to a session is refused, and so is more than the role may do', async () => {
  const { ada, tess, cleo } = world
  const program = await tokenOf(tess, { name: 'All', scopes: ['ticket:list', 'ticket:read', 'technician:update'] })
  const asked: [string, string, object?][] = [
    ['POST', '/auth/password/change', { current_password: password, password: 'another-one-3' }],
    ['POST', '/auth/logout'],
    ['POST', '/users/signout'],
    ['GET', '/api-tokens'],
    ['POST', '/api-tokens', reading],
    ['DELETE', `/api-tokens/${program.id}`],
  ]
  for (const [method, path, body] of asked) {
    await expectRefusal(program.send(method, path, body), 403, 'session_required')
  }
  const beyond = await expectRefusal(
    cleo.post('/api-tokens', { ...reading, scopes: ['audit:read'] }),
    400,
    'validation_failed',
  )
  expect(beyond.body.errors[0].field).toBe('scopes')
  for (const scopes of [[], ['session:own'], ['api-token:own'], ['*'], ['ticket:nothing'], 'ticket:read', null]) {
    await expectRefusal(ada.post('/api-tokens', { ...reading, scopes }), 400, 'validation_failed')
  }
  // The scope is there, the role may not any more: the role is asked at each use.
  await desk.owner.query(`update api_tokens set scopes = scopes || '{audit:read}' where token_id = $1`, [program.id])
  desk.app.principals.clear()
  await expectRefusal(program.get('/audit'), 403, 'forbidden')
})

test('no token takes an account over: not by an address, an invitation or a new account, a role, or a setting', async () => {
  const { ada, tess, cleo } = world
  const made = await world.ada.post('/service-accounts', { name: 'Robot', role: 'admin' })
  const service = `/service-accounts/${expectStatus(made, 201).body.account_id}/api-tokens`
  const all = { name: 'All', scopes: everyScope }
  const email = `evil@${world.slug}.example.com`
  const invited = { name: 'Evil', email }
  const technician = { ...invited, phone_number: '030 1234', category: 'Network' }
  const asked: [string, string, object?][] = [
    ['PATCH', '/people/ada', { email }],
    ['PATCH', `/people/${tess.id}`, { role: 'admin' }],
    ['PATCH', `/customers/${cleo.id}`, { email }],
    ['PATCH', `/customers/${cleo.id}`, { name: 'Evil', email }],
    ['PATCH', `/technicians/${tess.id}`, { email }],
    ['PUT', `/technicians/${tess.id}`, { email }],
    ['POST', '/people', { ...invited, role: 'admin', user_id: 'evil' }],
    ['POST', '/technicians', { ...technician, password }],
    ['POST', '/technicians', technician],
    ['POST', `/people/${tess.id}/invitation`],
    ['POST', `/people/${tess.id}/reactivate`],
    ['POST', `/people/${tess.id}/second-factor/reset`, { current_password: password }],
    ['DELETE', `/people/${tess.id}`],
    ['DELETE', `/people/${tess.id}/sessions`],
    ['DELETE', `/technicians/${tess.id}`],
    ['DELETE', `/customers/${cleo.id}`],
    ['PATCH', '/settings', { second_factor_required: false }],
  ]
  for (const program of [
    await tokenOf(ada, all),
    withToken(expectStatus(await ada.post(service, all), 201).body.token),
  ]) {
    for (const [method, path, body] of asked) {
      const reply = await program.send(method, path, body)
      expect([method, path, reply.status, reply.body?.code]).toEqual([method, path, 403, 'session_required'])
    }
    // What is sent back unchanged is no change, and the rest is open.
    const whole = bodyOf(await program.get(`/customers/${cleo.id}`))
    expect(bodyOf(await program.patch(`/customers/${cleo.id}`, whole))).toEqual(whole)
    expectStatus(await program.patch(`/technicians/${tess.id}`, { email: tess.email, available: true }), 200)
  }
  expect(bodyOf(await ada.get(`/people?q=${email}`)).people).toEqual([])
})

test('bad wishes are refused by the member that is wrong', async () => {
  const wrong: [string, unknown][] = [
    ['name', ''],
    ['name', 'two\nlines'],
    ['name', 'x'.repeat(101)],
    ['expires_at', '2020-01-01'],
    ['expires_at', '2999-01-01'],
    ['expires_at', null],
    ['expires_at', 'tomorrow'],
    ['allowed_addresses', ['192.0.2.0/33']],
    ['allowed_addresses', ['2001:db8::/129']],
    ['allowed_addresses', ['example.com']],
    ['allowed_addresses', ['192.0.2']],
    ['allowed_addresses', ['fe80::1%eth0']],
    ['allowed_addresses', Array(21).fill('192.0.2.1')],
    ['token', 'mine'],
  ]
  for (const [member, value] of wrong) {
    const reply = await expectRefusal(
      world.ada.post('/api-tokens', { ...reading, [member]: value }),
      400,
      'validation_failed',
    )
    expect(reply.body.errors[0].field.split('.')[0]).toBe(member)
  }
})

test('a token works from its addresses only, in every form in which a proxy writes them', async () => {
  const allowed_addresses = ['192.0.2.0/24', '2001:DB8::/32', '::ffff:198.51.100.7', '::ffff:203.0.113.0/120']
  const { token, id } = await tokenOf(world.cleo, { ...reading, allowed_addresses })
  const from = (address: string): Api => withToken(token, { 'X-Forwarded-For': address })
  const forms = bodyOf(await world.cleo.get(`/api-tokens/${id}`)).allowed_addresses
  expect(forms).toEqual(['192.0.2.0/24', '2001:db8::/32', '198.51.100.7', '203.0.113.0/24'])
  const inside = [
    '192.0.2.7',
    '192.0.2.255:4711',
    '::ffff:192.0.2.1',
    '[2001:db8:1::2]:80',
    '198.51.100.7',
    '203.0.113.9',
  ]
  for (const address of inside) await isAlive(from(address), world.cleo.id)
  for (const address of ['192.0.3.1', '2001:db9::1', '198.51.100.8', 'unknown', '127.0.0.1', '']) {
    await expectRefusal(from(address).get('/auth/me'), 403, 'address_not_allowed')
  }
  const events = await recordedEvents(desk, world, 'api_token.refused')
  expect(events.map(({ details }) => details)).toEqual([{ token_id: id, address: '192.0.3.1' }])
})

test('the last use is noted once in five minutes', async () => {
  const { tom } = world
  const program = await tokenOf(tom)
  const lastUse = async (): Promise<string | null> => bodyOf(await tom.get(`/api-tokens/${program.id}`)).last_used_at
  expect(await lastUse()).toBeNull()
  await isAlive(program, tom.id)
  await until('the use is noted', async () => (await lastUse()) !== null)
  const first = await lastUse()
  desk.app.principals.clear()
  await isAlive(program, tom.id)
  expect(await lastUse()).toBe(first)
  await desk.owner.query(`update api_tokens set last_used_at = now() - interval '6 minutes' where token_id = $1`, [
    program.id,
  ])
  desk.app.principals.clear()
  await isAlive(program, tom.id)
  await until('the use is noted again', async () => Date.parse((await lastUse()) ?? '') >= Date.parse(first ?? ''))
})

test('everybody sees and ends their own tokens, an admin those of all, and nobody those of another tenant', async () => {
  const { ada, cleo, carl } = world
  const cleos = await tokenOf(cleo)
  const mine = await tokenOf(ada)
  const idsIn = async (person: Person, query: string): Promise<string[]> =>
    bodyOf(await person.get(`/api-tokens${query}`)).api_tokens.map(({ token_id }: { token_id: string }) => token_id)
  expect(await idsIn(ada, '')).not.toContain(cleos.id)
  expect(await idsIn(ada, `?account_id=${cleo.id.toLowerCase()}`)).toContain(cleos.id)
  expect(await idsIn(ada, '?everyone=true&limit=100')).toEqual(expect.arrayContaining([cleos.id, mine.id]))
  expect(await idsIn(cleo, `?account_id=${cleo.id}`)).toContain(cleos.id)
  expect(await idsIn(other.ada, '?everyone=true')).not.toContain(cleos.id)
  for (const query of ['?everyone=true', `?account_id=${ada.id}`, '?account_id=CUS9999']) {
    await expectRefusal(cleo.get(`/api-tokens${query}`), 403, 'forbidden')
  }
  for (const person of [carl, other.ada, other.cleo]) {
    for (const method of ['GET', 'DELETE']) {
      await expectRefusal(person.send(method, `/api-tokens/${cleos.id}`), 404, 'api_token_not_found')
    }
  }
  const pages: string[] = []
  for (let cursor = ''; ; ) {
    const { api_tokens, page } = bodyOf(await ada.get(`/api-tokens?everyone=true&limit=2${cursor}`))
    pages.push(...api_tokens.map(({ token_id }: { token_id: string }) => token_id))
    if (!page.has_more) break
    cursor = `&cursor=${page.next_cursor}`
  }
  expect(pages).toEqual(await idsIn(ada, '?everyone=true&limit=100'))
  expectStatus(await ada.delete(`/api-tokens/${cleos.id}`), 204)
  await isDead(cleos)
})

test('a reset by a mailed link and a deactivation end tokens, a change of the password does not', async () => {
  const nina = await world.technician('Nina', 'Network')
  const [kept, ended] = [await tokenOf(nina), await tokenOf(world.carl)]
  const changed = { current_password: password, password: 'another-one-3' }
  expectStatus(await nina.post('/auth/password/change', changed), 204)
  await isAlive(kept, nina.id)
  expectStatus(await resetPassword(world, await forgetPassword(desk, world, world.carl)), 204)
  await isDead(ended)
  const carl = await world.signIn(world.carl.email, 'a-new-password-5')
  expect(bodyOf(await carl.get('/api-tokens')).api_tokens).toEqual([])
  expectStatus(await world.ada.delete(`/technicians/${nina.id}`), 204)
  await isDead(kept)
})

test('an account has 50 living tokens at most, and whoever asks at once gets no more', async () => {
  const nora = await world.customer('Nora')
  const make = () => nora.post('/api-tokens', reading)
  const first = await Promise.all(Array.from({ length: 48 }, make))
  const statuses = (await Promise.all(Array.from({ length: 4 }, make))).map(({ status }) => status)
  expect(statuses.toSorted()).toEqual([201, 201, 422, 422])
  expectStatus(await nora.delete(`/api-tokens/${first[0]?.body.token_id}`), 204)
  expectStatus(await make(), 201)
  await expectRefusal(make(), 422, 'too_many_api_tokens')
})

test('a repeated request makes no second token, and the secret is not kept', async () => {
  const headers = { 'Idempotency-Key': 'token-1' }
  const first = expectStatus(await world.tom.post('/api-tokens', reading, { headers }), 201)
  const again = expectStatus(await world.tom.post('/api-tokens', reading, { headers }), 201)
  expect(again.headers.get('idempotency-replayed')).toBe('true')
  expect(again.body).toEqual({ ...first.body, token: null })
  // A program and its person may choose the same key.
  const cleo = await tokenOf(world.cleo, { name: 'Writer', scopes: ['ticket:create'] })
  const key = { headers: { 'Idempotency-Key': 'ticket-1' } }
  const [one, two] = [await world.cleo.post('/tickets', issue, key), await cleo.post('/tickets', issue, key)]
  expect(two.body.ticket_id).not.toBe(expectStatus(one, 201).body.ticket_id)
  expect(expectStatus(await cleo.post('/tickets', issue, key), 201).body).toEqual(two.body)
})

test('whoever ends a session ends what it has begun to make', async () => {
  const vera = await world.customer('Vera')
  const client = await desk.owner.connect()
  try {
    await client.query('begin')
    await client.query('select from accounts where account_id = $1 and tenant_id = $2 for update', [
      vera.id,
      world.tenantId,
    ])
    await client.query('update sessions set revoked_at = now() where account_id = $1 and tenant_id = $2', [
      vera.id,
      world.tenantId,
    ])
    const making = vera.post('/api-tokens', reading)
    await until('it waits', async () => {
      const { rowCount } = await desk.owner.query(
        "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
      )
      return rowCount === 1
    })
    await client.query('commit')
    await expectRefusal(making, 401, 'invalid_token')
  } finally {
    client.release(true)
  }
})

test('the person is mailed without what was typed, and the mail has no secret', async () => {
  bodyOf(await world.tess.patch('/me', { time_zone: 'Asia/Kathmandu' }))
  const { token } = await tokenOf(world.tess, { ...reading, name: 'visit evil.example.com' })
  await writeMails(desk)
  const { emails } = bodyOf(await world.ada.get('/emails?template=api_token_created&limit=100'))
  const { email_id } = emails.find(({ account_id }: { account_id: string }) => account_id === world.tess.id)
  const { text, subject } = bodyOf(await world.ada.get(`/emails/${email_id}`))
  expect(subject).toContain('API token')
  expect(text).toContain(`cdk_${world.tenantId}_…`)
  expect(text).toMatch(
    /When: +\d{4}-\d\d-\d\d \d\d:\d\d Asia\/Kathmandu\s+Device: +Node\.js\s+Network address: +127\.0\.0\.1/,
  )
  expect(text).not.toContain('evil')
  expect(text).not.toContain(token.slice(-20))
})

test('each token has a limit of its own, apart from its person', async () => {
  const limited = await startDesk({
    withWorker: false,
    databaseUrl: desk.databaseUrl,
    settings: { RATE_LIMIT_REQUESTS_PER_MINUTE: '5' },
  })
  try {
    const [one, two] = [await tokenOf(world.tess), await tokenOf(world.tess)]
    const speak = (token: string): Api => createApi(limited.url, { Authorization: `Bearer ${token}` })
    const program = speak(one.token)
    for (let n = 0; n < 5; n += 1) expectStatus(await program.get('/auth/me'), 200)
    await expectRefusal(program.get('/auth/me'), 429, 'rate_limited')
    await isAlive(speak(two.token), world.tess.id)
    await isAlive(speak(world.tess.token), world.tess.id)
  } finally {
    await limited.stop()
  }
})

test('a token reads what its person reads, and loses it with them', async () => {
  const { ada, tess, tom } = world
  const id = await createTicket(world.cleo)
  const program = await tokenOf(tess)
  expectStatus(await ada.put(`/tickets/${id}`, { technician_id: tom.id }), 200)
  await expectRefusal(program.get(`/tickets/${id}`), 404, 'ticket_not_found')
  expectStatus(await ada.put(`/tickets/${id}`, { technician_id: tess.id }), 200)
  expectStatus(await program.get(`/tickets/${id}`), 200)
  await expectRefusal(program.put(`/tickets/${id}`, { priority: 'high' }), 403, 'insufficient_scope')
  expect(everyScope).not.toContain('session:own')
})

test('who has a second factor proves it for each token, also for those of a service account', async () => {
  const { ada } = other
  const { account_id } = bodyOf(await ada.post('/service-accounts', { name: 'Robot', role: 'admin' }))
  const { secret } = bodyOf(await ada.post('/me/second-factor', { current_password: password }))
  const confirming = { code: codeAtStep(secret, stepAt(desk.app.clock.now() / 1_000)) }
  const { recovery_codes: codes } = bodyOf(await ada.post('/me/second-factor/confirm', confirming))
  for (const [place, path] of ['/api-tokens', `/service-accounts/${account_id}/api-tokens`].entries()) {
    const make = (second_factor_code?: string) => ada.post(path, { ...reading, second_factor_code })
    await expectRefusal(make(), 403, 'second_factor_code_required')
    await expectRefusal(make('x7k2m-9pqrs-4tvwx-yz3ab'), 422, 'wrong_second_factor')
    const { token } = expectStatus(await make(codes[place]), 201).body
    await expectRefusal(make(codes[place]), 422, 'wrong_second_factor')
    // A token is used without a code.
    expectStatus(await withToken(token).get('/tickets'), 200)
  }
})

test('tokens end with a changed role, and do not come back with a person who is reactivated', async () => {
  const { ada, technician, signIn } = world
  const vic = await technician('Vic', 'Network')
  expectStatus(await ada.patch(`/people/${vic.id}`, { role: 'admin', current_password: password }), 200)
  const ofAdmin = await tokenOf(await signIn(vic.email, password), {
    name: 'Audit',
    scopes: ['audit:read', 'tag:list'],
  })
  expectStatus(await ofAdmin.get('/audit'), 200)
  expectStatus(await ada.patch(`/people/${vic.id}`, { role: 'technician' }), 200)
  await isDead(ofAdmin)
  const program = await tokenOf(await signIn(vic.email, password))
  await isAlive(program, vic.id)
  expectStatus(await ada.delete(`/people/${vic.id}`), 204)
  await isDead(program)
  expectStatus(await ada.post(`/people/${vic.id}/reactivate`), 200)
  await isDead(program)
  expect(bodyOf(await ada.get(`/api-tokens?account_id=${vic.id}`)).api_tokens).toEqual([])
})
