import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type MailServer, startMailServer } from '../../../testing/peers/smtp-server.ts'
import { createWorld, password, type World } from '../../../testing/support/people.ts'
import { expectSuccess, type Reply, verdict } from '../../../testing/support/requests.ts'
import { logIn } from '../../../testing/support/sign-in-requests.ts'
import { until } from '../../../testing/support/waiting.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { renewOldAddresses } from './old-addresses.service.ts'

let smtp: MailServer
let desk: Desk
let world: World
beforeAll(async () => {
  smtp = await startMailServer()
  desk = await startDesk({ settings: { SMTP_URL: smtp.url } })
  world = await createWorld(desk)
})
afterAll(async () => {
  await desk?.stop()
  await smtp?.stop()
})

const register = (email: string): Promise<Reply> =>
  world.nobody.post('/auth/register', { name: 'Vera', email, password })

/** Waits until a mail has gone to an address, as it is on the wire, and answers with the mail. */
const mailTo = async (address: string) => {
  // Without a name, because nobody has confirmed the address.
  const header = `\r\nTo: ${address}\r\n`
  const find = () => smtp.delivered.find(({ raw }) => raw.replaceAll(/\r\n[ \t]+/g, ' ').includes(header))
  await until(`a mail to ${address}`, async () => smtp.written.includes(address) && find() !== undefined)
  return find()
}

describe('An address', () => {
  test('with any dot-atom before the @, or a domain in punycode, is taken as it is, and mailed to', async () => {
    const taken = [
      'r&d@example.com',
      'x=y@example.com',
      'a/b@example.com',
      '!#$%*+?^_`{|}~-@example.com',
      "o'neil.x@example.com",
      `${'l'.repeat(64)}@example.com`,
      'a@example.xn--p1ai',
      'a@xn--bcher-kva.example',
    ]
    const replies = await Promise.all(taken.map((email) => register(`  ${email}\n`)))
    expect(replies.map((reply) => expectSuccess(reply).body.customer.email)).toEqual(taken)
    const signedIn = await Promise.all(taken.map((email) => logIn(world.nobody, `\t${email.toUpperCase()} `)))
    expect(signedIn.map((reply) => expectSuccess(reply).body.user.email)).toEqual(taken)
    await Promise.all(taken.map(mailTo))
  })

  test.each([
    ['ü@example.com', 'ASCII characters before the @'],
    ['a@b@example.com', 'e-mail address'],
    ['"a b"@example.com', 'e-mail address'],
    ['a(b)@example.com', 'e-mail address'],
    ['.a@example.com', 'e-mail address'],
    ['a..b@example.com', 'e-mail address'],
    [`${'l'.repeat(65)}@example.com`, 'e-mail address'],
    ['=?utf-8?q?=61?=@example.com', 'e-mail address'],
    ['a@b', 'e-mail address'],
    ['a@example.c1', 'e-mail address'],
    ['a@xn--zzzzzz99999.example', 'e-mail address'],
    ['a@example.xn--', 'e-mail address'],
    ['a@-b.example', 'e-mail address'],
    ['a@bü-.example', 'e-mail address'],
    ['a@bü_cher.example', 'e-mail address'],
    ['a@bücher/x.example', 'e-mail address'],
    ['a@%62ücher.example', 'e-mail address'],
    ['a@b\u00adücher.example', 'e-mail address'],
    ['a@☃.example', 'e-mail address'],
    ['a@bü\ufe0fcher.example', 'e-mail address'],
    ['a@bü\u3164cher.example', 'e-mail address'],
    ['a@bü\u200dcher.example', 'e-mail address'],
    ['a@ü.1', 'e-mail address'],
    [`a@${'ö'.repeat(64)}.example`, 'e-mail address'],
    [
      `a@${'ö'.repeat(40)}.${'ö'.repeat(40)}.${'ö'.repeat(40)}.${'ö'.repeat(40)}.${'ö'.repeat(40)}.${'ö'.repeat(9)}.example`,
      '254',
    ],
    ['a@bücher.example\r\nBcc: eve@example.com', 'e-mail address'],
    ['a@bücher.example\r\n.example', 'e-mail address'],
    ['a\r\nb@bücher.example', 'e-mail address'],
  ])('%j is refused, with the reason', async (email, reason) => {
    const reply = await register(email)
    expect(verdict(reply)).toEqual([400, 'validation_failed'])
    expect(reply.body.errors).toHaveLength(1)
    expect(reply.text).toContain(reason)
  })
})

