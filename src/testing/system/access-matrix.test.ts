import { afterAll, beforeAll, expect, test } from 'vitest'
import { endpoints } from '../../modules.ts'
import { type Asking, type Principal, principals, type Stage } from '../support/access-cast.ts'
import { createAccessRequests } from '../support/access-requests.ts'
import { adminRequests, createStage, withIds } from '../support/access-stage.ts'
import { type Person, password, type World } from '../support/people.ts'
import { createApi, type Reply } from '../support/requests.ts'
import { type Desk, startDesk } from '../support/workspace.ts'

let desk: Desk
let world: World
let other: World
let stage: Stage
let requests: Record<string, Asking>

beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
  const created = await createStage(desk)
  stage = created.stage
  world = stage.world
  other = created.other
  requests = createAccessRequests(stage)
})

afterAll(() => desk?.stop())

/** A value of each path parameter for which nothing exists. */
const nowhere: Record<string, string> = {
  customerId: 'CUS9998',
  technicianId: 'TEC9998',
  ticketId: 'TKT9998',
  sessionId: '00000000-0000-4000-8000-000000000000',
  serviceId: 'SVC9998',
  webhookId: 'WHK9998',
  productId: 'PRD9998',
  orderId: 'ORD9998',
  deliveryId: 'evt_aaaaaaaaaaaa_1_9998',
  tokenId: '00000000-0000-4000-8000-000000000000',
  emailId: '00000000-0000-4000-8000-000000000000',
  slug: 'no-such-tenant',
}

/** All of an answer but what differs between any two answers. */
const essence = ({ status, body, text, headers }: Reply) => ({
  status,
  body: { ...body, request_id: null },
  length: text.length,
  headers: [...headers].filter(([name]) => !['date', 'x-request-id'].includes(name)),
})

/** The sessions of the callers. A request about sessions may end one, so each such request gets new ones. */
const sessions = new Map<Principal, Person>()

/** The caller with a session. A deactivated caller can only try the session from before. */
const personFor = async (who: Principal, path: string): Promise<Person | null> => {
  if (who === 'nobody') return null
  if (who === 'deactivated') return stage.cast[who]
  if (/^\/(?:(?:auth|users|me)\/|api-tokens|service-accounts)/.test(path)) sessions.clear()
  const home = who === 'other tenant' ? other : world
  const person = sessions.get(who) ?? (await home.signIn(stage.cast[who].email, password))
  sessions.set(who, person)
  return person
}

/** One cell of the table: the status. A 404 must be the same answer as for a thing that does not exist. */
const ask = async (method: string, path: string, who: Principal): Promise<number> => {
  const valid = requests[`${method} ${path}`]
  if (valid === undefined) throw new Error(`say in access-requests.ts how to ask ${method} ${path}`)
  const person = await personFor(who, path)
  const { id = '', body, headers } = await valid(who, person)
  // Every caller names our tenant. The name does not count for a caller who is signed in.
  const client = createApi(desk.url, { 'X-Tenant': world.slug, ...person?.headers })
  const send = (ids: string[]): Promise<Reply> => client.send(method, withIds(path, ids), body, { headers })
  const ids = [id].flat()
  const reply = await send(ids)
  if (reply.status === 404) {
    const [, parameter = ''] = /:(\w+)/.exec(path) ?? []
    const nothing = await send([nowhere[parameter] ?? 'nowhere', ...ids.slice(1)])
    expect(essence(reply), `${method} ${path} by ${who}`).toEqual(essence(nothing))
  }
  return reply.status
}

const width = Math.max(...endpoints.map(({ method, path }) => `${method} ${path}`.length)) + 2

const columns = principals.map((who) => Math.max(who.length, 3) + 2)

const row = (name: string, cells: readonly (string | number)[]): string =>
  (name.padEnd(width) + cells.map((cell, at) => String(cell).padEnd(columns[at] ?? 0)).join('')).trimEnd()

test('every endpoint answers everybody as the table says', async () => {
  const lines = [row('', principals)]
  for (const { method, path } of endpoints) {
    const cells = await Promise.all(principals.map((who) => ask(method.toUpperCase(), path, who)))
    lines.push(row(`${method.toUpperCase()} ${path}`, cells))
  }
  // A change of permissions shows in the table beside this file. Update the table with `vitest run -u`.
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('./access-matrix.txt')
})

test('what no role may do, the operator may', async () => {
  const request = adminRequests(stage)
  const answers: string[] = []
  for (const { method, path } of endpoints.filter(({ can }) => can === 'operator')) {
    const { path: target, body, headers } = await request(method.toUpperCase(), path)
    const { status } = await createApi(desk.url).send(method.toUpperCase(), target, body, { headers })
    answers.push(`${method} ${path} ${status}`)
  }
  expect(answers).toEqual([
    'get /tenants 200',
    'get /tenants/log 200',
    'get /tenants/:slug 200',
    'patch /tenants/:slug 200',
    'post /tenants/:slug/suspend 200',
    'post /tenants/:slug/resume 200',
    'delete /tenants/:slug 202',
    'post /tenants/:slug/restore 200',
    'post /tenants 201',
  ])
})

test('every request of the table belongs to an endpoint', () => {
  const names = endpoints.map(({ method, path }) => `${method.toUpperCase()} ${path}`)
  expect(Object.keys(requests).sort()).toEqual(names.sort())
})
