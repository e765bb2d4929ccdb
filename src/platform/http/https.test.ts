import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createRawClient, type RawClient } from '../../testing/support/raw-requests.ts'
import { type Desk, startDesk } from '../../testing/support/workspace.ts'

const publicUrl = 'https://desk.example.com/help'

let desk: Desk
let raw: RawClient
/** Desks on the same database with other settings. */
const others: Desk[] = []
const startOther = async (settings: Record<string, string>): Promise<Desk> => {
  const other = await startDesk({ withWorker: false, databaseUrl: desk.databaseUrl, settings })
  others.push(other)
  return other
}

beforeAll(async () => {
  desk = await startDesk({ withWorker: false, settings: { PUBLIC_URL: publicUrl, TRUST_PROXY: 'loopback' } })
  raw = createRawClient(Number(new URL(desk.url).port))
})
afterAll(async () => {
  raw?.close()
  for (const other of others) await other.stop()
  await desk?.stop()
})

/** Where a request is sent to, or its status. */
const outcome = async (url: string, headers: Record<string, string>, method = 'GET'): Promise<string | number> => {
  const answer = await fetch(url, { method, headers, redirect: 'manual' })
  return answer.headers.get('location') ?? answer.status
}
const http = { 'X-Forwarded-Proto': 'http' }

describe('a request that came to a trusted proxy over http', () => {
  test.each(['GET', 'HEAD', 'POST', 'DELETE', 'OPTIONS'])('is sent to PUBLIC_URL: %s', async (method) => {
    const answer = await fetch(`${desk.url}/api/tickets?q=a%20b&limit=2`, { method, headers: http, redirect: 'manual' })
    expect([answer.status, answer.headers.get('location')]).toEqual([308, `${publicUrl}/api/tickets?q=a%20b&limit=2`])
    expect(answer.headers.get('cache-control')).toBe('no-store')
    // Only answers over https may say so (RFC 6797, 7.2).
    expect(answer.headers.get('strict-transport-security')).toBeNull()
  })

  test.each(['HTTP', ' http ', 'http, https', 'http,http'])('also when the proxy writes %j', async (proto) => {
    expect(await outcome(`${desk.url}/version`, { 'X-Forwarded-Proto': proto })).toBe(`${publicUrl}/version`)
  })

  test('never to a host that the request names', async () => {
    const evil = 'evil.example.com'
    const named = { ...http, 'X-Forwarded-Host': evil, Forwarded: `host=${evil};proto=http` }
    expect(await outcome(`${desk.url}/api/docs`, named)).toBe(`${publicUrl}/api/docs`)
    const targets = [
      `http://${evil}/api/docs`,
      `https://${evil}/`,
      `//${evil}/api/docs`,
      `/\\${evil}`,
      `/@${evil}`,
      `http://desk.example.com@${evil}/a`,
      `/.${evil}`,
      `/%0d%0aLocation:%20//${evil}`,
    ]
    for (const target of targets) {
      const answer = await raw.ask(`GET ${target} HTTP/1.1\r\nHost: ${evil}\r\nX-Forwarded-Proto: http\r\n\r\n`)
      expect([target, answer.status]).toEqual([target, 308])
      const [, location = ''] = /^location: (.*)$/im.exec(answer.head) ?? []
      expect(new URL(location).origin, target).toBe('https://desk.example.com')
      expect(location.startsWith(`${publicUrl}/`), target).toBe(true)
    }
  })
})

test('other requests get their answer: over https, to the program itself, and of a proxy that is not trusted', async () => {
  expect(await outcome(`${desk.url}/version`, { 'X-Forwarded-Proto': 'https' })).toBe(200)
  expect(await outcome(`${desk.url}/version`, { 'X-Forwarded-Proto': 'https, http' })).toBe(200)
  for (const path of ['/health', '/ready', '/version']) expect(await outcome(`${desk.url}${path}`, {})).toBe(200)
  const settings: Record<string, string>[] = [
    { PUBLIC_URL: publicUrl },
    { PUBLIC_URL: publicUrl, TRUST_PROXY: '203.0.113.7' },
    { PUBLIC_URL: 'http://desk.example.com', TRUST_PROXY: '1' },
  ]
  for (const one of settings) {
    const other = await startOther(one)
    expect(await outcome(`${other.url}/version`, http), JSON.stringify(one)).toBe(200)
  }
})

test('browsers are told to stay with https when PUBLIC_URL is https, and only then', async () => {
  const hsts = async ({ url }: Desk) => (await fetch(`${url}/health`)).headers.get('strict-transport-security')
  expect(await hsts(desk)).toBe('max-age=31536000')
  expect(await hsts(await startOther({ PUBLIC_URL: 'http://desk.example.com' }))).toBeNull()
})
