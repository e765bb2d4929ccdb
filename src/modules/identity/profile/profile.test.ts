import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type MailServer, startMailServer } from '../../../testing/peers/smtp-server.ts'
import { createWorld, type Person, password, uniqueName, type World } from '../../../testing/support/people.ts'
import { recordedEvents } from '../../../testing/support/recorded-events.ts'
import { bodyOf, expectRefusal, expectStatus, type Reply } from '../../../testing/support/requests.ts'
import {
  confirmationToken,
  expectAlive,
  expectDead,
  forgetPassword,
  logIn,
  newestResetToken,
  resetPassword,
} from '../../../testing/support/sign-in-requests.ts'
import { untilLockIsAwaited } from '../../../testing/support/waiting.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'

let smtp: MailServer
let desk: Desk
let world: World
beforeAll(async () => {
  smtp = await startMailServer()
  desk = await startDesk({ settings: { SMTP_URL: smtp.url, QUOTA_STRANGER_MAILS_PER_DAY: '4' } })
  world = await createWorld(desk, { areConfirmed: false })
})
afterAll(async () => {
  await desk?.stop()
  await smtp?.stop()
})

const newAddress = (): string => `${uniqueName()}@${world.slug}.example.com`
const ask = (person: Person, email: string, current_password = password): Promise<Reply> =>
  person.post('/me/email', { email, current_password })
const confirm = (token: unknown): Promise<Reply> => world.nobody.post('/auth/email/confirm', { token })
const me = async (person: Person) => bodyOf(await person.get('/me'))

/** The mails that an address got, oldest first. */
const mailsTo = async (address: string) => {
  await desk.settled()
  return smtp.delivered.filter(({ recipient }) => recipient === address).map(({ message }) => message)
}
const subjectsTo = async (address: string) =>
  (await mailsTo(address)).map(({ subject = '' }) => subject.replace(/ at Desk .*| to Desk .*/, ''))
const tokenIn = (text = ''): string => decodeURIComponent(/\/email\/confirm\?token=(\S+)/.exec(text)?.[1] ?? '')
const newestToken = async (address: string): Promise<string> => tokenIn((await mailsTo(address)).at(-1)?.text)

/** The types of the events about an account that are about the account itself. */
const eventsAbout = async ({ id }: Person): Promise<string[]> =>
  (await recordedEvents(desk, world, 'account.%')).filter((event) => event.subject_id === id).map(({ type }) => type)

describe('the own account', () => {
  test('is read by everybody, with what the person chose', async () => {
    expect(await me(world.ada)).toMatchObject({ id: 'ada', role: 'admin', sign_in_name: 'ada', category: null })
    expect(await me(world.tess)).toMatchObject({ id: 'TEC0001', category: 'Network', time_zone: null, language: null })
    const { email_confirmed_at, ...cleo } = await me(world.cleo)
    expect(cleo).toMatchObject({ id: 'CUS0001', email: world.cleo.email, pending_email: null, tenant: world.slug })
    // Nobody has followed a link to an address that was only registered.
    expect(email_confirmed_at).toBeNull()
    expect((await me(world.ada)).email_confirmed_at).not.toBeNull()
    expect((await me(world.tess)).email_confirmed_at).not.toBeNull()
  })

  test.each(['ada', 'tess', 'cleo'] as const)('name, time zone and language are changed by %s', async (who) => {
    const person = world[who]
    const before = await me(person)
    const change = { name: `${who} the Second`, time_zone: 'Europe/Berlin', language: 'de' }
    const after = bodyOf(await person.patch('/me', change))
    expect(after).toEqual({ ...before, ...change })
    // What was read may be sent back whole, and an unchanged account gets no event.
    expect(bodyOf(await person.patch('/me', after))).toEqual(after)
    const named = bodyOf(await person.get('/auth/me')).user
    expect(named).toMatchObject({ id: person.id, name: change.name, email: person.email })
    const events = (await recordedEvents(desk, world, 'account.updated')).filter((one) => one.subject_id === person.id)
    expect(events.map(({ actor_id, changes }) => [actor_id, Object.keys(changes).toSorted()])).toEqual([
      [person.id, ['language', 'name', 'time_zone']],
    ])
    expect(bodyOf(await person.patch('/me', { time_zone: null }))).toMatchObject({ time_zone: null, language: 'de' })
  })

  test.each([
    { time_zone: 'Mars/Olympus' },
    { time_zone: '' },
    { language: 'fr' },
    { name: '' },
    { name: null },
    { role: 'admin' },
    { email: 'other@example.com' },
    { pending_email: 'other@example.com' },
    { email_confirmed_at: '2026-01-01T00:00:00.000Z' },
    { category: 'Doors' },
    { password },
  ])('%j is refused', async (change) => {
    await expectRefusal(world.carl.patch('/me', change), 400, 'validation_failed')
    expect((await me(world.carl)).role).toBe('customer')
  })

  test.each([
    [{ email: 'other@example.com' }, 'POST /me/email'],
    [{ phone_number: '+49 30 1' }, 'PATCH /technicians/<id>'],
  ])('%j is refused with the request that changes it', async (change, way) => {
    const { body } = await expectRefusal(world.tess.patch('/me', change), 400, 'validation_failed')
    expect(body.detail).toContain(way)
  })

  test('a name that reads like the number of an account is refused, wherever a person gets one', async () => {
    const { ada, nobody, tess } = world
    const named = (name: string) => [
      () => tess.patch('/me', { name }),
      () => ada.post('/customers', { name, email: newAddress() }),
      () => ada.post('/people', { name, role: 'customer', email: newAddress() }),
      () => nobody.post('/auth/register', { name, email: newAddress(), password }),
    ]
    for (const name of [
      'Max (TEC0001)',
      '@tec1',
      'T\u200bEC0002',
      'TEC\u202e0003',
      'ＴＥＣ０００４ Max',
      'CUS0001: @here',
    ]) {
      for (const send of named(name)) {
        const { body } = await expectRefusal(send(), 400, 'validation_failed')
        expect([name, body.errors]).toMatchObject([name, [{ field: 'name', code: 'names_account' }]])
      }
    }
    for (const name of ['Tec', 'Max Tec 7', 'Aztec99', 'TECHNIK 2000'])
      expectStatus(await tess.patch('/me', { name }), 200)
  })
})

