import type { Page, Request, Route } from 'playwright-core'
import { expect, onTestFinished } from 'vitest'
import { startTcpProxy } from '../../testing/peers/tcp-proxy.ts'
import { comment, createAssignedTicket, createTicket } from '../../testing/support/create-tickets.ts'
import { bodyOf, expectSuccess } from '../../testing/support/requests.ts'
import { expectAccessible } from './accessible.ts'
import { story } from './browser.ts'
import { hasValue, sees, seesNot, seesText } from './seeing.ts'

const replyName = 'Reply, which the customer reads'
const noteName = 'Internal note, which only staff read'
/** The program is there, and cannot work. */
const refuse = (route: Route): Promise<void> =>
  route.fulfill({ status: 503, contentType: 'application/problem+json', body: '{"code":"unavailable"}' })
const text = 'It is the socket behind the door.'

story(
  'without a connection the page says so, what is sent waits, goes out once, and the news is caught up',
  async ({ world, open, allow }) => {
    const id = await createAssignedTicket(world, 'in_progress')
    const page = await open(world.cleo, { path: `/tickets/${id}` })
    await sees(page.getByLabel('Write to Tess'))
    allow(page, /ERR_INTERNET_DISCONNECTED/)
    await page.context().setOffline(true)
    await seesText(page, /^No connection to the helpdesk/)
    await page.getByLabel('Write to Tess').fill(text)
    await page.getByRole('button', { name: 'Send to Tess' }).click()
    await seesText(page, 'Goes out as soon as the connection is back')
    await expectAccessible(page)
    expectSuccess(await comment(world.tess, id, 'I am coming down.'))
    await page.context().setOffline(false)
    await seesNot(page.getByText(/^No connection to the helpdesk/))
    await sees(page.getByRole('article', { name: /^Message by Cleo/ }).filter({ hasText: text }))
    await seesText(page, /I am coming down\.|new message/)
    await seesNot(page.getByText('Goes out as soon as the connection is back'))
    const { comments } = bodyOf(await world.ada.get(`/tickets/${id}/comments`))
    expect(comments.map(({ body }: { body: string }) => body).sort()).toEqual(['I am coming down.', text].sort())
  },
)

story(
  'a line that falls silent is noticed, and the page goes on when it speaks again',
  async ({ world, open, desk, allow }) => {
    const proxy = await startTcpProxy('127.0.0.1', Number(new URL(desk.url).port))
    onTestFinished(proxy.stop)
    const page = await open(world.tess, { url: `http://127.0.0.1:${proxy.port}` })
    allow(page, /ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE|Failed to fetch/)
    await sees(page.getByText('Live', { exact: true }))
    await proxy.become('blackhole')
    // The clock of the page goes four times as fast, so the story does not wait for it.
    const silentMs = await page.evaluate(`new Promise((resolve) => {
      const [now, from] = [Date.now, Date.now()]
      Date.now = () => from + 4 * (now.call(Date) - from)
      const look = () => document.body.innerText.includes('No connection to the helpdesk')
        ? resolve(Date.now() - from) : setTimeout(look, 50)
      look()
    })`)
    expect(silentMs).toBeLessThan(40_000)
    // What was silent does not come back by itself: the browser gets new connections.
    await proxy.become('pass')
    proxy.cut()
    await sees(page.getByText('Live', { exact: true }))
  },
)

