import { beforeEach, expect, test, vi } from 'vitest'
import { ifUnclaimed } from './turns.ts'

const createStore = () => {
  const kept = new Map<string, string>()
  return {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, text: string) => void kept.set(name, text),
    removeItem: (name: string) => void kept.delete(name),
  }
}

beforeEach(() => {
  vi.stubGlobal('localStorage', createStore())
  const page = new EventTarget()
  vi.stubGlobal('addEventListener', page.addEventListener.bind(page))
  vi.stubGlobal('removeEventListener', page.removeEventListener.bind(page))
  vi.stubGlobal('dispatchEvent', page.dispatchEvent.bind(page))
  vi.useFakeTimers()
  return () => {
    vi.useRealTimers()
    vi.unstubAllGlobals()
  }
})

const claimed = async (jobs: Promise<unknown>[]): Promise<unknown[]> => {
  await vi.advanceTimersByTimeAsync(1_000)
  return Promise.all(jobs)
}

test('of tabs that want the same turn at once, one gets it', async () => {
  const done: string[] = []
  const run = (tab: string) => ifUnclaimed(tab, 'one', async () => done.push(tab))
  await claimed(['a', 'b', 'c'].map(run))
  expect(done).toHaveLength(1)
  await claimed([run('d')])
  expect(done).toHaveLength(2)
})

test('a later claim that nobody saw in time takes the turn from the earlier', async () => {
  const done: string[] = []
  const first = ifUnclaimed('a', 'one', async () => done.push('a'))
  // Another tab has read the store before the claim came there.
  localStorage.setItem('counterdesk.turn one', JSON.stringify({ by: 'b', until: Date.now() + 10_000 }))
  expect(await claimed([first])).toEqual([null])
  expect(done).toEqual([])
})

test('a turn that lasts stays taken, that of a tab that is gone ends, and names do not hinder each other', async () => {
  const lasting = ifUnclaimed('a', 'one', () => new Promise((resolve) => setTimeout(resolve, 600_000, 'done')))
  await vi.advanceTimersByTimeAsync(300_000)
  expect(
    await claimed([ifUnclaimed('b', 'one', async () => 'early'), ifUnclaimed('b', 'two', async () => 'two')]),
  ).toEqual([null, 'two'])
  await vi.advanceTimersByTimeAsync(400_000)
  expect(await lasting).toBe('done')
  localStorage.setItem('counterdesk.turn one', JSON.stringify({ by: 'gone', until: Date.now() + 75_000 }))
  expect(await claimed([ifUnclaimed('b', 'one', async () => 'early')])).toEqual([null])
  await vi.advanceTimersByTimeAsync(75_000)
  expect(await claimed([ifUnclaimed('b', 'one', async () => 'late')])).toEqual(['late'])
})

test('a browser that keeps nothing, and a turn that fails, hold up nobody', async () => {
  const fails = ifUnclaimed('a', 'one', () => Promise.reject(new Error('refused'))).catch(String)
  expect(await claimed([fails])).toEqual(['Error: refused'])
  expect(await claimed([ifUnclaimed('b', 'one', async () => 'next')])).toEqual(['next'])
  vi.stubGlobal('localStorage', undefined)
  expect(await claimed([ifUnclaimed('a', 'one', async () => 'alone')])).toEqual(['alone'])
})

test('a tab that is closed lets go, and a claim of a clock that was set back is none', async () => {
  void ifUnclaimed('a', 'one', () => new Promise(() => {}))
  await vi.advanceTimersByTimeAsync(1_000)
  expect(await claimed([ifUnclaimed('b', 'one', async () => 'early')])).toEqual([null])
  dispatchEvent(new Event('pagehide'))
  expect(await claimed([ifUnclaimed('b', 'one', async () => 'next')])).toEqual(['next'])
  localStorage.setItem('counterdesk.turn two', JSON.stringify({ by: 'a', until: Date.now() + 3_600_000 }))
  expect(await claimed([ifUnclaimed('b', 'two', async () => 'two')])).toEqual(['two'])
})