describe('another address', () => {
  test('is the account’s once the link in the mail is followed, and the old address is told', async () => {
    const person = await world.customer()
    const link = await forgetPassword(desk, world, person)
    const address = newAddress()
    expectStatus(await ask(person, address), 202)
    expect(await me(person)).toMatchObject({ email: person.email, pending_email: address })
    expect(await subjectsTo(person.email)).toEqual(['Welcome', 'Reset your password', 'A new address for your account'])
    const [mail] = await mailsTo(address)
    // The address may be anybody's, so the mail has no word of the person who asked.
    expect(mail?.text).toMatch(/^Hello,$/m)
    expect(mail?.text).not.toContain('Customer')
    const token = tokenIn(mail?.text)

    // Reading the address of the link changes nothing.
    expect((await world.nobody.get('/auth/email/confirm')).status).toBe(405)
    expectStatus(await logIn(world.nobody, person.email), 200)
    await expectRefusal(logIn(world.nobody, address), 401, 'invalid_credentials')

    expectStatus(await confirm(token), 204)
    expect(await me(person)).toMatchObject({ email: address, sign_in_name: address, pending_email: null })
    expect((await me(person)).email_confirmed_at).not.toBeNull()
    await expectAlive({ ...person, email: address })
    expectStatus(await logIn(world.nobody, address), 200)
    await expectRefusal(logIn(world.nobody, person.email), 401, 'invalid_credentials')
    await expectRefusal(resetPassword(world, link), 422, 'invalid_reset_token')
    await expectRefusal(confirm(token), 422, 'invalid_confirmation_token')

    expect((await subjectsTo(person.email)).at(-1)).toBe('The address of your account was changed')
    expect(await subjectsTo(address)).toEqual(['Confirm your address', 'The address of your account was changed'])
    expect((await mailsTo(person.email)).at(-1)?.text).toMatch(/Device: +Node\.js\s+Network address: +127\.0\.0\.1/)
    expect(await eventsAbout(person)).toEqual(['account.email_change_requested', 'account.email_changed'])
  })

  test('that another account has gets the same answer, and the link says so', async () => {
    const person = await world.customer()
    const free = await ask(person, newAddress())
    const taken = await ask(person, world.tom.email)
    expect([taken.status, taken.text]).toEqual([free.status, free.text])
    expect((await me(person)).pending_email).toBe(world.tom.email)
    await expectRefusal(confirm(await newestToken(world.tom.email)), 409, 'email_taken')
    expect((await me(person)).email).toBe(person.email)
  })

  test('goes to one of two who want it, and each link is good once, however many follow it', async () => {
    const [one, other, address] = [await world.customer(), await world.customer(), newAddress()]
    const tokens = [
      await confirmationToken(desk, world, one, address),
      await confirmationToken(desk, world, other, address),
    ]
    const replies = await Promise.all(Array.from({ length: 12 }, (_, index) => confirm(tokens[index % 2])))
    const codes = replies.map(({ status, body }) => body?.code ?? status)
    expect(codes.filter((code) => code === 204)).toHaveLength(1)
    expect(codes.filter((code) => code === 'email_taken')).toHaveLength(6)
    expect(codes.filter((code) => code === 'invalid_confirmation_token')).toHaveLength(5)
    expect([(await me(one)).email, (await me(other)).email].filter((email) => email === address)).toHaveLength(1)
  })

  test('needs the password, and a session that has not ended', async () => {
    const person = await world.customer()
    await expectRefusal(ask(person, newAddress(), 'a-wrong-password'), 422, 'wrong_password')
    await expectRefusal(ask(person, 'no-address'), 400, 'validation_failed')
    await person.post('/auth/logout')
    await expectRefusal(ask(person, newAddress()), 401, 'invalid_token')
    expect(await eventsAbout(person)).toEqual([])
  })

  test('is not asked for by a session that ended while the password was being checked', async () => {
    const person = await world.customer()
    const other = await desk.app.pool.connect()
    const owner = [world.tenantId, person.id]
    await other.query('begin')
    await other.query('select from accounts where tenant_id = $1 and account_id = $2 for no key update', owner)
    const answer = ask(person, newAddress())
    await untilLockIsAwaited(desk)
    await other.query('update sessions set revoked_at = now() where tenant_id = $1 and account_id = $2', owner)
    await other.query('commit')
    other.release()
    await expectRefusal(answer, 401, 'invalid_token')
    expect(await eventsAbout(person)).toEqual([])
    expect((await me(await world.signIn(person.email, password))).pending_email).toBeNull()
  })

  const ends: [string, (person: Person) => Promise<Reply>][] = [
    ['a newer one', (person) => ask(person, newAddress())],
    ['the own address, which takes it back', (person) => ask(person, person.email)],
    ['a new password', (person) => person.post('/auth/password/change', { current_password: password, password })],
    ['a reset password', async (person) => resetPassword(world, await forgetPassword(desk, world, person))],
    ['another address by an admin', (person) => world.ada.patch(`/customers/${person.id}`, { email: newAddress() })],
    ['deactivation', (person) => world.ada.delete(`/customers/${person.id}`)],
  ]
  test.each(ends)('ends with %s', async (_, end) => {
    const person = await world.customer()
    expectStatus(await ask(person, newAddress()), 202)
    const token = await newestLinkOf(person)
    expect((await end(person)).status).toBeLessThan(300)
    await expectRefusal(confirm(token), 422, 'invalid_confirmation_token')
  })

  test('ends with its day', async () => {
    const person = await world.customer()
    const token = await confirmationToken(desk, world, person, newAddress())
    await desk.owner.query('update email_confirmations set expires_at = now() where account_id = $1', [person.id])
    await expectRefusal(confirm(token), 422, 'invalid_confirmation_token')
    for (const fake of [
      'x',
      `${token}x`,
      token.replace(/^\d+/, '1'),
      await newestResetToken(desk, world, await forgetful()),
    ]) {
      await expectRefusal(confirm(fake), 422, 'invalid_confirmation_token')
    }
    await expectRefusal(resetPassword(world, token), 422, 'invalid_reset_token')
  })

  test('bombs no foreign mailbox, and says nothing of that', async () => {
    const victim = newAddress()
    const askers = await Promise.all([1, 2, 3].map(() => world.customer()))
    for (const asker of [...askers, ...askers]) expectStatus(await ask(asker, victim), 202)
    expect(await mailsTo(victim)).toHaveLength(4)
    expect((await me(askers[2] as Person)).pending_email).toBe(victim)
  })

  test('is asked for ten times a day at most', async () => {
    const person = await world.customer()
    for (let times = 0; times < 10; times += 1) expectStatus(await ask(person, newAddress()), 202)
    const { headers } = await expectRefusal(ask(person, newAddress()), 429, 'quota_exceeded')
    expect(Number(headers.get('Retry-After'))).toBeGreaterThan(0)
  })
})

