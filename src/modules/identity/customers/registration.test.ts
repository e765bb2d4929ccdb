import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createWorld, password, uniqueName, type World } from '../../../testing/support/people.ts'
import { recordedEvents } from '../../../testing/support/recorded-events.ts'
import { costOf } from '../../../testing/support/request-costs.ts'
import {
  type Api,
  bodyOf,
  createApi,
  expectRefusal,
  expectStatus,
  type Reply,
  verdict,
} from '../../../testing/support/requests.ts'
import {
  logIn,
  newestRegistrationToken,
  newestResetToken,
  resetPassword,
  visibleIn,
} from '../../../testing/support/sign-in-requests.ts'
import { until } from '../../../testing/support/waiting.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { writeMails } from '../../../testing/support/write-mails.ts'

let desk: Desk
let world: World
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
})
beforeEach(async () => {
  world = await createWorld(desk)
})
afterAll(() => desk?.stop())

const mode = async (registration: string, more: object = {}): Promise<void> => {
  bodyOf(await world.ada.patch('/settings', { registration, ...more }))
}
const addressOf = (name = uniqueName()): string => `${name}@${world.slug}.example.com`
const evil = 'Collect your prize at evil.example'
const ask = (email: string, as: Api = world.nobody): Promise<Reply> =>
  as.post('/auth/register', { name: evil, email, password })
const asked = async (email: string): Promise<Reply> => expectStatus(await ask(email), 202)
const confirm = (token: string, more: object = {}): Promise<Reply> =>
  world.nobody.post('/auth/register/confirm', { token, password: 'a-chosen-one-9', ...more })

interface Mail {
  template: string
  account_id: string
  recipient_name: string
  recipient_email: string
  text: string
  html: string
  subject: string
}
/** The mails to an address, newest first, as an admin reads them. */
const mailsTo = async (address: string): Promise<Mail[]> => {
  await writeMails(desk)
  const { emails } = bodyOf(await world.ada.get(`/emails?recipient=${encodeURIComponent(address)}`))
  return Promise.all(
    emails.map(async ({ email_id }: { email_id: string }) => bodyOf(await world.ada.get(`/emails/${email_id}`))),
  )
}
const templatesTo = async (address: string): Promise<string[]> =>
  (await mailsTo(address)).map(({ template }) => template)

/** Who may ask in `by_domain`: Ivy is invited, Dora is deactivated, Cleo has an account. */
const everybody = async () => {
  const invited = bodyOf(await world.ada.post('/customers', { name: 'Ivy', email: addressOf('ivy') }))
  const dora = await world.customer('Dora')
  await writeMails(desk)
  expectStatus(await world.ada.delete(`/customers/${dora.id}`), 204)
  return {
    unknown: addressOf(),
    known: world.cleo.email,
    invited: invited.email as string,
    deactivated: dora.email,
    elsewhere: 'x@elsewhere.example',
  }
}

describe('open', () => {
  test('is how it was, and needs a password', async () => {
    const email = addressOf()
    expect(bodyOf(await world.nobody.get('/registration'))).toEqual({ mode: 'open', tenant_name: `Desk ${world.slug}` })
    expectStatus(await ask(email), 201)
    await expectRefusal(ask(email), 409, 'email_taken')
    const { body } = await expectRefusal(
      world.nobody.post('/auth/register', { email: addressOf() }),
      400,
      'validation_failed',
    )
    expect(body.errors).toEqual([{ field: 'password', message: 'password is missing', code: 'missing' }])
    expect(await templatesTo(email)).toEqual(['customer_registered'])
  })
})

describe('closed', () => {
  test('refuses everybody in the same way, and does nothing', async () => {
    const { known } = await everybody()
    await mode('closed')
    const before = await recordedEvents(desk, world)
    for (const email of [known, addressOf()]) {
      const { detail } = (await expectRefusal(ask(email), 403, 'registration_closed')).body
      expect(detail).toContain('Ask the people who run this desk for an invitation.')
      await expectRefusal(world.nobody.post('/users/signup', { email, password }), 403, 'registration_closed')
    }
    expect(await recordedEvents(desk, world)).toEqual(before)
    expect(bodyOf(await world.nobody.get('/registration')).mode).toBe('closed')
  })

  test('holds in another process soon', async () => {
    const other = await startDesk({ withWorker: false, databaseUrl: desk.databaseUrl })
    try {
      const there = createApi(other.url, { 'X-Tenant': world.slug })
      expectStatus(await ask(addressOf(), there), 201)
      await mode('closed')
      await until('it is closed there', async () => bodyOf(await there.get('/registration')).mode === 'closed')
      await expectRefusal(ask(addressOf(), there), 403, 'registration_closed')
    } finally {
      await other.stop()
    }
  })
})

