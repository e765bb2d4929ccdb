import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWorld, password, type World } from '../../../testing/support/people.ts'
import { recordedEvents } from '../../../testing/support/recorded-events.ts'
import { bodyOf, expectRefusal, type Reply, versionIn } from '../../../testing/support/requests.ts'
import { createMovableClock, enrol } from '../../../testing/support/second-factors.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { settingsOf } from '../tenants/tenant-settings.service.ts'

let desk: Desk
let world: World
let codes: string[]
beforeAll(async () => {
  const settings = { REGISTRATION_DOMAINS: 'Harbour.Example.com, quay.example.com' }
  desk = await startDesk({ withWorker: false, settings })
  world = await createWorld(desk)
  // Who asks the staff for a second factor needs one to go on.
  codes = (await enrol(world.ada, createMovableClock())).recoveryCodes
})
afterAll(() => desk?.stop())

const values = (reply: Reply) =>
  Object.fromEntries(
    Object.entries(bodyOf(reply).settings as Record<string, { value: unknown; is_set: boolean }>).map(
      ([name, { value, is_set }]) => [name, [value, is_set]],
    ),
  )

const changed = async ({ ada }: World, change: object): Promise<Reply> => {
  const reply = await ada.patch('/settings', change)
  bodyOf(reply)
  return reply
}

const domains = ['harbour.example.com', 'quay.example.com']

test('settings follow the environment until an admin chooses, and again after null', async () => {
  const { ada } = world
  const first = await ada.get('/settings')
  expect(values(first)).toEqual({
    name: [`Desk ${world.slug}`, false],
    languages: [['en', 'de'], false],
    time_zone: ['UTC', false],
    accent_colour: ['#1f5fbf', false],
    mail_sender: [{ name: 'Counterdesk', address: 'helpdesk@localhost' }, false],
    mail_signature: [null, false],
    auto_close_days: [7, false],
    comment_edit_minutes: [15, false],
    undo_seconds: [30, false],
    deleted_days: [30, false],
    mail_parameters_days: [90, false],
    registration: ['open', false],
    registration_domains: [domains, false],
    second_factor_required: [false, false],
    products_by: ['staff', false],
  })
  expect([bodyOf(first).version, versionIn(first)]).toEqual([1, 1])
  const chosen = await changed(world, { registration: 'open', second_factor_required: true })
  expect(values(chosen)).toMatchObject({ registration: ['open', true], second_factor_required: [true, true] })
  expect(bodyOf(chosen)).toMatchObject({ version: 2, settings: { second_factor_required: { default: false } } })
  expect((await ada.get('/settings')).text).toBe(chosen.text)
  expect(await settingsOf(desk.app, world.tenantId)).toMatchObject({ second_factor_required: true })

  const same = await changed(world, { registration: 'open', registration_domains: null })
  expect(bodyOf(same).version).toBe(2)
  // Who switches second factors off shows the password: off, or the default, where that is off.
  for (const off of [false, null]) {
    const asked = (more: object) => ada.patch('/settings', { second_factor_required: off, ...more })
    await expectRefusal(asked({}), 400, 'validation_failed')
    await expectRefusal(asked({ current_password: 'not-hers-3' }), 422, 'wrong_password')
    await expectRefusal(asked({ current_password: password }), 403, 'second_factor_code_required')
  }
  const more = { current_password: password, second_factor_code: codes[0] }
  const reset = await changed(world, { registration: null, second_factor_required: null, ...more })
  expect(values(reset)).toEqual(values(first))
  const events = await recordedEvents(desk, world, 'tenant.%')
  expect(
    events.map(({ subject_id, subject_version, actor_id, changes }) => [
      subject_id,
      subject_version,
      actor_id,
      changes,
    ]),
  ).toEqual([
    ['-', 2, 'ada', { registration: { from: null, to: 'open' }, second_factor_required: { from: null, to: true } }],
    ['-', 3, 'ada', { registration: { from: 'open', to: null }, second_factor_required: { from: true, to: null } }],
  ])
})

test('domains are kept as they are compared, each once', async () => {
  const asked = ['Müller.example', 'xn--mller-kva.EXAMPLE', 'sub.harbour.example.com']
  const reply = await changed(world, { registration_domains: asked })
  expect(bodyOf(reply).settings.registration_domains.value).toEqual([
    'xn--mller-kva.example',
    'sub.harbour.example.com',
  ])
})

test('by_domain without a domain is odd, and the answer says so', async () => {
  const warned = await changed(world, { registration: 'by_domain', registration_domains: [] })
  expect(bodyOf(warned).warnings.map(({ code }: { code: string }) => code)).toEqual(['no_registration_domains'])
  expect(bodyOf(await changed(world, { registration_domains: null })).warnings).toBeUndefined()
})

