import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { endpoints } from '../../modules.ts'
import { assignTicket, createAssignedTicket, createTicket, issue } from '../../testing/support/create-tickets.ts'
import {
  createKeyedRequests,
  effectsOn,
  essence,
  isReplayed,
  type Keyed,
  under,
  unique,
} from '../../testing/support/keyed-requests.ts'
import { createWorld, type World } from '../../testing/support/people.ts'
import { expectRefusal, expectSuccess } from '../../testing/support/requests.ts'
import { until } from '../../testing/support/waiting.ts'
import { type Desk, startDesk } from '../../testing/support/workspace.ts'
import { writeMails } from '../../testing/support/write-mails.ts'
import { takesIdempotencyKey } from './endpoint.ts'

// A kept answer is given again only to those who may still see what it is about.

let desk: Desk
let world: World
let requests: Record<string, () => Promise<Keyed>>
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
  world = await createWorld(desk)
  requests = createKeyedRequests(desk, world)
})
afterAll(() => desk?.stop())

const posts = endpoints.filter((endpoint) => endpoint.method === 'post' && takesIdempotencyKey(endpoint))

describe('the answer under a key', () => {
  test.each(posts.map(({ path }) => path))('of %s is not given again when its ticket is out of sight', async (path) => {
    const request = await requests[path]?.()
    if (request === undefined) throw new Error(`say in keyed-requests.ts how POST ${path} is sent`)
    const { as, again = as, path: sent, body } = request
    const key = unique()
    const first = expectSuccess(await as.post(sent, body, under(key)))
    const ids = new Set([/TKT\d+/.exec(sent)?.[0], first.body?.ticket_id].filter((id) => id !== undefined))
    for (const id of ids) expectSuccess(await world.ada.delete(`/tickets/${id}`))
    const before = await effectsOn(desk)
    const second = await again.post(sent, body, under(key))
    if (ids.size === 0) {
      expect(essence(second)).toEqual(essence(first))
    } else {
      expect([second.status, second.body.code, isReplayed(second)]).toEqual([404, 'ticket_not_found', false])
      expect(second.text).not.toContain(body?.body ?? body?.issue_description ?? 'upload_id')
    }
    expect(await effectsOn(desk)).toEqual(before)
  })

  test('is not given to a technician who has lost the ticket, and is again when they have it back', async () => {
    const { ada, tess, tom } = world
    const id = await createAssignedTicket(world)
    const key = unique()
    const say = () => tess.post(`/tickets/${id}/comments`, { body: 'Between us.', visibility: 'internal' }, under(key))
    const first = expectSuccess(await say())
    await assignTicket(ada, id, tom)
    const before = await effectsOn(desk)
    const refused = await expectRefusal(say(), 404, 'ticket_not_found')
    expect(refused.text).not.toContain('Between us.')
    expectSuccess(await ada.put(`/tickets/${id}/watchers/${tess.id}`))
    expect(essence(await say())).toEqual(essence(first))
    expectSuccess(await ada.delete(`/tickets/${id}/watchers/${tess.id}`))
    await expectRefusal(say(), 404, 'ticket_not_found')
    await assignTicket(ada, id, tess)
    expect(isReplayed(await say())).toBe(true)
    expect((await tess.get(`/tickets/${id}/comments`)).body.comments).toHaveLength(1)
    expect(await effectsOn(desk)).not.toEqual(before)
  })

  test.each(['loses', 'keeps'])(
    'is kept between the search for it and the claim, and the caller %s the ticket meanwhile',
    async (what) => {
      const { ada, tess, tom } = world
      const id = await createAssignedTicket(world)
      const key = unique()
      const say = () => tess.post(`/tickets/${id}/comments`, { body: 'Twice.', visibility: 'internal' }, under(key))
      const first = expectSuccess(await say())
      const owner = await desk.owner.connect()
      try {
        // The second request searches while the first has not ended, and claims when it has.
        await owner.query('create temp table kept as select * from idempotency_keys where key = $1', [key])
        await owner.query('delete from idempotency_keys where key = $1', [key])
        await owner.query('begin')
        await owner.query('lock table idempotency_keys in share row exclusive mode')
        const second = say()
        const waiting = `select from pg_locks where not granted and relation = 'idempotency_keys'::regclass`
        await until('the second request claims', async () => (await owner.query(waiting)).rowCount === 1)
        if (what === 'loses') await assignTicket(ada, id, tom)
        await owner.query('insert into idempotency_keys select * from kept')
        await owner.query('commit')
        if (what === 'keeps') expect(essence(await second)).toEqual(essence(first))
        else expect((await expectRefusal(second, 404, 'ticket_not_found')).text).not.toContain('Twice.')
      } finally {
        await owner.query('rollback')
        await owner.query('drop table if exists kept')
        owner.release()
      }
    },
  )

  test('is not given to the former customer of a ticket that was moved', async () => {
    const { cleo, carl, tenantId } = world
    const key = unique()
    const create = () => cleo.post('/tickets', issue, under(key))
    const { ticket_id } = expectSuccess(await create()).body
    const move = 'update tickets set customer_id = $3 where tenant_id = $1 and ticket_id = $2'
    await desk.owner.query(move, [tenantId, ticket_id, carl.id])
    await expectRefusal(create(), 404, 'ticket_not_found')
    await desk.owner.query(move, [tenantId, ticket_id, cleo.id])
    expect(isReplayed(await create())).toBe(true)
  })

  test('about a mail is not given to a technician who has lost its ticket', async () => {
    const { ada, tess, tom, cleo } = world
    const id = await createTicket(cleo)
    await assignTicket(ada, id, tess)
    await writeMails(desk)
    const { emails } = expectSuccess(await tess.get(`/tickets/${id}/emails`)).body
    const key = unique()
    const resend = () => tess.post(`/emails/${emails[0].email_id}/resend`, undefined, under(key))
    expectSuccess(await resend())
    await assignTicket(ada, id, tom)
    await expectRefusal(resend(), 404, 'email_not_found')
  })
})

test('every POST that names a ticket, or answers with one, is about a ticket in the tests', async () => {
  const named = posts.filter(({ path, responds }) => {
    const answers = Object.values(responds).map((schema) => (schema as { shape?: object } | null)?.shape ?? {})
    return path.includes(':ticketId') || answers.some((shape) => Object.hasOwn(shape, 'ticket_id'))
  })
  expect(named.length).toBeGreaterThan(8)
  for (const { path } of named) {
    const request = await requests[path]?.()
    expect(request, path).toBeDefined()
    if (path.includes(':ticketId')) expect(request?.path, path).toMatch(/\/tickets\/TKT\d+/)
  }
})
