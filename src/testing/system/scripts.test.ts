import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { many, sql } from '../../platform/db/sql.ts'
import { fanOutOnce } from '../../platform/events/fan-out.ts'
import { createOperator, ensureDefaultTenant } from '../support/operator-client.ts'
import { bodyOf, createApi, expectRefusal, expectStatus, expectSuccess } from '../support/requests.ts'
import { type Ended, runScript } from '../support/run-script.ts'
import { codeNow } from '../support/second-factors.ts'
import { logIn } from '../support/sign-in-requests.ts'
import { sqlOn } from '../support/sql-on.ts'
import { type Desk, startDesk } from '../support/workspace.ts'
import { writeMails } from '../support/write-mails.ts'

let desk: Desk
let folder: string

const run = (script: string, ...options: string[]): Promise<Ended> =>
  runScript(desk.databaseUrl, folder, script, ...options)

const printedPassword = ({ out }: Ended): string => /password\s+(\S+)/.exec(out)?.[1] ?? ''

const signIn = (tenant: string, name: string, password: string) =>
  logIn(createApi(desk.url, { 'X-Tenant': tenant }), name, password)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'counterdesk-scripts-'))
  desk = await startDesk({ withWorker: false })
})

afterAll(async () => {
  await desk?.stop()
  await rm(folder, { recursive: true, force: true })
})

describe('The scripts that create tenants and admins', () => {
  const admin = ['--user-id', 'olga', '--email', 'olga@acme.example.com']
  let made: Ended

  beforeAll(async () => {
    made = await run('operate/create-tenant', '--slug', 'acme', '--name', 'Acme', '--admin-user-id', 'ada')
  })

  test('create-tenant creates a tenant whose admin signs in with the printed password, there and nowhere else', async () => {
    expect(made).toMatchObject({ code: 0, err: [] })
    expect(made.out).toMatch(/^address +https?:\/\/\S+\/t\/acme$/m)
    const other = await run('operate/create-tenant', '--slug', 'other', '--name', 'Other', '--admin-user-id', 'ada')
    expect(other.code).toBe(0)
    const reply = await signIn('acme', 'ada', printedPassword(made))
    expect(reply.body.user).toMatchObject({ id: 'ada', role: 'admin', tenant: 'acme' })
    expect((await signIn('other', 'ada', printedPassword(other))).body.user).toMatchObject({ tenant: 'other' })
    expect((await signIn('other', 'ada', printedPassword(made))).status).toBe(401)
  })

  test('create-tenant chooses the languages and the time zone of the tenant', async () => {
    const wanted = ['--languages', 'de,en', '--time-zone', 'Europe/Berlin']
    const made = await run(
      'operate/create-tenant',
      '--slug',
      'kai',
      '--name',
      'Kai',
      '--admin-user-id',
      'ada',
      ...wanted,
    )
    expect(made).toMatchObject({ code: 0, err: [] })
    const { token } = bodyOf(await signIn('kai', 'ada', printedPassword(made)))
    const { settings } = bodyOf(await createApi(desk.url, { Authorization: `Bearer ${token}` }).get('/settings'))
    expect(settings).toMatchObject({
      languages: { value: ['de', 'en'], is_set: true },
      time_zone: { value: 'Europe/Berlin', is_set: true },
    })
  })

  test('show-mail prints the newest mail of a template, such as the invitation of the first admin', async () => {
    await ensureDefaultTenant(desk)
    const invited = { user_id: 'dana', name: 'Dana', email: 'dana@harbour.example.com' }
    const body = { slug: 'harbour', name: 'Harbour', admin: invited }
    expectSuccess(await createOperator(desk).post('/tenants', body))
    const show = () => run('operate/show-mail', '--tenant', 'harbour', '--latest', 'account_invited')
    expect((await show()).err).toEqual(['The tenant harbour has no mail account_invited yet.'])
    await writeMails(desk)
    expect((await show()).out).toMatch(/\/t\/harbour\/\S*token=/)
  })

  test('create-admin creates one more admin, with a given password that it does not repeat', async () => {
    const password = 'correct-horse-9'
    const ended = await run('operate/create-admin', '--tenant', 'acme', ...admin, '--password', password)
    expect(ended).toMatchObject({ code: 0, err: [] })
    expect(ended.out).not.toContain(password)
    expect((await signIn('acme', 'olga', password)).body.user).toMatchObject({ id: 'olga', role: 'admin' })
  })

  test('a user id that looks like another id, or is a reserved word, is refused with its reason', async () => {
    const create = (userId: string) => run('operate/create-admin', '--user-id', userId, '--email', 'x@acme.example.com')
    const tenant = run('operate/create-tenant', '--slug', 'third', '--name', 'Third', '--admin-user-id', 'Anyone')
    const refusals = await Promise.all([create('tkt0026'), tenant])
    expect(refusals.map(({ code, out, err: [first] }) => [code, out, first])).toEqual([
      [2, '', '--user-id: must not look like the id of something else'],
      [2, '', '--admin-user-id: is a reserved word'],
    ])
  })

  test('a name that is taken or does not exist is refused in one line', async () => {
    const tenant = ['operate/create-tenant', '--slug', 'acme', '--name', 'Acme', '--admin-user-id', 'ada'] as const
    const email = ['--email', 'someone@acme.example.com']
    const more = (slug: string, ...options: string[]) => run('operate/create-admin', '--tenant', slug, ...options)
    await more('acme', '--user-id', 'first', '--email', 'first@acme.example.com')
    const refusals = await Promise.all([
      run(...tenant),
      more('acme', '--user-id', 'ADA', ...email),
      more('acme', '--user-id', 'first', ...email),
      more('acme', '--user-id', 'second', '--email', 'First@acme.example.com'),
      more('nowhere', '--user-id', 'third', ...email),
      more('acme', '--user-id', 'fourth', ...email, '--password', 'password1'),
      more('acme', '--user-id', 'fifth-admin', ...email, '--password', 'Fifth-Admin'),
      run('operate/show-mail', '--tenant', 'acne', '--email-id', randomUUID()),
      run('operate/show-mail', '--tenant', 'acme', '--email-id', randomUUID()),
    ])
    expect(refusals.map(({ code, out, err }) => [code, out, ...err])).toEqual([
      [1, '', 'There is, or was, a tenant called acme.'],
      [1, '', '--user-id: An account of the tenant acme has the sign-in name ADA already.'],
      [1, '', '--user-id: An account of the tenant acme has the sign-in name first already.'],
      [1, '', '--email: An account of the tenant acme has the address First@acme.example.com already.'],
      [1, '', expect.stringMatching(/^There is no tenant nowhere\. Tenants: acme\b.*\.$/)],
      [1, '', 'password is one of the most common passwords'],
      [1, '', 'password must not be a name or an address of the account'],
      [1, '', expect.stringMatching(/^There is no tenant acne\. Tenants: acme\b/)],
      [1, '', 'The tenant acme has no such mail. Mails of another tenant: --tenant <slug>.'],
    ])
  })

  test('options that are missing, wrong or unknown are named, with how to call it', async () => {
    const faults = await Promise.all([
      run('operate/create-admin'),
      run('operate/create-admin', ...admin, '--colour', 'red'),
      run('operate/create-admin', 'olga'),
      run('operate/create-tenant', '--slug', 'Not A Slug', '--name', 'Acme', '--admin-user-id', 'TEC0001'),
      run('demo/demo', '--tenant', ''),
    ])
    for (const { code, out, err } of faults) {
      expect([code, out]).toEqual([2, ''])
      expect(err.at(-1)).toMatch(/^Usage: npm run /)
    }
    expect(faults.map(({ err }) => err.slice(0, -1).map((line) => line.slice(0, 20)))).toEqual([
      [expect.stringMatching('--user-id'), expect.stringMatching('--email')],
      [expect.stringMatching('There is no option -')],
      [expect.stringMatching('"olga" is one word t')],
      [expect.stringMatching('--slug'), expect.stringMatching('--admin-user-id')],
      [expect.stringMatching('--tenant')],
    ])
  })
})