describe('an address is confirmed', () => {
  const isConfirmed = async (person: Person): Promise<boolean> => (await me(person)).email_confirmed_at !== null

  test('by the link that the person asks for', async () => {
    const person = await world.customer()
    expectStatus(await ask(person, person.email.toUpperCase()), 202)
    expect(await me(person)).toMatchObject({ email: person.email, pending_email: null })
    expectStatus(await confirm(await newestToken(person.email)), 204)
    expect(await isConfirmed(person)).toBe(true)
    // There is nothing left to confirm, so no further mail is sent.
    const { length } = await mailsTo(person.email)
    expectStatus(await ask(person, person.email), 202)
    expect(await mailsTo(person.email)).toHaveLength(length)
    expect(await eventsAbout(person)).toEqual(['account.email_confirmation_requested', 'account.email_confirmed'])
  })

  test('by a link that sets the password', async () => {
    const person = await world.customer()
    expect(await isConfirmed(person)).toBe(false)
    expect((await resetPassword(world, await forgetPassword(desk, world, person), password)).status).toBe(204)
    expect(await isConfirmed(await world.signIn(person.email, password))).toBe(true)
    await expectDead(person)
  })

  test('anew when an admin sets another, which is told to the old one', async () => {
    const tina = await world.technician(uniqueName(), 'Doors')
    const older = await forgetPassword(desk, world, tina)
    await desk.settled()
    const address = newAddress()
    expectStatus(await world.ada.patch(`/technicians/${tina.id}`, { email: address }), 200)
    expect(await isConfirmed(tina)).toBe(false)
    // A link to the address before confirms nothing.
    await expectRefusal(resetPassword(world, older), 422, 'invalid_reset_token')
    expect((await subjectsTo(tina.email)).at(-1)).toBe('The address of your account was changed')
    // Where the admin sat is nobody's business.
    expect((await mailsTo(tina.email)).at(-1)?.text).not.toMatch(/Device|Network address/)
    expect(await subjectsTo(address)).toEqual(['Confirm your address'])
    expectStatus(await confirm(await newestToken(address)), 204)
    expect(await isConfirmed(tina)).toBe(true)
    // The same address in other letters is the same mailbox.
    expectStatus(await world.ada.patch(`/technicians/${tina.id}`, { email: address.toUpperCase() }), 200)
    expect(await isConfirmed(tina)).toBe(true)
  })

  test('by the invitation, also when its address was corrected', async () => {
    const email = newAddress()
    const { customer_id: id } = bodyOf(await world.ada.post('/customers', { name: 'Ines', email: newAddress() }))
    await desk.settled()
    expectStatus(await world.ada.patch(`/customers/${id}`, { email }), 200)
    expect(await subjectsTo(email)).toEqual(['Your account'])
    expect((await resetPassword(world, await newestResetToken(desk, world, id), password)).status).toBe(204)
    expect(await isConfirmed(await world.signIn(email, password))).toBe(true)
    // The first password is no change.
    expect(await subjectsTo(email)).toEqual(['Your account'])
  })
})

test('a changed password is told, with the device and the address', async () => {
  const person = await world.customer()
  const browser = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0 evil.example.com'
  const change = { current_password: password, password: 'another-horse-8' }
  expectStatus(await person.post('/auth/password/change', change, { headers: { 'User-Agent': browser } }), 204)
  expectStatus(await resetPassword(world, await forgetPassword(desk, world, person), password), 204)
  const told = (await mailsTo(person.email)).filter(({ subject }) => subject?.startsWith('Your password'))
  const [first, second] = told
  expect([first?.subject, second?.subject]).toEqual(
    Array.from({ length: 2 }, () => `Your password was changed at Desk ${world.slug}`),
  )
  expect(told.map(({ text }) => text).join()).toMatch(/Device: +Firefox on Linux\s+Network address: +127\.0\.0\.1/)
  expect(told.map(({ text }) => text).join()).not.toContain('evil.example.com')
})

/** The token in the newest link of a person to another address. */
const newestLinkOf = async (person: Person): Promise<string> => newestToken((await me(person)).pending_email)

/** The id of a person who forgot the password. */
const forgetful = async (): Promise<string> => {
  const person = await world.customer()
  await forgetPassword(desk, world, person)
  return person.id
}
