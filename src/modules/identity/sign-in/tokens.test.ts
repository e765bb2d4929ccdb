import { createHmac, generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWorld, type World } from '../../../testing/support/people.ts'
import { verdict } from '../../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { resetTokens } from '../accounts/mailed-links.ts'

let desk: Desk
let world: World
let other: World

beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
  world = await createWorld(desk)
  other = await createWorld(desk)
})
afterAll(() => desk?.stop())

type Claims = Record<string, unknown>

const encode = (part: unknown): string => Buffer.from(JSON.stringify(part)).toString('base64url')
const decode = (part: string | undefined): Claims => JSON.parse(Buffer.from(part ?? '', 'base64url').toString())
const claimsOf = (token: string): Claims => decode(token.split('.')[1])

/** A token signed with an HMAC, by default with the key and the algorithm of the desk. */
const forge = (
  header: Claims,
  claims: Claims,
  hash = 'sha256',
  key: string | Buffer | KeyObject = desk.app.secrets.jwt,
): string => {
  const signed = `${encode(header)}.${encode(claims)}`
  return `${signed}.${createHmac(hash, key).update(signed).digest('base64url')}`
}
const hs256 = { alg: 'HS256', typ: 'JWT' }
const now = (): number => Math.floor(Date.now() / 1000)

const withToken = (token: string) =>
  world.nobody.get('/auth/me', { headers: { Authorization: token.includes(' ') ? token : `Bearer ${token}` } })

/** Cleo's own token with some claims changed; undefined leaves a claim out. */
const changed = (change: Claims): string => forge(hs256, { ...claimsOf(world.cleo.token), ...change })

const pair = generateKeyPairSync('rsa', { modulusLength: 2048 })
const byOwnKey = (header: Claims, claims: Claims): string => {
  const signed = `${encode(header)}.${encode(claims)}`
  return `${signed}.${sign('sha256', Buffer.from(signed), pair.privateKey).toString('base64url')}`
}
const publicPem = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString()
const jwk = pair.publicKey.export({ format: 'jwk' })

/** Each forgery is made of Cleo's own claims and token. */
const forgeries: Record<string, (claims: Claims, token: string) => string> = {
  'alg none, no signature': (claims) => `${encode({ alg: 'none', typ: 'JWT' })}.${encode(claims)}.`,
  'alg None': (claims) => `${encode({ alg: 'None' })}.${encode(claims)}.`,
  'alg nOnE': (claims) => `${encode({ alg: 'nOnE' })}.${encode(claims)}.`,
  'alg none with a good signature': (claims) => forge({ alg: 'none' }, claims),
  'no alg': (claims) => forge({ typ: 'JWT' }, claims),
  'HS512 with our key': (claims) => forge({ alg: 'HS512' }, claims, 'sha512'),
  'HS384 with our key': (claims) => forge({ alg: 'HS384' }, claims, 'sha384'),
  'RS256 in the header, our key': (claims) => forge({ alg: 'RS256' }, claims),
  'RS256 with a key of its own': (claims) => byOwnKey({ alg: 'RS256' }, claims),
  'HS256 with a public key': (claims) => forge(hs256, claims, 'sha256', publicPem),
  'an empty signature': (_, token) => `${token.split('.').slice(0, 2).join('.')}.`,
  'no signature': (_, token) => token.split('.').slice(0, 2).join('.'),
  'the signature of another token': (claims) =>
    `${encode(hs256)}.${encode({ ...claims, role: 'admin' })}.${world.ada.token.split('.')[2]}`,
  'one bit of the signature': (_, token) => token.slice(0, -6) + (token.at(-6) === 'A' ? 'B' : 'A') + token.slice(-5),
  'another key': (claims) => forge(hs256, claims, 'sha256', 'another-key-that-is-long-enough-0123'),
  'an empty key': (claims) => forge(hs256, claims, 'sha256', ''),
  'the key of our links': (claims) => forge(hs256, claims, 'sha256', desk.app.secrets.links),
  'kid of a file': (claims) => forge({ ...hs256, kid: '../../../dev/null' }, claims, 'sha256', ''),
  'kid with SQL': (claims) => forge({ ...hs256, kid: "x' union select 'k" }, claims, 'sha256', 'k'),
  jku: (claims) => byOwnKey({ alg: 'RS256', jku: 'https://evil.example.com/jwks.json' }, claims),
  jwk: (claims) => byOwnKey({ alg: 'RS256', jwk }, claims),
  'jwk of a shared key': (claims) => forge({ ...hs256, jwk: { kty: 'oct', k: 'a2V5' } }, claims, 'sha256', 'key'),
  'another issuer': () => changed({ iss: 'somebody' }),
  'no issuer': () => changed({ iss: undefined }),
  'another audience': () => changed({ aud: 'counterdesk' }),
  'no audience': () => changed({ aud: undefined }),
  'another purpose': () => changed({ purpose: 'reset' }),
  'no purpose': () => changed({ purpose: undefined }),
  'exp as text': () => changed({ exp: String(now() + 3600) }),
  'no exp': () => changed({ exp: undefined }),
  'exp null': () => changed({ exp: null }),
  'expired a second ago': () => changed({ exp: now() - 1 }),
  'nbf in the future': () => changed({ nbf: now() + 3600 }),
  "another tenant's slug": () => changed({ tenant: other.slug }),
  "another tenant's session": () => changed({ session: claimsOf(other.cleo.token).session }),
  'a session of another account': () => changed({ session: claimsOf(world.carl.token).session }),
  'another account': () => changed({ id: 'CUS0002' }),
  'another role': () => changed({ role: 'admin' }),
  'a role there is not': () => changed({ role: 'root' }),
  'an older version': () => changed({ version: 0 }),
  'a newer version': () => changed({ version: 2 }),
  'version as text': () => changed({ version: '1' }),
  'a session there is not': () => changed({ session: randomUUID() }),
  'a session of SQL': () => changed({ session: "' or true --" }),
  'no claims': () => forge(hs256, {}),
  'claims that are a list': () => forge(hs256, [] as unknown as Claims),
  'a refresh token': () => world.cleo.refreshToken,
  'a reset token': () => resetTokens.write(desk.app, 1, randomUUID()),
  'a signed reset token': (claims) => forge(hs256, claims, 'sha256', desk.app.secrets.links),
  garbage: () => 'garbage',
  dots: () => '...',
  'JSON instead of a token': () => '{"alg":"HS256"}',
  'a very long one': (claims) => forge(hs256, { ...claims, padding: 'x'.repeat(8_000) }, 'sha256', 'wrong'),
  'a very long word': () => 'A'.repeat(12_000),
  'no token': () => 'Bearer ',
  'another scheme': (_, token) => `Basic ${token}`,
  'two tokens': (_, token) => `Bearer ${token} ${token}`,
  'a token and more': (_, token) => `Bearer ${token},Bearer ${token}`,
}