test('reset-factor takes the second factor of the last admin away', async () => {
  const password = 'correct-horse-9'
  const olgaSignsIn = () => signIn('acme', 'olga', password)
  const olga = createApi(desk.url, { Authorization: `Bearer ${bodyOf(await olgaSignsIn()).token}` })
  const { secret } = bodyOf(await olga.post('/me/second-factor', { current_password: password }))
  bodyOf(await olga.post('/me/second-factor/confirm', { code: codeNow(secret, { now: Date.now }) }))
  await expectRefusal(olgaSignsIn(), 401, 'second_factor_required')
  const reset = (...options: string[]) => run('operate/reset-factor', '--tenant', 'acme', '--user-id', ...options)
  expect(await reset('olga')).toMatchObject({ code: 0, err: [], out: expect.stringContaining('is taken away') })
  expectStatus(await olgaSignsIn(), 200)
  expect(await reset('olga')).toMatchObject({ code: 0, out: expect.stringContaining('Nothing was changed') })
  expect(await reset('nobody-9')).toMatchObject({
    code: 1,
    err: ['--user-id: The tenant acme has no account nobody-9.'],
  })
})

test('blank-event erases the text of an event once, and says what records that', async () => {
  while ((await fanOutOnce(desk.app.pool, [], 500)) > 0);
  const [row] = await sqlOn(
    desk.databaseUrl,
    `select max(e.position)::int as id from events e join tenants t using (tenant_id)
     where t.slug = 'acme' and e.type = 'session.started'`,
  )
  const options = ['--tenant', 'acme', '--position', String(row?.id)] as const
  const shown = expect.stringMatching(`Event ${row?.id} of acme: session.started of `)
  // Without --yes nothing is erased, and the option of before is refused.
  expect(await run('operate/blank-event', ...options)).toMatchObject({ code: 1, out: shown })
  expect(await run('operate/blank-event', '--tenant', 'acme', '--event-id', '1')).toMatchObject({
    code: 2,
    out: '',
    err: expect.arrayContaining([expect.stringMatching('--position')]),
  })
  const ended = await run('operate/blank-event', ...options, '--yes')
  expect(ended).toMatchObject({
    code: 0,
    err: [],
    out: expect.stringMatching(`event ${row?.id} is erased`),
  })
  expect(await run('operate/blank-event', ...options, '--yes')).toMatchObject({ code: 1, out: shown })
})