story(
  'after a deploy a part that is missing offers to load the page again, and what was typed is kept',
  async ({ world, open, allow }) => {
    const id = await createAssignedTicket(world, 'in_progress')
    const page = await open(world.cleo, { path: `/tickets/${id}` })
    await page.getByLabel('Write to Tess').fill(text)
    await sees(page.getByText('Kept', { exact: true }))
    allow(page, /\/assets\/.* answered 404|Failed to fetch dynamically imported module/)
    await page.context().route(/\/assets\//, (route) => route.fulfill({ status: 404, body: '' }))
    await page.getByRole('link', { name: 'Raise a ticket' }).first().click()
    await seesText(page, 'This helpdesk has a new version')
    await expectAccessible(page)
    await page.context().unroute(/\/assets\//)
    await page.getByRole('button', { name: 'Load again' }).click()
    await seesNot(page.getByText('This helpdesk has a new version'))
    await page.goto(`/tickets/${id}`)
    await hasValue(page.getByLabel('Write to Tess'), text)
  },
)

/** Makes the page believe that nobody sees it, or that somebody does again. */
const hide = (isHidden: boolean): string => `
  Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => '${isHidden ? 'hidden' : 'visible'}' })
  document.dispatchEvent(new Event('visibilitychange'))`

/** A browser as it is over plain http with a host name. */
const withoutLocks = "Object.defineProperty(Navigator.prototype, 'locks', { get: () => undefined })"

for (const [browser, script] of [
  ['', ''],
  [', also in a browser without locks', withoutLocks],
]) {
  story(`what waits and is taken back in one tab is sent by no other${browser}`, async ({ world, open, allow }) => {
    const id = await createAssignedTicket(world, 'in_progress')
    const first = await open(world.tess)
    const context = first.context()
    if (script) await context.addInitScript(script)
    allow(first, /comments answered 503/)
    await context.route(/\/comments$/, (route) =>
      route.request().method() === 'POST' ? refuse(route) : route.continue(),
    )
    await first.goto(`/tickets/${id}`)
    await sees(first.getByRole('button', { name: 'Mail to Cleo' }))
    await first.getByLabel(replyName).fill('Meant for nobody.')
    await first.getByRole('button', { name: 'Mail to Cleo' }).click()
    await seesText(first, /Waits for the connection/)
    const second = await context.newPage()
    await second.goto(`/tickets/${id}`)
    await sees(second.getByText('Meant for nobody.'))
    await first.getByRole('button', { name: 'Take it back' }).click()
    await hasValue(first.getByLabel(replyName), 'Meant for nobody.')
    await seesNot(second.getByRole('button', { name: 'Take it back' }))
    await context.unroute(/\/comments$/)
    for (const page of [first, second]) await page.evaluate('dispatchEvent(new Event("online"))')
    await second.getByText('Internal note', { exact: true }).first().click()
    await second.getByLabel(noteName).fill('Only this.')
    await second.keyboard.press('Control+Enter')
    await sees(second.getByRole('article', { name: /^Internal note by Tess/ }))
    const { comments } = bodyOf(await world.ada.get(`/tickets/${id}/comments`))
    expect(comments.map(({ body }: { body: string }) => body)).toEqual(['Only this.'])
  })
}

story('one draft in two tabs is sent once', async ({ world, open, allow }) => {
  const id = await createAssignedTicket(world, 'in_progress')
  const first = await open(world.tess, { path: `/tickets/${id}` })
  const context = first.context()
  await first.getByLabel(replyName).fill('It is back.')
  await seesText(first, /^Draft kept at/)
  const second = await context.newPage()
  await second.goto(`/tickets/${id}`)
  await hasValue(second.getByLabel(replyName), 'It is back.')
  allow(first, /comments answered 503/)
  await context.route(/\/comments$/, (route) =>
    route.request().method() === 'POST' ? refuse(route) : route.continue(),
  )
  await first.getByRole('button', { name: 'Mail to Cleo' }).click()
  await sees(second.getByText('It is back.'))
  await hasValue(second.getByLabel(replyName), '')
  await context.unroute(/\/comments$/)
  await first.evaluate('dispatchEvent(new Event("online"))')
  await sees(second.getByRole('article', { name: /^Public reply by Tess/ }))
  const { comments } = bodyOf(await world.cleo.get(`/tickets/${id}/comments`))
  expect(comments.map(({ body }: { body: string }) => body)).toEqual(['It is back.'])
})

story(
  'over plain http with a host name a tab has a stream while it is seen, and hears each thing once',
  async ({ world, open }) => {
    const first = await open(world.tess)
    await first.context().addInitScript(withoutLocks)
    const streams: Set<Request>[] = []
    const watch = (page: Page): void => {
      const open = new Set<Request>()
      streams.push(open)
      page.on('request', (request) => request.url().endsWith('/events/stream') && open.add(request))
      page.on('requestfailed', (request) => open.delete(request))
    }
    const counted = (): number[] => streams.map(({ size }) => size)
    watch(first)
    await first.goto('/tickets?view=unassigned')
    await seesText(first, 'Live')
    const second = await first.context().newPage()
    watch(second)
    await second.goto('/tickets?view=unassigned')
    await seesText(second, 'Live')
    await second.evaluate(hide(true))
    await expect.poll(counted).toEqual([1, 0])
    await createTicket(world.cleo, { issue_category: 'Network' })
    await seesText(first, '1 new')
    await second.evaluate(hide(false))
    await seesText(second, '1 new')
    expect(counted()).toEqual([1, 1])
  },
)

story('what is no message of the console, from whatever page, is passed over', async ({ world, open }) => {
  const page = await open(world.tess, { path: '/tickets?view=unassigned' })
  await seesText(page, 'Live')
  const other = await page.context().newPage()
  await other.goto('/account')
  await other.evaluate(`for (const name of ['counterdesk.live', 'counterdesk.session'])
    for (const message of [null, 7, {}, { kind: 'event' }, { type: 'signed-in' }, { to: 'x', message: { kind: 'who' } }])
      if (name === 'counterdesk.live' || message?.type === undefined) new BroadcastChannel(name).postMessage(message)`)
  await createTicket(world.cleo, { issue_category: 'Network' })
  await seesText(page, '1 new')
})

story(
  'what a customer left behind goes from any page, which says so and lets them take it back',
  async ({ world, open, allow }) => {
    const id = await createAssignedTicket(world, 'in_progress')
    const page = await open(world.cleo, { path: `/tickets/${id}` })
    allow(page, /comments answered 503/)
    await page.route(/\/comments$/, (route) => (route.request().method() === 'POST' ? refuse(route) : route.continue()))
    await page.getByLabel('Write to Tess').fill(text)
    await page.getByRole('button', { name: 'Send to Tess' }).click()
    await seesText(page, 'Goes out as soon as the connection is back')
    await page.unroute(/\/comments$/)
    await page.goto('/')
    await seesText(page, 'Sent.')
    await page.getByRole('button', { name: 'Undo' }).click()
    await seesText(page, /^Taken back/)
    await page.goto(`/tickets/${id}`)
    await hasValue(page.getByLabel('Write to Tess'), text)
    expect(bodyOf(await world.tess.get(`/tickets/${id}/comments`)).comments).toEqual([])
  },
)

story(
  'an answer that is none of the program is said to be that, and is no lost connection',
  async ({ world, open }) => {
    const page = await open(world.cleo)
    const portal = { status: 200, contentType: 'text/html', body: '<h1>Welcome to the hotel</h1>' }
    await page.route(/\/api\/tickets\?/, (route) => route.fulfill(portal))
    await page.reload()
    await seesText(page, /^Something between here and the helpdesk answered/)
    await page.unroute(/\/api\/tickets\?/)
  },
)
