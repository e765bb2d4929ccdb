import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWorld, type Person, password, type World } from '../../../testing/support/people.ts'
import { recordedEvents } from '../../../testing/support/recorded-events.ts'
import {
  type Api,
  bodyOf,
  createApi,
  expectRefusal,
  expectStatus,
  type Reply,
  verdict,
} from '../../../testing/support/requests.ts'
import { codeNow, createMovableClock, type Enrolled, enrol, finish } from '../../../testing/support/second-factors.ts'
import {
  confirmationToken,
  forgetPassword,
  logIn,
  refresh,
  resetPassword,
} from '../../../testing/support/sign-in-requests.ts'
import { untilLockIsAwaited } from '../../../testing/support/waiting.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { writeMails } from '../../../testing/support/write-mails.ts'
import { reportOnKeys } from '../second-factor/sealing-keys.service.ts'

const clock = createMovableClock()
let desk: Desk
let world: World
beforeAll(async () => {
  desk = await startDesk({ withWorker: false, clock })
  world = await createWorld(desk)
})
afterAll(() => desk?.stop())

const hour = 3_600
const wrong = { code: 'wrong' }
const proof = { current_password: password }

/** Signs in with the password and answers with the challenge. */
const challengeOf = async (name: string, secret = password, at = world): Promise<string> =>
  (await expectRefusal(logIn(at.nobody, name, secret), 401, 'second_factor_required')).body.challenge

/** Signs in with password and code. */
const signInWith = async (name: string, factor: Enrolled): Promise<Reply> => {
  const reply = await finish(world.nobody, await challengeOf(name), { code: codeNow(factor.secret, clock) })
  clock.advance(30)
  return reply
}

/** A person as the session of an answer. */
const as = (reply: Reply) => createApi(desk.url, { Authorization: `Bearer ${expectStatus(reply, 200).body.token}` })

/** A customer with a second factor. */
const enrolled = async (): Promise<{ person: Person; factor: Enrolled }> => {
  const person = await world.customer()
  return { person, factor: await enrol(person, clock) }
}

const typesOf = async (person: Person, like = 'second_factor.%'): Promise<string[]> =>
  (await recordedEvents(desk, world, like)).flatMap(({ type, subject_id }) => (subject_id === person.id ? [type] : []))

test('Tess sets it up, signs in with codes, loses the phone, uses a recovery code, and Ada resets it', async () => {
  const { ada, tess } = world
  const off = { enabled: false, enabled_at: null, recovery_codes_left: 0, required: false }
  expect(bodyOf(await tess.get('/me/second-factor'))).toEqual(off)
  const elsewhere = await world.signIn(tess.email, password)
  const begun = bodyOf(await tess.post('/me/second-factor', { current_password: password }))
  expect(begun.otpauth_uri).toContain(`secret=${begun.secret}`)
  // What waits for its first code asks nobody for one.
  expectStatus(await logIn(world.nobody, tess.email), 200)
  await expectRefusal(tess.post('/me/second-factor/confirm', { code: '000000' }), 422, 'wrong_second_factor')
  const first = codeNow(begun.secret, clock)
  const { recovery_codes: codes } = bodyOf(await tess.post('/me/second-factor/confirm', { code: first }))
  expect(new Set(codes).size).toBe(10)
  for (const code of codes) expect(code).toMatch(/^(?:[2-9a-hjkmnp-tv-z]{5}-){3}[2-9a-hjkmnp-tv-z]{5}$/)
  await expectRefusal(elsewhere.get('/auth/me'), 401, 'invalid_token')
  await expectRefusal(refresh(world, elsewhere.refreshToken), 401, 'invalid_refresh_token')
  expect(bodyOf(await tess.get('/me/second-factor'))).toMatchObject({ enabled: true, recovery_codes_left: 10 })

  const challenge = await challengeOf(tess.email)
  // The code that confirmed is spent.
  await expectRefusal(finish(world.nobody, challenge, { code: first }), 422, 'wrong_second_factor')
  clock.advance(30)
  const session = expectStatus(await finish(world.nobody, challenge, { code: codeNow(begun.secret, clock) }), 200)
  expect((await as(session).get('/auth/me')).body.user.id).toBe(tess.id)
  expectStatus(await refresh(world, session.body.refresh_token), 200)
  await expectRefusal(finish(world.nobody, challenge, wrong), 401, 'invalid_challenge')

  // The phone is lost. Codes are read as people write them down.
  const typed = ` ${codes[0].toUpperCase().replaceAll('-', ' ')} `
  expectStatus(await finish(world.nobody, await challengeOf(tess.id), { recovery_code: typed }), 200)
  const again = finish(world.nobody, await challengeOf(tess.id), { recovery_code: codes[0] })
  await expectRefusal(again, 422, 'wrong_second_factor')
  expect(bodyOf(await tess.get('/me/second-factor')).recovery_codes_left).toBe(9)

  // Of an admin without a second factor no code is asked, but the password.
  const path = `/people/${tess.id}/second-factor/reset`
  expectStatus(await ada.post(path.toLowerCase(), proof), 204)
  expectStatus(await ada.post(path, proof), 204)
  await expectRefusal(tess.get('/auth/me'), 401, 'invalid_token')
  const back = await world.signIn(tess.email, password)
  expect(bodyOf(await back.get('/me/second-factor'))).toEqual(off)
  await expectRefusal(ada.post('/people/ada/second-factor/reset', proof), 403, 'forbidden')
  await expectRefusal(ada.post('/people/TEC9999/second-factor/reset', proof), 404, 'account_not_found')

  expect(await typesOf(tess)).toEqual([
    ...['enabled', 'asked', 'failed', 'asked', 'recovery_code_used', 'asked', 'failed', 'reset'].map(
      (name) => `second_factor.${name}`,
    ),
  ])
  await writeMails(desk)
  const { emails } = bodyOf(await ada.get('/emails?limit=100'))
  const templates = emails.flatMap((mail: Record<string, string>) =>
    mail.account_id === tess.id ? [mail.template] : [],
  )
  const expected = ['recovery_code_used', 'second_factor_enabled', 'second_factor_reset']
  expect(templates.filter((name: string) => /factor|code/.test(name)).sort()).toEqual(expected)
})