describe('confirmed', () => {
  test('the person of the address follows a link, and chooses name and password', async () => {
    await mode('confirmed')
    const email = addressOf('Nia')
    const { body, headers } = await asked(email)
    expect([Object.keys(body), headers.get('set-cookie')]).toEqual([['message'], null])
    await expectRefusal(logIn(world.nobody, email), 401, 'invalid_credentials')
    const [mail] = await mailsTo(email)
    expect(mail).toMatchObject({ template: 'registration_requested', account_id: '-', recipient_name: '' })
    expect(mail?.text).toContain(`https://desk.example.com/t/${world.slug}/registration/confirm?token=masked`)
    expect(JSON.stringify(mail)).not.toContain('evil')

    const token = await newestRegistrationToken(desk, world, email)
    const path = `/auth/register/confirm?token=${token}`
    for (const method of ['GET', 'HEAD']) expect((await world.nobody.send(method, path)).status).toBe(405)
    const reply = expectStatus(await confirm(token, { name: 'Nia Nova' }), 201)
    expect(reply.body).toMatchObject({ token_type: 'Bearer', customer: { name: 'Nia Nova', email } })
    const me = createApi(desk.url, { Authorization: `Bearer ${reply.body.token}` })
    expect(bodyOf(await me.get('/auth/me')).user).toMatchObject({ role: 'customer', email })
    expectStatus(await logIn(world.nobody, email, 'a-chosen-one-9'), 200)
    await expectRefusal(confirm(token), 422, 'invalid_registration_token')
    const [welcome] = await mailsTo(email)
    expect(welcome).toMatchObject({ template: 'customer_registered' })
    expect(welcome?.text).not.toContain('/email/confirm')
  })

  test('a browser gets its session in the cookie, and another site none for it', async () => {
    await mode('confirmed')
    const email = addressOf()
    await asked(email)
    const token = await newestRegistrationToken(desk, world, email)
    const elsewhere = createApi(desk.url, { Origin: 'https://evil.example' })
    const wanted = { token, password: 'a-chosen-one-9', session: 'cookie' }
    await expectRefusal(elsewhere.post('/auth/register/confirm', wanted), 403, 'cross_site_request')
    const { body, headers } = expectStatus(await confirm(token, { name: 'Nia', session: 'cookie' }), 201)
    expect(Object.keys(body).toSorted()).toEqual(['customer', 'user'])
    const [cookie = ''] = headers.getSetCookie().map((line) => line.split(';')[0])
    const me = createApi(desk.url, { Cookie: cookie })
    expect(bodyOf(await me.get('/auth/me')).user).toMatchObject({ role: 'customer', email })
  })

  test('without a name the name is what was typed with the address, else the address', async () => {
    await mode('confirmed')
    const [named, bare] = [addressOf(), addressOf('bare')]
    expectStatus(await world.nobody.post('/auth/register', { email: named, name: 'Typed' }), 202)
    expectStatus(await world.nobody.post('/users/signup', { email: bare }), 202)
    const names = await Promise.all(
      [named, bare].map(
        async (email) => (await confirm(await newestRegistrationToken(desk, world, email))).body.customer.name,
      ),
    )
    expect(names).toEqual(['Typed', 'bare'])
  })

  test('eight that follow the link at once make one account', async () => {
    await mode('confirmed')
    const email = addressOf()
    await asked(email)
    const token = await newestRegistrationToken(desk, world, email)
    const replies = await Promise.all(Array.from({ length: 8 }, () => confirm(token)))
    expect(replies.map((reply) => verdict(reply)[0]).toSorted()).toEqual([201, ...Array(7).fill(422)])
    const made = (await recordedEvents(desk, world, 'customer.registered')).length
    expect(made).toBe(3)
  })

  test('a link is refused when the address is taken meanwhile, and when it expired, or is of another desk', async () => {
    await mode('confirmed')
    const email = addressOf()
    await asked(email)
    const token = await newestRegistrationToken(desk, world, email)
    bodyOf(await world.ada.post('/customers', { name: 'Taken', email }))
    await expectRefusal(confirm(token), 409, 'email_taken')
    await desk.owner.query(`update registrations set expires_at = now() where lower(email) = lower($1)`, [email])
    await expectRefusal(confirm(token), 422, 'invalid_registration_token')
    const [tenant = '', id = '', mac = ''] = token.split('.')
    for (const forged of [`${Number(tenant) + 1}.${id}.${mac}`, `${tenant}.${id}.x`, 'x', `${token}x`]) {
      await expectRefusal(confirm(forged), 422, 'invalid_registration_token')
    }
  })

  test('a link is refused when the admins have closed the registration meanwhile', async () => {
    await mode('confirmed')
    const email = addressOf()
    await asked(email)
    const token = await newestRegistrationToken(desk, world, email)
    await mode('closed')
    await expectRefusal(confirm(token), 403, 'registration_closed')
    await mode('by_domain', { registration_domains: ['elsewhere.example'] })
    await expectRefusal(confirm(token), 403, 'registration_closed')
    await mode('open')
    expectStatus(await confirm(token), 201)
  })

  test('an address gets three mails an hour', async () => {
    await mode('confirmed')
    const email = addressOf('Many')
    await Promise.all(Array.from({ length: 6 }, (_, n) => asked(n % 2 === 0 ? email : email.toUpperCase())))
    expect(await templatesTo(email)).toEqual(Array(3).fill('registration_requested'))
  })

  test('an Idempotency-Key gets the first answer, and one mail', async () => {
    await mode('confirmed')
    const email = addressOf()
    const keyed = { headers: { 'Idempotency-Key': 'k1' } }
    const body = { email, password }
    const [first, second] = [
      await world.nobody.post('/auth/register', body, keyed),
      await world.nobody.post('/auth/register', body, keyed),
    ]
    expect([first?.status, second?.text, second?.headers.get('idempotency-replayed')]).toEqual([
      202,
      first?.text,
      'true',
    ])
    expect(await templatesTo(email)).toHaveLength(1)
  })
})

