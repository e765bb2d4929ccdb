import { expect } from 'vitest'
import { comment, createAssignedTicket } from '../../testing/support/create-tickets.ts'
import { expectSuccess } from '../../testing/support/requests.ts'
import { story } from './browser.ts'
import { patienceMs, sees } from './seeing.ts'

story(
  'twelve tabs are live over one stream, and go on when the tab that reads it is closed',
  async ({ world, open }) => {
    const id = await createAssignedTicket(world, 'in_progress')
    const first = await open(world.tess, { path: '/account' })
    await sees(first.getByRole('heading', { level: 1 }))
    const context = first.context()
    const streams: string[] = []
    context.on('request', (request) => {
      if (request.url().includes('/events/stream')) streams.push(request.url())
    })
    const rest = await Promise.all(
      Array.from({ length: 11 }, async () => {
        const tab = await context.newPage()
        await tab.goto('/account')
        await sees(tab.getByRole('heading', { level: 1 }))
        return tab
      }),
    )
    const countUnread = (tabs: typeof rest) =>
      Promise.all(tabs.map(async (tab) => /^\((\d+)\)/.exec(await tab.title())?.[1]))
    const before = Number((await countUnread([first]))[0] ?? 0)
    const allCount = (tabs: typeof rest, count: number): Promise<void> =>
      expect.poll(() => countUnread(tabs), { timeout: patienceMs }).toEqual(tabs.map(() => String(count)))

    expectSuccess(await comment(world.cleo, id, 'It is down again.'))
    await allCount([first, ...rest], before + 1)
    expect(streams).toEqual([])
    // The tab that was there first reads the stream.
    await first.close()
    await expect.poll(() => streams.length, { timeout: patienceMs }).toBe(1)
    expectSuccess(await comment(world.cleo, id, 'And up.'))
    await allCount(rest, before + 2)
    expect(streams).toHaveLength(1)
  },
)
