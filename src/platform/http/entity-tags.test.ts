import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { endpoints } from '../../modules.ts'
import type { Stage } from '../../testing/support/access-cast.ts'
import { type AdminRequest, adminRequests, createStage } from '../../testing/support/access-stage.ts'
import { createTicket, createTickets, issue } from '../../testing/support/create-tickets.ts'
import type { World } from '../../testing/support/people.ts'
import { expectRefusal, expectStatus, expectSuccess, versionIn } from '../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../testing/support/workspace.ts'
import { answersOneThing, takesIfNoneMatch } from './endpoint.ts'

// Entity tags, and the preconditions that take them.

let desk: Desk
let stage: Stage
let world: World
let requestTo: (method: string, path: string) => Promise<AdminRequest>
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
  stage = (await createStage(desk)).stage
  world = stage.world
  requestTo = adminRequests(stage)
})
afterAll(() => desk?.stop())

const read = endpoints.filter(takesIfNoneMatch).map(({ path }) => path)

// A draft that is not there is deleted already, whatever the version.
const taking = endpoints
  .filter(({ id, takesIfMatch }) => takesIfMatch && id !== 'deleteDraft')
  .map((endpoint) => [`${endpoint.method.toUpperCase()} ${endpoint.path}`, endpoint] as const)

