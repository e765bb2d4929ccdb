import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWorld, type Person } from '../../../testing/support/people.ts'
import { jpegOf, pngChunk, pngOf } from '../../../testing/support/pictures.ts'
import { recordedEvents } from '../../../testing/support/recorded-events.ts'
import { bodyOf, expectRefusal, expectStatus, type Reply } from '../../../testing/support/requests.ts'
import { sqlOn } from '../../../testing/support/sql-on.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { reconcileStore } from '../../desk/attachments/store.service.ts'

let desk: Desk
beforeAll(async () => {
  desk = await startDesk({ withWorker: false, settings: { LANGUAGES: 'de,en' } })
})
afterAll(() => desk?.stop())

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')
const put = (person: Person, raw: Buffer, type = 'image/png'): Promise<Reply> =>
  person.put('/settings/logo', undefined, { raw, headers: { 'Content-Type': type } })
/** The answer with its bytes as they are. */
const logoOf = (slug: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${desk.url}/api/tenant/logo`, { headers: { 'X-Tenant': slug, ...headers } })
const keysOf = async (tenantId: number): Promise<string[]> =>
  (await desk.app.store.list(null, 1_000)).map(({ key }) => key).filter((key) => Number(key.slice(0, 10)) === tenantId)

test('what a tenant looks like is told before the sign-in, and nothing else', async () => {
  const world = await createWorld(desk)
  const looks = await world.nobody.get('/tenant')
  expect(bodyOf(looks)).toEqual({
    name: `Desk ${world.slug}`,
    languages: ['de', 'en'],
    accent_colour: '#1f5fbf',
    logo: null,
    registration: 'open',
  })
  const chosen = { name: 'Harbour', languages: ['en'], accent_colour: '#0B6E4F', registration: 'closed' }
  bodyOf(await world.ada.patch('/settings', chosen))
  const { headers } = await world.nobody.get('/tenant')
  expect(bodyOf(await world.nobody.get('/tenant'))).toEqual({ ...chosen, accent_colour: '#0b6e4f', logo: null })
  expect((await world.nobody.get('/tenant', { headers: { 'If-None-Match': headers.get('etag') ?? '' } })).status).toBe(
    304,
  )
  await expectRefusal(world.nobody.get('/tenant', { headers: { 'X-Tenant': 'nowhere' } }), 404, 'tenant_not_found')
})

test('a logo is served as what its bytes are, changes with an event, and leaves no file behind', async () => {
  const world = await createWorld(desk)
  const other = await createWorld(desk)
  const { ada, slug, tenantId } = world
  await expectRefusal(world.nobody.get('/tenant/logo'), 404, 'logo_not_found')
  const [png, jpeg] = [pngOf(64, 32), jpegOf(200, 100)]
  // The declared type counts for nothing.
  expectStatus(await put(ada, png, 'text/html'), 204)
  const served = await logoOf(slug)
  expect(Buffer.from(await served.arrayBuffer()).equals(png)).toBe(true)
  expect(Object.fromEntries(served.headers)).toMatchObject({
    'content-type': 'image/png',
    'content-security-policy': "default-src 'none'; sandbox",
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-cache',
    etag: `"${sha256(png)}"`,
  })
  expect(served.headers.get('vary')).toContain('X-Tenant')
  expect((await logoOf(slug, { 'If-None-Match': served.headers.get('etag') ?? '' })).status).toBe(304)
  expect(bodyOf(await world.nobody.get('/tenant')).logo).toBe(sha256(png))
  expect((await logoOf(other.slug)).status).toBe(404)

  const [first] = await keysOf(tenantId)
  expectStatus(await put(ada, png), 204)
  expect(await keysOf(tenantId)).toEqual([first])
  expectStatus(await put(ada, jpeg), 204)
  expect((await logoOf(slug)).headers.get('content-type')).toBe('image/jpeg')
  expect(await keysOf(tenantId)).toHaveLength(1)
  // The nightly comparison knows the logo, however old it is.
  const later = { ...desk.app.clock, now: () => Date.now() + 3 * 86_400_000 }
  await reconcileStore({ ...desk.app, clock: later })
  expect(await keysOf(tenantId)).toHaveLength(1)

  expectStatus(await ada.delete('/settings/logo'), 204)
  expectStatus(await ada.delete('/settings/logo'), 204)
  expect([(await logoOf(slug)).status, await keysOf(tenantId)]).toEqual([404, []])
  const events = await recordedEvents(desk, world, 'tenant.logo_changed')
  expect(events.map(({ actor_id, changes }) => [actor_id, changes])).toEqual([
    ['ada', { sha256: { from: null, to: sha256(png) }, size: { from: null, to: png.length } }],
    ['ada', { sha256: { from: sha256(png), to: sha256(jpeg) }, size: { from: png.length, to: jpeg.length } }],
    ['ada', { sha256: { from: sha256(jpeg), to: null }, size: { from: jpeg.length, to: null } }],
  ])
})

const html = Buffer.from('<html><script>alert(1)</script>')
const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>')
const pngHead = pngOf(8, 8).subarray(0, 33)
const pngEnd = pngChunk('IEND', Buffer.alloc(0))
/** A PNG in whose pixels one byte is another than its checksum says. */
const broken = pngOf(8, 8)
broken.writeUInt8(broken.readUInt8(45) ^ 1, 45)
const jpegEnd = Buffer.from([0xff, 0xd9])
/** A JPEG up to the end of its frame. */
const jpegHead = jpegOf(8, 8).subarray(0, 23)

test('of a PNG only the picture is kept: no profile, no texts', async () => {
  const { ada, slug } = await createWorld(desk)
  const png = pngOf(8, 8)
  const beside = ['iCCP', 'iTXt', 'zTXt'].map((kind) => pngChunk(kind, Buffer.from('name\0\0packed')))
  expectStatus(await put(ada, Buffer.concat([pngHead, ...beside, png.subarray(33)])), 204)
  expect(Buffer.from(await (await logoOf(slug)).arrayBuffer()).equals(png)).toBe(true)
})

test.each([
  ['HTML', html, 'file_type_not_allowed'],
  ['SVG', svg, 'file_type_not_allowed'],
  ['nothing', Buffer.alloc(0), 'file_type_not_allowed'],
  ['a GIF', Buffer.from('GIF89a\x01\x00\x01\x00\x00\x00\x00;', 'latin1'), 'file_type_not_allowed'],
  ['the start of a PNG, then HTML', Buffer.concat([pngOf(8, 8).subarray(0, 8), html]), 'file_type_not_allowed'],
  ['a header of a PNG, then HTML', Buffer.concat([pngHead, html]), 'file_type_not_allowed'],
  ['a PNG with HTML behind its end', Buffer.concat([pngOf(8, 8), html]), 'file_type_not_allowed'],
  ['a PNG that is cut off', pngOf(8, 8).subarray(0, -4), 'file_type_not_allowed'],
  ['a PNG without pixels', Buffer.concat([pngHead, pngEnd]), 'file_type_not_allowed'],
  ['a PNG with a wrong checksum', broken, 'file_type_not_allowed'],
  ['a PNG with two headers', Buffer.concat([pngHead, pngOf(8, 8).subarray(8)]), 'file_type_not_allowed'],
  ['a JPEG with HTML behind its frame', Buffer.concat([jpegHead, html, jpegEnd]), 'file_type_not_allowed'],
  ['a JPEG without a scan', Buffer.concat([jpegHead, jpegEnd]), 'file_type_not_allowed'],
  ['a JPEG with another end before its end', jpegOf(8, 8, Buffer.concat([jpegEnd, html])), 'file_type_not_allowed'],
  ['a JPEG with HTML behind its end', Buffer.concat([jpegOf(8, 8), html]), 'file_type_not_allowed'],
  ['a JPEG without a frame', Buffer.from([0xff, 0xd8, ...Array(12).fill(0), 0xff, 0xd9]), 'file_type_not_allowed'],
  [
    'a JPEG whose segment has no length',
    Buffer.from([0xff, 0xd8, 0xff, 0xfe, 0, 0, ...Array(12).fill(0), 0xff, 0xd9]),
    'file_type_not_allowed',
  ],
  ['a PNG that unpacks to a wall', pngOf(8, 8, [0, 0, 0], [60_000, 60_000]), 'file_too_large'],
  ['a PNG one pixel too wide', pngOf(2_001, 1), 'file_too_large'],
  ['a PNG without a pixel', pngOf(1, 1, [0, 0, 0], [0, 1]), 'file_too_large'],
  ['a JPEG one pixel too high', jpegOf(8, 2_001), 'file_too_large'],
  ['one byte too much', jpegOf(8, 8, Buffer.alloc(262_145 - jpegOf(8, 8).length)), 'file_too_large'],
])('%s is no logo', async (_, raw, code) => {
  const world = await createWorld(desk)
  await expectRefusal(put(world.ada, raw), 422, code)
  expect(await keysOf(world.tenantId)).toEqual([])
})

test('the largest logo is taken, and only admins set one', async () => {
  const world = await createWorld(desk)
  const largest = jpegOf(2_000, 2_000, Buffer.alloc(262_144 - jpegOf(8, 8).length))
  expect(largest).toHaveLength(262_144)
  expectStatus(await put(world.ada, largest), 204)
  for (const person of [world.tess, world.cleo]) {
    await expectRefusal(put(person, pngOf(8, 8)), 403, 'forbidden')
    await expectRefusal(person.delete('/settings/logo'), 403, 'forbidden')
  }
  // A file that the store has lost is as if there were no logo.
  await desk.app.store.remove(await keysOf(world.tenantId))
  desk.app.logos.clear()
  expect((await logoOf(world.slug)).status).toBe(404)
  const rows = await sqlOn(desk.databaseUrl, 'select logo_type from tenants where tenant_id = $1', [world.tenantId])
  expect(rows).toEqual([{ logo_type: 'image/jpeg' }])
})
