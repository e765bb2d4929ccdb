import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { endpoints } from '../../modules.ts'
import { type AdminRequest, adminRequests, createStage } from '../../testing/support/access-stage.ts'
import { createAssignedTicket, createTicket, issue } from '../../testing/support/create-tickets.ts'
import { effectsOn, essence, isReplayed, under, unique } from '../../testing/support/keyed-requests.ts'
import type { World } from '../../testing/support/people.ts'
import { expectRefusal, expectStatus, expectSuccess, type Reply, versionIn } from '../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../testing/support/workspace.ts'
import { takesIdempotencyKey } from './endpoint.ts'
import { createReceipt, fingerprintsOf } from './idempotency.ts'

// PUT, PATCH and DELETE under an Idempotency-Key, and which requests are the same.

let desk: Desk
let world: World
let requestTo: (method: string, path: string) => Promise<AdminRequest>
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
  const { stage } = await createStage(desk)
  world = stage.world
  requestTo = adminRequests(stage)
})
afterAll(() => desk?.stop())

const changes = endpoints
  .filter((endpoint) => takesIdempotencyKey(endpoint) && endpoint.method !== 'post')
  .map(({ method, path }) => [method.toUpperCase(), path] as const)

/** Sends a request of the admin under a key. */
const sendUnder = (key: string, { method, path, body, headers }: AdminRequest): Promise<Reply> =>
  world.ada.send(method, path, body, { headers: { ...headers, ...under(key).headers } })

test('every endpoint that changes something takes a key, but for files and for what is shown once', () => {
  const others = endpoints.filter(({ method }) => method !== 'get').filter((one) => !takesIdempotencyKey(one))
  expect(others.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'post /auth/refresh',
    'post /auth/login/second-factor',
    'post /me/second-factor',
    'post /me/second-factor/confirm',
    'post /me/second-factor/recovery-codes',
    'put /settings/logo',
    'post /auth/link',
    'put /objects/:folder/:object',
    'post /mail-templates/:template/:language/preview',
    'post /events/passes',
    'post /webhooks/:webhookId/test',
  ])
})

describe.each(changes)('%s %s under a key', (method, path) => {
  test('is done once, answered again, and is no other request', async () => {
    const request = await requestTo(method, path)
    const key = unique()
    const before = await effectsOn(desk)
    const first = expectSuccess(await sendUnder(key, request))
    const after = await effectsOn(desk)
    expect([isReplayed(first), after]).toEqual([false, expect.not.objectContaining(Object(before))])
    for (const same of [key, `"${key}"`]) {
      const second = await sendUnder(same, request)
      expect([isReplayed(second), essence(second)]).toEqual([true, essence(first)])
    }
    const elsewhere = path.startsWith('/tenants/') ? `${request.path.split('?')[0]}/suspend` : '/auth/logout'
    const others: AdminRequest[] = [{ ...request, method: 'POST', path: elsewhere, body: undefined }]
    if (request.body !== undefined) {
      const [name = '', value] = Object.entries(Object(request.body))[0] ?? []
      const choices: Record<string, string> = { high: 'low', viewing: 'replying', replying: 'viewing' }
      const text = choices[String(value)] ?? `${value}1`
      const other = typeof value === 'boolean' ? !value : Object(value) === value && !Array.isArray(value) ? {} : text
      others.push({ ...request, body: { ...Object(request.body), [name]: other } })
    }
    if (path === '/tickets/:ticketId' && method !== 'DELETE') {
      others.push({ ...request, headers: { 'If-Match': '"7"' } })
    }
    for (const other of others) await expectRefusal(sendUnder(key, other), 422, 'idempotency_key_reused')
    expect(await effectsOn(desk)).toEqual(after)
  })

  test('leaves no change without its receipt', async () => {
    const request = await requestTo(method, path)
    await desk.owner.query(`create function refuse() returns trigger language plpgsql
      as $$ begin raise exception 'no receipt' using errcode = 'lock_not_available'; end $$`)
    await desk.owner.query(
      'create trigger refuse before update on idempotency_keys for each row execute function refuse()',
    )
    try {
      const before = await effectsOn(desk)
      await expectRefusal(sendUnder(unique(), request), 503, 'unavailable')
      expect(await effectsOn(desk)).toEqual(before)
    } finally {
      await desk.owner.query('drop function refuse cascade')
    }
  })

  test.runIf(path.includes(':ticketId'))(
    'is told again of a ticket out of sight only when it tells nothing',
    async () => {
      const request = await requestTo(method, path)
      const key = unique()
      const first = expectSuccess(await sendUnder(key, request))
      const [ticket] = /\/tickets\/TKT\d+/.exec(request.path) ?? []
      await world.ada.delete(String(ticket))
      const before = await effectsOn(desk)
      const second = await sendUnder(key, request)
      if (first.status === 204) expect([isReplayed(second), essence(second)]).toEqual([true, essence(first)])
      else await expectRefusal(second, 404, 'ticket_not_found')
      expect(await effectsOn(desk)).toEqual(before)
    },
  )
})