test('whoever asks gets the same answer after the same work, and a mail of their own', async () => {
  const people = await everybody()
  await mode('by_domain', { registration_domains: [`${world.slug}.example.com`] })
  const answers: unknown[] = []
  const costs: unknown[] = []
  for (const email of Object.values(people)) {
    const cost = await costOf(desk, async () => {
      const reply = await ask(email)
      answers.push(visibleIn(reply))
      return reply
    })
    costs.push(cost)
  }
  expect(answers).toEqual(Array(5).fill(answers[0]))
  expect(costs).toEqual(Array(5).fill(costs[0]))
  expect(costs[0]).toMatchObject({ writes: true })
  const mails = await Promise.all(Object.values(people).map((email) => templatesTo(email)))
  expect(mails).toEqual([
    ['registration_requested'],
    ['registration_known', 'customer_registered'],
    ['account_invited', 'account_invited'],
    ['customer_registered'],
    ['registration_elsewhere'],
  ])
  for (const email of Object.values(people)) expect(JSON.stringify(await mailsTo(email))).not.toContain('evil')
  expectStatus(await resetPassword(world, await newestResetToken(desk, world, 'CUS0003')), 204)
})

test('domains are compared exactly, in punycode and without case', async () => {
  await mode('by_domain', { registration_domains: ['Müller.example', 'harbour.example.com'] })
  const verdicts = [
    'a@XN--MLLER-KVA.example',
    'b@müller.example',
    'c@Harbour.Example.com',
    'd@sub.harbour.example.com',
    'e@example.com',
  ]
  for (const email of verdicts) await asked(email)
  await writeMails(desk)
  const { emails } = bodyOf(await world.ada.get('/emails'))
  const of = (template: string) =>
    emails.filter((mail: Mail) => mail.template === template).map((mail: Mail) => mail.recipient_email[0])
  expect(of('registration_requested').toSorted()).toEqual(['a', 'b', 'c'])
  expect(of('registration_elsewhere').toSorted()).toEqual(['d', 'e'])
})
