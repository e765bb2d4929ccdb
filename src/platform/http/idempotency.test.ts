import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { endpoints } from '../../modules.ts'
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
import type { Reply } from '../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../testing/support/workspace.ts'
import { takesIdempotencyKey } from './endpoint.ts'

let desk: Desk
let world: World
let requests: Record<string, () => Promise<Keyed>>
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
  world = await createWorld(desk)
  requests = createKeyedRequests(desk, world)
})
afterAll(() => desk?.stop())

const posts = endpoints
  .filter((endpoint) => endpoint.method === 'post' && takesIdempotencyKey(endpoint))
  .map(({ path }) => path)

/** Sends the request of an endpoint under a new key. */
const send = async (path: string): Promise<Keyed & { key: string; first: Reply }> => {
  const request = await requests[path]?.()
  if (request === undefined) throw new Error(`say in this test how POST ${path} is sent`)
  const key = unique()
  return { ...request, key, first: await request.as.post(request.path, request.body, under(key)) }
}

describe('every POST under a key', () => {
  test.each(posts)('%s is answered again and done once', async (path) => {
    const before = await effectsOn(desk)
    const { as, again = as, path: sent, body, key, first } = await send(path)
    expect([first.status < 300, isReplayed(first)]).toEqual([true, false])
    const after = await effectsOn(desk)
    expect(after).not.toEqual(before)
    for (const same of [key, `"${key}"`, key]) {
      const second = await again.post(sent, body, under(same))
      expect(isReplayed(second)).toBe(true)
      expect(essence(second)).toEqual(essence(first))
    }
    expect(await effectsOn(desk)).toEqual(after)
  })

  test.each(posts)('%s is refused with another body or at another address', async (path) => {
    const { as, again = as, path: sent, body, other, elsewhere, key } = await send(path)
    const isOpen = as === world.nobody
    const others: [string, Record<string, unknown> | undefined][] = []
    if (elsewhere) others.push(elsewhere)
    // The operator has no session to end.
    if (!isOpen && !path.startsWith('/tenants'))
      others.push([path === '/users/signout' ? '/auth/logout' : '/users/signout', undefined])
    const [member, value] = Object.entries(body ?? {})[0] ?? []
    if (other) others.push([sent, other])
    else if (member && !isOpen) others.push([sent, { ...body, [member]: member === 'into' ? 'TKT0001' : `${value}x` }])
    const after = await effectsOn(desk)
    for (const [address, changed] of others) {
      const reply = await again.post(address, changed, under(key))
      expect([address, reply.status, reply.body.code]).toEqual([address, 422, 'idempotency_key_reused'])
    }
    expect(await effectsOn(desk)).toEqual(after)
  })
})