test('after-restore begins an epoch before it places what waits, and may be run again', async () => {
  const name = `after-${randomUUID().slice(0, 8)}`
  await run(
    'operate/create-tenant',
    '--slug',
    name,
    '--name',
    'A',
    '--admin-user-id',
    'ada',
    '--admin-email',
    'a@b.example',
  )
  const epochs = () =>
    sqlOn(
      desk.databaseUrl,
      `select n.epoch, n.reason, f.position::integer from log_epochs n
       join log_forks f on f.epoch_number = n.epoch_number
       join tenants t on t.tenant_id = f.tenant_id
       where t.slug = $1 order by n.epoch_number`,
      [name],
    )
  const first = await run('operate/after-restore')
  expect(first).toMatchObject({ code: 0, err: [] })
  expect(first.out).toMatch(/^mails that are held +\d+$/m)
  expect(first.out).toMatch(/^audit chains that are whole +[1-9]\d*$/m)
  const second = await run('operate/after-restore')
  expect(second).toMatchObject({ code: 0, err: [] })
  const noted = await epochs()
  const { position } = noted[1] ?? {}
  expect(noted.map(({ reason }) => reason)).toEqual(['restored', 'restored'])
  // The first run placed the events of the tenant, after the epoch that forks before them.
  expect(noted[0]?.position).toBe(0)
  expect(position).toBeGreaterThan(0)
  for (const [index, { out }] of [first, second].entries()) {
    expect(out).toMatch(new RegExp(`^the new epoch of the log +${noted[index]?.epoch}$`, 'm'))
  }
})

describe('npm run audit:verify', () => {
  const file = () => join(folder, 'anchors.tsv')

  test('prints the head of every chain, and holds what was printed before against the chains of today', async () => {
    while ((await fanOutOnce(desk.app.pool, [], 500)) > 0);
    const first = await run('operate/audit-verify')
    expect(first).toMatchObject({ code: 0, err: [] })
    const Head = z.object({ line: z.string() })
    const statement = sql`select concat_ws(e'\t', t.slug, h.position, encode(h.hash, 'hex')) as line
      from event_heads h join tenants t on t.tenant_id = h.tenant_id order by t.slug`
    const heads = (await many(desk.app.pool, Head, statement)).map(({ line }) => `${line}\n`)
    expect(heads.length).toBeGreaterThan(1)
    expect(first.out).toBe(heads.join(''))
    await writeFile(file(), first.out)
    expect(await run('operate/audit-verify', '--anchors', file())).toEqual(first)
    await writeFile(file(), `nonsense\n${first.out}`)
    expect(await run('operate/audit-verify', '--anchors', file())).toMatchObject({
      code: 1,
      out: '',
      err: ['--anchors: this is no line of ours: nonsense'],
    })
  })

  test('names an event that was changed, and an event whose hash differs from the noted hash', async () => {
    const { out } = await run('operate/audit-verify')
    const forged = out.replace(/^(\S+\t\d+)\t.*$/m, `$1\t${'0'.repeat(64)}`)
    await writeFile(file(), forged)
    const [tenant, position] = forged.split('\t')
    const noted = await run('operate/audit-verify', '--anchors', file())
    expect(noted).toMatchObject({ code: 1, out })
    expect(noted.err).toEqual([
      `${tenant}: the event at position ${position} is missing, or has another hash than was noted`,
    ])
    await sqlOn(desk.databaseUrl, 'alter table events disable trigger user')
    await sqlOn(
      desk.databaseUrl,
      `update events e set type = 'thing.else' from tenants t
       where t.slug = $1 and e.tenant_id = t.tenant_id and e.position = 1`,
      [tenant],
    )
    await sqlOn(desk.databaseUrl, 'alter table events enable trigger user')
    const broken = await run('operate/audit-verify')
    expect(broken).toMatchObject({ code: 1, err: [`${tenant}: the chain breaks at position 1: hash`] })
    expect(broken.out).not.toContain(`${tenant}\t`)
  })
})
