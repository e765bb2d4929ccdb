import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { endpoints } from '../../../modules.ts'
import { createWorld, type Person, password, uniqueName, type World } from '../../../testing/support/people.ts'
import { createApi, expectRefusal, expectStatus, type Reply } from '../../../testing/support/requests.ts'
import { createMovableClock, enrol } from '../../../testing/support/second-factors.ts'
import {
  askedRegistration,
  confirmationToken,
  expectAlive,
  forgetPassword,
} from '../../../testing/support/sign-in-requests.ts'
import { unsubscribeToken } from '../../../testing/support/unsubscribe-token.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'

let desk: Desk
/** The tenant that requests mean, and the one whose token or cookie comes with them. */
let north: World
let south: World
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
  north = await createWorld(desk)
  south = await createWorld(desk)
})
afterAll(() => desk?.stop())

const addressIn = ({ slug }: World): string => `${uniqueName()}@${slug}.example.com`

/** What is sent, and what must be true of the answer. */
interface Ask {
  body?: Record<string, unknown>
  status: number
  holds: (reply: Reply) => Promise<void> | void
}

const countIn = async (table: string, { tenantId }: World): Promise<number> =>
  (await desk.app.pool.query(`select count(*) as count from ${table} where tenant_id = $1`, [tenantId])).rows[0].count

const isOfNorth = ({ body }: Reply): void => {
  expect(body.user.tenant).toBe(north.slug)
}

/** Says that the answer is about an account of north, by its token. */
const isTokenOfNorth = async ({ body }: Reply): Promise<void> => {
  const me = await createApi(desk.url, { Authorization: `Bearer ${body.token}` }).get('/auth/me')
  expect(me.body.user.tenant).toBe(north.slug)
}

/** What every public endpoint is asked with `X-Tenant: north`, by somebody who is signed in at south. */
const asks: Record<string, (visitor: Person) => Promise<Ask>> = {
  'POST /auth/login': async () => ({
    body: { user_id_or_email: north.cleo.email, password },
    status: 200,
    holds: isOfNorth,
  }),
  'POST /auth/register': async () => ({
    body: { name: 'Nora', email: addressIn(north), password },
    status: 201,
    holds: isOfNorth,
  }),
  'POST /auth/password/forgot': async () => {
    const before = await countIn('password_resets', north)
    const holds = async () => expect(await countIn('password_resets', north)).toBe(before + 1)
    return { body: { email: (await north.customer()).email }, status: 202, holds }
  },
  'POST /users/signin': async () => ({
    body: { email: north.cleo.email, password },
    status: 200,
    holds: isTokenOfNorth,
  }),
  'POST /users/signup': async () => ({
    body: { email: addressIn(north), password },
    status: 201,
    holds: isTokenOfNorth,
  }),
  // A secret in the body belongs to one tenant, so it needs no header.
  'POST /auth/refresh': async () => ({
    body: { refresh_token: (await north.customer()).refreshToken },
    status: 200,
    holds: isOfNorth,
  }),
  'POST /auth/login/second-factor': async () => {
    const person = await north.customer()
    const { recoveryCodes } = await enrol(person, createMovableClock())
    const { body: refusal } = await north.nobody.post('/auth/login', { user_id_or_email: person.email, password })
    return { body: { challenge: refusal.challenge, recovery_code: recoveryCodes[0] }, status: 200, holds: isOfNorth }
  },
  'POST /auth/password/reset': async () => {
    const body = { token: await forgetPassword(desk, north, await north.customer()), password: 'another-9-pw' }
    return { body, status: 204, holds: () => {} }
  },
  'GET /registration': async () => ({
    status: 200,
    holds: ({ body }) => expect(body).toEqual({ mode: 'open', tenant_name: `Desk ${north.slug}` }),
  }),
  'GET /tenant': async () => ({
    status: 200,
    holds: ({ body }) => expect(body.name).toBe(`Desk ${north.slug}`),
  }),
  'POST /auth/register/confirm': async () => {
    const body = { token: await askedRegistration(desk, north, addressIn(north)), password }
    return { body, status: 201, holds: isOfNorth }
  },
  'POST /auth/link': async () => {
    const person = await north.customer()
    const body = { purpose: 'password', token: await forgetPassword(desk, north, person) }
    const holds = ({ body: link }: Reply) =>
      expect([link.tenant.slug, link.sign_in_name]).toEqual([north.slug, person.email])
    return { body, status: 200, holds }
  },
  'POST /auth/email/confirm': async () => {
    const body = { token: await confirmationToken(desk, north, await north.customer()) }
    return { body, status: 204, holds: () => {} }
  },
  'POST /unsubscribe': async () => ({
    body: { token: await unsubscribeToken(desk, north) },
    status: 204,
    holds: () => {},
  }),
  'POST /users/signout': async (visitor) => ({
    status: 400,
    async holds({ body, headers }) {
      expect([body.code, headers.getSetCookie()]).toEqual(['malformed_request', []])
      await expectAlive(visitor)
    },
  }),
  'GET /users/currentuser': async () => ({
    status: 200,
    holds: ({ body }) => expect(body).toEqual({ currentUser: null }),
  }),
}

