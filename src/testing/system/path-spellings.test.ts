import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { rolesThatMay } from '../../contract/capabilities.ts'
import { endpoints } from '../../modules.ts'
import type { Endpoint } from '../../platform/http/endpoint.ts'
import { spellings } from '../fuzz/spellings.ts'
import { createWorld, password, type World } from '../support/people.ts'
import { createRawClient, type RawAnswer, type RawClient } from '../support/raw-requests.ts'
import { type Desk, startDesk } from '../support/workspace.ts'

// A client may spell the path of a request as it likes: the guard of an endpoint stands before its handler. The
// requests are written to sockets as they are, because `fetch` and `http.request` would change or refuse some of them.

interface Sent {
  name: string
  method: string
  target: string
  headers: Record<string, string>
  body: string
}

let desk: Desk
let world: World
let clients: RawClient[] = []
/** The endpoint whose handler a request reached, by the request's id. */
const reached = new Map<string, string>()

const nameOf = ({ method, path }: Endpoint): string => `${method.toUpperCase()} ${path}`

/** The handlers as they were: other test files of this process use the same endpoints. */
const handlers = endpoints.map(({ handle }) => handle)

beforeAll(async () => {
  for (const endpoint of endpoints) {
    const { handle } = endpoint
    endpoint.handle = (call) => {
      reached.set(call.requestId, nameOf(endpoint))
      return handle(call)
    }
  }
  const limits = { RATE_LIMIT_REQUESTS_PER_MINUTE: '1000000', RATE_LIMIT_SIGN_INS_PER_MINUTE: '1000000' }
  desk = await startDesk({ withWorker: false, settings: limits })
  world = await createWorld(desk)
  for (const _ of [1, 2]) await world.cleo.post('/tickets', { issue_category: 'Doors', issue_description: 'Stuck' })
  clients = Array.from({ length: 8 }, () => createRawClient(Number(new URL(desk.url).port)))
})
afterAll(async () => {
  endpoints.forEach((endpoint, index) => {
    endpoint.handle = handlers[index] ?? endpoint.handle
  })
  for (const client of clients) client.close()
  await desk?.stop()
})

/** Sends all requests, on several connections at a time; `judge` names what is wrong with an answer, or null. */
const faultsOf = async (
  requests: Sent[],
  judge: (answer: RawAnswer, handler: string | undefined, sent: Sent) => string | null,
): Promise<string[]> => {
  const faults: string[] = []
  const queue = [...requests]
  const work = async (client: RawClient): Promise<void> => {
    for (let sent = queue.shift(); sent !== undefined; sent = queue.shift()) {
      const content =
        sent.body === '' ? {} : { 'Content-Type': 'application/json', 'Content-Length': `${sent.body.length}` }
      const headers = { Host: 'desk.example.com', ...sent.headers, ...content }
      const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
      const answer = await client.ask(`${sent.method} ${sent.target} HTTP/1.1\r\n${head.join('')}\r\n${sent.body}`)
      const id = /^x-request-id: (\S+)/im.exec(answer.head)?.[1] ?? ''
      const fault = judge(answer, reached.get(id), sent)
      if (fault !== null) faults.push(`${sent.name} as ${JSON.stringify(sent.target)}: ${fault}`)
    }
  }
  await Promise.all(clients.map(work))
  return faults
}

const values: Record<string, string> = {
  customerId: 'CUS0001',
  technicianId: 'TEC0001',
  ticketId: 'TKT0001',
  kind: 'related',
  draftKind: 'reply',
  otherTicketId: 'TKT0002',
  accountId: 'TEC0001',
  serviceId: 'SVC0001',
  tag: 'vpn',
}
const pathOf = ({ path }: Endpoint): string =>
  `/api${path.replaceAll(/:(\w+)/g, (_, name) => values[name] ?? '00000000-0000-4000-8000-000000000000')}`

