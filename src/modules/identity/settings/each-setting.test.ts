import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createWorld, password, type World } from '../../../testing/support/people.ts'
import { recordedEvents } from '../../../testing/support/recorded-events.ts'
import { type Api, bodyOf, createApi, expectRefusal, versionIn } from '../../../testing/support/requests.ts'
import { createMovableClock, enrol } from '../../../testing/support/second-factors.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { writesOf } from '../../../testing/support/written-statements.ts'
import { countedSettings, type SettingName, settingNames } from '../tenants/known-settings.schemas.ts'
import { settingsOf } from '../tenants/tenant-settings.service.ts'

// What holds for every setting there is: it follows the default of the day until somebody chooses, is read through one
// function, and each change is an event with before and after.

const consoleFolder = fileURLToPath(new URL('../../../console/admin', import.meta.url))

interface Case {
  /** What an admin chooses, and then. */
  chosen: [unknown, unknown]
  /** The default of the desk. */
  byDefault: unknown
  /** What the operator sets before the next start, and the default from then on. Null: the environment says none. */
  after: [environment: Record<string, string>, byDefault: unknown] | null
}

const cases = (slug: string): Record<SettingName, Case> => ({
  name: { chosen: ['Harbour', 'Quay'], byDefault: `Desk ${slug}`, after: null },
  languages: { chosen: [['de'], ['de', 'en']], byDefault: ['en', 'de'], after: [{ LANGUAGES: 'de' }, ['de']] },
  time_zone: {
    chosen: ['Europe/Berlin', 'Asia/Tokyo'],
    byDefault: 'UTC',
    after: [{ TIME_ZONE: 'Europe/Paris' }, 'Europe/Paris'],
  },
  accent_colour: { chosen: ['#0b6e4f', '#5c0b57'], byDefault: '#1f5fbf', after: null },
  registration: {
    chosen: ['closed', 'confirmed'],
    byDefault: 'open',
    after: [{ REGISTRATION: 'confirmed' }, 'confirmed'],
  },
  registration_domains: {
    chosen: [['quay.example.com'], ['a.example', 'b.example']],
    byDefault: [],
    after: [{ REGISTRATION_DOMAINS: 'harbour.example.com' }, ['harbour.example.com']],
  },
  second_factor_required: {
    chosen: [true, false],
    byDefault: false,
    after: [{ SECOND_FACTOR_REQUIRED: 'true' }, true],
  },
  mail_sender: {
    chosen: [
      { name: 'Harbour, office', address: 'desk@localhost' },
      { name: 'Quay', address: 'quay@localhost' },
    ],
    byDefault: { name: 'Counterdesk', address: 'helpdesk@localhost' },
    after: [{ MAIL_FROM: 'Desk <new@localhost>' }, { name: 'Desk', address: 'new@localhost' }],
  },
  mail_signature: { chosen: ['Harbour\n1 Pier Road', 'Quay'], byDefault: null, after: null },
  auto_close_days: { chosen: [3, 4], byDefault: 7, after: [{ AUTO_CLOSE_DAYS: '9' }, 9] },
  comment_edit_minutes: { chosen: [0, 30], byDefault: 15, after: [{ COMMENT_EDIT_MINUTES: '20' }, 20] },
  undo_seconds: { chosen: [0, 7], byDefault: 30, after: null },
  deleted_days: { chosen: [10, 11], byDefault: 30, after: [{ DELETED_DAYS: '40' }, 40] },
  mail_parameters_days: { chosen: [5, 60], byDefault: 90, after: [{ MAIL_PARAMETERS_DAYS: '100' }, 100] },
  products_by: { chosen: ['everybody', 'staff'], byDefault: 'staff', after: null },
})

let desk: Desk
/** The program with other settings in its environment, on the same database: what is there after a restart. */
let restarted: Desk
let world: World
/** The recovery codes of Ada, each of which shows once who she is. */
let codes: string[]
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
  const others = Object.values(cases('')).flatMap(({ after }) => (after === null ? [] : [after[0]]))
  const settings = Object.assign({}, ...others)
  restarted = await startDesk({ withWorker: false, databaseUrl: desk.databaseUrl, settings })
})
afterAll(async () => {
  await restarted?.stop()
  await desk?.stop()
})

/** A tenant whose admin has a second factor, so that she may ask the staff for one. */
const newWorld = async (): Promise<void> => {
  world = await createWorld(desk)
  codes = (await enrol(world.ada, createMovableClock())).recoveryCodes
}

test('every setting has a case here', () => expect(Object.keys(cases(''))).toEqual(settingNames))

