import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { deleteDueTenants } from '../../modules/operations/tenant-lifecycle/delete-due-tenants.service.ts'
import { cleanUps } from '../../modules.ts'
import { runCleanUps } from '../../platform/jobs/clean-up.ts'
import { createAssignedTicket } from '../support/create-tickets.ts'
import { endGrace } from '../support/end-grace.ts'
import { announcementOf, attach, textFile } from '../support/files.ts'
import { createOperator, ensureDefaultTenant } from '../support/operator-client.ts'
import { createWorld, type World } from '../support/people.ts'
import { pngOf } from '../support/pictures.ts'
import { quotasOff } from '../support/quotas-off.ts'
import { createApi, expectStatus, expectSuccess } from '../support/requests.ts'
import { logIn } from '../support/sign-in-requests.ts'
import { sqlOn } from '../support/sql-on.ts'
import { type Desk, startDesk } from '../support/workspace.ts'
import { writeMails } from '../support/write-mails.ts'

// What a deleted tenant leaves where no column `tenant_id` says so: keys of counters, answers that are kept for the
// operator, arguments of jobs, folders of files, what processes remember.

let desk: Desk
let folder: string
beforeAll(async () => {
  const counting = Object.fromEntries(Object.keys(quotasOff).map((name) => [name, '50000']))
  const limits = { RATE_LIMIT_REQUESTS_PER_MINUTE: '5000', RATE_LIMIT_SIGN_INS_PER_MINUTE: '1000' }
  desk = await startDesk({ withWorker: false, settings: { ...counting, ...limits } })
  folder = desk.app.config.DATA_DIR
  await ensureDefaultTenant(desk)
})
afterAll(() => desk?.stop())

/** The tables of the program and of the job runner in which a row has one of these words, whatever the column is. */
const tablesWith = async (words: string[]): Promise<string[]> => {
  const tables = await sqlOn(
    desk.databaseUrl,
    `select format('%I.%I', t.table_schema, t.table_name) as name from information_schema.tables t
     where t.table_schema in ('public', 'graphile_worker') and t.table_type = 'BASE TABLE' order by 1`,
  )
  const found: string[] = []
  for (const { name } of tables) {
    const look = `select 1 from ${name} r where r::text like any ($1) limit 1`
    const rows = await sqlOn(desk.databaseUrl, look, [words.map((word) => `%${word}%`)])
    if (rows.length > 0) found.push(String(name))
  }
  return found
}

/** The names of files and folders in the data of the program that belong to a tenant, halves of uploads too. */
const pathsOf = async ({ tenantId }: World): Promise<string[]> => {
  const paths = await readdir(folder, { recursive: true, withFileTypes: true })
  const own = String(tenantId).padStart(10, '0')
  return paths.filter((path) => path.isFile() && join(path.parentPath, path.name).includes(own)).map(({ name }) => name)
}

/** The keys of counters that name a tenant by its number. */
const counterKeys = async ({ tenantId }: World): Promise<string[]> => {
  const rows = await sqlOn(
    desk.databaseUrl,
    `select key from rate_limits union all select key from quota_counts union all select key from distinct_counts`,
  )
  return rows.map(({ key }) => String(key)).filter((key) => new RegExp(`(^| )${tenantId} `).test(key))
}

const live = async (world: World): Promise<void> => {
  const id = await createAssignedTicket(world)
  const { attachment_id } = await attach(desk, world.cleo, id)
  expectSuccess(await world.cleo.delete(`/tickets/${id}/attachments/${attachment_id}`))
  await attach(desk, world.cleo, id, textFile('more.txt', 'more'))
  expectSuccess(
    await world.cleo.post(`/tickets/${id}/attachments/upload-url`, announcementOf(textFile('late.txt', 'late'))),
  )
  expectSuccess(await world.tess.put(`/tickets/${id}/presence`, { state: 'viewing' }))
  expectSuccess(await world.tess.put(`/tickets/${id}/drafts/reply`, { body: 'Not sent yet' }))
  const raw = pngOf(8, 8)
  expectSuccess(await world.ada.put('/settings/logo', undefined, { raw, headers: { 'Content-Type': 'image/png' } }))
  expectStatus(await logIn(world.nobody, world.cleo.email, 'not-hers-3'), 401)
  expectSuccess(await world.ada.get('/directory?role=customer'))
  expectSuccess(await world.nobody.get('/tenant'))
}

