import { fileURLToPath } from 'node:url'
import type { Browser, BrowserContext, CDPSession, Page } from 'playwright-core'
import { launchChromium } from '../../src/console/stories/chromium.ts'
import { admin } from '../demo/demo-people.ts'
import { type DemoDesk, withDemoDesk } from './demo-desk.ts'
import { median } from './statistics.ts'

/** What the console takes in a Chromium of this machine. Times are milliseconds until it is painted. */
export interface ConsoleTimings {
  firstList: number
  slowFirstList: number
  moveKey: Spread
  slowMoveKey: Spread
  typedKey: Spread
  slowTypedKey: Spread
  palette: number
  openFromList: number
  openByAddress: number
  /** After so many opened tickets, all garbage collected. */
  memory: MemoryPoint[]
}
export interface Spread {
  median: number
  worst: number
}
export interface MemoryPoint {
  opened: number
  heapMb: number
  nodes: number
  listeners: number
}

const times = 7
const keysEach = 30
const openedInAll = 400
const clock = fileURLToPath(new URL('page-clock.js', import.meta.url))

/** A quarter of this machine's speed, and a slow mobile line: 150 ms and 1.6 Mbit/s. */
const slowProcessor = 4
const slowLine = { offline: false, latency: 150, downloadThroughput: 200_000, uploadThroughput: 94_000 }

const list = '/tickets?view=all'

/** Opens a window without a cache in which the admin is signed in. */
const openWindow = async (browser: Browser, { url, slug, password }: DemoDesk): Promise<BrowserContext> => {
  const viewport = { width: 1280, height: 800 }
  const context = await browser.newContext({ baseURL: url, viewport, reducedMotion: 'reduce', locale: 'en-GB' })
  const data = { email: admin.userId, password }
  const answer = await context.request.post('/api/users/signin', { data, headers: { 'X-Tenant': slug } })
  if (!answer.ok()) throw new Error(`the admin cannot sign in: ${answer.status()}`)
  await context.addInitScript({ path: clock })
  return context
}

const shown = (page: Page, selector: string): Promise<number> => page.evaluate(`pageClock.shown('${selector}')`)

const repeat = async (work: () => Promise<number>, count = times): Promise<number> => {
  const results: number[] = []
  for (let time = 0; time < count; time += 1) results.push(await work())
  return median(results)
}

const slowDown = async (page: Page, withLine: boolean): Promise<CDPSession> => {
  const session = await page.context().newCDPSession(page)
  await session.send('Emulation.setCPUThrottlingRate', { rate: slowProcessor })
  if (withLine) await session.send('Network.emulateNetworkConditions', slowLine)
  return session
}

/** From the navigation to the first row, in a browser that has nothing of the console yet. */
const firstList = (browser: Browser, desk: DemoDesk, isSlow: boolean): Promise<number> =>
  repeat(async () => {
    const context = await openWindow(browser, desk)
    const page = await context.newPage()
    if (isSlow) await slowDown(page, true)
    await page.goto(list, { waitUntil: 'commit' })
    const time = await shown(page, '[data-row]')
    await context.close()
    return time
  })

/** Presses keys one after the other, each when the one before is painted. */
const pressKeys = async (page: Page, keys: string[]): Promise<Spread> => {
  await page.evaluate('pageClock.keys.length = 0')
  for (const [at, key] of keys.entries()) {
    await page.keyboard.press(key)
    await page.evaluate(`pageClock.painted(${at + 1})`)
  }
  const taken: number[] = await page.evaluate('pageClock.keys')
  return { median: median(taken), worst: Math.max(...taken) }
}

const moves = Array.from({ length: keysEach }, (_, at) => (at % 3 === 2 ? 'k' : 'j'))
const letters = Array.from({ length: keysEach }, (_, at) => 'the socket '[at % 11] ?? ' ')

/** Keys in the list, and letters in an answer beside it: as it is, and on a slow processor. */
const keyTimes = async (page: Page, id: string) => {
  await page.goto(list)
  await shown(page, '[data-row]')
  const moveKey = await pressKeys(page, moves)
  await page.evaluate(`pageClock.open('${id}')`)
  await shown(page, '.composer textarea')
  await page.locator('.composer textarea').first().focus()
  const typedKey = await pressKeys(page, letters)
  const session = await slowDown(page, false)
  const slowTypedKey = await pressKeys(page, letters)
  await page.goto(list)
  await shown(page, '[data-row]')
  const slowMoveKey = await pressKeys(page, moves)
  await session.detach()
  return { moveKey, typedKey, slowTypedKey, slowMoveKey }
}

