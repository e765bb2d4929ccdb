import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa']
/** What another theme can change. All else is checked once for each width. */
const rulesOfTheme = ['color-contrast', 'link-in-text-block']

const heights = { 1280: 800, 360: 740 }
const widths = [1280, 360] as const
const themes = ['light', 'dark'] as const

/** The most stops of a walk with Tab: more of the same kind say nothing new. */
const mostStops = 40

/** Waits until the page has been drawn with its new size and theme. */
const drawn = (page: Page): Promise<void> =>
  page.evaluate(
    () =>
      new Promise<void>((resolve) => {
        const settle = (): void => {
          const running = document.getAnimations().filter(({ playState, effect }) => {
            return playState === 'running' && effect?.getComputedTiming().iterations !== Number.POSITIVE_INFINITY
          })
          void Promise.allSettled(running.map(({ finished }) => finished)).then(() => resolve())
        }
        requestAnimationFrame(() => requestAnimationFrame(settle))
      }),
  )

const axeFindings = async (page: Page, onlyTheme: boolean): Promise<string[]> => {
  // The browser's debugging protocol runs it, so the policy of the page need not allow it.
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axeSource)
  const only = onlyTheme ? { type: 'rule', values: rulesOfTheme } : { type: 'tag', values: rules }
  const { violations } = await page.evaluate(async (runOnly): Promise<AxeResults> => {
    const { axe } = window as unknown as { axe: { run(options: object): Promise<AxeResults> } }
    return axe.run({ runOnly, resultTypes: ['violations'] })
  }, only)
  return violations.map(({ id, help, nodes }) => {
    const where = nodes.slice(0, 3).map(({ html, failureSummary }) => `\n    ${html.slice(0, 200)} ${failureSummary}`)
    return `${id}: ${help}, ${nodes.length} times${where.join('')}`
  })
}

const sidewaysScroll = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const { scrollWidth } = document.documentElement
    if (scrollWidth <= innerWidth) return []
    const wide = [...document.querySelectorAll('body *')].filter(
      (one) => one.getBoundingClientRect().right > innerWidth,
    )
    const which = wide.slice(0, 3).map(({ outerHTML }) => outerHTML.slice(0, 120))
    return [`the page is ${scrollWidth} px wide in a window of ${innerWidth}: ${which.join(' | ')}`]
  })

/** What the keyboard is on: who it is, and what is wrong with how it shows. Null at the end of the page. */
const stopOf = (): { id: string; fault: string | null } | null => {
  const element = document.activeElement
  if (element === null || element === document.body || element === document.documentElement) return null
  const style = getComputedStyle(element)
  const { left, top, width, height } = element.getBoundingClientRect()
  const id = `${element.outerHTML.slice(0, 120)} at ${Math.round(left)},${Math.round(top)}`
  const isDrawn = (one: CSSStyleDeclaration): boolean =>
    (one.outlineStyle !== 'none' && Number.parseFloat(one.outlineWidth) > 0) || one.boxShadow !== 'none'
  // A card or a row may draw the focus of the link or the field inside it.
  let isVisible = false
  for (let one: Element | null = element, up = 0; one !== null && up < 4; one = one.parentElement, up += 1) {
    if (one.matches(':focus-within, :focus') && isDrawn(getComputedStyle(one))) isVisible = true
  }
  if (!isVisible && style.opacity !== '0') return { id, fault: 'shows no focus' }
  // The middle of what is inside the window.
  const middle = (from: number, to: number, end: number): number => (Math.max(from, 0) + Math.min(to, end)) / 2
  const isOutside = left + width <= 0 || top + height <= 0 || left >= innerWidth || top >= innerHeight
  if (isOutside) return { id, fault: 'is outside the window' }
  const [x, y] = [middle(left, left + width, innerWidth), middle(top, top + height, innerHeight)]
  const top0 = document.elementFromPoint(x, y)
  const isCovered = top0 !== null && !element.contains(top0) && !top0.contains(element)
  const isLabel = top0?.closest('label')?.contains(element) === true
  return { id, fault: isCovered && !isLabel ? `is covered by ${top0.outerHTML.slice(0, 120)}` : null }
}

const tabWalk = async (page: Page): Promise<string[]> => {
  const faults: string[] = []
  const seen = new Set<string>()
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur())
  for (let stops = 0; stops < mostStops; stops += 1) {
    await page.keyboard.press('Tab')
    const stop = await page.evaluate(stopOf)
    if (stop === null || seen.has(stop.id)) break
    seen.add(stop.id)
    if (stop.fault !== null) faults.push(`Tab: ${stop.id} ${stop.fault}`)
  }
  if (seen.size === 0) faults.push('Tab leads nowhere')
  return faults
}

/**
 * Expects that axe finds nothing (WCAG 2.2 AA) in a page as it stands, in light and dark at 1280 and 360 px; that it
 * never scrolls sideways; and that a walk with Tab shows the focus at each stop, uncovered, at both widths. Puts the
 * window back, and moves the focus. `walk: false` leaves the walk out, for a page whose state ends when the focus
 * moves.
 * @throws Error that lists what was found.
 */
export const expectAccessible = async (page: Page, { walk = true } = {}): Promise<void> => {
  const before = page.viewportSize()
  const faults: string[] = []
  for (const width of widths) {
    await page.setViewportSize({ width, height: heights[width] })
    for (const theme of themes) {
      await page.emulateMedia({ colorScheme: theme })
      await drawn(page)
      const found = await axeFindings(page, theme === 'dark')
      faults.push(...found.map((fault) => `${width} px, ${theme}: ${fault}`))
    }
    const others = [...(await sidewaysScroll(page)), ...(walk ? await tabWalk(page) : [])]
    faults.push(...others.map((fault) => `${width} px: ${fault}`))
  }
  await page.emulateMedia({ colorScheme: 'light' })
  if (before !== null) await page.setViewportSize(before)
  if (faults.length > 0) throw new Error(`${page.url()} is not accessible:\n${faults.join('\n')}`)
}