/** The bodies with which a request gets as far as the limit of sign-ins. */
const bodies = Object.fromEntries(
  Object.entries({
    '/auth/login': { user_id_or_email: 'nobody', password },
    '/auth/register': { name: 'Dora', email: 'dora@example.com', password },
    '/auth/password/forgot': { email: 'nobody@example.com' },
    '/auth/password/reset': { token: 'none', password },
    '/auth/email/confirm': { token: 'none' },
    '/auth/link': { purpose: 'email', token: 'none' },
    '/unsubscribe': { token: 'none' },
    '/me/email': { email: 'dora@example.com', current_password: 'wrong' },
    '/auth/register/confirm': { token: 'none', password },
    '/auth/password/change': { current_password: 'wrong', password },
    '/auth/login/second-factor': { challenge: 'none', code: '123456' },
    '/me/second-factor': { current_password: 'wrong' },
    '/me/second-factor/disable': { current_password: 'wrong' },
    '/me/second-factor/confirm': { code: '000000' },
    '/me/second-factor/recovery-codes': { second_factor_code: '000000' },
    '/people': { role: 'admin', user_id: 'zed', name: 'Zed', email: 'zed@example.com', current_password: 'wrong' },
    '/people/:accountId': { role: 'admin', current_password: 'wrong' },
    '/people/:accountId/second-factor/reset': { current_password: 'wrong' },
    '/settings': { registration: 'open' },
    '/api-tokens': { name: 'Report', scopes: ['ticket:list'] },
    '/service-accounts/:serviceId/api-tokens': { name: 'Report', scopes: ['ticket:list'] },
    '/users/signup': { name: 'Dora', email: 'dora@example.com', password },
    '/users/signin': { email: 'nobody@example.com', password },
  }).map(([path, body]) => [path, JSON.stringify(body)]),
)

/** The endpoints that a role may not use; without a role, those that need a sign-in. */
const closedTo = (role: string | null): Endpoint[] =>
  endpoints.filter(({ can }) => {
    const roles = rolesThatMay(can)
    return roles !== null && (role === null || !roles.includes(role))
  })

const requestsFor = (list: Endpoint[], spell: (path: string) => string, headers: Record<string, string>): Sent[] =>
  list.map((endpoint) => ({
    name: nameOf(endpoint),
    method: endpoint.method.toUpperCase(),
    target: spell(pathOf(endpoint)),
    headers,
    body: bodies[endpoint.path] ?? '',
  }))

const codeOf = (body: string): string => /"code":"(\w+)"/.exec(body)?.[1] ?? ''

/** Codes of refusals before a handler. `validation_failed`, for one, would come from behind the guard. */
const refusal = /^(?:malformed_request|not_signed_in|forbidden|method_not_allowed|\w+_not_found)$/