test('texts that are no code of this account open nothing, and spend nothing', async () => {
  const { person, factor } = await enrolled()
  const other = await enrolled()
  const code = codeNow(factor.secret, clock)
  const fullWidth = [...code].map((digit) => String.fromCodePoint(0xff10 + Number(digit))).join('')
  const texts = [
    fullWidth,
    code.slice(1),
    `${code}0`,
    `${code}\u200b`,
    codeNow(factor.secret, clock, -2),
    codeNow(factor.secret, clock, 2),
    codeNow(other.factor.secret, clock),
    other.factor.recoveryCodes[0] ?? '',
    (factor.recoveryCodes[0] ?? '').slice(1),
    'null',
    '-1',
    '%',
  ]
  for (const text of texts) {
    const challenge = await challengeOf(person.email)
    for (const proof of [{ code: text }, { recovery_code: text }]) {
      await expectRefusal(finish(world.nobody, challenge, proof), 422, 'wrong_second_factor')
    }
  }
  const challenge = await challengeOf(person.email)
  for (const text of ['', ' ', '\0', `${code}\0`, '\ud800', 'x'.repeat(65), 492039, null, [code], {}]) {
    const reply = await world.nobody.post('/auth/login/second-factor', { challenge, code: text })
    expect([text, ...verdict(reply)]).toEqual([text, 400, 'validation_failed'])
  }
  for (const body of [{ challenge }, { challenge, code, recovery_code: code }]) {
    await expectRefusal(world.nobody.post('/auth/login/second-factor', body), 400, 'validation_failed')
  }
  clock.advance(2 * hour)
  const padded = ` ${codeNow(factor.secret, clock).replace(/(...)/, '$1 ')} `
  expectStatus(await finish(world.nobody, await challengeOf(person.email), { code: padded }), 200)
})

