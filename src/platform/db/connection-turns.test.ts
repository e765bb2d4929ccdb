import { setImmediate as nextTick } from 'node:timers/promises'
import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import {
  createTurns,
  inTurn,
  inTurnOfTenant,
  outOfTurn,
  shareTurn,
  type Turns,
  takeTurn,
  type WhenGone,
} from './connection-turns.ts'

const waits: WhenGone = () => () => {}

/** A request that holds a connection until it is told to end. */
interface Held {
  state: 'waiting' | 'holding' | 'ended' | string
  end: () => void
  leave: () => void
}

const accountOf = (name: string, tenant = 'desk') => ({ tenant, accountId: name })

/** Lets a request take a connection, in a turn of its account. */
const hold = (turns: Turns, name: string, { tenant = 'desk', shares = false } = {}): Held => {
  const leaves = new Set<() => void>()
  const ended = Promise.withResolvers<void>()
  const held: Held = {
    state: 'waiting',
    end: ended.resolve,
    leave: () => {
      for (const leave of leaves) leave()
    },
  }
  const whenGone: WhenGone = (leave) => {
    leaves.add(leave)
    return () => leaves.delete(leave)
  }
  const use = async (): Promise<void> => {
    held.state = 'holding'
    await ended.promise
  }
  const run = async (): Promise<void> => {
    if (shares) return shareTurn(use)
    const endTurn = await takeTurn()
    await use()
    endTurn()
  }
  inTurn(turns, accountOf(name, tenant), whenGone, run).then(
    () => {
      held.state = 'ended'
    },
    (error) => {
      held.state = error.code
    },
  )
  return held
}

const many = (count: number, make: () => Held): Held[] => Array.from({ length: count }, make)
const statesOf = async (requests: Held[]): Promise<string> => {
  await nextTick()
  return requests.map(({ state }) => state.charAt(0)).join('')
}

test('an account holds four connections; the next requests wait in order, and others hold theirs', async () => {
  const turns = createTurns(10)
  const cleo = many(6, () => hold(turns, 'cleo'))
  const carl = many(2, () => hold(turns, 'carl'))
  expect(await statesOf([...cleo, ...carl])).toBe('hhhhwwhh')
  cleo[1]?.end()
  expect(await statesOf(cleo)).toBe('hehhhw')
  for (const { end } of [...cleo, ...carl]) end()
  expect(await statesOf([...cleo, ...carl])).toBe('eeeeeeee')
  await nextTick()
  expect(turns.queues.size).toBe(0)
})

test('200 requests of an account wait, and one more is refused at once', async () => {
  const turns = createTurns(10)
  const requests = many(205, () => hold(turns, 'cleo'))
  expect(await statesOf(requests)).toBe(`hhhh${'w'.repeat(200)}t`)
  expect(requests[204]?.state).toBe('too_many_at_once')
  for (const { end } of requests) end()
  await expect.poll(() => turns.queues.size).toBe(0)
})

test('a request waits for ten seconds at most, and nothing is left of it', async () => {
  expect(createTurns(10).waitMs).toBe(10_000)
  const turns = createTurns(10, { waitMs: 10 })
  const requests = many(6, () => hold(turns, 'cleo'))
  await expect.poll(() => statesOf(requests)).toBe('hhhhtt')
  requests[0]?.end()
  expect(await statesOf([...requests, hold(turns, 'cleo')])).toBe('ehhhtth')
})

test('a request waits no longer when it waits for its account first, and then for its tenant', async () => {
  const turns = createTurns(2, { atOnce: 4, waitMs: 10 })
  const requests = many(3, () => hold(turns, 'cleo'))
  await expect.poll(() => statesOf(requests)).toBe('htt')
  requests[0]?.end()
  await expect.poll(() => turns.queues.size).toBe(0)
})

test('a client that goes away leaves the line at once, and keeps no turn', async () => {
  const turns = createTurns(10, { waiting: 2 })
  const requests = many(6, () => hold(turns, 'cleo'))
  requests[4]?.leave()
  expect(await statesOf(requests)).toBe('hhhhtw')
  const next = hold(turns, 'cleo')
  expect(await statesOf([next])).toBe('w')
  requests[0]?.end()
  expect(await statesOf([...requests, next])).toBe('ehhhthw')
})

test('a tenant leaves two connections to others, however many accounts it has', async () => {
  const turns = createTurns(10)
  const names = ['ada', 'cleo', 'carl']
  const desk = names.flatMap((name) => many(4, () => hold(turns, name)))
  const other = hold(turns, 'cleo', { tenant: 'other' })
  expect(await statesOf([...desk, other])).toBe('hhhhhhhhwwwwh')
  desk[0]?.end()
  expect(await statesOf(desk)).toBe('ehhhhhhhhwww')
  for (const { end } of [...desk, other]) end()
  await expect.poll(() => turns.queues.size).toBe(0)
})

test.each([
  [2, 1, 1],
  [3, 2, 2],
  [5, 4, 4],
  [9, 4, 8],
  [10, 4, 8],
  [50, 4, 48],
])('with a pool of %d an account holds %d at most, a tenant %d', (size, account, tenant) => {
  const turns = createTurns(size)
  expect([turns.account.atOnce, turns.tenant.atOnce]).toEqual([account, tenant])
})

