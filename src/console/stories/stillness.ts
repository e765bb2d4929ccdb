import type { BrowserContext, Page, Request } from 'playwright-core'

const underWay = new WeakMap<Page, Set<Request>>()

/** A stream of events never ends. */
const isStream = (request: Request): boolean => request.url().includes('/events/stream')

/** Follows what the pages of a context ask for, so that `isStill` knows what has not come yet. */
export const followRequests = (context: BrowserContext): void => {
  context.on('page', (page) => {
    const open = new Set<Request>()
    underWay.set(page, open)
    page.on('request', (request) => void (isStream(request) || open.add(request)))
    page.on('requestfinished', (request) => void open.delete(request))
    page.on('requestfailed', (request) => void open.delete(request))
    page.on('framenavigated', () => open.clear())
  })
}

/** Waits until everything that the page asked for has come, but for the stream of events, and is drawn. */
export const isStill = async (page: Page): Promise<void> => {
  await page.getByRole('main').first().waitFor()
  for (let quiet = 0; quiet < 3; quiet = (underWay.get(page)?.size ?? 0) === 0 ? quiet + 1 : 0) {
    await page.evaluate('new Promise((resolve) => setTimeout(() => requestAnimationFrame(resolve), 50))')
  }
}
