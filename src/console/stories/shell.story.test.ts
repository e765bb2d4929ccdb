import { expectAccessible } from './accessible.ts'
import { story } from './browser.ts'
import { sees } from './seeing.ts'

story('each role signs in, and finds a page for itself', async ({ world, open }) => {
  for (const person of [world.cleo, world.tess, world.ada]) {
    const page = await open(person)
    await sees(page.getByRole('main'))
    // Where nothing has happened yet, the first page says what to do first.
    if (person === world.ada) await sees(page.getByRole('link', { name: 'Invite technicians' }))
    await expectAccessible(page)
  }
})

story('an address of nothing, and an address for another role, say the same', async ({ world, open }) => {
  const cleo = await open(world.cleo, { path: '/there/is/nothing' })
  const nothing = cleo.getByRole('heading', { name: 'There is nothing at this address' })
  await sees(nothing)
  for (const path of ['/board', '/people', '/emails', '/audit', '/settings']) {
    await cleo.goto(path)
    await sees(nothing)
  }
  await expectAccessible(cleo)
})
