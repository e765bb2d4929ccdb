import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { createApp, middleware, type Step } from '../../app.ts'
import { signAccessToken } from '../../modules/identity/sign-in/access-tokens.ts'
import type { App } from '../../platform/app-context.ts'
import { startServer } from '../../platform/http/server.ts'
import { createLog } from '../../platform/log.ts'
import { type OtlpListener, startOtlpListener } from '../peers/otlp-listener.ts'
import { createWorld, type World } from '../support/people.ts'
import { until } from '../support/waiting.ts'
import { type Desk, startDesk } from '../support/workspace.ts'

test('the steps of a request have this order', () => {
  expect(middleware.map(({ name }) => name)).toEqual([
    'request context',
    'span',
    'access log',
    'request metrics',
    'security headers',
    'slug',
    'https',
    'cross-origin',
    'page limit',
    'metrics page',
    'health and document',
    'docs page',
    'small pages',
    'place',
    'console',
    'pages',
    'authentication',
    'request limit',
    "caller's turn",
    'tenant of the place',
    'endpoints',
    'not found',
  ])
})

const origin = 'https://www.example.com'
const lines: string[] = []

let desk: Desk
/** A desk whose database is away. */
let away: Desk
let world: World
let listener: OtlpListener

beforeAll(async () => {
  const options = {
    withWorker: false,
    log: createLog('info', { write: () => {} }),
    settings: { CONSOLE: 'true', CORS_ORIGINS: origin, RATE_LIMIT_REQUESTS_PER_MINUTE: '1000000', TRUST_PROXY: '1' },
    accessLog: { write: (line: string) => void lines.push(line) },
  }
  listener = await startOtlpListener()
  const traced = { ...options.settings, OTEL_EXPORTER_OTLP_ENDPOINT: listener.url }
  desk = await startDesk({ ...options, settings: traced })
  away = await startDesk({ ...options, databaseUrl: 'postgres://nobody@127.0.0.1:1/nothing' })
  world = await createWorld(desk)
})
afterAll(async () => {
  await away?.stop()
  await desk?.stop()
  await listener?.stop()
})

/** How a property asks: the address of a server, the app behind it, and the headers of a signed-in caller. */
interface Asked {
  url: string
  app: App
  headers: Record<string, string>
}

/** What a property sees of the answers. A wrong order changes it. */
type Evidence = Record<string, unknown>

interface Property {
  name: string
  isDatabaseAway?: boolean
  look: (asked: Asked) => Promise<Evidence>
  expected: Evidence
  /** Steps that break the property when they stand somewhere else: the name, and before which step. */
  brokenBy: [step: string, before: string | null][]
}

const marksOf = (response: Response): Evidence => ({
  status: response.status,
  hasRequestId: response.headers.has('x-request-id'),
  hasSecurityHeaders: response.headers.get('x-content-type-options') === 'nosniff',
})
const marked = (status: number): Evidence => ({ status, hasRequestId: true, hasSecurityHeaders: true })
const preflight = { Origin: origin, 'Access-Control-Request-Method': 'PUT' }
const isCounted = ({ headers }: Response): boolean => headers.has('ratelimit')

const hasLine = (response: Response): boolean => {
  const id = response.headers.get('x-request-id')
  return id !== null && lines.some((line) => line.includes(id))
}

const hasSpan = ({ headers }: Response): boolean =>
  listener.spans.some(({ attributes }) => attributes['counterdesk.request_id'] === headers.get('x-request-id'))

const requestsWith = async ({ app }: Asked, method: string): Promise<number> => {
  const text = await app.metrics.registry.metrics()
  const counts = text.matchAll(/^http_request_duration_seconds_count\{(.*)\} (\d+)$/gm)
  return [...counts]
    .filter(([, labels]) => labels?.includes(`"${method}"`))
    .reduce((sum, [, , n]) => sum + Number(n), 0)
}

const remainingOf = (response: Response): number => Number(/r=(\d+)/.exec(response.headers.get('ratelimit') ?? '')?.[1])

interface Headed {
  headers: Record<string, string>
}

/** By how much the rest of a caller's limit falls while something else happens. */
const fellBy = async ({ url, headers }: Headed & { url: string }, happen: () => Promise<void>): Promise<number> => {
  const remaining = async (): Promise<number> => remainingOf(await fetch(`${url}/api/auth/me`, { headers }))
  const before = await remaining()
  await happen()
  return before - (await remaining()) - 1
}

