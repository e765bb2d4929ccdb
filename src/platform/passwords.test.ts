import { availableParallelism } from 'node:os'
import { Piscina } from 'piscina'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { createTurns, inTurn } from './db/connection-turns.ts'
import { createPasswordHasher, type PasswordHasher } from './passwords.ts'

let hasher: PasswordHasher
afterEach(() => hasher.close())

const turns = createTurns(10)
const from = <T>(address: string, run: () => T): T => inTurn(turns, { address }, () => () => {}, run)
const unavailable = { code: 'unavailable' }

test('a flood of passwords from one address holds up nobody else, and what is too much is refused', async () => {
  hasher = createPasswordHasher(4)
  const known = await hasher.hash('the right one')
  let done = 0
  const flood = from('198.51.100.1', () =>
    Array.from({ length: 400 }, () => hasher.verify('a guess', known).finally(() => (done += 1))),
  )
  const settled = Promise.allSettled(flood)
  const other = from('198.51.100.2', () => hasher.verify('the right one', known).then((isRight) => [isRight, done]))
  const [isRight, before] = (await other) as [boolean, number]
  const results = await settled
  const refused = results.filter(({ status }) => status === 'rejected')
  expect(isRight).toBe(true)
  // Those that are refused are done at once. Of the others few come before.
  expect(before - refused.length).toBeLessThan(20 + 3 * availableParallelism())
  expect(refused.length).toBeGreaterThan(0)
  for (const result of refused) expect(result).toMatchObject({ reason: unavailable })
  expect(results.filter((result) => result.status === 'fulfilled' && result.value === false).length).toBeGreaterThan(
    256,
  )
})

test('a decoy that could not be made is made the next time', async () => {
  hasher = createPasswordHasher(4)
  const run = vi.spyOn(Piscina.prototype, 'run').mockRejectedValueOnce(new Error('the thread ended'))
  onTestFinished(() => run.mockRestore())
  await expect(hasher.verify('a guess', null)).rejects.toThrow('the thread ended')
  expect(await hasher.verify('a guess', null)).toBe(false)
})
