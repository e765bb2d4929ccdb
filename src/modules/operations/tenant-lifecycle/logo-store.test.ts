import { afterAll, beforeAll, expect, test } from 'vitest'
import { type S3Server, startS3Server } from '../../../testing/peers/s3-server.ts'
import { createTicket } from '../../../testing/support/create-tickets.ts'
import { endGrace } from '../../../testing/support/end-grace.ts'
import { attach } from '../../../testing/support/files.ts'
import { createOperator } from '../../../testing/support/operator-client.ts'
import { createWorld, type World } from '../../../testing/support/people.ts'
import { pngOf } from '../../../testing/support/pictures.ts'
import { recordedEvents } from '../../../testing/support/recorded-events.ts'
import { createApi, expectStatus, type Reply } from '../../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { writeMails } from '../../../testing/support/write-mails.ts'
import { reconcileStore } from '../../desk/attachments/store.service.ts'
import { deleteDueTenants } from './delete-due-tenants.service.ts'

// What is left of logos in a store that several processes share, as with S3.

let s3: S3Server
let desk: Desk
/** Another process on the same database and the same store. */
let second: Desk
beforeAll(async () => {
  s3 = await startS3Server()
  desk = await startDesk({ withWorker: false, settings: s3.settings })
  second = await startDesk({ withWorker: false, settings: s3.settings, databaseUrl: desk.databaseUrl })
})
afterAll(async () => {
  await second?.stop()
  await desk?.stop()
  await s3?.stop()
})

const [red, green, blue] = [pngOf(8, 8, [200, 0, 0]), pngOf(8, 8, [0, 120, 0]), pngOf(8, 8, [0, 0, 200])] as const

/** The objects of a tenant, as their bytes. */
const objectsOf = ({ tenantId }: World): Buffer[] =>
  [...s3.objects].filter(([key]) => Number(key.split('/')[0]) === tenantId).map(([, { bytes }]) => bytes)
const setLogo = ({ ada }: World, raw: Buffer, at: Desk = desk): Promise<Reply> =>
  createApi(at.url, ada.headers).put('/settings/logo', undefined, { raw, headers: { 'Content-Type': 'image/png' } })
const servedBy = async ({ url }: Desk, { slug }: World): Promise<Buffer> => {
  const served = await fetch(`${url}/api/tenant/logo`, { headers: { 'X-Tenant': slug } })
  return Buffer.from(await served.arrayBuffer())
}
/** The nightly comparison of the store, three days from now. */
const sweep = (): Promise<void> =>
  reconcileStore({ ...desk.app, clock: { ...desk.app.clock, now: () => desk.app.clock.now() + 3 * 86_400_000 } })

test('a logo in S3 is one object, the last, and none when it was removed', async () => {
  const world = await createWorld(desk)
  expectStatus(await setLogo(world, red), 204)
  expect(objectsOf(world)).toEqual([red])
  expect([...s3.objects.values()].at(-1)?.contentType).toBe('image/png')
  expectStatus(await setLogo(world, green), 204)
  expect(objectsOf(world)).toEqual([green])
  expect(await servedBy(desk, world)).toEqual(green)
  await sweep()
  expect(objectsOf(world)).toEqual([green])
  expectStatus(await world.ada.delete('/settings/logo'), 204)
  expect(objectsOf(world)).toEqual([])
})

test('what could not be removed goes with the nightly comparison, and the logo stays', async () => {
  const world = await createWorld(desk)
  expectStatus(await setLogo(world, red), 204)
  s3.before = (request) => {
    if (request === 'DELETE' || request === 'POST') s3.mood = 'failing'
  }
  try {
    expectStatus(await setLogo(world, green), 204)
  } finally {
    s3.before = () => {}
    s3.mood = 'well'
  }
  expect(objectsOf(world)).toEqual([red, green])
  await sweep()
  expect(objectsOf(world)).toEqual([green])
  expect(await servedBy(second, world)).toEqual(green)
})

test('two processes that set a logo at once leave one object, and it is the one that the tenant has', async () => {
  const world = await createWorld(desk)
  for (let round = 0; round < 5; round += 1) {
    const replies = await Promise.all([setLogo(world, green, desk), setLogo(world, blue, second), setLogo(world, red)])
    expect(replies.map(({ status }) => status)).toEqual([204, 204, 204])
    desk.app.tenantSettings.clear()
    second.app.tenantSettings.clear()
    const [left, ...others] = objectsOf(world)
    expect(others).toEqual([])
    expect([await servedBy(desk, world), await servedBy(second, world)]).toEqual([left, left])
  }
  // The events follow each other without a gap: each begins where the one before ended.
  const changes = (await recordedEvents(desk, world, 'tenant.logo_changed')).map(
    (event) => Object(event.changes).sha256,
  )
  expect(changes.slice(1).map(({ from }) => from)).toEqual(changes.slice(0, -1).map(({ to }) => to))
})

test('the same logo at once in two processes is one change and one object', async () => {
  const world = await createWorld(desk)
  await Promise.all([setLogo(world, blue, desk), setLogo(world, blue, second)])
  expect(objectsOf(world)).toEqual([blue])
  expect(await recordedEvents(desk, world, 'tenant.logo_changed')).toHaveLength(1)
})

test('a deleted tenant leaves no object in S3, neither its logo nor what was on its way, and its neighbour keeps all', async () => {
  const [world, neighbour] = [await createWorld(desk), await createWorld(desk)]
  for (const one of [world, neighbour]) {
    expectStatus(await setLogo(one, red), 204)
    await attach(desk, one.cleo, await createTicket(one.cleo))
  }
  const [kept] = [...s3.objects.keys()].filter((key) => Number(key.split('/')[0]) === world.tenantId)
  const lost = `${kept?.slice(0, -4)}0000`
  s3.objects.set(lost, { bytes: green, contentType: 'image/png', checksum: undefined, modifiedAt: new Date() })
  expect(objectsOf(world)).toHaveLength(3)
  expectStatus(await createOperator(desk).delete(`/tenants/${world.slug}?confirm=${world.slug}`), 202)
  await writeMails(desk)
  await endGrace(desk, world.tenantId)
  await deleteDueTenants(desk.app)
  expect(objectsOf(world)).toEqual([])
  expect(objectsOf(neighbour)).toHaveLength(2)
  // Nothing of the logo is served from what a process remembers.
  expect((await fetch(`${second.url}/api/tenant/logo`, { headers: { 'X-Tenant': world.slug } })).status).toBe(404)
})