const paletteTime = async (page: Page): Promise<number> => {
  await page.goto(list)
  await shown(page, '[data-row]')
  return repeat(async () => {
    const before: number = await page.evaluate('performance.now()')
    await page.keyboard.press('Control+k')
    const time = (await shown(page, '.palette input')) - before
    await page.keyboard.press('Escape')
    await page.locator('.palette input').waitFor({ state: 'hidden' })
    return time
  })
}

const openingTimes = async (page: Page, ids: string[]) => {
  await page.goto(list)
  await shown(page, '[data-row]')
  const rows: string[] = await page.evaluate(
    `[...document.querySelectorAll('[data-row]')].map((row) => row.dataset.row)`,
  )
  const left = rows.slice(0, times * 3)
  const openFromList = await repeat(() => page.evaluate(`pageClock.open('${left.shift()}')`), times * 3)
  const others = [...ids]
  const openByAddress = await repeat(async () => {
    await page.goto(`/tickets/${others.shift()}`, { waitUntil: 'commit' })
    return shown(page, '.talk')
  })
  return { openFromList, openByAddress }
}

/** What the page holds when nothing is left to collect. */
const memoryOf = async (session: CDPSession, opened: number): Promise<MemoryPoint> => {
  for (let round = 0; round < 2; round += 1) await session.send('HeapProfiler.collectGarbage')
  const { usedSize } = await session.send('Runtime.getHeapUsage')
  const { nodes, jsEventListeners } = await session.send('Memory.getDOMCounters')
  return { opened, heapMb: usedSize / 1024 ** 2, nodes, listeners: jsEventListeners }
}

/** Opens tickets in one tab, those of the desk again and again, and looks at what stays in memory. */
const memoryPoints = async (page: Page, ids: string[]): Promise<MemoryPoint[]> => {
  await page.goto(list)
  await shown(page, '[data-row]')
  const session = await page.context().newCDPSession(page)
  const points: MemoryPoint[] = []
  for (let opened = 1; opened <= openedInAll; opened += 1) {
    await page.evaluate(`pageClock.open('${ids[opened % ids.length]}')`)
    // The first ticket loads the parts of the program that show tickets.
    if (opened === 1 || opened % 100 === 0) points.push(await memoryOf(session, opened))
  }
  return points
}

const findTicket = async (page: Page, query: string): Promise<string> => {
  const answer = await page.request.get(`/api/tickets?limit=1&${query}`)
  const { tickets } = (await answer.json()) as { tickets: { ticket_id: string }[] }
  return tickets[0]?.ticket_id ?? ''
}

const allTickets = async (page: Page): Promise<string[]> => {
  const ids: string[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const answer = await page.request.get(`/api/tickets?limit=100${cursor && `&cursor=${cursor}`}`)
    const body = (await answer.json()) as { tickets: { ticket_id: string }[]; page: { next_cursor: string | null } }
    ids.push(...body.tickets.map(({ ticket_id }) => ticket_id))
    cursor = body.page.next_cursor
  }
  return ids
}

/**
 * Measures the console in Chromium, as an admin of a demo desk with 200 tickets. `tell` hears what is measured next.
 * @throws Error that says how to install Chromium where there is none.
 */
export const timeConsole = async (tell: (step: string) => void): Promise<ConsoleTimings> => {
  const browser = await launchChromium()
  let timings: ConsoleTimings | undefined
  await withDemoDesk(async (desk) => {
    const page = await (await openWindow(browser, desk)).newPage()
    const ids = await allTickets(page)
    tell('first list')
    const lists = {
      firstList: await firstList(browser, desk, false),
      slowFirstList: await firstList(browser, desk, true),
    }
    tell('keys')
    const keys = {
      ...(await keyTimes(page, await findTicket(page, 'status=in_progress'))),
      palette: await paletteTime(page),
    }
    tell('opening tickets')
    const openings = await openingTimes(page, ids.slice(-times))
    tell('memory')
    // A window of its own: the slow processor of the one before does not matter, but its garbage would.
    const memory = await memoryPoints(await (await openWindow(browser, desk)).newPage(), ids)
    timings = { ...lists, ...keys, ...openings, memory }
  }).finally(() => browser.close())
  if (timings === undefined) throw new Error('the console was not measured')
  return timings
}
