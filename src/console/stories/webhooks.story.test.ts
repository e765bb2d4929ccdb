import type { Page } from 'playwright-core'
import { Webhook } from 'standardwebhooks'
import { expect } from 'vitest'
import { startWebhookReceiver, type WebhookReceiver } from '../../testing/peers/webhook-receiver.ts'
import { createTicket, createTickets } from '../../testing/support/create-tickets.ts'
import { createWorld, type World } from '../../testing/support/people.ts'
import { bodyOf, expectStatus, expectSuccess } from '../../testing/support/requests.ts'
import { until } from '../../testing/support/waiting.ts'
import type { Desk } from '../../testing/support/workspace.ts'
import { expectAccessible } from './accessible.ts'
import { openStoryDesk, story } from './browser.ts'
import { hostileTexts } from './hostile-texts.ts'
import { counts, isAt, reads, sees, seesNot, seesText } from './seeing.ts'

/** A desk whose webhooks may reach this machine, people in it, and a receiver. */
interface Scene {
  desk: Desk
  world: World
  receiver: WebhookReceiver
}
const withReceiver = story
  .extend('hookDesk', { scope: 'file' }, async ({ browser: _ }, { onCleanup }) => {
    const home = await openStoryDesk({ settings: { WEBHOOK_ALLOW_HOSTS: '127.0.0.1' } })
    onCleanup(home.stop)
    return home.desk
  })
  .extend('scene', async ({ hookDesk: desk }, { onCleanup }): Promise<Scene> => {
    const receiver = await startWebhookReceiver()
    onCleanup(receiver.stop)
    return { desk, world: await createWorld(desk), receiver }
  })

const at = ({ desk, world }: Scene, path: string) => ({ url: desk.url, slug: world.slug, path })

/** Adds a webhook by the form, and answers with its secret. */
const addByForm = async (page: Page, url: string, description: string): Promise<string> => {
  await page.getByRole('button', { name: 'New webhook' }).first().click()
  const form = page.getByRole('dialog', { name: 'New webhook' })
  await form.getByRole('textbox', { name: 'Address' }).fill(url)
  await form.getByRole('textbox', { name: /^What it is for/ }).fill(description)
  await form.getByRole('radio', { name: 'Only what is chosen' }).check()
  await form.getByText('Tickets', { exact: true }).click()
  await form.getByRole('checkbox', { name: 'All of them' }).first().check()
  await form.getByRole('checkbox', { name: 'Strictly in order' }).check()
  await form.getByRole('button', { name: 'Create' }).click()
  const shown = page.getByRole('dialog', { name: /^Copy the secret/ })
  await sees(shown)
  return shown.getByRole('textbox', { name: 'Secret' }).inputValue()
}

withReceiver(
  'an admin adds a webhook, tests it, and sees how it fares while its receiver is down and after it came back',
  async ({ scene, open }) => {
    const { world, receiver } = scene
    const page = await open(world.ada, at(scene, '/webhooks'))
    await sees(page.getByRole('heading', { name: 'No webhooks' }))
    await expectAccessible(page, { walk: false })
    const secret = await addByForm(page, receiver.url, 'Asset register')
    expect(secret).toMatch(/^whsec_/)
    await seesText(page, 'It is not shown again.')
    await page.getByRole('button', { name: 'I have copied it' }).click()
    await sees(page.getByRole('heading', { name: 'Asset register', level: 1 }))
    expect(await page.content()).not.toContain(secret)

    // What the receiver says to a test stands there as text.
    receiver.answer((_, response) => response.writeHead(503).end('<b>maintenance</b>'))
    await page.getByRole('button', { name: 'Send a test' }).click()
    const test = page.getByRole('dialog', { name: /^Test of/ })
    await sees(test.getByText('The receiver did not take the test.'))
    await sees(test.getByText('Answer 503'))
    await sees(test.getByText('<b>maintenance</b>'))
    receiver.answer(200)
    await test.getByRole('button', { name: 'Test again' }).click()
    await sees(test.getByText('The receiver took the test.'))
    await expectAccessible(page, { walk: false })
    await test.getByRole('button', { name: 'Close', exact: true }).last().click()

    // An event arrives, signed with the secret that was shown.
    const first = await createTicket(world.cleo)
    const told = () => receiver.received.filter(({ body }) => body.type === 'ticket.created')
    await until('the receiver is told', () => told().length === 1)
    const [message] = told()
    const headers = message?.headers as Record<string, string>
    expect(new Webhook(secret).verify(message?.raw ?? '', headers)).toMatchObject({ type: 'ticket.created' })
    await sees(page.getByRole('row', { name: new RegExp(`Arrived.*${first}`) }))

    // The receiver is down: the page and the list say so. It comes back, and all is caught up in order.
    receiver.answer((_, response) => response.writeHead(500).end('out of order'))
    const later = [await createTicket(world.cleo), await createTicket(world.cleo), await createTicket(world.cleo)]
    await seesText(page, /^The last (?:attempt|\d+ attempts) failed\.$/)
    const waiting = page.getByRole('row', { name: new RegExp(`Waiting.*${later[0]}`) })
    await waiting.getByRole('button', { name: /^Attempts/ }).click()
    await seesText(page, 'out of order')
    await expectAccessible(page)
    await page.getByRole('link', { name: 'Webhooks' }).first().click()
    await isAt(page, '/webhooks')
    await reads(page.getByRole('row', { name: /Asset register/ }), /Failing[\s\S]*3/)
    await expectAccessible(page)
    await page.getByRole('link', { name: 'Asset register' }).click()
    const acts = page.getByRole('row', { name: new RegExp(`Waiting.*${later[0]}`) })
    await acts.getByRole('button', { name: /^Act/ }).click()
    const taken: string[] = []
    receiver.answer(({ body }, response) => {
      taken.push(body.data.subject_id)
      response.end()
    })
    await page.getByRole('button', { name: 'Send again', exact: true }).click()
    await until('all arrived', () => new Set(taken).size === 3)
    expect([...new Set(taken)]).toEqual(later)
    await sees(page.getByRole('row', { name: new RegExp(`Arrived.*${later[2]}`) }))
    await sees(page.getByText('Works', { exact: true }))
  },
)

