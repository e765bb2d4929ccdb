import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { z } from 'zod'
import { createApp } from '../../src/app.ts'
import { launchChromium } from '../../src/console/stories/chromium.ts'
import { followRequests, isStill } from '../../src/console/stories/stillness.ts'
import { readConfig } from '../../src/platform/config.ts'
import { onCommittedEvents } from '../../src/platform/db/committed-events.ts'
import { findFreePort } from '../../src/platform/free-port.ts'
import { startServer } from '../../src/platform/http/server.ts'
import { createLog } from '../../src/platform/log.ts'
import { openApplication } from '../../src/start/open-application.ts'
import { startWorker } from '../../src/worker.ts'
import { admin, customers, technicians } from '../demo/demo-people.ts'
import { fillTenant } from '../demo/fill-tenant.ts'
import { flag, option, readOptions } from '../lib/options.ts'
import { openTemporaryCluster } from '../lib/temporary-cluster.ts'
import { type Shot, shots, shotsOfReadme, type Viewer } from './screens.ts'

// Takes a picture of every screen of the console, on a demo desk of its own: in light and dark, at 1280 and 360 px, in
// German, and mirrored. Pictures are for people to look at: fonts differ between machines, so nothing compares them.

const options = readOptions({
  script: 'screenshots',
  about:
    'Takes pictures of every screen of the console with a demo desk: light and dark, 1280 and 360 px, German, mirrored. Needs Chromium, and `npm run build:console`.',
  options: {
    to: option('<folder>', 'where the pictures go', z.string().default('.vitest/screenshots')),
    only: option('<names>', 'the screens, separated by commas, instead of all', z.string().optional()),
    looks: option(
      '<names>',
      'light, dark, 360, 360-dark, de or rtl, separated by commas, instead of all',
      z.string().optional(),
    ),
    readme: flag('takes the three pictures of the README, in docs/pictures'),
  },
})

/** How a screen is shown. */
interface Look {
  suffix: string
  width: 1280 | 1200 | 360
  colorScheme: 'light' | 'dark'
  locale?: string
  isMirrored?: boolean
}
const looks: Look[] = [
  { suffix: '', width: 1280, colorScheme: 'light' },
  { suffix: '-dark', width: 1280, colorScheme: 'dark' },
  { suffix: '-360', width: 360, colorScheme: 'light' },
  { suffix: '-360-dark', width: 360, colorScheme: 'dark' },
  { suffix: '-de', width: 1280, colorScheme: 'light', locale: 'de-DE' },
  { suffix: '-rtl', width: 1280, colorScheme: 'light', isMirrored: true },
]

const heights = { 1280: 800, 1200: 620, 360: 740 }
/** A little smaller, because whoever clones the repository gets the pictures, too. */
const lookOfReadme: Look = { suffix: '', width: 1200, colorScheme: 'light' }

interface Stage {
  browser: Browser
  url: string
  password: string
}

const slug = 'demo'

const signInNames: Record<Exclude<Viewer, 'nobody'>, string> = {
  customer: customers.find(({ isInvited }) => !isInvited)?.email ?? '',
  technician: technicians[0]?.userId ?? '',
  admin: admin.userId,
}

/** Opens a window in a look, and signs the viewer in by the API. */
const openWindow = async ({ browser, url, password }: Stage, viewer: Viewer, look: Look): Promise<BrowserContext> => {
  const context = await browser.newContext({
    baseURL: url,
    viewport: { width: look.width, height: heights[look.width] },
    colorScheme: look.colorScheme,
    locale: look.locale ?? 'en-GB',
    timezoneId: 'Europe/London',
    reducedMotion: 'reduce',
  })
  followRequests(context)
  if (viewer === 'nobody') return context
  const data = { email: signInNames[viewer], password }
  const answer = await context.request.post('/api/users/signin', { data, headers: { 'X-Tenant': slug } })
  if (!answer.ok()) throw new Error(`${viewer} cannot sign in: ${answer.status()} ${await answer.text()}`)
  return context
}

const take = async (page: Page, shot: Shot, look: Look, folder: string): Promise<void> => {
  const path = typeof shot.path === 'string' ? shot.path : await shot.path(page)
  await page.goto(`${path}${path.includes('?') ? '&' : '?'}tenant=${slug}`)
  await isStill(page)
  if (look.isMirrored) await page.evaluate("document.documentElement.dir = 'rtl'")
  if (shot.act !== undefined) {
    await shot.act(page)
    await isStill(page)
  }
  await page.screenshot({ path: join(folder, `${shot.name}${look.suffix}.png`), animations: 'disabled' })
}

/** Takes the pictures of all screens in all looks. Each viewer has one window for each look. */
const takeAll = async (stage: Stage, chosen: Shot[], chosenLooks: Look[], folder: string): Promise<void> => {
  await mkdir(folder, { recursive: true })
  const byViewer = Map.groupBy(chosen, ({ as }) => as)
  for (const look of chosenLooks) {
    for (const [viewer, screens] of byViewer) {
      const context = await openWindow(stage, viewer, look)
      const page = await context.newPage()
      for (const shot of screens) {
        await take(page, shot, look, folder).catch((error: Error) => {
          console.error(`${shot.name}${look.suffix}: ${error.message}`)
          process.exitCode = 1
        })
      }
      await context.close()
    }
    console.log(`${chosen.length} pictures${look.suffix && ` as ${look.suffix.slice(1)}`} in ${folder}`)
  }
}

const findShots = (names: string[]): Shot[] => {
  const unknown = names.filter((name) => !shots.some((shot) => shot.name === name))
  if (unknown.length === 0) return shots.filter(({ name }) => names.includes(name))
  console.error(`--only: there is no ${unknown.join(', ')}. Screens: ${shots.map(({ name }) => name).join(', ')}`)
  process.exit(2)
}

/** Opens the program on a database of its own with a demo desk, lets `work` look at it, and removes all of it. */
const withDemo = async (work: (url: string, password: string) => Promise<void>): Promise<void> => {
  const cluster = await openTemporaryCluster(tmpdir())
  const port = await findFreePort()
  const log = createLog('warn')
  const config = readConfig({
    NODE_ENV: 'test',
    PORT: String(port),
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    JWT_SECRET: 'pictures-4Kd8Qx1Lw5Rk7Zt2Np9Jc4Hd6Fs0Gm',
    RATE_LIMIT_REQUESTS_PER_MINUTE: '0',
    RATE_LIMIT_SIGN_INS_PER_MINUTE: '0',
  })
  const { app, close } = await openApplication({ config, log, url: cluster.url, migrates: true })
  const { password } = await fillTenant(app, cluster.url, { slug, tickets: 200 }, () => {})
  const worker = startWorker(app, cluster.url)
  onCommittedEvents(app.pool, worker.nudge)
  const web = await startServer(createApp(app), '127.0.0.1', port)
  try {
    await work(`http://127.0.0.1:${port}`, password)
  } finally {
    await web.stop(300)
    await worker.stop()
    await close()
    await cluster.remove()
  }
}

const chosenLooks = looks.filter(({ suffix }) => options.looks?.split(',').includes(suffix.slice(1) || 'light') ?? true)
const names = options.readme ? shotsOfReadme : (options.only?.split(',') ?? shots.map(({ name }) => name))
const chosen = findShots(names)
const folder = options.readme ? fileURLToPath(new URL('../../docs/pictures', import.meta.url)) : options.to
const browser = await launchChromium()
await withDemo(async (url, password) => {
  await takeAll({ browser, url, password }, chosen, options.readme ? [lookOfReadme] : chosenLooks, folder)
}).finally(() => browser.close())