test('a challenge is good for one sign-in of one account, for five minutes', async () => {
  const { person, factor } = await enrolled()
  const next = (): { code: string } => ({ code: codeNow(factor.secret, clock) })
  const challenge = await challengeOf(person.email)
  const [tenant, row, secret] = challenge.split('.')
  const forged = [
    `${Number(tenant) + 1}.${row}.${secret}`,
    `0${challenge}`,
    `${tenant}.${crypto.randomUUID()}.${secret}`,
    `${tenant}.${row}.${'A'.repeat(43)}`,
    `${tenant}.${row}.`,
    `${tenant}.${row}`,
    `${challenge}.`,
    person.refreshToken,
    'null',
  ]
  for (const text of forged) await expectRefusal(finish(world.nobody, text, next()), 401, 'invalid_challenge')
  clock.advance(301)
  await expectRefusal(finish(world.nobody, challenge, next()), 401, 'invalid_challenge')

  // A new password ends what waits for a code, whoever changes it; so does a deactivation.
  const waiting = await challengeOf(person.email)
  const change = { current_password: password, password: 'another-horse-8' }
  expectStatus(await person.post('/auth/password/change', change), 204)
  await expectRefusal(finish(world.nobody, waiting, next()), 401, 'invalid_challenge')
  const second = await challengeOf(person.email, change.password)
  expectStatus(await resetPassword(world, await forgetPassword(desk, world, person), password), 204)
  await expectRefusal(finish(world.nobody, second, next()), 401, 'invalid_challenge')
  // A forgotten password does not switch the second factor off.
  const third = await challengeOf(person.email)
  expectStatus(await world.ada.delete(`/customers/${person.id}`), 204)
  await expectRefusal(finish(world.nobody, third, next()), 401, 'invalid_challenge')
})

test('without the password nobody learns who has a second factor', async () => {
  const { person, factor } = await enrolled()
  const carl = await logIn(world.nobody, world.carl.email, 'wrong-horse-9')
  for (const name of [person.email, 'nobody@example.com']) {
    const reply = await logIn(world.nobody, name, 'wrong-horse-9')
    expect({ ...reply.body, request_id: 0 }).toEqual({ ...carl.body, request_id: 0 })
  }
  const cookie = await world.nobody.post('/users/signin', { email: person.email, password })
  expect(verdict(cookie)).toEqual([401, 'second_factor_required'])
  expect([cookie.headers.getSetCookie(), cookie.body.expires_in]).toEqual([[], 300])
  const proof = { challenge: cookie.body.challenge, code: codeNow(factor.secret, clock), session: 'cookie' }
  const signedIn = expectStatus(await world.nobody.post('/auth/login/second-factor', proof), 200)
  expect([Object.keys(signedIn.body), signedIn.headers.getSetCookie()]).toEqual([['user'], [expect.any(String)]])
})

test('a browser that signs in with a code over its session ends that session', async () => {
  const { person, factor } = await enrolled()
  const finishAt = async (at: Api, session: object): Promise<Reply> => {
    const proof = { challenge: await challengeOf(person.email), code: codeNow(factor.secret, clock), ...session }
    clock.advance(30)
    return expectStatus(await at.post('/auth/login/second-factor', proof), 200)
  }
  const [cookie = ''] = (await finishAt(world.nobody, { session: 'cookie' })).headers.getSetCookie()
  const browser = createApi(desk.url, { Cookie: cookie.split(';')[0] ?? '', Origin: 'https://desk.example.com' })
  await finishAt(browser, {})
  expectStatus(await browser.get('/auth/me'), 200)
  await finishAt(browser, { session: 'cookie' })
  await expectRefusal(browser.get('/auth/me'), 401, 'invalid_token')
})

test('a second factor that is switched on or off while somebody signs in counts', async () => {
  const person = await world.customer()
  bodyOf(await person.post('/me/second-factor', { current_password: password }))
  const change = async (isOn: boolean): Promise<Reply> => {
    const other = await desk.app.pool.connect()
    const owner = [world.tenantId, person.id]
    await other.query('begin')
    await other.query('select from accounts where tenant_id = $1 and account_id = $2 for no key update', owner)
    const answer = logIn(world.nobody, person.email)
    // The password was right, and whether there is a second factor was looked up.
    await untilLockIsAwaited(desk)
    await other.query(
      `update second_factors set secret = case when $3 then pending_secret end, enabled_at = case when $3 then now() end
       where tenant_id = $1 and account_id = $2`,
      [...owner, isOn],
    )
    await other.query('commit')
    other.release()
    return answer
  }
  expect(verdict(await change(true))).toEqual([401, 'second_factor_required'])
  expectStatus(await change(false), 200)
})

