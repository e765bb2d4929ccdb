import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTenantWithAdmin } from '../../modules/identity/accounts/first-admin.service.ts'
import { defaultTenantSlug } from '../../modules/identity/tenants/tenants.schemas.ts'
import { askerOf, mapHost } from '../../testing/support/any-host.ts'
import { createOperator } from '../../testing/support/operator-client.ts'
import { createWorld, password, type World } from '../../testing/support/people.ts'
import { expectSuccess } from '../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../testing/support/workspace.ts'

// The language of server pages, which have no account to ask.

let desk: Desk
let world: World
beforeAll(async () => {
  desk = await startDesk({ withWorker: false, settings: { CONSOLE: 'false' } })
  world = await createWorld(desk)
  expectSuccess(await world.ada.patch('/settings', { languages: ['de'] }))
})
afterAll(() => desk?.stop())

/** The language of the page at a path, for a browser that says a language. `*`: it says none. */
const languageAt = async (path: string, accepted: string): Promise<string | null> => {
  const headers = { Accept: 'text/html', 'Accept-Language': accepted }
  return (await fetch(`${desk.url}${path}`, { headers })).headers.get('content-language')
}

test.each([
  ['*', 'de'],
  ['', 'de'],
  ['fr, *;q=0.5', 'de'],
  ['en-GB, de;q=0.5', 'en'],
  ['fr, de-AT;q=0.9, en;q=0.5', 'de'],
])('a browser that accepts %j reads a page of a German organisation in %s', async (accepted, language) => {
  const below = `/t/${world.slug}`
  const pages = [
    `${below}/`,
    `${below}/password/forgot`,
    `/password/forgot?tenant=${world.slug}`,
    `${below}/unsubscribe?token=x`,
    `${below}/email/confirm?token=x`,
  ]
  for (const path of pages) expect(await languageAt(path, accepted), path).toBe(language)
  // What the person chose wins.
  expect(await languageAt(`${below}/?lang=en`, accepted)).toBe('en')
})

test('without a tenant, or with one that there is not, the first language of the program holds', async () => {
  expect(await languageAt('/', '*')).toBe('en')
  expect(await languageAt('/password/forgot?tenant=nowhere', '*')).toBe('en')
  expect(await languageAt('/nothing/here', '*')).toBe('en')
})

test('a refused form, and an error of a page, are in the language of the organisation', async () => {
  const headers = { Accept: 'text/html', 'Accept-Language': '*', 'Content-Type': 'application/x-www-form-urlencoded' }
  const path = `${desk.url}/t/${world.slug}/password/forgot`
  const refused = await fetch(path, { method: 'POST', headers, body: 'email=nothing' })
  expect([refused.status, refused.headers.get('content-language')]).toEqual([400, 'de'])
  const foreign = { ...headers, Origin: 'https://evil.example' }
  const error = await fetch(path, { method: 'POST', headers: foreign, body: 'email=a@example.com' })
  expect([error.status, error.headers.get('content-language')]).toEqual([403, 'de'])
})

test.each([
  ['*', 'de'],
  ['', 'de'],
  ['en-GB', 'en'],
  ['fr, de-AT;q=0.9', 'de'],
])('what is not there, or is suspended, is said to a browser that accepts %j in %s', async (accepted, language) => {
  const host = `hilfe.${world.slug}.example`
  await mapHost(desk, world, host)
  const at = async (path: string, more: Record<string, string> = {}): Promise<unknown> => {
    const headers = { Accept: 'text/html', 'Accept-Language': accepted, ...more }
    const { status, headers: answered, text } = await askerOf(desk)(path, { headers })
    return [status, answered['content-language'], new RegExp(`<html lang="${language}"`).test(text)]
  }
  const below = `/t/${world.slug}`
  expect(await at(`${below}/nothing/here`)).toEqual([404, language, true])
  expect(await at('/nothing/here', { Host: host })).toEqual([404, language, true])
  expect(await at(`${below}/nothing/here?lang=${language}`)).toEqual([404, language, true])
  const operator = createOperator(desk)
  expectSuccess(await operator.post(`/tenants/${world.slug}/suspend`))
  expect(await at(`${below}/signin`)).toEqual([403, language, true])
  expect(await at('/signin', { Host: host })).toEqual([403, language, true])
  expectSuccess(await operator.post(`/tenants/${world.slug}/resume`))
})

test('where the address is that of two tenants, or of none, the first language of the program holds', async () => {
  const host = `hilfe.${world.slug}.example`
  await mapHost(desk, world, host)
  const other = await createWorld(desk)
  expectSuccess(await other.ada.patch('/settings', { languages: ['de'] }))
  const headers = { Accept: 'text/html', 'Accept-Language': '*', Host: host }
  const both = await askerOf(desk)(`/t/${other.slug}/`, { headers })
  expect([both.status, both.headers['content-language']]).toEqual([400, 'en'])
  expect(await languageAt('/t/nobody/', '*')).toBe('en')
})

test('at the address of the program, a page and what is not there are in the language of the default tenant', async () => {
  const { app } = desk
  const tenant = { slug: defaultTenantSlug, name: 'Zentrale', languages: ['de' as const] }
  await createTenantWithAdmin(app, tenant, { userId: 'ada', name: 'Ada', email: 'ada@example.com', password })
  for (const path of ['/password/forgot', '/nothing/here']) {
    expect(await languageAt(path, '*'), path).toBe('de')
    expect(await languageAt(path, 'en'), path).toBe('en')
  }
})
