import { request } from 'node:http'
import { isIP } from 'node:net'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWorld, type World } from '../../testing/support/people.ts'
import { createApi, type Reply } from '../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../testing/support/workspace.ts'
import { parseAddress } from '../network-address.ts'

test.each([
  ['203.0.113.7', '203.0.113.7'],
  [' 203.0.113.7 ', '203.0.113.7'],
  ['203.0.113.7:4001', '203.0.113.7'],
  ['2001:DB8:0:0::1', '2001:db8::1'],
  ['[2001:db8::1]', '2001:db8::1'],
  ['[2001:db8::1]:4001', '2001:db8::1'],
  ['fe80::1%eth0', 'fe80::1'],
  ['[fe80::1%eth0]:80', 'fe80::1'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['::ffff:cb00:7107', '203.0.113.7'],
  ['[::ffff:203.0.113.7]:4001', '203.0.113.7'],
  ['"203.0.113.7"', '203.0.113.7'],
  ['"[2001:db8::1]:4001"', '2001:db8::1'],
  ['"203.0.113.7', null],
  ['""203.0.113.7""', null],
  ['for=203.0.113.7', null],
  ['', null],
  ['unknown', null],
  ['_hidden', null],
  ['203.0.113.256', null],
  ['203.0.113.7:', null],
  ['203.0.113.7:123456', null],
  ['2001:db8::1::2', null],
  ['[2001:db8::1', null],
  ['desk.example.com', null],
  [`fe80::1%${'x'.repeat(3_000)}`, null],
  ['203.0.113.7\x9b', null],
])('%s is %s', (text, address) => {
  expect(parseAddress(text)).toBe(address)
})

test('whatever a text is, its address is one, and read again it is the same', () => {
  const colons = fc.stringMatching(/^\[?[\da-fA-F:.]{0,50}\]?(:\d{0,6})?$/)
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), colons, fc.ipV4(), fc.ipV6()), (text) => {
      const address = parseAddress(text)
      if (isIP(text) !== 0 && !text.includes('%')) expect(address).not.toBeNull()
      if (address === null) return
      expect(isIP(address)).not.toBe(0)
      expect(address.length).toBeLessThanOrEqual(39)
      expect(parseAddress(address)).toBe(address)
    }),
    { numRuns: 1_000 },
  )
})

let desk: Desk
let world: World
const lines: string[] = []
beforeAll(async () => {
  desk = await startDesk({
    withWorker: false,
    accessLog: { write: (line) => void lines.push(line) },
    settings: {
      TRUST_PROXY: '1',
      NODE_ENV: 'production',
      LOG_LEVEL: 'info',
      RATE_LIMIT_REQUESTS_PER_MINUTE: '1000',
      RATE_LIMIT_SIGN_INS_PER_MINUTE: '1000',
    },
  })
  world = await createWorld(desk)
})
afterAll(() => desk?.stop())

/** What a proxy may pass on that does not look at it. */
const madeUp = [
  'x'.repeat(3_000),
  'x'.repeat(14_000),
  '<img src=x onerror=alert(1)>',
  "=cmd|calc!A1 ' or 1=1",
  '\x9b31m\x85',
  'unknown',
  '_hidden',
  '[::1',
  'fe80::1%\x9b',
]

const guessFrom = (address: string): Promise<Reply> => {
  const headers = { 'X-Tenant': world.slug, 'X-Forwarded-For': address }
  return createApi(desk.url, headers).post('/auth/login', { user_id_or_email: 'nobody', password: 'wrong-password' })
}

/** Guesses with a header `User-Agent` that `fetch` does not send. */
const guessAs = (agent: string, address: string): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const headers = {
      'X-Tenant': world.slug,
      'X-Forwarded-For': address,
      'User-Agent': agent,
      'Content-Type': 'application/json',
    }
    const sent = request(`${desk.url}/api/auth/login`, { method: 'POST', headers }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode))
    })
    // As bytes: Node would encode the header in UTF-8 together with a text.
    sent.once('error', reject).end(Buffer.from('{"user_id_or_email":"nobody","password":"wrong-password"}'))
  })