test('a token made like ours is taken, so that the forgeries fail for what is wrong with them', async () => {
  const { body } = await withToken(changed({}))
  expect(body).toMatchObject({ user: { id: world.cleo.id } })
  expect((await withToken(changed({ nbf: now() - 5, exp: now() + 60 }))).status).toBe(200)
  expect((await withToken(`bearer ${world.cleo.token}`)).status).toBe(200)
})

test('every forged token gets the same 401, and opens nothing', async () => {
  const answerTo = async (token: string) => {
    const { status, headers, body, text } = await withToken(token)
    const shown = [...headers].filter(([name]) => name !== 'date' && name !== 'x-request-id')
    return { status, code: body.code, text: text.replace(body.request_id, ''), shown }
  }
  const reference = await answerTo('x.y.z')
  expect(reference).toMatchObject({ status: 401, code: 'invalid_token' })
  const claims = claimsOf(world.cleo.token)
  for (const [name, make] of Object.entries(forgeries)) {
    // The desk remembers a good token for a moment. No forgery may profit from that.
    expect((await world.cleo.get('/auth/me')).status).toBe(200)
    expect({ name, ...(await answerTo(make(claims, world.cleo.token))) }).toEqual({ name, ...reference })
  }
})

test('a forged token in the cookie signs nobody in, and a good cookie does not help a bad header', async () => {
  const forged = changed({ role: 'admin' })
  const { body } = await world.nobody.get('/users/currentuser', {
    headers: { Cookie: `__Host-counterdesk_session=${forged}` },
  })
  expect(body).toEqual({ currentUser: null })
  const both = { Authorization: 'Bearer garbage', Cookie: `__Host-counterdesk_session=${world.cleo.token}` }
  const reply = await world.nobody.get('/tickets', { headers: both })
  expect(verdict(reply)).toEqual([401, 'invalid_token'])
})

test('a token that was good is refused once its time is over, though its signature is remembered', async () => {
  const brief = changed({ exp: now() + 2 })
  expect((await withToken(brief)).status).toBe(200)
  await expect.poll(async () => (await withToken(brief)).status, { timeout: 10_000, interval: 200 }).toBe(401)
})