describe('a repeated change', () => {
  test('gets the first answer, though the version has moved on', async () => {
    const { ada, cleo } = world
    const path = `/tickets/${await createTicket(cleo)}`
    const key = unique()
    const patch = (tag: string, as = key) =>
      ada.patch(path, { priority: 'high' }, { headers: { 'If-Match': tag, ...under(as).headers } })
    const first = expectStatus(await patch('"1"'), 200)
    expectStatus(await ada.put(path, { priority: 'low', subject: 'Other words' }), 200)
    // A proxy may change the tag between the two.
    for (const tag of ['"1"', '1', 'W/"1-gzip"']) {
      const again = await patch(tag)
      expect([essence(again), isReplayed(again), versionIn(again)]).toEqual([essence(first), true, 2])
    }
    for (const tag of ['"3"', '*']) await expectRefusal(patch(tag), 422, 'idempotency_key_reused')
    // What was refused is not kept, so the caller may try again with a new version.
    const other = unique()
    await expectRefusal(patch('"1"', other), 412, 'stale_version')
    expect(isReplayed(expectStatus(await patch('"3"', other), 200))).toBe(false)
  })

  test('gets nothing of a ticket that its caller has handed on', async () => {
    const { tess } = world
    const colleague = await world.technician('Theo', 'Network')
    const path = `/tickets/${await createAssignedTicket(world)}`
    const key = unique()
    const hand = () => tess.put(path, { technician_id: colleague.id, reason: 'I am away.' }, under(key))
    expectStatus(await hand(), 200)
    await expectRefusal(hand(), 404, 'ticket_not_found')
  })

  test.each([1, 8])('is done once when %i more are sent at the same time', async (more) => {
    const { ada, cleo } = world
    const path = `/tickets/${await createTicket(cleo)}`
    const key = unique()
    const replies = await Promise.all(
      Array.from({ length: more + 1 }, () => ada.put(path, { priority: 'high' }, under(key))),
    )
    expect(replies.filter((reply) => reply.status === 200 && !isReplayed(reply))).toHaveLength(1)
    for (const { status, body } of replies) if (status !== 200) expect(body.code).toBe('request_in_progress')
    expect((await ada.get(path)).body.version).toBe(2)
  })
})

describe('the same request', () => {
  const send = (key: string, raw: string): Promise<Reply> =>
    world.ada.post('/tickets', undefined, {
      raw,
      headers: { 'Content-Type': 'application/json', ...under(key).headers },
    })
  type Members = [name: string, value: unknown][]
  const text = (members: Members): string =>
    `{${members.map(([name, value]) => `${JSON.stringify(name)} : ${JSON.stringify(value)}`).join(', ')}}`

  test('has its members in any order, and of equal members the last', async () => {
    const key = unique()
    const members: Members = Object.entries({ ...issue, customer_id: world.cleo.id, tags: ['b', 'a'] })
    const first = expectStatus(await send(key, text(members)), 201)
    const twice: Members = [['issue_category', 'Printer'], ...members]
    for (const order of [members.toReversed(), members.toSorted(), twice]) {
      const again = await send(key, text(order))
      expect([isReplayed(again), essence(again)]).toEqual([true, essence(first)])
    }
    const others: Members[] = [
      [...members, ['tags', ['a', 'b']]],
      [...members, ['priority', 'high']],
      [...members, ['issue_category', 'Printer']],
    ]
    for (const other of others) await expectRefusal(send(key, text(other)), 422, 'idempotency_key_reused')
  })

  test('has one fingerprint for equal values, however deep, and another for each other value', () => {
    const of = (body: unknown, ifMatch: number | null = null) =>
      fingerprintsOf('PUT', { path: '/x', asSent: '/x' }, body, ifMatch).fingerprint
    const nested = JSON.parse('{"b":[{"d":1,"c":{"f":null,"e":"x"}}],"a":{"2":1,"10":2},"__proto__":{"y":1,"x":2}}')
    const turned = JSON.parse('{"__proto__":{"x":2,"y":1},"a":{"10":2,"2":1},"b":[{"c":{"e":"x","f":null},"d":1}]}')
    expect(of(turned)).toBe(of(nested))
    expect(of(nested)).toContain('__proto__')
    const different = [
      null,
      {},
      [],
      '',
      'a',
      ['a'],
      { a: 1 },
      { a: '1' },
      { a: null },
      { b: 1 },
      [1, 2],
      [2, 1],
      [[1], 2],
    ]
    const prints = [...different.flatMap((body) => [of(body), of(body, 1), of(body, 2)])]
    expect(new Set(prints).size).toBe(prints.length)
    const spelled = fingerprintsOf('POST', { path: '/x/TKT0001', asSent: '/x/TKT0001/' }, { b: 1, a: 2 }, null)
    expect(spelled.fingerprint).toBe('["POST","/x/TKT0001",{"a":2,"b":1}]')
    expect(spelled.earlierFingerprint()).toBe('["POST","/x/TKT0001/",{"b":1,"a":2}]')
  })

  test('is found that a version before kept by the members as they came', async () => {
    const { ada, tenantId, cleo } = world
    const key = unique()
    const body = { subject: 'Old', ...issue, customer_id: cleo.id }
    expect(Object.keys(body)).not.toEqual(Object.keys(body).sort())
    const kept = expectStatus(await ada.post('/tickets', body), 201)
    const fingerprint = JSON.stringify(['POST', '/tickets', body])
    const request = {
      tenantId,
      lane: world.slug,
      scope: ada.id,
      key,
      fingerprint,
      earlierFingerprint: () => fingerprint,
    }
    const answer = { status: 201, body: kept.body, headers: { ETag: '"1"', Location: '/api/tickets/x' } }
    const { requestHash, seal } = createReceipt(desk.app, request, () => answer)
    await desk.app.pool.query(
      'insert into idempotency_keys (tenant_id, scope, key, request_hash, answer) values ($1, $2, $3, $4, $5)',
      [tenantId, request.scope, key, requestHash, seal(null)],
    )
    const again = await ada.post('/tickets', body, under(key))
    expect([again.status, isReplayed(again), again.body]).toEqual([201, true, kept.body])
    expect([versionIn(again), again.headers.get('location')]).toEqual([1, '/api/tickets/x'])
    const changed = { ...body, priority: 'high' }
    await expectRefusal(ada.post('/tickets', changed, under(key)), 422, 'idempotency_key_reused')
  })
})