const properties: Property[] = [
  {
    name: 'the answer to an unknown path has a request id and the security headers',
    look: async ({ url }) => marksOf(await fetch(`${url}/api/nothing`)),
    expected: marked(404),
    brokenBy: [
      ['request context', null],
      ['security headers', null],
      ['not found', 'request context'],
    ],
  },
  {
    name: 'a 401 has a request id and the security headers',
    look: async ({ url }) => marksOf(await fetch(`${url}/api/tickets`)),
    expected: marked(401),
    brokenBy: [['security headers', 'not found']],
  },
  {
    name: 'the answer to malformed JSON has a request id and the security headers',
    look: async ({ url }) =>
      marksOf(
        await fetch(`${url}/api/auth/login`, {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: '{',
        }),
      ),
    expected: marked(400),
    brokenBy: [['security headers', 'not found']],
  },
  {
    name: 'the answer to a preflight has a request id and the security headers',
    look: async ({ url }) => marksOf(await fetch(`${url}/api/tickets`, { method: 'OPTIONS', headers: preflight })),
    expected: marked(204),
    brokenBy: [
      ['cross-origin', 'security headers'],
      ['security headers', 'page limit'],
      ['cross-origin', 'not found'],
    ],
  },
  {
    name: '/health answers while the database is away, with and without a sign-in',
    isDatabaseAway: true,
    look: async ({ url, headers }) => marksOf(await fetch(`${url}/health`, { headers })),
    expected: marked(200),
    brokenBy: [
      ['authentication', 'health and document'],
      ['security headers', 'docs page'],
    ],
  },
  {
    name: 'the metrics are read while the database is away, with a request id and the security headers',
    isDatabaseAway: true,
    look: async ({ url, headers }) => marksOf(await fetch(`${url}/metrics`, { headers })),
    expected: marked(200),
    brokenBy: [
      ['metrics page', 'endpoints'],
      ['security headers', 'health and document'],
    ],
  },
  {
    name: 'the document and its page need no sign-in and answer while the database is away',
    isDatabaseAway: true,
    look: async ({ url, headers }) => ({
      document: marksOf(await fetch(`${url}/api/openapi.json`, { headers })),
      page: marksOf(await fetch(`${url}/api/docs`, { headers })),
    }),
    expected: { document: marked(200), page: marked(200) },
    brokenBy: [
      ['docs page', 'request limit'],
      ['health and document', 'request limit'],
    ],
  },
  {
    name: '/version needs no sign-in and answers while the database is away, and counts for the address',
    isDatabaseAway: true,
    look: async ({ url, headers }) => {
      const answer = await fetch(`${url}/version`, { headers })
      return { ...marksOf(answer), counted: isCounted(answer) }
    },
    expected: { ...marked(200), counted: true },
    brokenBy: [
      ['small pages', 'request limit'],
      ['small pages', 'page limit'],
    ],
  },
  {
    name: 'a page answers a browser while the database is away, whatever cookie it has, and counts for the address',
    isDatabaseAway: true,
    look: async ({ url, headers }) => {
      const cookie = `__Host-counterdesk_session=${headers.Authorization?.replace('Bearer ', '')}`
      const answer = await fetch(`${url}/unsubscribe`, { headers: { Accept: 'text/html', Cookie: cookie } })
      return { ...marksOf(answer), counted: isCounted(answer), type: answer.headers.get('content-type') }
    },
    expected: { ...marked(410), counted: true, type: 'text/html; charset=utf-8' },
    brokenBy: [
      ['pages', 'endpoints'],
      ['pages', 'security headers'],
    ],
  },
  {
    name: 'the console answers a browser at the root while the database is away, in place of the small page there',
    isDatabaseAway: true,
    look: async ({ url }) => {
      const answer = await fetch(url, { headers: { Accept: 'text/html' } })
      return { ...marksOf(answer), isSmallPage: (await answer.text()).includes('This is a helpdesk') }
    },
    expected: { ...marked(200), isSmallPage: false },
    brokenBy: [
      ['console', 'authentication'],
      ['console', 'security headers'],
    ],
  },
  {
    name: 'what came over http is sent to https, whatever it asks, with the security headers, and is not counted',
    look: async ({ url, headers }) => {
      const sent = { headers: { ...headers, 'X-Forwarded-Proto': 'http' }, redirect: 'manual' } as const
      const answers = [await fetch(`${url}/api/auth/me`, sent), await fetch(`${url}/version`, sent)]
      return { marks: answers.map(marksOf), counted: answers.map(isCounted) }
    },
    expected: { marks: [marked(308), marked(308)], counted: [false, false] },
    brokenBy: [
      ['https', 'not found'],
      ['https', 'metrics page'],
      ['security headers', 'cross-origin'],
    ],
  },
  {
    name: 'below /t/<slug> every step sees the path that is left',
    look: async ({ url, headers }) => {
      const at = `${url}/t/${world.slug}`
      const asks = [
        await fetch(`${at}/`, { headers: { Accept: 'text/html' } }),
        await fetch(`${at}/api/docs`),
        await fetch(`${at}/api/auth/me`, { headers }),
        await fetch(at, { redirect: 'manual' }),
      ]
      return { marks: asks.map(marksOf) }
    },
    expected: { marks: [marked(200), marked(200), marked(200), marked(308)] },
    brokenBy: [
      ['slug', 'small pages'],
      ['slug', 'authentication'],
      ['slug', 'security headers'],
    ],
  },
  {
    name: 'an address of a tenant refuses a request that names another one, and counts it',
    look: async ({ url, headers }) => {
      const named = { ...headers, 'X-Tenant': 'other' }
      const answers = [
        await fetch(`${url}/t/${world.slug}/api/auth/me`, { headers: named }),
        await fetch(`${url}/t/${world.slug}/`, { headers: { ...named, Accept: 'text/html' } }),
      ]
      return { marks: answers.map(marksOf), counted: answers.map(isCounted) }
    },
    expected: { marks: [marked(400), marked(400)], counted: [true, true] },
    brokenBy: [
      ['place', 'slug'],
      ['place', 'pages'],
      ['place', 'not found'],
    ],
  },
  {
    name: 'there is nothing below the address of no tenant, and the request counts',
    look: async ({ url }) => {
      const answer = await fetch(`${url}/t/nobody/api/tickets`)
      return { ...marksOf(answer), counted: isCounted(answer) }
    },
    expected: { ...marked(404), counted: true },
    brokenBy: [
      ['tenant of the place', 'not found'],
      ['tenant of the place', 'request limit'],
    ],
  },
  {
    name: 'metrics, document and docs page are counted for the address, and health is not counted',
    look: async ({ url, headers }) => ({
      health: isCounted(await fetch(`${url}/health`)),
      metrics: isCounted(await fetch(`${url}/metrics`)),
      document: isCounted(await fetch(`${url}/openapi.json`)),
      docs: isCounted(await fetch(`${url}/api/v1/docs`)),
      isOfTheAccount: await fellBy({ url, headers }, async () => void (await fetch(`${url}/api/docs`, { headers }))),
    }),
    expected: { health: false, metrics: true, document: true, docs: true, isOfTheAccount: 0 },
    brokenBy: [
      ['request limit', 'health and document'],
      ['page limit', 'health and document'],
      ['page limit', 'docs page'],
      ['page limit', 'endpoints'],
      ['health and document', 'endpoints'],
      ['authentication', 'page limit'],
    ],
  },
  {
    name: 'an endpoint and an unknown path are counted by the limit of requests',
    look: async ({ url }) => ({
      endpoint: isCounted(await fetch(`${url}/api/tickets`)),
      unknown: isCounted(await fetch(`${url}/api/nothing`)),
    }),
    expected: { endpoint: true, unknown: true },
    brokenBy: [
      ['request limit', 'not found'],
      ['endpoints', 'request limit'],
    ],
  },
  {
    name: 'the limit counts accounts apart, though they share an address',
    look: async ({ url }) => {
      const asks = ({ headers }: Headed): Promise<Response> => fetch(`${url}/api/auth/me`, { headers })
      return { fell: await fellBy({ url, headers: world.cleo.headers }, async () => void (await asks(world.carl))) }
    },
    expected: { fell: 0 },
    brokenBy: [['authentication', 'endpoints']],
  },
  {
    name: 'what an account asks of the database takes a turn of the account',
    look: async ({ url, app, headers }) => {
      const { turns } = app
      // The sign-in, read now, is kept for a second, so that only the list takes a turn.
      app.principals.clear()
      await fetch(`${url}/api/auth/me`, { headers })
      const [held, free] = [{ ...turns.account, atOnce: 0, waiting: 0 }, turns.account]
      turns.account = held
      try {
        return { status: (await fetch(`${url}/api/tickets`, { headers })).status }
      } finally {
        turns.account = free
      }
    },
    expected: { status: 429 },
    brokenBy: [["caller's turn", 'not found']],
  },
  {
    name: 'a sign-in counts at an endpoint',
    look: async ({ url, headers }) => ({ status: (await fetch(`${url}/api/auth/me`, { headers })).status }),
    expected: { status: 200 },
    brokenBy: [
      ['authentication', 'not found'],
      ['not found', 'endpoints'],
    ],
  },
  {
    name: 'a page of another origin may read /health',
    look: async ({ url }) => {
      const { headers } = await fetch(`${url}/health`, { headers: { Origin: origin } })
      return { allowed: headers.get('access-control-allow-origin') }
    },
    expected: { allowed: origin },
    brokenBy: [['cross-origin', 'docs page']],
  },
  {
    name: 'preflights and metrics have a line in the access log',
    look: async ({ url }) => {
      const preflighted = await fetch(`${url}/api/tickets`, { method: 'OPTIONS', headers: preflight })
      const metrics = await fetch(`${url}/metrics`)
      const unknown = await fetch(`${url}/nothing`)
      // The line of the last request is written last.
      await vi.waitFor(() => expect(hasLine(unknown)).toBe(true), { timeout: 10_000 })
      return { preflight: hasLine(preflighted), metrics: hasLine(metrics) }
    },
    expected: { preflight: true, metrics: true },
    brokenBy: [
      ['access log', 'health and document'],
      ['access log', 'docs page'],
    ],
  },
  {
    name: 'a preflight is in the metrics',
    look: async (asked) => {
      const before = await requestsWith(asked, 'OPTIONS')
      await fetch(`${asked.url}/api/tickets`, { method: 'OPTIONS', headers: preflight })
      return { counted: (await requestsWith(asked, 'OPTIONS')) - before }
    },
    expected: { counted: 1 },
    brokenBy: [['request metrics', 'page limit']],
  },
  {
    name: 'a preflight is in the traces',
    look: async ({ url, headers }) => {
      const first = await fetch(`${url}/api/tickets`, { method: 'OPTIONS', headers: preflight })
      const next = await fetch(`${url}/api/tickets`, { headers })
      // Spans are sent in the order in which they end.
      await until('the span of the next request came', () => hasSpan(next))
      return { isTraced: hasSpan(first) }
    },
    expected: { isTraced: true },
    brokenBy: [['span', 'page limit']],
  },
]

