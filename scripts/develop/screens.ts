import type { Page } from 'playwright-core'
import { operatorToken } from '../lib/demo-desk.ts'
import { withoutWebhooks, withWebhooks } from './webhooks-of-pictures.ts'

/** Who looks at a screen: a person of the demo, or nobody. */
export type Viewer = 'nobody' | 'customer' | 'technician' | 'admin'

/** A screen to take a picture of. */
export interface Shot {
  /** The name of its file, without the ending. */
  name: string
  as: Viewer
  /** A path, or how to find one. */
  path: string | ((page: Page) => Promise<string>)
  /** What to do before the picture. */
  act?: (page: Page) => Promise<void>
}

/** Asks the API with the cookie of the page, and answers with one member of the first row of a list. */
const first = async (page: Page, path: string, list: string, member: string): Promise<string> => {
  const answer = await page.request.get(`/api${path}`)
  const body = (await answer.json()) as Record<string, Record<string, string>[]>
  const [row] = body[list] ?? []
  if (row?.[member] === undefined) throw new Error(`${path} answers ${answer.status()} without a ${member}`)
  return row[member]
}

const ticketWith =
  (query: string) =>
  async (page: Page): Promise<string> =>
    `/tickets/${await first(page, `/tickets?limit=1&${query}`, 'tickets', 'ticket_id')}`

const press =
  (...keys: string[]) =>
  async (page: Page): Promise<void> => {
    for (const key of keys) await page.keyboard.press(key)
  }

/**
 * A page of a mailed link. The program answers what the link is about as it does for a real one: no picture needs a
 * mail, and a link works once.
 */
const ofLink =
  (path: string, about: object) =>
  async (page: Page): Promise<string> => {
    const whole = { end: null, language: null, is_invitation: null, sign_in_name: null, email: null }
    const tenant = { slug: 'demo', name: 'Harbour Street Services' }
    await page.unroute('**/api/auth/link')
    await page.route('**/api/auth/link', (route) =>
      route.fulfill({ json: { ...whole, is_new_address: null, refusal: null, tenant, ...about } }),
    )
    return `${path}?token=of-a-picture`
  }

const noor = 'noor@harbour.example.com'
const ofNoor = { sign_in_name: noor }

/** Presses the first button of each name, one after the other. */
const openFirst =
  (...names: RegExp[]) =>
  async (page: Page): Promise<void> => {
    for (const name of names) await page.getByRole('button', { name }).first().click()
  }

/** Waits until the preview of a mail is there, and scrolls to it. */
const seePreview = async (page: Page): Promise<void> => {
  const preview = page.locator('iframe')
  await preview.waitFor()
  await preview.scrollIntoViewIfNeeded()
}

/** Waits until a wrong name is marked, and scrolls to it. */
const seeFault = async (page: Page): Promise<void> => {
  await page.locator('#text').fill('Guten Tag {{recipient_nmae}},\n\n{{quote}}')
  const mark = page.locator('mark')
  await mark.waitFor()
  await mark.scrollIntoViewIfNeeded()
}

/** Types the token of the operator. */
const unlock = async (page: Page): Promise<void> => {
  await page.getByLabel('Token', { exact: true }).fill(operatorToken)
  await page.keyboard.press('Enter')
}

/** Orders the first product, and waits until the order is shown. */
const orderFirst = async (page: Page): Promise<void> => {
  await openFirst(/^Order |bestellen$/)(page)
  await page.locator('dialog button[type=submit]').click()
  await page.locator('.table--orders').waitFor()
}

/** Orders the first product, and opens the page of the order. */
const openOrdered = async (page: Page): Promise<void> => {
  await orderFirst(page)
  await openFirstOrder(page)
}

const openFirstOrder = async (page: Page): Promise<void> => {
  await page.locator('.table--orders td.wide a').first().click()
  await page.locator('.order-facts').waitFor()
}