describe.each(settingNames)('%s', (name) => {
  /** What holds in a program: as the API shows it, and as the one function reads it that everything asks. */
  const holds = async (at: Desk): Promise<unknown> => {
    at.app.tenantSettings.clear()
    const shown = bodyOf(await createApi(at.url, world.ada.headers).get('/settings')).settings[name]
    expect((await settingsOf(at.app, world.tenantId))[name], 'settingsOf').toEqual(shown.value)
    return [shown.value, shown.default, shown.is_set]
  }
  const change = async (api: Api, value: unknown, ifMatch?: number): Promise<number | null> => {
    const shown = { current_password: password, second_factor_code: codes.shift() }
    const proof = name === 'second_factor_required' ? shown : {}
    const headers: Record<string, string> = ifMatch === undefined ? {} : { 'If-Match': `"${ifMatch}"` }
    const reply = await api.patch('/settings', { [name]: value, ...proof }, { headers })
    bodyOf(reply)
    return versionIn(reply)
  }

  test('each change of it is one statement with its event', async () => {
    await newWorld()
    const written = await writesOf('tenants', async () => {
      for (const value of [...cases(world.slug)[name].chosen, null]) await change(world.ada, value)
    })
    expect(written).toHaveLength(3)
    expect(written.filter((text) => !text.includes('insert into events'))).toEqual([])
  })

  test('is chosen, changed and left to its default again, each time with an event', async () => {
    await newWorld()
    const { chosen, byDefault, after } = cases(world.slug)[name]
    const later = after === null ? byDefault : after[1]
    const [first, second] = chosen
    expect(await holds(desk)).toEqual([byDefault, byDefault, false])
    // What nobody has set follows the default of the day.
    expect(await holds(restarted)).toEqual([later, later, false])
    expect(await change(world.ada, first)).toBe(2)
    expect(await holds(desk)).toEqual([first, byDefault, true])
    // What is set stays, whatever the default is.
    expect(await holds(restarted)).toEqual([first, later, true])
    expect(await change(world.ada, first), 'the same again').toBe(2)
    expect(await change(world.ada, second, 2)).toBe(3)
    const stale = { headers: { 'If-Match': '"2"' } }
    const refused = await expectRefusal(world.ada.patch('/settings', { [name]: first }, stale), 412, 'stale_version')
    expect(refused.body).toMatchObject({ current_version: 3, changed: [{ field: name, by: 'ada', version: 3 }] })
    expect(await change(world.ada, null)).toBe(4)
    expect(await holds(desk)).toEqual([byDefault, byDefault, false])
    expect(await holds(restarted)).toEqual([later, later, false])
    expect(await change(world.ada, null), 'null again').toBe(4)
    const events = await recordedEvents(desk, world, 'tenant.settings_changed')
    expect(events.map(({ actor_id, subject_version, changes }) => [actor_id, subject_version, changes])).toEqual([
      ['ada', 2, { [name]: { from: null, to: first } }],
      ['ada', 3, { [name]: { from: first, to: second } }],
      ['ada', 4, { [name]: { from: second, to: null } }],
    ])
  })

  test('of two admins at once one is refused by If-Match, and the other setting of the second is not lost', async () => {
    await newWorld()
    const [first] = cases(world.slug)[name].chosen
    const other = name === 'undo_seconds' ? { auto_close_days: 5 } : { undo_seconds: 5 }
    const headers = { 'If-Match': '"1"' }
    const replies = await Promise.all([
      world.ada.patch('/settings', { [name]: first }, { headers }),
      world.ada.patch('/settings', other, { headers }),
    ])
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 412])
    const [late] = replies[0]?.status === 412 ? [{ [name]: first }] : [other]
    const refused = replies.find(({ status }) => status === 412)
    expect(refused?.body).toMatchObject({ current_version: 2, overlaps: false })
    bodyOf(await world.ada.patch('/settings', late, { headers: { 'If-Match': '"2"' } }))
    const { settings } = bodyOf(await world.ada.get('/settings'))
    expect([settings[name].value, settings[name].is_set]).toEqual([first, true])
    const [member] = Object.keys(other)
    expect(settings[String(member)].value).toBe(5)
  })

  test('has words in the audit and its default beside it on the screen, in both languages', async () => {
    const audit = await readFile(`${consoleFolder}/audit.words.ts`, 'utf8')
    expect(audit.match(new RegExp(`^ {6}${name}: '`, 'gm'))).toHaveLength(2)
    const screens = (await readdir(consoleFolder)).filter((file) => /Settings\.svelte$/.test(file))
    const texts = await Promise.all(screens.map((file) => readFile(`${consoleFolder}/${file}`, 'utf8')))
    const shown = name in countedSettings ? '<SettingDefault {form} {name}' : `<SettingDefault {form} name="${name}"`
    expect(texts.filter((text) => text.includes(shown))).toHaveLength(1)
  })
})