const countsOf = async (): Promise<Record<string, number>> => {
  const { rows } = await desk.app.pool.query('select r.key, r.hits from rate_limits r')
  return Object.fromEntries(rows.map(({ key, hits }) => [key, hits]))
}

test('what is no address is one bucket, harms no other count, and is kept nowhere', async () => {
  for (const text of madeUp) expect((await guessFrom(text)).status, text.slice(0, 40)).toBe(401)
  expect((await guessFrom('198.51.100.7:4001')).status).toBe(401)
  expect(await guessAs('Moz\x9b2J a\x85b', '198.51.100.7:4002')).toBe(401)
  // In UTF-8 these are U+202E and U+061C, which turn the direction of text.
  expect(await guessAs('a\xe2\x80\xaeb\xd8\x9cc', '198.51.100.7:4003')).toBe(401)
  const counts = await countsOf()
  expect(counts['sign_in from unknown']).toBe(madeUp.length)
  expect(counts['sign_in from 198.51.100.7']).toBe(3)
  // The requests are gathered in one statement a second.
  await expect.poll(countsOf, { timeout: 10_000 }).toMatchObject({
    'requests unknown': madeUp.length,
    'requests 198.51.100.7': 3,
  })
  for (const key of Object.keys(await countsOf())) expect(key.length).toBeLessThan(400)

  const { rows } = await desk.owner.query(
    "select e.details from events e where e.tenant_id = $1 and e.type = 'sign_in.failed'",
    [world.tenantId],
  )
  const places = rows.map(({ details }) => details)
  const addresses = places.map(({ address }: { address: string }) => address)
  expect(new Set(addresses)).toEqual(new Set(['unknown', '198.51.100.7']))
  const agents = places.map((place: { user_agent: string }) => place.user_agent)
  expect(agents).toEqual(expect.arrayContaining(['Moz?2J a?b', 'aâ?®bØ?c']))
  expect(JSON.stringify(places)).not.toMatch(/\p{Cc}/u)
  await expect.poll(() => lines.length).toBeGreaterThan(madeUp.length)
  expect(lines.join('')).not.toMatch(/onerror|xxxx|calc|[\x7f-\x9f]/)
})

test('proxies are recognized in all forms in which they write addresses', async () => {
  const behind = await startDesk({
    databaseUrl: desk.databaseUrl,
    withWorker: false,
    settings: { TRUST_PROXY: 'loopback, 10.0.0.0/8, fd00::/8', RATE_LIMIT_SIGN_INS_PER_MINUTE: '1000' },
  })
  const hops: [string, string][] = [
    ['203.0.113.99, 203.0.113.5:41000, 10.0.0.2:5555', '203.0.113.5'],
    ['203.0.113.99,203.0.113.6,10.0.0.2,::ffff:10.0.0.3', '203.0.113.6'],
    ['1.2.3.4, 203.0.113.7, [fd00::1]:443, "10.0.0.9"', '203.0.113.7'],
    ['203.0.113.8, fd00::1%eth0', '203.0.113.8'],
    ['2001:db8:1:200::9, 10.0.0.2', '2001:db8:1:200::/56'],
    // What is no address is no proxy, so nothing before it is believed.
    ['203.0.113.9, unknown, 10.0.0.2', 'unknown'],
  ]
  for (const [header, counted] of hops) {
    const headers = { 'X-Tenant': world.slug, 'X-Forwarded-For': header }
    const before = (await countsOf())[`sign_in from ${counted}`] ?? 0
    await createApi(behind.url, headers).post('/auth/login', { user_id_or_email: 'nobody', password: 'wrong-password' })
    expect([header, (await countsOf())[`sign_in from ${counted}`]]).toEqual([header, before + 1])
  }
  await behind.stop()
})