/** What the server takes for /health with a query or a fragment. */
const isHealth = (target: string): boolean => /^\/health[?#]/.test(target)

const guardFault = ({ status, body }: RawAnswer, handler: string | undefined, { target }: Sent): string | null => {
  if (isHealth(target) && (handler === 'GET /health' || handler === undefined)) return null
  if (handler !== undefined) return `it reaches the handler of ${handler}`
  const isRefused = [400, 401, 403, 404, 405].includes(status) && refusal.test(codeOf(body))
  return isRefused ? null : `it answers ${status} ${codeOf(body)}`
}

const table = [
  ...Object.entries(spellings),
  ...Object.entries({
    'below the address of the tenant': (path) => `/t/${world.slug}${path}`,
    'below the address in capitals': (path) => `/T/${world.slug.toUpperCase()}${path}`,
    'below the address with a slash more inside': (path) => `/t//${world.slug}${path}`,
    'below the address with a slash more behind': (path) => `/t/${world.slug}/${path}`,
    'below the address twice': (path) => `/t/${world.slug}/t/${world.slug}${path}`,
    'below the address of a parent': (path) => `/t/..${path}`,
    'below the address of an encoded parent': (path) => `/t/%2e%2e${path}`,
    'below the address and up again': (path) => `/t/${world.slug}/..${path}`,
    'below the address and up again, encoded': (path) => `/t/${world.slug}%2f..${path}`,
    'below the address with a parameter': (path) => `/t/${world.slug};a=b${path}`,
    'below the address with an encoded letter': (path) => `/%74/${world.slug}${path}`,
    'below the address with an encoded slash': (path) => `/t%2f${world.slug}${path}`,
    'below the address as a whole URL': (path) => `http://desk.example.com/t/${world.slug}${path}`,
  } satisfies Record<string, (path: string) => string>),
]

describe('A path that is written', () => {
  test.each(table)('%s opens nothing to anyone who is not signed in', async (_, spell) => {
    expect(await faultsOf(requestsFor(closedTo(null), spell, { 'X-Tenant': world.slug }), guardFault)).toEqual([])
  })

  test('opens nothing to a browser that asks for a page either, and shows no page of the program', async () => {
    const browser = { 'X-Tenant': world.slug, Accept: 'text/html,*/*;q=0.8' }
    const closed = closedTo(null).filter(({ method }) => method === 'get')
    for (const [, spell] of table) {
      const faults = await faultsOf(requestsFor(closed, spell, browser), ({ status, head }, handler, { target }) => {
        if (isHealth(target)) return null
        if (handler !== undefined) return `it reaches the handler of ${handler}`
        const isRefused = [400, 401, 403, 404, 405].includes(status)
        const isPage = /^content-type: text\/html/im.test(head)
        // Outside /api an unknown address has a page that says so.
        return isRefused && (!isPage || (status === 404 && !target.startsWith('/api/'))) ? null : `it answers ${status}`
      })
      expect(faults).toEqual([])
    }
  })

  test.each(table)('%s opens nothing to a customer or a technician that is not theirs', async (_, spell) => {
    const requests = [
      ...requestsFor(closedTo('customer'), spell, world.cleo.headers),
      ...requestsFor(closedTo('technician'), spell, world.tess.headers),
    ]
    expect(await faultsOf(requests, guardFault)).toEqual([])
  })

  const countsSignIns = new Set(endpoints.filter(({ signInLimit }) => signInLimit).map(nameOf))

  test.each(table)('%s is counted by the limits', async (_, spell) => {
    const limited = endpoints.filter(({ standing, bytes }) => standing === undefined && bytes === undefined)
    const requests = requestsFor(limited, spell, { 'X-Tenant': world.slug })
    const faults = await faultsOf(requests, ({ status, head, body }, handler, { target }) => {
      if (codeOf(body) === 'malformed_request' || isHealth(target)) return null
      const isCounted = /^ratelimit: .*"requests"/im.test(head)
      const isSignIn = handler !== undefined && countsSignIns.has(handler)
      const isCountedAsSignIn = /^ratelimit: .*"(?!requests")[a-z-]+"/im.test(head)
      return isCounted && (isCountedAsSignIn || !isSignIn) ? null : `it is not counted: ${status} ${codeOf(body)}`
    })
    expect(faults).toEqual([])
  })
})

test('the table is large, and its requests reach handlers when the caller may', async () => {
  expect(closedTo(null).length).toBeGreaterThanOrEqual(50)
  expect(table.length).toBeGreaterThanOrEqual(30)
  const open = endpoints.filter(
    ({ method, can, path, signInLimit }) =>
      signInLimit !== undefined || (method === 'get' && can !== 'anyone' && can !== 'operator' && !path.includes(':')),
  )
  const handlers = new Set<string | undefined>()
  const requests = requestsFor(open, (path) => path, { ...world.ada.headers, 'X-Tenant': world.slug })
  await faultsOf(requests, (_, handler) => {
    handlers.add(handler)
    return null
  })
  expect([...handlers].sort()).toEqual(open.map(nameOf).sort())
})