describe('An address with a domain in Unicode', () => {
  const typed = 'Rita@Bücher。example'
  const shown = typed
  const stored = 'Rita@xn--bcher-kva.example'

  test('is stored in punycode, shown as typed, and mailed to in punycode', async () => {
    const { body } = expectSuccess(await register(` ${typed.normalize('NFD')} `))
    const { customer_id } = body.customer
    expect([body.customer.email, body.user.email]).toEqual([shown, shown])
    const { ada } = world
    expect((await ada.get(`/customers/${customer_id}`)).body.email).toBe(shown)
    for (const q of ['BÜCHER', 'bücher。ex', 'xn--bcher']) {
      const { customers } = (await ada.get(`/customers?${new URLSearchParams({ q })}`)).body
      expect(
        customers.map(({ email }: { email: string }) => email),
        q,
      ).toContain(shown)
    }
    const welcome = await mailTo(stored)
    expect(welcome?.message.text).toContain(shown)
    for (const recipient of [shown, shown.toUpperCase(), stored]) {
      const { emails } = expectSuccess(await ada.get(`/emails?${new URLSearchParams({ recipient })}`)).body
      expect(emails, recipient).toMatchObject([{ account_id: customer_id, recipient_email: shown }])
      expect((await ada.get(`/emails/${emails[0].email_id}`)).body.recipient_email).toBe(shown)
    }
  })

  test.each(['rita@bücher.example', ' RITA@BU\u0308CHER.EXAMPLE ', stored, 'rita@xn--BCHER-kva.example'])(
    'is one address however it is written: %s',
    async (email) => {
      const { nobody, ada } = world
      expect(expectSuccess(await logIn(nobody, email)).body.user.email).toBe(shown)
      expect(verdict(await register(email))).toEqual([409, 'email_taken'])
      expect(verdict(await ada.post('/customers', { name: 'Twin', email }))).toEqual([409, 'email_taken'])
      const before = smtp.delivered.length
      expect((await nobody.post('/auth/password/forgot', { email })).status).toBe(202)
      if (email === stored) await until('a link', async () => smtp.delivered.length > before)
    },
  )

  test('is the sign-in name of technicians, and can be changed; history shows what people typed', async () => {
    const { ada, nobody } = world
    const person = { name: 'Tina', phone_number: '+49 30 1234567', category: 'Network', password }
    const tina = expectSuccess(await ada.post('/technicians', { ...person, email: 'tina@österreich.example' })).body
    expect([tina.user_id, tina.email]).toEqual(['tina@österreich.example', 'tina@österreich.example'])
    const changed = await ada.put(`/technicians/${tina.technician_id}`, { email: 'tina@zürich.example' })
    expect(expectSuccess(changed).body).toMatchObject({ user_id: 'tina@zürich.example', email: 'tina@zürich.example' })
    expectSuccess(await logIn(nobody, 'TINA@ZÜRICH.example'))
    expect(verdict(await logIn(nobody, 'tina@österreich.example'))).toEqual([401, 'invalid_credentials'])
    const plain = await ada.put(`/technicians/${tina.technician_id}`, { email: 'tina@example.com' })
    expect(expectSuccess(plain).body).toMatchObject({ user_id: 'tina@example.com', email: 'tina@example.com' })
    await desk.settled()
    const { events } = expectSuccess(await ada.get(`/audit?subject=${tina.technician_id}&type=technician.updated`)).body
    expect(events.map(({ changes }: { changes: { email: unknown } }) => changes.email)).toContainEqual({
      from: 'tina@österreich.example',
      to: 'tina@zürich.example',
    })
  })
})

test('rows from elsewhere get the form at the start, one of those that become equal; the others sign in by number', async () => {
  const { nobody, ada } = world
  const ids: string[] = []
  for (const name of ['late', 'older', 'newer', 'other', 'broken']) {
    ids.push(expectSuccess(await register(`${name}@example.com`)).body.customer.customer_id)
  }
  const [late = '', older = '', newer = '', other = '', broken = ''] = ids
  // This account has the form of today, so an older one with the same address in its old form does not get it.
  expectSuccess(await register('late@düren.example'))
  const old: Record<string, string> = {
    [late]: 'late@düren.example',
    [older]: 'Old@köln.example',
    [newer]: 'old@ko\u0308ln.example ',
    [other]: '\u00a0Other@example.com',
    [broken]: 'é@example.com',
  }
  for (const [id, email] of Object.entries(old)) {
    await desk.owner.query(
      `update accounts set email = $3, sign_in_name = $3 where tenant_id = $1 and account_id = $2`,
      [world.tenantId, id, email],
    )
  }
  await desk.settled()
  const count = 'select count(*)::integer as count, (select count(*)::integer from emails) as mails from events'
  const before = (await desk.owner.query(count)).rows
  // Two programs that start at once say the same.
  const [lines, others] = await Promise.all([renewOldAddresses(desk.app), renewOldAddresses(desk.app)])
  expect(others).toEqual(lines)
  expect(await renewOldAddresses(desk.app)).toEqual(lines)
  expect((await desk.owner.query(count)).rows).toEqual(before)
  expect(lines.map((line) => /CUS\d+/.exec(line)?.[0])).toEqual([late, newer, broken])

  const emailOf = async (id: string) => (await ada.get(`/customers/${id}`)).body.email
  expect(await Promise.all(ids.map(emailOf))).toEqual([
    old[late],
    'Old@köln.example',
    old[newer],
    'Other@example.com',
    old[broken],
  ])
  for (const [name, id] of [
    ['old@KÖLN.example', older],
    [late, late],
    [newer, newer],
    [newer.toLowerCase(), newer],
    ['other@example.com', other],
    [broken, broken],
  ] as const) {
    expect(expectSuccess(await logIn(nobody, name)).body.user.id).toBe(id)
  }
  const mended = await ada.patch(`/customers/${newer}`, { email: 'newer@köln.example' })
  expect(expectSuccess(mended).body.email).toBe('newer@köln.example')
  expect(await renewOldAddresses(desk.app)).toHaveLength(2)

  // Many accounts that are stuck do not keep later ones from their form.
  await desk.owner.query(
    `insert into accounts (tenant_id, account_id, role, sign_in_name, email, name, status, created_at)
     select $1, 'CUS9' || n, 'customer', 'é' || n || '@example.com', 'é' || n || '@example.com', 'Stuck', 'active', '2001-01-01'
     from generate_series(1, 1000) n`,
    [world.tenantId],
  )
  await desk.owner.query(
    `update accounts set email = ' ' || email, sign_in_name = ' ' || email where tenant_id = $1 and account_id = $2`,
    [world.tenantId, other],
  )
  expect(await renewOldAddresses(desk.app)).toHaveLength(1_002)
  expect(await emailOf(other)).toBe('Other@example.com')
})