test('each refusal says what to do', async () => {
  const { person } = await enrolled()
  const step = (body: object): Promise<Reply> => world.nobody.post('/auth/login/second-factor', body)
  const asked = await expectRefusal(logIn(world.nobody, person.email), 401, 'second_factor_required')
  const { challenge } = asked.body
  expect(asked.body.detail).toMatch(/challenge .*POST \/auth\/login\/second-factor.* recovery_code/)
  const codeless = await expectRefusal(step({ challenge }), 400, 'validation_failed')
  expect(codeless.body.detail).toBe('code is missing: send it, or recovery_code')
  const short = await expectRefusal(step({ challenge, code: '12345' }), 422, 'wrong_second_factor')
  expect(short.body.detail).toMatch(/six digits/)
  const wrongCode = await expectRefusal(step({ challenge, code: '000000' }), 422, 'wrong_second_factor')
  expect(wrongCode.body.detail).not.toMatch(/six digits/)
  const ended = await expectRefusal(step({ challenge: 'x', code: '000000' }), 401, 'invalid_challenge')
  expect(ended.body.detail).toMatch(/Sign in with the password again/)
  const bare = await expectRefusal(world.nobody.post('/auth/login', {}), 400, 'validation_failed')
  expect(bare.body.errors.map(({ field }: { field: string }) => field).sort()).toEqual(['password', 'user_id_or_email'])
  const { headers } = await world.nobody.get('/auth/me', { headers: { Authorization: 'Bearer x.y.z' } })
  expect(headers.get('www-authenticate')).toBe('Bearer realm="counterdesk", error="invalid_token"')
  const { headers: plain } = await world.nobody.get('/auth/me')
  expect(plain.get('www-authenticate')).toBe('Bearer realm="counterdesk"')
})

test('of eight uses of one code at once, one signs in', async () => {
  const { person, factor } = await enrolled()
  const challenges: string[] = []
  for (let made = 0; made < 8; made += 1) challenges.push(await challengeOf(person.email))
  const statuses = async (proof: { code: string } | { recovery_code: string }): Promise<number[]> =>
    (await Promise.all(challenges.map((challenge) => finish(world.nobody, challenge, proof)))).map(
      ({ status }) => status,
    )
  expect((await statuses({ code: codeNow(factor.secret, clock) })).sort()).toEqual([200, ...Array(7).fill(422)])
  challenges.splice(0, 8, await challengeOf(person.email))
  clock.advance(30)
  // One challenge, sent eight times.
  challenges.push(...Array(7).fill(challenges[0]))
  expect((await statuses({ code: codeNow(factor.secret, clock) })).sort()).toEqual([200, ...Array(7).fill(401)])
})

test('five wrong codes end a challenge, ten within an hour all codes of the app, and no more than ten challenges wait', async () => {
  const { person, factor } = await enrolled()
  const open = async (): Promise<number> =>
    Number((await desk.app.pool.query('select from sign_in_challenges where account_id = $1', [person.id])).rowCount)
  for (let made = 0; made < 12; made += 1) await challengeOf(person.email)
  expect(await open()).toBe(10)

  for (let round = 0; round < 2; round += 1) {
    const challenge = await challengeOf(person.email)
    for (let tries = 0; tries < 5; tries += 1) {
      await expectRefusal(finish(world.nobody, challenge, { code: '000000' }), 422, 'wrong_second_factor')
    }
    const proof = { code: codeNow(factor.secret, clock) }
    await expectRefusal(finish(world.nobody, challenge, proof), 401, 'invalid_challenge')
  }
  const challenge = await challengeOf(person.email)
  const right = (): { code: string } => ({ code: codeNow(factor.secret, clock) })
  const blocked = await expectRefusal(finish(world.nobody, challenge, right()), 429, 'second_factor_blocked')
  expect(Date.parse(blocked.body.ends_at)).toBe(clock.now() + hour * 1_000)
  expect(blocked.headers.get('retry-after')).toBe(String(hour))
  // Somebody who has a session is blocked as well, and the owner still gets in.
  const off = { current_password: password, second_factor_code: right().code }
  await expectRefusal(person.post('/me/second-factor/disable', off), 429, 'second_factor_blocked')
  expectStatus(await finish(world.nobody, challenge, { recovery_code: factor.recoveryCodes[0] ?? '' }), 200)
  expect((await typesOf(person)).filter((type) => type === 'second_factor.blocked')).toHaveLength(1)
  // What is refused unseen is no event.
  expect((await typesOf(person)).filter((type) => type === 'second_factor.failed')).toHaveLength(10)
  clock.advance(hour)
  expectStatus(await finish(world.nobody, await challengeOf(person.email), right()), 200)

  // Thirty within a day: then the wait is until the day is over.
  for (let round = 0; round < 2; round += 1) {
    clock.advance(hour)
    for (let tries = 0; tries < 10; tries += 1) {
      const disable = { current_password: password, second_factor_code: '000000' }
      await expectRefusal(person.post('/me/second-factor/disable', disable), 422, 'wrong_second_factor')
    }
  }
  clock.advance(hour)
  const long = await expectRefusal(
    finish(world.nobody, await challengeOf(person.email), right()),
    429,
    'second_factor_blocked',
  )
  expect(Number(long.headers.get('retry-after'))).toBeGreaterThan(19 * hour)
  clock.advance(21 * hour)
  expectStatus(await finish(world.nobody, await challengeOf(person.email), right()), 200)
})