/** Every screen of the console. */
export const shots: Shot[] = [
  { name: 'sign-in', as: 'nobody', path: '/signin' },
  { name: 'register', as: 'nobody', path: '/register' },
  { name: 'forgotten-password', as: 'nobody', path: '/password/forgot' },
  { name: 'new-password', as: 'nobody', path: ofLink('/password/reset', { ...ofNoor, is_invitation: false }) },
  { name: 'invitation', as: 'nobody', path: ofLink('/invitation', { ...ofNoor, is_invitation: true }) },
  { name: 'confirm-address', as: 'nobody', path: ofLink('/email/confirm', { email: noor, is_new_address: true }) },
  { name: 'confirm-registration', as: 'nobody', path: ofLink('/registration/confirm', { email: noor }) },
  { name: 'platform-token', as: 'nobody', path: '/platform' },
  { name: 'platform', as: 'nobody', path: '/platform', act: unlock },
  { name: 'platform-log', as: 'nobody', path: '/platform/log', act: unlock },
  {
    name: 'new-tenant',
    as: 'nobody',
    path: '/platform',
    act: async (page) => {
      await unlock(page)
      await openFirst(/^New organisation|^Neue Organisation/)(page)
    },
  },
  { name: 'my-tickets', as: 'customer', path: '/' },
  { name: 'my-ticket', as: 'customer', path: ticketWith('status=assigned,in_progress,waiting&sort=-updated_at') },
  { name: 'raise', as: 'customer', path: '/tickets/new' },
  { name: 'catalogue', as: 'customer', path: '/products' },
  { name: 'order-dialog', as: 'customer', path: '/products', act: openFirst(/^Order |bestellen$/) },
  { name: 'my-orders', as: 'customer', path: '/products', act: orderFirst },
  { name: 'my-order', as: 'customer', path: '/products', act: openOrdered },
  { name: 'sign-out', as: 'customer', path: '/auth/signout' },
  { name: 'account', as: 'customer', path: '/account' },
  { name: 'notification-choices', as: 'technician', path: '/account/notifications' },
  { name: 'security', as: 'technician', path: '/account/security' },
  { name: 'tokens', as: 'technician', path: '/account/tokens' },
  { name: 'notifications', as: 'technician', path: '/notifications' },
  { name: 'queue', as: 'technician', path: '/tickets?view=all' },
  { name: 'queue-mine', as: 'technician', path: '/tickets?view=mine' },
  { name: 'queue-empty', as: 'technician', path: '/tickets?view=all&q=nothing-has-this-word' },
  { name: 'ticket', as: 'technician', path: ticketWith('status=in_progress&sort=-updated_at') },
  { name: 'ticket-resolved', as: 'technician', path: ticketWith('status=resolved,closed&sort=-updated_at') },
  { name: 'palette', as: 'technician', path: ticketWith('status=in_progress'), act: press('Control+k') },
  { name: 'keys', as: 'technician', path: '/tickets?view=all', act: press('?') },
  { name: 'new-ticket', as: 'technician', path: '/tickets/new' },
  { name: 'products', as: 'admin', path: '/products' },
  { name: 'product', as: 'admin', path: '/products', act: openFirst(/^Change |ändern$/) },
  { name: 'orders', as: 'admin', path: '/orders' },
  { name: 'order', as: 'admin', path: '/orders', act: openFirstOrder },
  { name: 'first-page', as: 'admin', path: '/' },
  { name: 'board', as: 'admin', path: '/board' },
  { name: 'people', as: 'admin', path: '/people' },
  {
    name: 'person',
    as: 'admin',
    path: async (page) => `/people/${await first(page, '/technicians?limit=1', 'technicians', 'technician_id')}`,
  },
  { name: 'programs', as: 'admin', path: '/programs' },
  { name: 'emails', as: 'admin', path: '/emails' },
  { name: 'mail-templates', as: 'admin', path: '/mail-templates' },
  { name: 'mail-template', as: 'admin', path: '/mail-templates/ticket_resolved/de', act: seePreview },
  {
    name: 'mail-template-wrong',
    as: 'admin',
    path: '/mail-templates/ticket_resolved/de',
    act: seeFault,
  },
  { name: 'audit', as: 'admin', path: '/audit' },
  { name: 'webhooks', as: 'admin', path: withWebhooks('/webhooks') },
  { name: 'webhook', as: 'admin', path: withWebhooks('/webhooks/WHK0002'), act: openFirst(/^Attempts|^Versuche/) },
  { name: 'webhook-off', as: 'admin', path: withWebhooks('/webhooks/WHK0003') },
  {
    name: 'webhook-secret',
    as: 'admin',
    path: withWebhooks('/webhooks/WHK0001'),
    act: openFirst(/^(?:More|Mehr)$/, /^(?:New secret|Neues Geheimnis)$/, /^(?:New secret|Neues Geheimnis)$/),
  },
  { name: 'webhook-test', as: 'admin', path: withWebhooks('/webhooks/WHK0002'), act: press('t') },
  { name: 'webhooks-empty', as: 'admin', path: withoutWebhooks('/webhooks') },
  { name: 'new-webhook', as: 'admin', path: withWebhooks('/webhooks'), act: press('n') },
  { name: 'resend', as: 'admin', path: withWebhooks('/webhooks/WHK0003'), act: press('s') },
  { name: 'settings', as: 'admin', path: '/settings' },
  { name: 'not-found', as: 'admin', path: '/there/is/nothing' },
]

/** What stands in the README, by the name of the screen. */
export const shotsOfReadme = ['queue', 'ticket', 'first-page']
