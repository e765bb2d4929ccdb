import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { z } from 'zod'
import { launchChromium } from '../../src/console/stories/chromium.ts'
import { followRequests, isStill } from '../../src/console/stories/stillness.ts'
import { admin, customers, technicians } from '../demo/demo-people.ts'
import { type DemoDesk, withDemoDesk } from '../lib/demo-desk.ts'
import { flag, option, readOptions } from '../lib/options.ts'
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

interface Stage extends DemoDesk {
  browser: Browser
}

const signInNames: Record<Exclude<Viewer, 'nobody'>, string> = {
  customer: customers.find(({ isInvited }) => !isInvited)?.email ?? '',
  technician: technicians[0]?.userId ?? '',
  admin: admin.userId,
}

/** Opens a window in a look, and signs the viewer in by the API. */
const openWindow = async (
  { browser, url, slug, password }: Stage,
  viewer: Viewer,
  look: Look,
): Promise<BrowserContext> => {
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

const take = async (page: Page, shot: Shot, look: Look, slug: string, folder: string): Promise<void> => {
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
        await take(page, shot, look, stage.slug, folder).catch((error: Error) => {
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

const chosenLooks = looks.filter(({ suffix }) => options.looks?.split(',').includes(suffix.slice(1) || 'light') ?? true)
const names = options.readme ? shotsOfReadme : (options.only?.split(',') ?? shots.map(({ name }) => name))
const chosen = findShots(names)
const folder = options.readme ? fileURLToPath(new URL('../../docs/pictures', import.meta.url)) : options.to
const browser = await launchChromium()
await withDemoDesk(async (desk) => {
  await takeAll({ ...desk, browser }, chosen, options.readme ? [lookOfReadme] : chosenLooks, folder)
}).finally(() => browser.close())