test('what matters asks again for the password and for a code', async () => {
  const { person, factor } = await enrolled()
  const code = (): string => codeNow(factor.secret, clock)
  const proof = { current_password: password }
  const off = (more: object): Promise<Reply> => person.post('/me/second-factor/disable', { ...proof, ...more })
  const asked = await expectRefusal(off({}), 403, 'second_factor_code_required')
  expect(asked.body.detail).toContain('second_factor_code')
  await expectRefusal(off({ current_password: 'not-hers-3', second_factor_code: code() }), 422, 'wrong_password')
  // A wrong password spends no code.
  const renewed = bodyOf(await person.post('/me/second-factor/recovery-codes', { second_factor_code: code() }))
  await expectRefusal(off({ second_factor_code: code() }), 422, 'wrong_second_factor')
  await expectRefusal(off({ second_factor_code: factor.recoveryCodes[1] ?? '' }), 422, 'wrong_second_factor')
  // A new phone takes the place of the old one, with a recovery code when the old one is lost.
  await expectRefusal(person.post('/me/second-factor', proof), 403, 'second_factor_code_required')
  const lost = { ...proof, second_factor_code: renewed.recovery_codes[0] }
  const { secret } = bodyOf(await person.post('/me/second-factor', lost))
  clock.advance(30)
  expectStatus(await finish(world.nobody, await challengeOf(person.email), { code: code() }), 200)
  bodyOf(await person.post('/me/second-factor/confirm', { code: codeNow(secret, clock) }))
  clock.advance(30)
  const old = finish(world.nobody, await challengeOf(person.email), { code: code() })
  await expectRefusal(old, 422, 'wrong_second_factor')
  expectStatus(await off({ second_factor_code: codeNow(secret, clock) }), 204)
  expectStatus(await off({}), 204)
  expectStatus(await logIn(world.nobody, person.email), 200)
  const none = person.post('/me/second-factor/recovery-codes', { second_factor_code: '123456' })
  await expectRefusal(none, 422, 'second_factor_missing')
  await expectRefusal(person.post('/me/second-factor/confirm', { code: '123456' }), 422, 'second_factor_missing')
  bodyOf(await person.post('/me/second-factor', proof))
  clock.advance(hour + 1)
  await expectRefusal(person.post('/me/second-factor/confirm', { code: '123456' }), 422, 'second_factor_missing')
})

test('the staff of a tenant that asks for it can do nothing else until it is set up', async () => {
  const strict = await createWorld(desk)
  const { ada, tess, cleo } = strict
  // What is remembered of her session is forgotten at once.
  expectStatus(await tess.get('/tickets'), 200)
  bodyOf(await ada.patch('/settings', { second_factor_required: true }))
  await expectRefusal(tess.get('/tickets'), 403, 'second_factor_enrolment_required')
  const must = async (person: Person): Promise<void> => {
    for (const path of ['/tickets', '/categories', '/tags']) {
      await expectRefusal(person.get(path), 403, 'second_factor_enrolment_required')
    }
    const change = { current_password: password, password: 'another-horse-8' }
    await expectRefusal(person.post('/auth/password/change', change), 403, 'second_factor_enrolment_required')
    expect(bodyOf(await person.get('/me/second-factor'))).toMatchObject({ enabled: false, required: true })
    expectStatus(await person.get('/auth/me'), 200)
  }
  // A session from before, and a new one.
  await must(tess)
  await must(await strict.signIn('ada', password))
  expectStatus(await cleo.get('/tickets'), 200)
  expect(bodyOf(await cleo.get('/me/second-factor')).required).toBe(false)

  const factor = await enrol(tess, clock)
  expectStatus(await tess.get('/tickets'), 200)
  const off = { current_password: password, second_factor_code: codeNow(factor.secret, clock) }
  await expectRefusal(tess.post('/me/second-factor/disable', off), 422, 'second_factor_mandatory')
  // Ada has one, so she shows a code of it to reset Tess's. Then Tess has to begin again.
  const adas = await enrol(ada, clock)
  const path = `/people/${tess.id}/second-factor/reset`
  await expectRefusal(ada.post(path, proof), 403, 'second_factor_code_required')
  expectStatus(await ada.post(path, { ...proof, second_factor_code: codeNow(adas.secret, clock) }), 204)
  await must(await strict.signIn(tess.email, password))
})

