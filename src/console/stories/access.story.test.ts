import { readdirSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { comment, createAssignedTicket } from '../../testing/support/create-tickets.ts'
import { attach, textFile } from '../../testing/support/files.ts'
import { expectSuccess } from '../../testing/support/requests.ts'
import { story } from './browser.ts'
import { sees } from './seeing.ts'
import { isStill } from './stillness.ts'

/** The components of the staff and of the operator: the build names each file of their parts after one of them. */
const staffParts = ['desk', 'admin', 'webhooks', 'platform'].flatMap((area) =>
  readdirSync(new URL(`../${area}/`, import.meta.url))
    .filter((name) => name.endsWith('.svelte'))
    .map((name) => name.replace('.svelte', '')),
)

/** Runs in the page before its own scripts: keeps what comes over the stream of events. */
const keepStream = (): void => {
  const heard: string[] = []
  Object.assign(window, { heard })
  const ask = window.fetch
  window.fetch = async (...request) => {
    const answer = await ask(...request)
    if (answer.body === null || !answer.url.includes('/events/stream')) return answer
    const [kept, passed] = answer.body.tee()
    const write = (chunk: string): void => void heard.push(chunk)
    void kept
      .pipeThrough(new TextDecoderStream())
      .pipeTo(new WritableStream({ write }))
      .catch(() => {})
    return new Response(passed, answer)
  }
}
const streamedText = (): string => (Reflect.get(window, 'heard') as string[]).join('')

/** Everything that a browser gets from now on: addresses, bodies, and what comes over streams. */
const listenTo = async (page: Page) => {
  const [addresses, bodies]: [string[], Promise<string>[]] = [[], []]
  page.on('response', (response) => {
    addresses.push(new URL(response.url()).pathname)
    const isStream = response.headers()['content-type']?.startsWith('text/event-stream') === true
    if (!isStream) bodies.push(response.text().catch(() => ''))
  })
  await page.addInitScript(keepStream)
  return {
    addresses,
    all: async () =>
      [...(await Promise.all(bodies)), await page.evaluate(streamedText), await page.content()].join('\n'),
  }
}

story(
  'the browser of a customer never gets what is internal, nor a part of the program for the staff',
  async ({ desk, world, open }) => {
    const { ada, tess, tom, cleo } = world
    const id = await createAssignedTicket(world, 'in_progress')
    const page = await open(cleo)
    const heard = await listenTo(page)
    const writeInternal = async (word: string): Promise<void> => {
      expectSuccess(await comment(tess, id, `internal-${word}`, 'internal'))
      expectSuccess(await ada.put(`/tickets/${id}/tags/tag-${word}`))
      await attach(desk, tess, id, textFile(`file-${word}.txt`), 'internal')
    }
    await writeInternal('before')
    expectSuccess(await ada.put(`/tickets/${id}/watchers/${tom.id}`))
    for (const path of ['/', `/tickets/${id}`, '/tickets/new', '/notifications', '/account']) {
      await page.goto(path)
      await isStill(page)
    }
    await page.goto(`/tickets/${id}`)
    await isStill(page)
    await writeInternal('after')
    expectSuccess(await comment(tess, id, 'This is for everybody.'))
    await sees(page.getByText(/This is for everybody|new message/))

    const got = await heard.all()
    expect(got).toContain('This is for everybody.')
    expect(got).toContain('event: comment.added')
    for (const word of ['internal-before', 'internal-after', 'tag-before', 'tag-after', 'file-before', 'file-after']) {
      expect(got.includes(word), `the browser got ${word}`).toBe(false)
    }
    expect(got.includes(tom.id) || got.includes('Tom Technician'), 'the browser got a watcher').toBe(false)
    const parts = heard.addresses.filter((address) => staffParts.some((name) => address.startsWith(`/assets/${name}-`)))
    expect(staffParts.length).toBeGreaterThan(3)
    expect(parts).toEqual([])
  },
)

story('guessed addresses of the desk show that there is nothing', async ({ world, open }) => {
  const theirs = await createAssignedTicket(world)
  const pages = {
    carl: await open(world.carl),
    tom: await open(world.tom),
  }
  const nothing = /There is nothing at this address|not here any more|do not see/
  for (const path of ['/board', '/people', `/people/${world.tess.id}`, '/emails', '/audit', '/settings']) {
    for (const page of [pages.carl, pages.tom]) {
      await page.goto(path)
      await sees(page.getByText(nothing))
    }
  }
  // A ticket of somebody else, and one that does not exist, look alike.
  for (const id of [theirs, 'TKT0999']) {
    await pages.carl.goto(`/tickets/${id}`)
    await sees(pages.carl.getByText(nothing))
    await pages.tom.goto(`/tickets/${id}`)
    await sees(pages.tom.getByText(nothing))
  }
})