withReceiver(
  'a webhook is switched off and on, what happened meanwhile is counted and sent, and its secret is made anew',
  async ({ scene, open }) => {
    const { world, receiver } = scene
    const made = expectStatus(await world.ada.post('/webhooks', { url: receiver.url, types: ['ticket.created'] }), 201)
    const { webhook_id: id, secret } = made.body
    const page = await open(world.ada, at(scene, `/webhooks/${id}`))
    await sees(page.getByRole('heading', { name: 'Nothing was sent yet' }))
    await page.getByRole('button', { name: 'More', exact: true }).click()
    await page.getByRole('button', { name: 'Switch off' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Switch off' }).click()
    await seesText(page, 'Nothing is sent: switched off by hand.')
    await createTicket(world.cleo)
    await createTicket(world.cleo)
    await scene.desk.settled()
    expect(receiver.received).toEqual([])
    await expectAccessible(page, { walk: false })
    await page.getByRole('button', { name: 'Switch on' }).click()
    const again = page.getByRole('dialog', { name: /again$/ })
    await again.getByRole('button', { name: 'Count' }).click()
    await sees(again.getByText('This sends 2 events.'))
    await expectAccessible(page, { walk: false })
    expect(receiver.received).toEqual([])
    await again.getByRole('button', { name: 'Send 2 events' }).click()
    await until('both came', () => receiver.received.length === 2)
    await counts(page.getByRole('row', { name: /^Arrived/ }), 2)

    await page.getByRole('button', { name: 'More', exact: true }).click()
    await page.getByRole('button', { name: 'New secret' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'New secret' }).click()
    const next = await page.getByRole('textbox', { name: 'Secret' }).inputValue()
    expect(next).not.toBe(secret)
    await page.getByRole('button', { name: 'I have copied it' }).click()
    await seesText(page, /The earlier one still signs until/)
    await page.getByRole('button', { name: 'More', exact: true }).click()
    await page.getByRole('button', { name: 'End the earlier secret' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'End the earlier secret' }).click()
    await seesNot(page.getByText(/The earlier one still signs until/))
    await page.getByRole('button', { name: 'More', exact: true }).click()
    await page.getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await isAt(page, '/webhooks')
    await sees(page.getByRole('heading', { name: 'No webhooks' }))
  },
)

withReceiver('two who change a webhook at once are asked only about what both changed', async ({ scene, open }) => {
  const { world, receiver } = scene
  const made = expectStatus(await world.ada.post('/webhooks', { url: receiver.url, description: 'Chat' }), 201)
  const { webhook_id: id } = made.body
  const page = await open(world.ada, at(scene, `/webhooks/${id}`))
  await page.getByRole('button', { name: 'Change' }).click()
  const form = page.getByRole('dialog')
  await form.getByRole('textbox', { name: /^What it is for/ }).fill('Chat of the night')
  await form.getByRole('checkbox', { name: 'Internal notes too' }).check()
  expectSuccess(await world.ada.patch(`/webhooks/${id}`, { description: 'Chat of the day', is_ordered: true }))
  await form.getByRole('button', { name: 'Save' }).click()
  await sees(form.getByText('Somebody else changed “What it is for” meanwhile.'))
  await expectAccessible(page, { walk: false })
  await form.getByRole('button', { name: 'Keep mine' }).click()
  await form.getByRole('button', { name: 'Save' }).click()
  await sees(page.getByRole('heading', { name: 'Chat of the night', level: 1 }))
  expect(bodyOf(await world.ada.get(`/webhooks/${id}`))).toMatchObject({
    description: 'Chat of the night',
    includes_internal: true,
    is_ordered: true,
  })
})

withReceiver(
  'a technician has webhooks of their own, and what a receiver says is read and never executed',
  async ({ scene, open }) => {
    const { world, receiver } = scene
    const others = expectStatus(await world.ada.post('/webhooks', { url: receiver.url, description: 'Of Ada' }), 201)
    const said = hostileTexts.join(' ').slice(0, 900)
    receiver.answer((_, response) => response.writeHead(400, { 'content-type': 'text/html' }).end(said))
    const page = await open(world.tess, at(scene, '/webhooks'))
    await seesText(page, /You see your own/)
    await sees(page.getByRole('heading', { name: 'No webhooks' }))
    await addByForm(page, receiver.url, `<img src=x onerror="window.pwned='yes'">`)
    await page.getByRole('button', { name: 'I have copied it' }).click()
    await sees(page.getByRole('heading', { name: '<img', level: 1 }))
    await page.getByRole('button', { name: 'Send a test' }).click()
    await sees(page.getByRole('region', { name: 'What the receiver said' }))
    await reads(page.getByRole('region', { name: 'What the receiver said' }), /<script>window\.pwned/)
    await page.goto(`/webhooks/${others.body.webhook_id}`)
    await sees(page.getByRole('heading', { name: 'There is no such webhook' }))
  },
)

withReceiver('a long list of deliveries is read a page at a time', async ({ scene, open }) => {
  const { world, receiver } = scene
  const made = expectStatus(await world.ada.post('/webhooks', { url: receiver.url, types: ['ticket.created'] }), 201)
  await createTickets(world.cleo, 53)
  await until('all arrived', () => receiver.received.length === 53)
  const page = await open(world.ada, at(scene, `/webhooks/${made.body.webhook_id}`))
  await counts(page.getByRole('row', { name: /^Arrived/ }), 50)
  await page.getByRole('button', { name: 'Show older' }).click()
  await counts(page.getByRole('row', { name: /^Arrived/ }), 53)
  await seesNot(page.getByRole('button', { name: 'Show older' }))
  await page.getByRole('link', { name: 'Given up' }).click()
  await sees(page.getByRole('heading', { name: 'None of this state' }))
})

withReceiver(
  'a refused address says what is wrong with it, and a test that arrives ends what the page said of failing',
  async ({ scene, open, allow }) => {
    const { world, receiver } = scene
    const page = await open(world.ada, at(scene, '/webhooks'))
    allow(page, /400|422/)
    await page.getByRole('button', { name: 'New webhook' }).first().click()
    const form = page.getByRole('dialog', { name: 'New webhook' })
    const address = form.getByRole('textbox', { name: 'Address' })
    const create = form.getByRole('button', { name: 'Create' })
    await address.fill('no url')
    await create.click()
    await sees(form.getByText('This is no address.'))
    await address.fill('https://hooks.example.com:9999/desk')
    await create.click()
    await sees(form.getByText(/and has a port that is allowed \(443\b.*\)\.$/))
    await form.getByRole('button', { name: 'Cancel' }).click()

    const made = expectStatus(await world.ada.post('/webhooks', { url: receiver.url, types: ['ticket.created'] }), 201)
    receiver.answer(503)
    await page.goto(`/webhooks/${made.body.webhook_id}`)
    await createTicket(world.cleo)
    await seesText(page, /^The last (?:attempt|\d+ attempts) failed\.$/)
    // A page that is not seen is not read now and then.
    await page.evaluate(() => Object.defineProperty(document, 'visibilityState', { value: 'hidden' }))
    receiver.answer(200)
    await page.getByRole('button', { name: 'Send a test' }).click()
    const test = page.getByRole('dialog', { name: /^Test of/ })
    await sees(test.getByText('The receiver took the test.'))
    const read = async () => bodyOf(await world.ada.get(`/webhooks/${made.body.webhook_id}`))
    await until('what failed before has arrived', async () => (await read()).failures === 0)
    await test.getByRole('button', { name: 'Close', exact: true }).last().click()
    await seesNot(page.getByText(/^The last (?:attempt|\d+ attempts) failed\.$/))
  },
)