describe('what is read alone', () => {
  test.each(read)('%s has an ETag, and is 304 for who has it', async (path) => {
    const { ada } = world
    const { path: sent, headers: own } = await requestTo('GET', path)
    // Before the sign-in, and with it: the header says which tenant is asked.
    const headers = { 'X-Tenant': world.slug, ...own }
    const first = expectStatus(await ada.get(sent, { headers }), 200)
    versionIn(first)
    const tag = String(first.headers.get('etag'))
    const isNewEachTime = 'download_url' in Object(first.body)
    for (const known of isNewEachTime ? ['*'] : [tag, `W/${tag.replace(/^W\//, '')}`, `"x", ${tag}`, '*']) {
      const again = await ada.get(sent, { headers: { ...headers, 'If-None-Match': known } })
      expect([known, again.status, again.text, again.headers.has('content-type')]).toEqual([known, 304, '', false])
      expect(again.headers.get('cache-control')).toBe('no-store')
      if (!isNewEachTime) expect(again.headers.get('etag')).toBe(tag)
    }
    const shorter = tag.replace(/..."$/, '"')
    for (const other of ['"x"', shorter, tag.replace(/"$/, '-gzip"'), '', tag.slice(1, -1)]) {
      expectStatus(await ada.get(sent, { headers: { ...headers, 'If-None-Match': other } }), 200)
    }
    const head = await ada.send('HEAD', sent, undefined, { headers: { ...headers, 'If-None-Match': '*' } })
    expectStatus(head, 304)
  })

  test('are all answers but pages, files, the probes and the document', () => {
    const others = endpoints.filter(({ method }) => method === 'get').filter((one) => !takesIfNoneMatch(one))
    for (const { path, responds, standing, bytes } of others) {
      const [schema] = Object.values(responds)
      const isFeed = path === '/events'
      const sign = standing ?? bytes ?? (isFeed ? 'end_of_feed' : 'page')
      expect(standing ?? bytes ?? Object.keys(Object(schema).shape ?? {}), path).toContain(sign)
    }
    const paged = endpoints.filter(({ query }) => query instanceof z.ZodObject && 'cursor' in query.shape)
    expect(paged.filter(answersOneThing).map(({ path }) => path)).toEqual([])
    expect(paged.length).toBeGreaterThan(8)
    expect(read).toEqual(expect.arrayContaining(['/tickets/:ticketId', '/customers/:customerId', '/emails/:emailId']))
    const withSecrets = endpoints.filter(({ mixesSecrets }) => mixesSecrets)
    expect(withSecrets.filter(answersOneThing).filter(({ method }) => method !== 'get')).toEqual([])
    expect(withSecrets.length).toBeGreaterThan(5)
  })

  test('changes its tag with what its reader sees, and not for another reader', async () => {
    const { ada, cleo } = world
    const path = `/tickets/${await createTicket(cleo)}`
    const [forAda, forCleo] = [await ada.get(path), await cleo.get(path)]
    expect(forAda.headers.get('etag')).not.toBe(forCleo.headers.get('etag'))
    expectSuccess(await ada.put(`${path}/tags/vpn`))
    const known = (reply: typeof forAda) => ({ headers: { 'If-None-Match': String(reply.headers.get('etag')) } })
    const changed = expectStatus(await ada.get(path, known(forAda)), 200)
    expect([changed.body.tags, versionIn(changed)]).toEqual([['vpn'], 1])
    expectStatus(await cleo.get(path, known(forCleo)), 304)
  })

  test('is not 304 for who may not read it, and a change heeds no If-None-Match', async () => {
    const { ada, cleo, carl, nobody } = world
    const id = await createTicket(cleo)
    const any = { headers: { 'If-None-Match': '*' } }
    await expectRefusal(carl.get(`/tickets/${id}`, any), 404, 'ticket_not_found')
    await expectRefusal(nobody.get(`/tickets/${id}`, any), 401, 'not_signed_in')
    expect(expectStatus(await ada.put(`/tickets/${id}`, { priority: 'high' }, any), 200).body.priority).toBe('high')
    expectStatus(await cleo.post('/tickets', issue, any), 201)
    expectStatus(await ada.get('/tickets', any), 200)
  })

  test('counts for the quota before it is 304', async () => {
    const small = await startDesk({
      databaseUrl: desk.databaseUrl,
      withWorker: false,
      settings: { QUOTA_ADMIN_TICKETS_READ_PER_DAY: '2' },
    })
    const { ada, cleo } = world
    const [first, , ...others] = await createTickets(cleo, 4)
    const statusOf = async (id: string | undefined): Promise<number> => {
      const headers = { ...ada.headers, 'If-None-Match': '*' }
      return (await fetch(`${small.url}/api/tickets/${id}`, { headers })).status
    }
    expect(await statusOf(first)).toBe(304)
    for (const id of others) await statusOf(id)
    expect(await statusOf(others.at(-1))).toBe(429)
    await small.stop()
  })
})

describe('If-Match', () => {
  test('counts the version alone, however a proxy has changed the tag', async () => {
    const { ada, cleo } = world
    const path = `/tickets/${await createTicket(cleo)}`
    const tag = String((await ada.get(path)).headers.get('etag'))
    const weak = tag.replace(/^(?:W\/)?/, 'W/')
    const suffixed = ['-gzip', '--gzip', ';br', '-'].map((suffix) => tag.replace(/"$/, `${suffix}"`))
    const forms = '"1" | 1 | W/"1" | "1-abc-gzip" | "1-gzip" | "1--gzip" | W/"1-gzip" | 1-gzip | "1-" | * | "01"'
    for (const known of [tag, weak, ...suffixed, ...forms.split(' | ')]) {
      for (const method of ['PUT', 'PATCH']) {
        const reply = await ada.send(method, path, { priority: 'normal' }, { headers: { 'If-Match': known } })
        expect([known, method, reply.status, versionIn(reply)]).toEqual([known, method, 200, 1])
      }
    }
    for (const other of [tag, weak, ...suffixed].map((known) => known.replace('"1-', '"2-'))) {
      await expectRefusal(ada.put(path, {}, { headers: { 'If-Match': other } }), 412, 'stale_version')
    }
  })

  test.each(taking)('%s of a version that is none is refused', async (_, { method, path }) => {
    const { path: sent, body, headers: own } = await requestTo(method.toUpperCase(), path)
    const headers = { 'X-Tenant': world.slug, ...own, 'If-Match': '"987654"' }
    const { body: refused } = await expectRefusal(
      world.ada.send(method.toUpperCase(), sent, body, { headers }),
      412,
      'stale_version',
    )
    expect(refused).toMatchObject({ changed: [], overlaps: false })
  })

  test('of another form is refused where it counts, and says what it must be', async () => {
    const { ada, cleo } = world
    const path = `/tickets/${await createTicket(cleo)}`
    for (const junk of ['"1", "2"', 'abc', '', '"9999999999"', '"1-"x"', '"5f1d2c5f1d2c5f1d2c5f"']) {
      const reply = await expectRefusal(
        ada.patch(path, { priority: 'high' }, { headers: { 'If-Match': junk } }),
        400,
        'malformed_request',
      )
      expect(reply.body.detail).toContain('If-Match must be the ETag of an answer')
    }
    // Customers have no version, so the header means nothing there.
    const name = { headers: { 'If-Match': 'abc' } }
    expectStatus(await ada.patch(`/customers/${cleo.id}`, { name: 'Cleo' }, name), 200)
  })
})