test('no secret is in a row, an event, a mail or a kept answer, and a lost key locks only the app out', async () => {
  const { person, factor } = await enrolled()
  const challenge = await challengeOf(person.email)
  const keyed = { headers: { 'Idempotency-Key': 'k-1' } }
  const kept = async (): Promise<number> => Number((await desk.app.pool.query('select from idempotency_keys')).rowCount)
  const before = await kept()
  const codes = person.post(
    '/me/second-factor/recovery-codes',
    { second_factor_code: codeNow(factor.secret, clock) },
    keyed,
  )
  const { recovery_codes: fresh } = bodyOf(await codes)
  clock.advance(30)
  await writeMails(desk)
  const { rows } = await desk.app.pool.query(`
    select string_agg(t::text, ' ') as text from (
      select to_jsonb(f) as t from second_factors f union all select to_jsonb(c) from recovery_codes c
      union all select to_jsonb(c) from sign_in_challenges c union all select to_jsonb(e) from events e
      union all select to_jsonb(m) from emails m) all_of_it`)
  const secrets = [factor.secret, challenge.split('.')[2] ?? '', ...factor.recoveryCodes, ...fresh]
  for (const secret of secrets) {
    expect(rows[0].text).not.toContain(secret)
    expect(rows[0].text).not.toContain(secret.replaceAll('-', ''))
  }
  expect(await kept()).toBe(before)

  // The sealed secret of another account does not open.
  const other = await enrolled()
  await desk.owner.query(
    `update second_factors f set secret = o.secret from second_factors o
     where f.account_id = $1 and o.account_id = $2 and o.tenant_id = f.tenant_id`,
    [person.id, other.person.id],
  )
  for (const { secret } of [factor, other.factor]) {
    const proof = { code: codeNow(secret, clock) }
    await expectRefusal(finish(world.nobody, challenge, proof), 503, 'second_factor_unavailable')
  }
  expectStatus(await finish(world.nobody, challenge, { recovery_code: fresh[0] }), 200)
  expectStatus(await signInWith(other.person.email, other.factor), 200)
})

test('the operator reads which key a secret needs, and a secret is sealed anew when it is used', async () => {
  const { person, factor } = await enrolled()
  const at = async (
    settings: Record<string, string>,
    work: (other: Desk, nobody: Api) => Promise<void>,
  ): Promise<void> => {
    const other = await startDesk({ withWorker: false, clock, databaseUrl: desk.databaseUrl, settings })
    await work(other, createApi(other.url, { 'X-Tenant': world.slug })).finally(() => other.stop())
  }
  const keyOf = async (): Promise<string> =>
    (
      await desk.app.pool.query('select secret from second_factors where account_id = $1 and tenant_id = $2', [
        person.id,
        world.tenantId,
      ])
    ).rows[0].secret.split('.')[0]
  const use = async (nobody: Api, proof: { code: string } | { recovery_code: string }): Promise<number> => {
    const refusal = await expectRefusal(logIn(nobody, person.email), 401, 'second_factor_required')
    const { status } = await finish(nobody, refusal.body.challenge, proof)
    clock.advance(30)
    return status
  }
  const code = () => ({ code: codeNow(factor.secret, clock) })
  const [older, newer] = ['older-only-for-tests-8Wm2Yc6Tn0Lx5Kb9zz', 'newer-only-for-tests-8Wm2Yc6Tn0Lx5Kb9zz']
  expect((await reportOnKeys(desk.app)).join()).toContain('SECRETS_KEY is not set')
  const first = await keyOf()
  await at({ SECRETS_KEY: older }, async (other, nobody) => {
    expect(await use(nobody, code())).toBe(200)
    expect((await reportOnKeys(other.app)).join()).toMatch(/still sealed with an older key\. Each is/)
  })
  const second = await keyOf()
  await at({ SECRETS_KEY: `${newer},${older}` }, async (_, nobody) => expect(await use(nobody, code())).toBe(200))
  expect(new Set([first, second, await keyOf()]).size).toBe(3)
  await at({ SECRETS_KEY: older }, async (other, nobody) => {
    expect((await reportOnKeys(other.app))[0]).toMatch(
      /^1 second factor is sealed with a key that is not in SECRETS_KEY/,
    )
    expect(await use(nobody, code())).toBe(503)
    expect(await use(nobody, { recovery_code: factor.recoveryCodes[0] ?? '' })).toBe(200)
  })
})

