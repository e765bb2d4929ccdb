import type { BrowserContext, Page } from 'playwright-core'
import { followRequests } from './stillness.ts'

/** What a page must not do, as it was seen to do it. */
export interface PageFaults {
  /** Does not count faults that match, because the story causes them. */
  allow(pattern: RegExp): void
  /** Looks whether a hostile text was executed in one of the pages, and answers with everything that went wrong. */
  found(): Promise<string[]>
}

/** Runs in the page before its own scripts: the policy says on the console what it blocked. */
const tellViolations = (): void => {
  addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI, sample, sourceFile, lineNumber }) => {
    const where = `${sourceFile}:${lineNumber}`
    // biome-ignore lint/suspicious/noConsole: runs in a page, whose console is watched
    console.error(`The policy ${effectiveDirective} blocked ${blockedURI} ${sample} at ${where}`)
  })
}

/** Chromium writes refused requests on the console, too. They are judged by their status. */
const isOfRequest = (text: string): boolean => text.startsWith('Failed to load resource: ')

/** Requests that stay in the browser. */
const isInside = (url: string): boolean => /^(?:blob|data|about):/.test(url)

const watchPage = (page: Page, origin: string, tell: (fault: string) => void): void => {
  page.on('console', (message) => {
    if (message.type() === 'error' && !isOfRequest(message.text())) tell(`console error: ${message.text()}`)
  })
  page.on('pageerror', (error) => tell(`page error: ${error.stack ?? error.message}`))
  page.on('crash', () => tell('the page crashed'))
  page.on('dialog', (dialog) => {
    tell(`dialog: ${dialog.type()} ${dialog.message()}`)
    void dialog.accept().catch(() => {})
  })
  page.on('request', (request) => {
    const url = request.url()
    if (!isInside(url) && new URL(url).origin !== origin) tell(`request to elsewhere: ${url}`)
  })
  page.on('requestfailed', (request) => {
    // Leaving a page ends its requests, and a stream is ended by whoever has enough.
    const reason = request.failure()?.errorText ?? ''
    if (reason !== 'net::ERR_ABORTED') tell(`request failed: ${request.method()} ${request.url()} ${reason}`)
  })
  page.on('response', (response) => {
    const [url, status] = [response.url(), response.status()]
    const isApi = isInside(url) || /^(?:\/t\/[^/]+)?\/api\//.test(new URL(url).pathname)
    if (status >= 500 || (status >= 400 && !isApi)) tell(`${response.request().method()} ${url} answered ${status}`)
  })
}

/**
 * Watches all pages of a context: console errors, page errors, violations of the policy, dialogs, requests to another
 * origin, failed requests, answers of 500 and above, and missing files. Refusals of the API (4xx) are no fault.
 */
export const watchContext = async (context: BrowserContext, who: string, origin: string): Promise<PageFaults> => {
  const faults: string[] = []
  const allowed: RegExp[] = []
  await context.addInitScript(tellViolations)
  followRequests(context)
  context.on('page', (page) => watchPage(page, origin, (fault) => void faults.push(fault)))
  return {
    allow: (pattern) => void allowed.push(pattern),
    async found() {
      for (const page of context.pages()) {
        const pwned = await page.evaluate(() => String(Reflect.get(window, 'pwned'))).catch(() => 'undefined')
        if (pwned !== 'undefined') faults.push(`executed a hostile text: ${pwned}`)
      }
      return faults
        .filter((fault) => !allowed.some((pattern) => pattern.test(fault)))
        .map((fault) => `${who}: ${fault}`)
    },
  }
}
