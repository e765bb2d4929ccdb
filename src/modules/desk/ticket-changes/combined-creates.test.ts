import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { issue } from '../../../testing/support/create-tickets.ts'
import { createWorld, type Person } from '../../../testing/support/people.ts'
import { createApi, type Reply } from '../../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'

let desk: Desk
let second: Desk
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
  second = await startDesk({ databaseUrl: desk.databaseUrl, withWorker: false })
})
afterAll(async () => {
  await second?.stop()
  await desk?.stop()
})

const create = (person: Person, key?: string, at = desk): Promise<Reply> =>
  createApi(at.url, person.headers).post('/tickets', issue, {
    headers: key === undefined ? {} : { 'Idempotency-Key': key },
  })
const numbers = (replies: Reply[]): number[] =>
  replies.map(({ body }) => Number(String(body.ticket_id).slice(3))).sort((left, right) => left - right)
const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1)

test('a tenant whose counter is held waits alone, with keys and without', async () => {
  const [held, free] = [await createWorld(desk), await createWorld(desk)]
  const holder = await desk.app.pool.connect()
  await holder.query('begin')
  await holder.query(
    `select from counters c join tenants t on t.tenant_id = c.tenant_id
     where c.name = 'ticket' and t.slug = $1 for update of c`,
    [held.slug],
  )
  const waiting = upTo(6).map((n) => create(held.cleo, n % 2 === 0 ? randomUUID() : undefined))
  const others = await Promise.all(upTo(20).map((n) => create(free.cleo, n % 2 === 0 ? randomUUID() : undefined)))
  expect(others.map(({ status }) => status)).toEqual(Array(20).fill(201))
  const gone = await Promise.race([Promise.any(waiting), 'none is done'])
  expect(gone).toBe('none is done')
  await holder.query('rollback')
  holder.release()
  expect(numbers(await Promise.all(waiting))).toEqual(upTo(6))
})

test('two programs that create tickets for many tenants at once neither stop each other nor leave gaps', async () => {
  const worlds = await Promise.all(upTo(4).map(() => createWorld(desk)))
  const rounds = upTo(25).flatMap((round) =>
    worlds.map((world, place) => ({ world, place, at: round % 2 === 0 ? desk : second, isKeyed: round % 3 === 0 })),
  )
  const replies = await Promise.all(
    rounds.map(({ world, at, isKeyed }) => create(world.cleo, isKeyed ? randomUUID() : undefined, at)),
  )
  for (const place of worlds.keys()) {
    const own = replies.filter((_, index) => rounds[index]?.place === place)
    expect(numbers(own)).toEqual(upTo(25))
  }
})

test('keys hold inside a batch: each key creates one ticket, however often and wherever it comes', async () => {
  const world = await createWorld(desk)
  const keys = upTo(10).map(() => randomUUID())
  const send = (): Promise<Reply>[] =>
    keys.flatMap((key) => [create(world.cleo, key), create(world.cleo, key, second), create(world.cleo, key)])
  const replies = await Promise.all(send())
  for (const { status } of replies) expect([201, 409]).toContain(status)
  const again = await Promise.all(keys.map((key) => create(world.cleo, key, second)))
  expect(numbers(again)).toEqual(upTo(10))
  for (const [place, reply] of replies.entries()) {
    if (reply.status === 201) expect(reply.body).toEqual(again[Math.floor(place / 3)]?.body)
  }
})
