import { mkdir } from 'node:fs/promises'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { test } from 'vitest'
import { findFreePort } from '../../platform/free-port.ts'
import { type MailServer, startMailServer } from '../../testing/peers/smtp-server.ts'
import { createWorld, type Person, type World } from '../../testing/support/people.ts'
import { type Desk, type DeskOptions, startDesk } from '../../testing/support/workspace.ts'
import { launchChromium } from './chromium.ts'
import { type PageFaults, watchContext } from './page-faults.ts'
import { isAt, patienceMs } from './seeing.ts'

// The rig of the stories. A story gets a `world` (see `src/testing/support/people.ts`) on a desk that runs for all
// stories of a file, and opens a browser window for each person. What the pages do wrong fails the story.

/** A desk that a browser reaches, and its mail server. */
export interface StoryDesk {
  desk: Desk
  smtp: MailServer
  stop(): Promise<void>
}

/**
 * Starts a desk with a real SMTP server on a copy of the template. The links in its mails, and the addresses for files,
 * lead to where a browser reaches the desk.
 */
export const openStoryDesk = async (options: DeskOptions = {}): Promise<StoryDesk> => {
  const smtp = await startMailServer()
  const port = String(await findFreePort())
  // A list that takes long on a busy machine is no fault of a page.
  const patient = { CONSOLE: 'true', LIST_TIMEOUT_MS: '9000' }
  const own = { ...patient, PORT: port, PUBLIC_URL: `http://127.0.0.1:${port}`, SMTP_URL: smtp.url }
  const settings = { ...own, ...options.settings }
  const desk = await startDesk({ ...options, settings })
  const stop = async (): Promise<void> => {
    await desk.stop()
    await smtp.stop()
  }
  return { desk, smtp, stop }
}

/** How a window is opened. */
interface Visit {
  /** The first page; after the sign-in, when somebody signs in. */
  path?: string
  /** Pixels; 1280 unless told otherwise. */
  width?: number
  /** The language of the browser. */
  locale?: string
  /** The zone of the browser's clock. */
  timezoneId?: string
  /** Another tenant's desk. */
  slug?: string
  /** The address of another desk. */
  url?: string
}

/**
 * Opens a window for a person, in a new context: nothing is shared with other windows. The person signs in through the
 * page; null stays in front of the sign-in. A second tab: `page.context().newPage()`.
 */
type Open = (person: Pick<Person, 'email' | 'password'> | null, visit?: Visit) => Promise<Page>

/** Counts no faults of this page that match, because the story causes them. */
type Allow = (page: Page, pattern: RegExp) => void

/** Signs a person in on the page of the sign-in, and waits until it is gone. */
export const signInOn = async (page: Page, { email, password }: Pick<Person, 'email' | 'password'>): Promise<void> => {
  await page.getByRole('textbox', { name: /e-?mail|user id/i }).fill(email)
  await page.getByLabel(/^password/i).fill(password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await isAt(page, /^(?!\/(?:auth\/)?signin)/)
}

const contextOptions = ({ width = 1280, locale = 'en-GB', timezoneId = 'UTC' }: Visit): BrowserContextOptions => ({
  viewport: { width, height: width < 600 ? 740 : 800 },
  locale,
  timezoneId,
  colorScheme: 'light',
  reducedMotion: 'reduce',
})

/**
 * Opens a window on any address, which is watched, too. `close` closes it.
 * @throws Error, by `close`, when its pages did what they must not.
 */
export const watchedWindow = async (browser: Browser, who: string, url: string) => {
  const context = await browser.newContext({ ...contextOptions({}), baseURL: url })
  context.setDefaultTimeout(patienceMs)
  const faults = await watchContext(context, who, new URL(url).origin)
  const close = async (): Promise<void> => {
    const found = await faults.found()
    await context.close()
    if (found.length > 0) throw new Error(`The pages did what they must not:\n${found.join('\n')}`)
  }
  return { page: await context.newPage(), close }
}

/** The windows of one story. */
const createWindows = (browser: Browser, home: Desk, world: World) => {
  const windows: { who: string; context: BrowserContext; faults: PageFaults }[] = []
  const open: Open = async (person, visit = {}) => {
    const { url = home.url, slug = world.slug, path = '/' } = visit
    const context = await browser.newContext({ ...contextOptions(visit), baseURL: url })
    context.setDefaultTimeout(patienceMs)
    const who = person?.email ?? 'nobody'
    windows.push({ who, context, faults: await watchContext(context, who, url) })
    const page = await context.newPage()
    if (person === null) {
      const [before, query = ''] = path.split('?')
      await page.goto(`${before}?${new URLSearchParams([...new URLSearchParams(query), ['tenant', slug]])}`)
      return page
    }
    await page.goto(`/signin?tenant=${slug}`)
    await signInOn(page, person)
    if (path !== '/') await page.goto(path)
    return page
  }
  const allow: Allow = (page, pattern) =>
    windows.find(({ context }) => context === page.context())?.faults.allow(pattern)
  return { windows, open, allow }
}

/**
 * Shows what the windows of a failed story looked like: a picture each in `.vitest/stories`, and what is read there.
 */
const showWindows = async (name: string, windows: { who: string; context: BrowserContext }[]): Promise<void> => {
  const folder = '.vitest/stories'
  await mkdir(folder, { recursive: true })
  for (const { who, context } of windows) {
    for (const [at, page] of context.pages().entries()) {
      const file = `${folder}/${`${name} ${who} ${at}`.replaceAll(/[^\w@.]+/g, '-')}.png`
      await page.screenshot({ path: file }).catch(() => {})
      const read = await page
        .locator('body')
        .ariaSnapshot()
        .catch(() => 'nothing')
      process.stderr.write(`${who} at ${page.url()} (${file}) reads:\n${read}\n`)
    }
  }
}

/**
 * A story: a test in the browser. What it gets: `world`, with people of its own; `open`, which opens a window for a
 * person; `desk` and `smtp`; `allow`, for faults that it causes; `browser`, for windows that nobody watches.
 */
export const story = test
  // biome-ignore lint/correctness/noEmptyPattern: the test runner reads the names of what it needs
  .extend('browser', { scope: 'worker' }, async ({}, { onCleanup }) => {
    const browser = await launchChromium()
    onCleanup(() => browser.close())
    return browser
  })
  // biome-ignore lint/correctness/noEmptyPattern: as above
  .extend('home', { scope: 'file' }, async ({}, { onCleanup }) => {
    const home = await openStoryDesk()
    onCleanup(home.stop)
    return home
  })
  .extend('desk', ({ home }) => home.desk)
  .extend('smtp', ({ home }) => home.smtp)
  .extend('world', ({ desk }) => createWorld(desk))
  .extend('windows', ({ browser, desk, world, task }, { onCleanup }) => {
    const made = createWindows(browser, desk, world)
    onCleanup(async () => {
      if (task.result?.state === 'fail') await showWindows(task.name, made.windows)
      const faults = (await Promise.all(made.windows.map((one) => one.faults.found()))).flat()
      for (const { context } of made.windows) await context.close()
      if (faults.length > 0) throw new Error(`The pages did what they must not:\n${faults.join('\n')}`)
    })
    return made
  })
  .extend('open', ({ windows }) => windows.open)
  .extend('allow', ({ windows }) => windows.allow)