test.each([
  ['all sessions are ended', ({ ada, tess }: World) => ada.delete(`/people/${tess.id}/sessions`)],
  ['the role is changed', ({ ada, tess }: World) => ada.patch(`/people/${tess.id}`, { role: 'admin', ...proof })],
])('a sign-in that waits for its code ends when %s', async (_, end) => {
  const here = await createWorld(desk)
  const factor = await enrol(here.tess, clock)
  const challenge = await challengeOf(here.tess.email, password, here)
  expect((await end(here)).status).toBeLessThan(300)
  const shown = { code: codeNow(factor.secret, clock) }
  await expectRefusal(finish(here.nobody, challenge, shown), 401, 'invalid_challenge')
  expectStatus(await finish(here.nobody, await challengeOf(here.tess.email, password, here), shown), 200)
})

test('whoever registered the address of somebody else leaves nothing that outlives the reset of its owner', async () => {
  const open = await createWorld(desk, { areConfirmed: false })
  const stranger = open.cleo
  const begin = () => stranger.post('/me/second-factor', { current_password: password })
  const confirm = (secret: string) => stranger.post('/me/second-factor/confirm', { code: codeNow(secret, clock) })
  const token = { name: 'Mine', scopes: ['ticket:list'] }
  const refused = await expectRefusal(begin(), 403, 'email_not_confirmed')
  expect(refused.body.detail).toContain('POST /me/email')
  await expectRefusal(stranger.post('/api-tokens', token), 403, 'email_not_confirmed')
  // One that is there all the same, such as of before an admin gave the account another address.
  const unconfirm = 'update accounts set email_confirmed_at = $3 where tenant_id = $1 and account_id = $2'
  const setConfirmed = (at: Date | null) => desk.app.pool.query(unconfirm, [open.tenantId, stranger.id, at])
  await setConfirmed(new Date())
  const pending = bodyOf(await begin()).secret
  await setConfirmed(null)
  await expectRefusal(confirm(pending), 403, 'email_not_confirmed')
  await setConfirmed(new Date())
  expectStatus(await confirm(pending), 200)
  const api = createApi(desk.url, {
    Authorization: `Bearer ${bodyOf(await stranger.post('/api-tokens', { ...token, second_factor_code: codeNow(pending, clock, 1) })).token}`,
  })
  await setConfirmed(null)
  clock.advance(60)

  const chosen = 'seven quiet rivers'
  expectStatus(await resetPassword(open, await forgetPassword(desk, open, stranger), chosen), 204)
  const owner = await open.signIn(stranger.email, chosen)
  expect(bodyOf(await owner.get('/me/second-factor'))).toMatchObject({ enabled: false, recovery_codes_left: 0 })
  for (const gone of [stranger, api]) await expectRefusal(gone.get('/tickets'), 401, 'invalid_token')
  // From now on the address is the owner's: a second reset takes nothing away.
  await enrol(
    {
      ...owner,
      post: (path, body) => owner.post(path, path === '/me/second-factor' ? { current_password: chosen } : body),
    },
    clock,
  )
  expectStatus(await resetPassword(open, await forgetPassword(desk, open, owner), `${chosen} too`), 204)
  await expectRefusal(logIn(open.nobody, owner.email, `${chosen} too`), 401, 'second_factor_required')

  // Who follows the link of the welcome may set up both.
  expectStatus(
    await open.nobody.post('/auth/email/confirm', { token: await confirmationToken(desk, open, open.carl) }),
    204,
  )
  expectStatus(await open.carl.post('/api-tokens', token), 201)
  expectStatus(await open.carl.post('/me/second-factor', { current_password: password }), 200)
})