const open = endpoints.filter(({ can, standing, bytes }) => can === 'anyone' && !standing && !bytes)
const names = open.map(({ method, path }) => `${method.toUpperCase()} ${path}`)

test('every public endpoint is asked', () => {
  expect(Object.keys(asks).toSorted()).toEqual(names.toSorted())
})

const carriers: [string, (person: Person) => Record<string, string>][] = [
  ['a token', ({ token }) => ({ Authorization: `Bearer ${token}` })],
  ['a cookie', ({ token }) => ({ Cookie: `__Host-counterdesk_session=${token}` })],
]

describe.each(carriers)('with %s of another tenant', (_, carry) => {
  test.each(names)('%s goes where X-Tenant says', async (name) => {
    const visitor = await south.customer()
    const { body, status, holds } = (await asks[name]?.(visitor)) ?? { status: 0, holds: () => {} }
    const before = await Promise.all(['accounts', 'password_resets'].map((table) => countIn(table, south)))
    const [method = '', path = ''] = name.split(' ')
    const there = createApi(desk.url, { 'X-Tenant': north.slug, ...carry(visitor) })
    await holds(expectStatus(await there.send(method, path, body), status))
    const after = await Promise.all(['accounts', 'password_resets'].map((table) => countIn(table, south)))
    expect(after).toEqual(before)
  })

  test('a failed sign-in is recorded where X-Tenant says, and an account of the other tenant opens nothing', async () => {
    const visitor = await south.customer()
    const there = createApi(desk.url, { 'X-Tenant': north.slug, ...carry(visitor) })
    const failures = async ({ tenantId }: World): Promise<number> => {
      const count = `select count(*) as count from events where tenant_id = $1 and type = 'sign_in.failed'`
      return (await desk.app.pool.query(count, [tenantId])).rows[0].count
    }
    const before = [await failures(north), await failures(south)]
    const login = { user_id_or_email: visitor.email, password }
    await expectRefusal(there.post('/auth/login', login), 401, 'invalid_credentials')
    expect([await failures(north), await failures(south)]).toEqual([Number(before[0]) + 1, before[1]])
  })

  test('without X-Tenant, and with one of no tenant, nothing goes to the tenant of the caller', async () => {
    const visitor = await south.customer()
    const before = await countIn('accounts', south)
    for (const more of [{}, { 'X-Tenant': 'no-such-tenant' }] as Record<string, string>[]) {
      const there = createApi(desk.url, { ...more, ...carry(visitor) })
      const register = { name: 'Nora', email: addressIn(south), password }
      expect((await there.post('/auth/register', register)).body.user?.tenant).not.toBe(south.slug)
      const login = { user_id_or_email: visitor.email, password }
      expect((await there.post('/auth/login', login)).status).toBeGreaterThanOrEqual(400)
    }
    expect(await countIn('accounts', south)).toBe(before)
  })

  test('keys of the tenant of the caller are not met', async () => {
    const visitor = await south.customer()
    const under = { headers: { 'Idempotency-Key': 'one-for-both' } }
    const login = { user_id_or_email: 'ada', password }
    const answers = [
      await createApi(desk.url, { 'X-Tenant': north.slug, ...carry(visitor) }).post('/auth/login', login, under),
      await createApi(desk.url, { 'X-Tenant': south.slug, ...carry(visitor) }).post('/auth/login', login, under),
    ]
    expect(answers.map(({ body }) => body.user.tenant)).toEqual([north.slug, south.slug])
  })
})