test('requests that share a statement hold one turn together, and count as one that waits', async () => {
  const turns = createTurns(10, { waiting: 2 })
  const sharers = many(50, () => hold(turns, 'cleo', { shares: true }))
  const others = many(4, () => hold(turns, 'cleo'))
  expect(await statesOf([...sharers, ...others])).toBe(`${'h'.repeat(50)}hhhw`)
  for (const { end } of sharers) end()
  expect(await statesOf([...sharers, ...others])).toBe(`${'e'.repeat(50)}hhhh`)

  const later = many(50, () => hold(turns, 'cleo', { shares: true }))
  const more = many(2, () => hold(turns, 'cleo'))
  expect(await statesOf([...later, ...more])).toBe(`${'w'.repeat(50)}wt`)
  others[0]?.end()
  expect(await statesOf(later)).toBe('h'.repeat(50))
  for (const { end } of [...others, ...later, ...more]) end()
  await expect.poll(() => turns.queues.size).toBe(0)
})

test('a request that has had a turn goes before those that have not', async () => {
  const turns = createTurns(10, { waiting: 1 })
  const goOn = Promise.withResolvers<void>()
  const steps: string[] = []
  const twice = inTurn(turns, accountOf('cleo'), waits, async () => {
    const endFirst = await takeTurn()
    endFirst()
    await goOn.promise
    const endSecond = await takeTurn()
    steps.push('second turn')
    endSecond()
  })
  await nextTick()
  const holding = many(4, () => hold(turns, 'cleo'))
  const waiting = hold(turns, 'cleo')
  expect(await statesOf([...holding, waiting])).toBe('hhhhw')
  goOn.resolve()
  await nextTick()
  holding[0]?.end()
  await twice
  expect(steps).toEqual(['second turn'])
  expect(await statesOf([waiting])).toBe('h')
})

test('a request that has had a turn is told that the program is busy, because something may have been done', async () => {
  const turns = createTurns(10, { waitMs: 10 })
  const again = inTurn(turns, accountOf('cleo'), waits, async () => {
    const endFirst = await takeTurn()
    endFirst()
    for (const { state } of many(4, () => hold(turns, 'cleo'))) expect(state).toBe('waiting')
    await nextTick()
    return takeTurn()
  })
  await expect(again).rejects.toMatchObject({ code: 'unavailable' })
})

test('work that requests share goes before no other request of the tenant', async () => {
  const turns = createTurns(1, { waitMs: 1_000 })
  let runs = 0
  const run = async (): Promise<void> => {
    const end = await takeTurn()
    runs += 1
    await nextTick()
    end()
  }
  /** Such as the reads of all admins: the next run begins when the one before has ended. */
  const lane = async (): Promise<void> => {
    for (let nth = 0; nth < 50; nth += 1) await inTurnOfTenant(turns, 'desk', run)
  }
  const lanes = [lane(), lane(), lane()]
  const request = hold(turns, 'CUS0001')
  await vi.waitFor(() => expect(request.state).toBe('holding'))
  expect(runs).toBeLessThan(10)
  request.end()
  await Promise.all(lanes)
  expect(turns.queues.size).toBe(0)
})

test('work that requests share is told that the program is busy when it waits for too long', async () => {
  const turns = createTurns(1, { waitMs: 10 })
  const request = hold(turns, 'CUS0001')
  await expect(inTurnOfTenant(turns, 'desk', takeTurn)).rejects.toMatchObject({ code: 'unavailable' })
  request.end()
  await nextTick()
  expect(turns.queues.size).toBe(0)
})

test('work that belongs to no request takes no turn', async () => {
  const turns = createTurns(10, { atOnce: 0, waiting: 0 })
  const end = await inTurn(turns, accountOf('cleo'), waits, () => outOfTurn(takeTurn))
  end()
  await expect(inTurn(turns, accountOf('cleo'), waits, takeTurn)).rejects.toMatchObject({ code: 'too_many_at_once' })
})

test('whatever requests do, no bound is passed and nothing is left in the end', async () => {
  const step = fc.record({
    name: fc.constantFrom('ada', 'cleo', 'carl'),
    tenant: fc.constantFrom('desk', 'other'),
    shares: fc.boolean(),
    does: fc.constantFrom('end' as const, 'leave' as const, 'nothing' as const),
    of: fc.nat(200),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const turns = createTurns(6, { waiting: 5 })
      const requests: Held[] = []
      for (const { name, tenant, shares, does, of } of steps) {
        requests.push(hold(turns, name, { tenant, shares }))
        const chosen = requests[of % requests.length]
        if (does !== 'nothing') chosen?.[does]()
        if (of % 2 === 0) await nextTick()
        for (const [key, queue] of turns.queues) {
          expect(queue.held).toBeLessThanOrEqual(key.startsWith('tenant') ? 5 : 4)
          expect(queue.fresh.size).toBeLessThanOrEqual(5)
        }
      }
      for (const { end } of requests) end()
      for (let round = 0; round < 40; round += 1) await nextTick()
      expect(requests.filter(({ state }) => state === 'waiting' || state === 'holding')).toEqual([])
      expect(turns.queues.size).toBe(0)
    }),
    { numRuns: 60 },
  )
})
