import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { endpoints } from '../../../modules.ts'
import { createWorld, password, uniqueName, type World } from '../../../testing/support/people.ts'
import { type Api, createApi, expectRefusal, expectStatus } from '../../../testing/support/requests.ts'
import { expectAlive, expectDead } from '../../../testing/support/sign-in-requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'

let desk: Desk
let north: World
let south: World
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
  north = await createWorld(desk)
  south = await createWorld(desk)
})
afterAll(() => desk?.stop())

const addressIn = ({ slug }: World): string => `${uniqueName()}@${slug}.example.com`

/** A browser, which sends the cookies that it has. */
const browserWith = (token: string | null, more: Record<string, string> = {}, { slug } = north): Api =>
  createApi(desk.url, {
    'X-Tenant': slug,
    ...(token === null ? {} : { Cookie: `counterdesk_session=${token}` }),
    ...more,
  })

describe('a request of another site', () => {
  const strangers: Record<string, string>[] = [
    { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' },
    { Origin: 'https://evil.example' },
    { Origin: 'null' },
    { 'Sec-Fetch-Site': 'cross-site' },
  ]
  const setting = endpoints.filter(({ setsCookie }) => setsCookie).map(({ path }) => path)

  test('is known for every endpoint that sets or clears the cookie', () => {
    expect(setting.toSorted()).toEqual(['/auth/logout', '/users/signin', '/users/signout', '/users/signup'])
  })

  test.each(setting)('to %s is refused, also when the browser keeps the cookie back', async (path) => {
    const bodies: Record<string, Record<string, unknown>> = {
      '/users/signin': { email: north.cleo.email, password },
      '/users/signup': { email: addressIn(north), password },
    }
    for (const stranger of strangers) {
      for (const token of [null, north.cleo.token, 'junk']) {
        const reply = await browserWith(token, stranger).post(path, bodies[path])
        await expectRefusal(reply, 403, 'cross_site_request')
        expect(reply.headers.getSetCookie()).toEqual([])
      }
    }
    await expectAlive(north.cleo)
    // A form sends no JSON.
    const form = { headers: { 'Content-Type': 'text/plain' }, raw: '{}' }
    await expectRefusal(browserWith(null, strangers[0]).post(path, undefined, form), 403, 'cross_site_request')
  })

  test('is none when it comes from our own site, from no browser, or with a token in its header', async () => {
    const [one, two] = [await north.customer(), await north.customer()]
    const own = { Origin: 'https://desk.example.com', 'Sec-Fetch-Site': 'same-origin' }
    expectStatus(await browserWith(null, own).post('/users/signin', { email: one.email, password }), 200)
    expectStatus(await browserWith(null).post('/users/signout'), 200)
    const bearer = createApi(desk.url, { ...two.headers, Origin: 'https://evil.example' })
    expectStatus(await bearer.post('/auth/logout'), 204)
  })
})

describe('the session cookie', () => {
  test('that a sign-in replaces ends its session, whatever tenant it is of', async () => {
    for (const [before, home] of [
      [await north.customer(), north],
      [await south.customer(), south],
    ] as const) {
      const browser = browserWith(before.token)
      expectStatus(await browser.post('/users/signin', { email: north.cleo.email, password }), 200)
      await expectDead(before)
      const next = await home.signIn(before.email, password)
      expectStatus(await browserWith(next.token).post('/users/signup', { email: addressIn(north), password }), 201)
      await expectDead(next)
    }
  })

  test('stays when a sign-in fails, and a token in the header is never replaced', async () => {
    const person = await north.customer()
    const wrong = { email: north.cleo.email, password: 'not-the-password' }
    expectStatus(await browserWith(person.token).post('/users/signin', wrong), 401)
    await expectAlive(person)
    const right = { email: north.cleo.email, password }
    const byHeader = createApi(desk.url, { ...person.headers, 'X-Tenant': north.slug })
    expectStatus(await byHeader.post('/users/signin', right), 200)
    await expectAlive(person)
  })

  test('of two that differ signs nobody in', async () => {
    const name = 'counterdesk_session'
    const [own, planted] = [north.cleo.token, north.carl.token]
    const seenBy = async (cookie: string): Promise<string | null> =>
      (await createApi(desk.url, { Cookie: cookie }).get('/users/currentuser')).body.currentUser?.id ?? null
    expect(await seenBy(`${name}=${own}`)).toBe(north.cleo.id)
    expect(await seenBy(`${name}=; ${name}=${own}; theme=dark; ${name}=${own}`)).toBe(north.cleo.id)
    for (const [first, second] of [
      [planted, own],
      [own, planted],
      ['junk', own],
      [own, 'junk'],
    ]) {
      expect(await seenBy(`${name}=${first}; ${name}=${second}`)).toBeNull()
    }
  })
})
