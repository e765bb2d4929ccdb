import type { Locator, Page } from 'playwright-core'
import { expect } from 'vitest'

// A story waits only for what a person sees. Nothing here sleeps.

/** Long, because a busy machine is no fault of a page. */
export const patienceMs = 30_000

/** Waits until a person sees it. */
export const sees = (what: Locator): Promise<void> => what.first().waitFor({ state: 'visible', timeout: patienceMs })

/** Waits until nobody sees it any more. */
export const seesNot = (what: Locator): Promise<void> => what.first().waitFor({ state: 'hidden', timeout: patienceMs })

/** Waits until a text stands somewhere on the page. */
export const seesText = (page: Page, text: string | RegExp): Promise<void> => sees(page.getByText(text))

/** Waits until the visible text of a thing matches. */
export const reads = (what: Locator, pattern: RegExp): Promise<void> =>
  expect.poll(() => what.innerText({ timeout: patienceMs }), { timeout: patienceMs }).toMatch(pattern)

/** Waits until there are so many. */
export const counts = (what: Locator, count: number): Promise<void> =>
  expect.poll(() => what.count(), { timeout: patienceMs }).toBe(count)

/** Waits until a field has this value. */
export const hasValue = (field: Locator, value: string): Promise<void> =>
  expect.poll(() => field.inputValue({ timeout: patienceMs }), { timeout: patienceMs }).toBe(value)

/** Waits until the keyboard is on it. */
export const hasFocus = (what: Locator): Promise<void> =>
  expect.poll(() => what.evaluate((element) => element === document.activeElement), { timeout: patienceMs }).toBe(true)

/** Waits until the title of the page matches. */
export const isTitled = (page: Page, pattern: RegExp): Promise<void> =>
  expect.poll(() => page.title(), { timeout: patienceMs }).toMatch(pattern)

/** Waits until the keyboard is on something that has a name, and not lost on the page. */
export const hasName = (page: Page): Promise<void> =>
  expect
    .poll(
      () =>
        page.evaluate(() => {
          const element = document.activeElement
          return element === document.body ? '' : (element?.ariaLabel ?? '') + (element?.textContent?.trim() ?? '')
        }),
      { timeout: patienceMs },
    )
    .not.toBe('')

/** Waits until the address of the page has this path, and this query when one is given. */
export const isAt = (page: Page, path: string | RegExp): Promise<void> =>
  expect
    .poll(() => new URL(page.url()).pathname + new URL(page.url()).search, { timeout: patienceMs })
    .toMatch(typeof path === 'string' ? new RegExp(`^${RegExp.escape(path)}(?:$|[?#])`) : path)

/** Closes the short words at the edge of the page, which cover what is below them. */
export const dismissToasts = async (page: Page): Promise<void> => {
  const buttons = page.getByRole('button', { name: 'Dismiss' })
  while ((await buttons.count()) > 0) await buttons.first().click()
}