test('no row, no key, no job and no file names a deleted tenant, when what ends by itself has ended', async () => {
  const [world, neighbour] = [await createWorld(desk), await createWorld(desk)]
  for (const one of [world, neighbour]) await live(one)
  // A half of an upload, as a process leaves it that was killed.
  const [file] = (await desk.app.store.list(null, 1_000))
    .map(({ key }) => key)
    .filter((key) => Number(key.slice(0, 10)) === world.tenantId)
  const [own = '', object = ''] = file?.split('/') ?? []
  const paths = await readdir(folder, { recursive: true, withFileTypes: true })
  const beside = paths.find(({ name }) => name === object)?.parentPath ?? ''
  await writeFile(join(beside, `${object}.0123456789ab.part`), 'half')
  expect([own.length, await pathsOf(world)]).toEqual([10, expect.arrayContaining([`${object}.0123456789ab.part`])])

  const keyed = { headers: { 'Idempotency-Key': `end of ${world.slug}` } }
  const operator = createOperator(desk)
  expectStatus(await operator.delete(`/tenants/${world.slug}?confirm=${world.slug}`, keyed), 202)
  await desk.app.quotas.close()
  await desk.app.distinctQuotas.close()
  const words = [world.slug]
  const before = await tablesWith(words)
  expect(before).toEqual(expect.arrayContaining(['public.accounts', 'public.idempotency_keys', 'public.tenants']))
  expect((await counterKeys(world)).length).toBeGreaterThan(1)

  await writeMails(desk)
  await endGrace(desk, world.tenantId)
  await deleteDueTenants(desk.app)
  // A deletion takes a day at least. Windows of counters, and kept answers, are over by then.
  for (const table of ['rate_limits', 'quota_counts', 'distinct_counts']) {
    await sqlOn(desk.databaseUrl, `update ${table} set window_ends_at = window_ends_at - interval '25 hours'`)
  }
  await sqlOn(desk.databaseUrl, `update idempotency_keys set created_at = created_at - interval '25 hours'`)
  await runCleanUps(desk.app, cleanUps)
  expect(await tablesWith(words)).toEqual(['public.platform_log'])
  expect(await counterKeys(world)).toEqual([])
  expect(await pathsOf(world)).toEqual([])
  const jobs = `select count(*)::integer as jobs from graphile_worker._private_jobs where payload ->> 'tenant_id' = $1`
  expect(await sqlOn(desk.databaseUrl, jobs, [String(world.tenantId)])).toEqual([{ jobs: 0 }])
  // The search finds what there is.
  expect(await tablesWith([neighbour.slug])).toEqual(expect.arrayContaining(['public.accounts', 'public.tenants']))
  expect(await pathsOf(neighbour)).not.toEqual([])
})

test('what a process remembers of a deleted tenant lets nobody in, and shows nothing', async () => {
  const world = await createWorld(desk)
  const other = await startDesk({ databaseUrl: desk.databaseUrl, withWorker: false })
  try {
    await live(world)
    const at = (headers: Record<string, string>) => createApi(other.url, headers)
    const cookie = expectSuccess(
      await at({ 'X-Tenant': world.slug }).post('/users/signin', {
        email: world.cleo.email,
        password: world.cleo.password,
      }),
    )
    const [session = ''] = cookie.headers.getSetCookie()
    const asked = [
      at(world.ada.headers).get('/me'),
      at({ Cookie: session.split(';')[0] ?? '' }).get('/me'),
      at({ 'X-Tenant': world.slug }).get('/tenant'),
    ]
    for (const reply of await Promise.all(asked)) expectStatus(reply, 200)
    expectStatus(await createOperator(desk).delete(`/tenants/${world.slug}?confirm=${world.slug}`), 202)
    await writeMails(desk)
    await endGrace(desk, world.tenantId)
    await deleteDueTenants(desk.app)
    // The suspension was a day ago at least; here it was a moment ago, so what is kept for a second is let go.
    for (const cache of [other.app.principals, other.app.tenants]) cache.clear()
    expect((await at(world.ada.headers).get('/me')).status).toBe(401)
    expect((await at({ Cookie: session.split(';')[0] ?? '' }).get('/me')).status).toBe(401)
    for (const path of ['/tenant', '/registration']) {
      expect((await at({ 'X-Tenant': world.slug }).get(path)).status).toBe(404)
    }
    // The bytes of its logo may be in memory for ten minutes, and nobody gets them.
    expect((await fetch(`${other.url}/api/tenant/logo`, { headers: { 'X-Tenant': world.slug } })).status).toBe(404)
    expect((await fetch(`${other.url}/t/${world.slug}/`, { headers: { Accept: 'text/html' } })).status).toBe(404)
  } finally {
    await other.stop()
  }
})
