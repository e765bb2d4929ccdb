import { afterAll, beforeAll, expect, test } from 'vitest'
import { createOperator, ensureDefaultTenant } from '../../../testing/support/operator-client.ts'
import { password } from '../../../testing/support/people.ts'
import { recordedEvents } from '../../../testing/support/recorded-events.ts'
import { type Api, bodyOf, createApi, expectStatus, verdict } from '../../../testing/support/requests.ts'
import { newestResetToken } from '../../../testing/support/sign-in-requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { writeMails } from '../../../testing/support/write-mails.ts'
import { writesOf } from '../../../testing/support/written-statements.ts'

let desk: Desk
let operator: Api
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
  operator = createOperator(desk)
  await ensureDefaultTenant(desk)
})
afterAll(() => desk?.stop())

const admin = { user_id: 'dana', name: 'Dana Whitfield', email: 'dana@harbour.example.com' }

test('a tenant is created with its languages and its time zone, and its admin is invited in its language', async () => {
  const asked = { slug: 'hafen', name: 'Hafenwerke', languages: ['de', 'en'], time_zone: 'Europe/Berlin', admin }
  const written = await writesOf('tenants', async () => {
    expectStatus(await operator.post('/tenants', asked), 201)
  })
  expect(written).toEqual([
    expect.stringContaining('insert into tenants'),
    expect.stringMatching(/update tenants set settings .*insert into events/s),
  ])
  const { rows } = await desk.app.pool.query(`select tenant_id as "tenantId" from tenants where slug = 'hafen'`)
  const world = { ...rows[0], slug: 'hafen' }
  const [event, ...more] = await recordedEvents(desk, world, 'tenant.settings_changed')
  expect(more).toEqual([])
  expect(event).toMatchObject({
    actor_id: null,
    subject_version: 2,
    changes: { languages: { from: null, to: ['de', 'en'] }, time_zone: { from: null, to: 'Europe/Berlin' } },
  })
  const token = await newestResetToken(desk, world, 'dana')
  const nobody = createApi(desk.url, { 'X-Tenant': 'hafen' })
  expectStatus(await nobody.post('/auth/password/reset', { token, password }), 204)
  const { token: session } = bodyOf(await nobody.post('/auth/login', { user_id_or_email: 'dana', password }))
  const dana = createApi(desk.url, { Authorization: `Bearer ${session}` })
  const { settings, version } = bodyOf(await dana.get('/settings'))
  expect([version, settings.languages, settings.time_zone]).toEqual([
    2,
    { value: ['de', 'en'], default: ['en', 'de'], is_set: true },
    { value: 'Europe/Berlin', default: 'UTC', is_set: true },
  ])
  // What is left out follows the program.
  expect(settings.registration).toMatchObject({ is_set: false })
  await writeMails(desk)
  const [invitation] = bodyOf(await dana.get('/emails?template=account_invited')).emails
  const mail = bodyOf(await dana.get(`/emails/${invitation.email_id}`))
  expect(mail.text).toMatch(/Passwort/)
  const again = { ...asked, slug: 'kai' }
  for (const odd of [
    { languages: [] },
    { languages: ['fr'] },
    { languages: ['de', 'de'] },
    { time_zone: 'Mars/Olympus' },
  ]) {
    expect(verdict(await operator.post('/tenants', { ...again, ...odd }))).toEqual([400, 'validation_failed'])
  }
  const english = { ...again, languages: ['en'], admin: { ...admin, email: 'dana@kai.example.com' } }
  expectStatus(await operator.post('/tenants', english), 201)
})
