import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { z } from 'zod'
import type { Clock } from '../../platform/clock.ts'
import { attach, download, reachable } from '../support/files.ts'
import { createWorld, type World } from '../support/people.ts'
import { createApi } from '../support/requests.ts'
import { type Desk, startDesk } from '../support/workspace.ts'

const source = fileURLToPath(new URL('../../', import.meta.url))

/** The product's own files and their text. Tests and their peers are programs of their own. */
const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter(
    (name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && !/^(?:testing|console)\/|node_modules\//.test(name),
  )
  .map((name) => ({ name, text: readFileSync(`${source}${name}`, 'utf8') }))

const readsMachineClock = /\bDate\.now\b|\bnew Date\b(?!\([^)])|\bDate\(\)|performance\.timeOrigin/

test('the reader of this test finds each way to ask the machine for the time', () => {
  for (const text of ['Date.now()', 'const now = Date.now', 'new Date()', 'new Date', 'Date()']) {
    expect(text).toMatch(readsMachineClock)
  }
  for (const text of ['new Date(clock.now())', 'new Date(modified ?? "")', 'performance.now()']) {
    expect(text).not.toMatch(readsMachineClock)
  }
  expect(files.length).toBeGreaterThan(150)
})

test('only platform/clock.ts asks the machine for the time', () => {
  const asking = files.filter(({ text }) => readsMachineClock.test(text)).map(({ name }) => name)
  expect(asking).toEqual(['platform/clock.ts'])
})

/** The files that name the clock of the machine instead of the clock of `App`, and why. */
const machineClockUsers: Record<string, string> = {
  'platform/clock.ts': 'defines the clock',
  'platform/app-context.ts': 'gives the clock to the program',
  'platform/storage/s3-store.ts': 'signs for tests and scripts that have no App',
  'platform/http/rate-limits.ts': 'express-rate-limit compares the end of a window with the clock of the machine',
  'platform/db/embedded/postmaster.ts': 'compares with the modification time of a file, before there is an App',
  'platform/db/embedded/site.ts': 'compares with the modification time of a file, before there is an App',
}

test('the clock of the machine is named only where a reason is given', () => {
  const naming = files.filter(({ text }) => /\bsystemClock\b/.test(text)).map(({ name }) => name)
  expect(naming.sort()).toEqual(Object.keys(machineClockUsers).sort())
})

const hourMs = 3_600_000

let desk: Desk
let world: World
/** How far the clock of the desk is ahead of the machine's. */
let aheadMs = 0
const lines: string[] = []
const clock: Clock = { now: () => Date.now() + aheadMs }

beforeAll(async () => {
  desk = await startDesk({
    clock,
    withWorker: false,
    settings: { NODE_ENV: 'production', LOG_LEVEL: 'info' },
    accessLog: { write: (line) => void lines.push(line) },
  })
  world = await createWorld(desk)
})
afterAll(() => desk?.stop())

/** Does the work while the clock of the desk is ahead by so much. */
const ahead = async <T>(ms: number, work: () => Promise<T>): Promise<T> => {
  aheadMs = ms
  try {
    return await work()
  } finally {
    aheadMs = 0
  }
}

const statusOf = async (token: string): Promise<number> =>
  (await createApi(desk.url, { Authorization: `Bearer ${token}` }).get('/auth/me')).status

test('an access token expires by the clock of the desk, whether its signature is remembered or not', async () => {
  const { cleo } = world
  const hours = desk.app.config.ACCESS_TOKEN_HOURS
  const fresh = await world.signIn(cleo.email, cleo.password)
  expect(await ahead((hours + 1) * hourMs, () => statusOf(fresh.token))).toBe(401)
  expect(await statusOf(fresh.token)).toBe(200)
  expect(await ahead((hours - 1) * hourMs, () => statusOf(fresh.token))).toBe(200)
  expect(await ahead((hours + 1) * hourMs, () => statusOf(fresh.token))).toBe(401)
})

const Times = z.object({ iat: z.int(), exp: z.int() })

test('an access token is issued by the clock of the desk', async () => {
  const { cleo } = world
  const hours = desk.app.config.ACCESS_TOKEN_HOURS
  const { token } = await ahead(25 * hourMs, () => world.signIn(cleo.email, cleo.password))
  const [, claims = ''] = token.split('.')
  const { iat, exp } = Times.parse(JSON.parse(Buffer.from(claims, 'base64url').toString()))
  expect(exp - iat).toBe(hours * 3_600)
  expect(iat * 1_000).toBeGreaterThan(Date.now() + 24 * hourMs)
  expect(await ahead((25 + hours - 1) * hourMs, () => statusOf(token))).toBe(200)
})

test('a download address expires by the clock of the desk', async () => {
  const { cleo } = world
  const { body: ticket } = await cleo.post('/tickets', {
    issue_category: 'Network',
    issue_description: 'See the file.',
  })
  const { attachment_id: id } = await attach(desk, cleo, ticket.ticket_id)
  const { body } = await cleo.get(`/tickets/${ticket.ticket_id}/attachments/${id}`)
  const statusAt = (ms: number): Promise<number> =>
    ahead(ms, async () => (await fetch(reachable(desk, body.download_url))).status)
  const lifeMs = Date.parse(body.download_expires_at) - Date.now()
  expect(await statusAt(0)).toBe(200)
  expect(await statusAt(lifeMs / 2)).toBe(200)
  expect(await statusAt(lifeMs + 2_000)).toBe(403)
  expect((await ahead(hourMs, () => download(desk, cleo, ticket.ticket_id, id))).status).toBe(200)
})

const LogLine = z.object({ time: z.iso.datetime(), request_id: z.string() })

test('a line of the access log has the time of the desk', async () => {
  const line = await ahead(25 * hourMs, async () => {
    const { headers } = await createApi(desk.url).get('/auth/me')
    const requestId = headers.get('x-request-id')
    return vi.waitFor(() => {
      const logged = lines.map((text) => LogLine.parse(JSON.parse(text)))
      return LogLine.parse(logged.find(({ request_id }) => request_id === requestId))
    })
  })
  expect(Date.parse(line.time)).toBeGreaterThan(Date.now() + 24 * hourMs)
})