/** The middleware with one step before another, or at the end. */
const withMoved = (name: string, before: string | null): Step[] => {
  const step = middleware.find((one) => one.name === name)
  const rest = middleware.filter((one) => one !== step)
  const place = before === null ? rest.length : rest.findIndex((one) => one.name === before)
  if (step === undefined || place < 0) throw new Error(`there is no step ${name} or ${before}`)
  return rest.toSpliced(place, 0, step)
}

/** Looks at a server that has its steps in this order, with the headers of a signed-in caller. */
const lookAt = async ({ look, isDatabaseAway = false }: Property, steps: Step[]): Promise<Evidence> => {
  const { app } = isDatabaseAway ? away : desk
  const claims = {
    id: 'CUS0001',
    role: 'customer',
    tenant: 'default',
    version: 1,
    session: crypto.randomUUID(),
  } as const
  const headers = isDatabaseAway ? { Authorization: `Bearer ${signAccessToken(app, claims)}` } : world.cleo.headers
  const server = await startServer(createApp(app, steps), '127.0.0.1', 0)
  try {
    return await look({ url: `http://127.0.0.1:${server.port}`, app, headers })
  } finally {
    await server.stop(0)
  }
}

test.each(properties)('$name', async (property) => {
  expect(await lookAt(property, middleware)).toEqual(property.expected)
  for (const [step, before] of property.brokenBy) {
    const evidence = await lookAt(property, withMoved(step, before))
    expect(evidence, `with ${step} before ${before ?? 'the end'}`).not.toEqual(property.expected)
  }
})

test('a property depends on the place of each step', () => {
  const held = new Set(properties.flatMap(({ brokenBy }) => brokenBy.map(([step]) => step)))
  expect(middleware.map(({ name }) => name).filter((name) => !held.has(name))).toEqual([])
})
