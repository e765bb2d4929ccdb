import { afterAll, beforeAll, expect, test } from 'vitest'
import { errorCodes } from '../../../contract/error-codes.ts'
import { createWorld, type Person, password, type World } from '../../../testing/support/people.ts'
import { type Reply, verdict } from '../../../testing/support/requests.ts'
import { confirmationToken, forgetPassword, logIn, resetPassword } from '../../../testing/support/sign-in-requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'

// Somebody sends secrets that are almost right, or right elsewhere, to every endpoint that takes one.

let desk: Desk
let world: World
let other: World
let person: Person
/** The right secrets of the person, by what they are for. */
let secrets: Record<string, string>

beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
  world = await createWorld(desk)
  other = await createWorld(desk)
  person = await world.customer()
  secrets = {
    password,
    refresh: person.refreshToken,
    access: person.token,
    reset: await forgetPassword(desk, world, person),
    confirmation: await confirmationToken(desk, world, person),
    resetElsewhere: await forgetPassword(desk, other, other.carl),
  }
})
afterAll(() => desk?.stop())

const wide = (text: string): string =>
  [...text].map((letter) => String.fromCodePoint((letter.codePointAt(0) ?? 0) + 0xfee0)).join('')

/** What is no secret at all, of whatever type. */
const nothing: unknown[] = [
  ...['', ' ', ' '.repeat(8), '\u00a0'.repeat(8), '\t', '\0', '\0'.repeat(8), '%20', 'null', 'undefined', '{}'],
  ...['.', '..', '01.x.y', '\ufeff', '\ud800', 'x'.repeat(299), null, true, 0, 7, [], {}, ['x']],
]

/** What is almost the right secret. */
const almost = (right: string): unknown[] => [
  ...[` ${right}`, `${right} `, `${right}\0`, `\0${right}`, `${right}\n`, `${right}=`, `${right}%00`, `${right}\u200b`],
  ...[wide(right), right.toUpperCase(), right.slice(0, -1), right.replace('.', '\uff0e').concat('.'), [right]],
]

interface Door {
  path: string
  member: string
  body: () => Record<string, unknown>
  /** Which secret opens the door; none where a new password is set. */
  takes?: string
}

const email = (): string => person.email
const doors: Door[] = [
  { path: '/auth/login', member: 'password', body: () => ({ user_id_or_email: email() }), takes: 'password' },
  { path: '/users/signin', member: 'password', body: () => ({ email: email() }), takes: 'password' },
  { path: '/auth/refresh', member: 'refresh_token', body: () => ({}), takes: 'refresh' },
  { path: '/auth/password/reset', member: 'token', body: () => ({ password: 'a-new-password-5' }), takes: 'reset' },
  { path: '/auth/email/confirm', member: 'token', body: () => ({}), takes: 'confirmation' },
]
const newPasswords: Door[] = [
  { path: '/auth/register', member: 'password', body: () => ({ name: 'New', email: `new@${world.slug}.example.com` }) },
  { path: '/users/signup', member: 'password', body: () => ({ email: `new@${world.slug}.example.com` }) },
  { path: '/auth/password/reset', member: 'password', body: () => ({ token: secrets.reset }) },
]

/** All that a secret could change. */
const state = async (): Promise<unknown> => {
  const { rows } = await desk.owner.query(
    `select (select json_agg(to_json(a) order by account_id) from accounts a where a.tenant_id = $1) as accounts,
       (select json_agg(json_build_array(s.session_id, s.revoked_at) order by session_id)
        from sessions s where s.tenant_id = $1) as sessions,
       (select json_agg(to_json(r) order by reset_id) from password_resets r where r.tenant_id = $1) as links,
       (select json_agg(to_json(c)) from email_confirmations c where c.tenant_id = $1) as confirmations`,
    [world.tenantId],
  )
  return rows[0]
}

const sendTo = ({ path, member, body }: Door, secret: unknown): Promise<Reply> =>
  world.nobody.post(path, { ...body(), [member]: secret })

/** Sends secrets to a door, and expects that each is refused with a code, and that nothing changes. */
const expectAllRefused = async (door: Door, tried: unknown[]): Promise<void> => {
  const before = await state()
  const replies = await Promise.all(tried.map(async (secret) => ({ secret, reply: await sendTo(door, secret) })))
  for (const { secret, reply } of replies) {
    const [status, code] = verdict(reply) as [number, string]
    expect([door.path, secret, status >= 400 && status < 500, code in errorCodes]).toEqual([
      door.path,
      secret,
      true,
      true,
    ])
  }
  expect(await state()).toEqual(before)
}

test.each(doors)('$path takes no other $member than the right one', async (door) => {
  const foreign = Object.entries(secrets).filter(([kind]) => kind !== door.takes && kind !== 'resetElsewhere')
  const tried = [...nothing, ...almost(secrets[door.takes ?? ''] ?? ''), ...foreign.map(([, secret]) => secret)]
  await expectAllRefused(door, tried)
})

test.each(newPasswords)('$path takes no password that is none', async (door) => {
  await expectAllRefused(
    door,
    nothing.filter((secret) => secret !== 'undefined' && String(secret).length < 299),
  )
})

test('the link of another account in another tenant changes nothing here', async () => {
  const before = await state()
  expect((await resetPassword(world, secrets.resetElsewhere)).status).toBe(204)
  expect(await state()).toEqual(before)
  expect((await logIn(other.nobody, other.carl.email, 'a-new-password-5')).status).toBe(200)
})

test('the right ones go on to work', async () => {
  const statuses = []
  // The reset comes last, because it ends what else is open.
  const inOrder = [...doors.filter(({ takes }) => takes !== 'reset'), ...doors.filter(({ takes }) => takes === 'reset')]
  for (const door of inOrder) statuses.push((await sendTo(door, secrets[door.takes ?? ''])).status)
  expect(statuses).toEqual([200, 200, 200, 204, 204])
})