test('an admin without a second factor is told before it is too late, and may send the change again', async () => {
  const other = await createWorld(desk)
  const warned = bodyOf(await other.ada.patch('/settings', { second_factor_required: true }))
  expect(warned.warnings.map(({ code }: { code: string }) => code)).toEqual(['own_second_factor_missing'])
  await expectRefusal(other.ada.get('/settings'), 403, 'second_factor_enrolment_required')
  await enrol(other.ada, createMovableClock())
  expect(bodyOf(await other.ada.patch('/settings', { second_factor_required: true })).warnings).toBeUndefined()
  const stale = other.ada.patch('/settings', { registration: 'open' }, { headers: { 'If-Match': '"99"' } })
  expect((await expectRefusal(stale, 412, 'stale_version')).body.detail).toMatch(/not 99\. Read them again\.$/)
})

test.each([
  [{ registration: 'invitation' }, 'registration'],
  [{ registration_domains: 'harbour.example.com' }, 'registration_domains'],
  [{ registration_domains: ['@harbour.example.com'] }, 'registration_domains.0'],
  [{ registration_domains: ['*.example.com'] }, 'registration_domains.0'],
  [{ registration_domains: Array.from({ length: 51 }, (_, n) => `d${n}.example.com`) }, 'registration_domains'],
  [{ second_factor_required: 'true' }, 'second_factor_required'],
  [{ colour: 'blue' }, 'colour'],
  [{ name: '' }, 'name'],
  [{ name: 'Two\nlines' }, 'name'],
  [{ name: 'N'.repeat(101) }, 'name'],
  [{ languages: [] }, 'languages'],
  [{ languages: ['de', 'de'] }, 'languages'],
  [{ languages: ['fr'] }, 'languages.0'],
  [{ time_zone: 'Mars/Olympus' }, 'time_zone'],
  [{ accent_colour: 'blue' }, 'accent_colour'],
  [{ accent_colour: '#ffee00' }, 'accent_colour'],
  [{ accent_colour: '#1f5fbf;x' }, 'accent_colour'],
  [{ mail_sender: { name: 'Desk', address: 'desk@elsewhere.example.com' } }, 'mail_sender.address'],
  [{ mail_sender: { name: 'Desk', address: 'Desk <desk@localhost>' } }, 'mail_sender.address'],
  [{ mail_sender: { name: 'Desk\r\nBcc: all@example.com', address: 'desk@localhost' } }, 'mail_sender.name'],
  [{ mail_sender: 'desk@localhost' }, 'mail_sender'],
  [{ mail_signature: 'S'.repeat(1_001) }, 'mail_signature'],
  [{ auto_close_days: 0 }, 'auto_close_days'],
  [{ auto_close_days: 1.5 }, 'auto_close_days'],
  [{ comment_edit_minutes: 525_601 }, 'comment_edit_minutes'],
  [{ undo_seconds: 31 }, 'undo_seconds'],
  [{ deleted_days: '30' }, 'deleted_days'],
  [{ mail_parameters_days: 4 }, 'mail_parameters_days'],
])('%j is refused', async (change, field) => {
  const { body } = await expectRefusal(world.ada.patch('/settings', change), 400, 'validation_failed')
  expect(body.errors.map((error: { field: string }) => error.field)).toEqual([field])
})

test('two admins at once lose nothing, and If-Match refuses what was not read', async () => {
  const other = await createWorld(desk)
  const { ada } = other
  await enrol(ada, createMovableClock())
  await Promise.all([
    changed(other, { registration: 'closed' }),
    changed(other, { registration_domains: domains }),
    changed(other, { second_factor_required: true }),
  ])
  const now = await ada.get('/settings')
  expect(values(now)).toMatchObject({
    registration: ['closed', true],
    registration_domains: [domains, true],
    second_factor_required: [true, true],
  })
  expect(bodyOf(now).version).toBe(4)
  const etag = now.headers.get('etag') ?? ''
  const matching = (tag: string) => ({ headers: { 'If-Match': tag } })
  bodyOf(await ada.patch('/settings', { registration: null }, matching(etag)))
  const stale = await expectRefusal(
    ada.patch('/settings', { registration: 'open' }, matching(etag)),
    412,
    'stale_version',
  )
  expect(stale.body).toMatchObject({
    current_version: 5,
    changed: [{ field: 'registration', by: 'ada', version: 5 }],
    overlaps: true,
  })
  // The settings of one tenant are not those of another.
  expect(values(await world.ada.get('/settings')).registration).toEqual(['by_domain', true])
})
