import { afterAll, beforeAll, expect, test } from 'vitest'
import { blankMails } from '../../modules/channels/outgoing-mail/blank-mails.service.ts'
import { endRestoring } from '../../modules/desk/attachments/deleted-tickets.service.ts'
import { closeTicketsInTime } from '../../modules/desk/ticket-changes/close-tickets.service.ts'
import { settingsOf } from '../../modules/identity/tenants/tenant-settings.service.ts'
import { comment, createAssignedTicket, createTicket, deleteTicket } from '../support/create-tickets.ts'
import { attach, textFile } from '../support/files.ts'
import { createWorld, type World } from '../support/people.ts'
import { bodyOf, expectRefusal, expectStatus, expectSuccess } from '../support/requests.ts'
import { type Desk, startDesk } from '../support/workspace.ts'
import { writeMails } from '../support/write-mails.ts'

// What each setting of a tenant does. In every test one tenant has chosen, and the other one follows the environment.

let desk: Desk
let own: World
let other: World
beforeAll(async () => {
  desk = await startDesk({ withWorker: false, settings: { TIME_ZONE: 'Asia/Kathmandu', LANGUAGES: 'de,en' } })
})
afterAll(() => desk?.stop())

/** Two new tenants, the first with settings of its own. */
const twoTenants = async (chosen: object): Promise<void> => {
  own = await createWorld(desk)
  other = await createWorld(desk)
  bodyOf(await own.ada.patch('/settings', chosen))
}

/** Writes a setting as no version of the program would. */
const corrupt = async ({ tenantId }: World, settings: object): Promise<void> => {
  await desk.owner.query('update tenants set settings = settings || $2 where tenant_id = $1', [tenantId, settings])
  desk.app.tenantSettings.clear()
}

const statusOf = async ({ ada }: World, id: string): Promise<string> => bodyOf(await ada.get(`/tickets/${id}`)).status

test('auto_close_days: each tenant closes its tickets in its own time', async () => {
  await twoTenants({ auto_close_days: 3 })
  const ids = new Map<World, string>()
  for (const world of [own, other]) {
    const id = await createAssignedTicket(world, 'in_progress')
    bodyOf(await world.tess.put(`/tickets/${id}`, { status: 'resolved', resolution_summary: 'Done.' }))
    await desk.owner.query(
      `update tickets set resolved_date = now() - interval '4 days' where tenant_id = $1 and ticket_id = $2`,
      [world.tenantId, id],
    )
    ids.set(world, id)
  }
  const states = async () => [await statusOf(own, ids.get(own) ?? ''), await statusOf(other, ids.get(other) ?? '')]
  // What is malformed in the database is as if it were not set.
  for (const odd of ['3', 3.5, 0, [3], { days: 3 }, null, 1e9]) {
    await corrupt(own, { auto_close_days: odd })
    await closeTicketsInTime(desk.app)
    expect([JSON.stringify(odd), await states()]).toEqual([JSON.stringify(odd), ['resolved', 'resolved']])
    expect((await settingsOf(desk.app, own.tenantId)).auto_close_days).toBe(7)
  }
  await corrupt(own, { auto_close_days: 3 })
  await closeTicketsInTime(desk.app)
  expect(await states()).toEqual(['closed', 'resolved'])
})

test('auto_close_days: the mail of a resolved ticket says the days of its tenant', async () => {
  await twoTenants({ auto_close_days: 3 })
  for (const [world, said] of [
    [own, 'nach 3 Tagen'],
    [other, 'nach 7 Tagen'],
  ] as const) {
    const id = await createAssignedTicket(world, 'in_progress')
    bodyOf(await world.tess.put(`/tickets/${id}`, { status: 'resolved', resolution_summary: 'Done.' }))
    await writeMails(desk)
    const { emails } = bodyOf(await world.ada.get(`/emails?ticket_id=${id}&template=ticket_resolved`))
    expect(bodyOf(await world.ada.get(`/emails/${emails[0].email_id}`)).text).toContain(said)
  }
})

test('comment_edit_minutes: for comments, for files, and in what lists say', async () => {
  await twoTenants({ comment_edit_minutes: 0 })
  for (const [world, minutes] of [
    [own, 0],
    [other, 15],
  ] as const) {
    const { cleo, ada } = world
    const id = await createTicket(cleo)
    const { comment_id: said, created_at } = bodyOf(await comment(cleo, id, 'Still down.'))
    const { attachment_id: file } = await attach(desk, cleo, id, textFile('log.txt'), 'public')
    const path = `/tickets/${id}/comments/${said}`
    const { comments } = bodyOf(await cleo.get(`/tickets/${id}/comments`))
    expect(Date.parse(comments[0].editable_until) - Date.parse(created_at)).toBe(minutes * 60_000)
    const changed = cleo.put(path, { body: 'Up again.' })
    const removed = cleo.delete(`/tickets/${id}/attachments/${file}`)
    if (minutes === 0) {
      await expectRefusal(changed, 422, 'comment_too_old')
      await expectRefusal(cleo.delete(path), 422, 'comment_too_old')
      await expectRefusal(removed, 422, 'attachment_too_old')
      expectSuccess(await ada.put(path, { body: 'Up again, said the admin.' }))
    } else for (const reply of [await changed, await removed]) expectSuccess(reply)
  }
})

test('undo_seconds: 0 switches the undo off, and no time is longer than the tenant lets it be', async () => {
  await twoTenants({ undo_seconds: 0 })
  const say = async ({ cleo }: World, undo_seconds: number) => {
    const body = { body: 'Still down.', visibility: 'public', undo_seconds }
    return bodyOf(await cleo.post(`/tickets/${await createTicket(cleo)}/comments`, body))
  }
  const secondsOf = ({ undo_until, created_at }: Record<string, string>): number =>
    Math.round((Date.parse(String(undo_until)) - Date.parse(String(created_at))) / 1_000)
  const off = await say(own, 30)
  expect([off.undo_token, off.undo_until]).toEqual([undefined, undefined])
  expect(secondsOf(await say(other, 30))).toBe(30)
  bodyOf(await own.ada.patch('/settings', { undo_seconds: 20 }))
  expect(secondsOf(await say(own, 30))).toBe(20)
  expect(secondsOf(await say(own, 3))).toBe(3)

  bodyOf(await own.ada.patch('/settings', { undo_seconds: 0 }))
  const id = await createTicket(own.cleo)
  const put = bodyOf(await own.ada.put(`/tickets/${id}`, { priority: 'high', undo_seconds: 30 }))
  const closed = bodyOf(await own.ada.post(`/tickets/${id}/close`, { reason: 'No.', undo_seconds: 30 }))
  expect([put.undo_token, closed.undo_token]).toEqual([undefined, undefined])
})

test('deleted_days: how long tickets can be restored, and when their files go', async () => {
  await twoTenants({ deleted_days: 3 })
  const ids = new Map<World, string>()
  for (const world of [own, other]) {
    const id = await createTicket(world.cleo)
    await deleteTicket(world.ada, id)
    await desk.owner.query(
      `update tickets set deleted_at = now() - interval '4 days' where tenant_id = $1 and deleted_at is not null`,
      [world.tenantId],
    )
    ids.set(world, id)
  }
  const deletedIn = async ({ ada }: World) => bodyOf(await ada.get('/tickets?deleted=true')).tickets
  expect(await deletedIn(own)).toEqual([])
  const [kept] = await deletedIn(other)
  expect(Date.parse(kept.deleted_until) - Date.parse(kept.deleted_at)).toBe(30 * 86_400_000)
  const refused = await expectRefusal(own.ada.post(`/tickets/${ids.get(own)}/restore`), 410, 'ticket_gone')
  expect(refused.body.detail).toContain('for 3 days')
  await corrupt(own, { deleted_days: 'soon' })
  expect(await endRestoring(desk.app, 20)).toBe(0)
  await corrupt(own, { deleted_days: 3 })
  expect(await endRestoring(desk.app, 20)).toBe(1)
  expect(await endRestoring(desk.app, 20)).toBe(0)
  expectSuccess(await other.ada.post(`/tickets/${ids.get(other)}/restore`))
})

test('mail_parameters_days: when the texts of mails go', async () => {
  await twoTenants({ mail_parameters_days: 5 })
  for (const { cleo, tenantId } of [own, other]) {
    await createTicket(cleo)
    await writeMails(desk)
    await desk.owner.query(`update emails set created_at = now() - interval '6 days' where tenant_id = $1`, [tenantId])
  }
  while ((await blankMails(desk.app, 2)) > 0);
  const blanked = async ({ tenantId }: World) =>
    (
      await desk.owner.query(
        'select distinct parameters_blanked_at is not null as gone from emails where tenant_id = $1',
        [tenantId],
      )
    ).rows
  expect([await blanked(own), await blanked(other)]).toEqual([[{ gone: true }], [{ gone: false }]])
})

test('time_zone: of digests, of days that are counted, and of the times in mails', async () => {
  await twoTenants({ time_zone: 'America/New_York' })
  const choices = async ({ tess }: World) =>
    bodyOf(await tess.patch('/me/notifications', { ways: { ticket_comment: 'daily' }, digest_hour: 7 }))
  const hourIn = (zone: string, at: string) =>
    new Date(at).toLocaleTimeString('sv', { timeZone: zone, hour: '2-digit', minute: '2-digit' })
  for (const [world, zone] of [
    [own, 'America/New_York'],
    [other, 'Asia/Kathmandu'],
  ] as const) {
    const chosen = await choices(world)
    expect([chosen.time_zone, hourIn(zone, chosen.next_daily_at)]).toEqual([zone, '07:00'])
    // A person's own zone goes before that of the tenant.
    bodyOf(await world.tess.patch('/me', { time_zone: 'Europe/Berlin' }))
    const again = await choices(world)
    expect([again.time_zone, hourIn('Europe/Berlin', again.next_daily_at)]).toEqual(['Europe/Berlin', '07:00'])
    bodyOf(await world.tess.patch('/me', { time_zone: null }))
    const id = await createAssignedTicket(world)
    expectStatus(await comment(world.cleo, id, 'Hello?'), 201)
    await writeMails(desk)
    const { rows } = await desk.owner.query(
      'select due_at from digest_items where tenant_id = $1 and account_id = $2 limit 1',
      [world.tenantId, world.tess.id],
    )
    expect(hourIn(zone, rows[0].due_at)).toBe('07:00')
    // The ticket was created at a moment that is another day in the two zones.
    await desk.owner.query(`update tickets set raised_date = '2026-11-20T02:00:00Z' where tenant_id = $1`, [
      world.tenantId,
    ])
    const day = zone === 'Asia/Kathmandu' ? '2026-11-20' : '2026-11-19'
    const days = `raised_from=${day}&raised_to=${day}`
    const { counts } = bodyOf(await world.ada.get(`/tickets/counts?by=raised_day&${days}`))
    expect(counts.raised_day).toMatchObject([{ value: day, count: 1 }])
    expect(bodyOf(await world.ada.get(`/tickets?${days}`)).tickets).toHaveLength(1)
    expect(bodyOf(await world.ada.get(`/tickets?${days}&zone=UTC`)).tickets).toHaveLength(day === '2026-11-20' ? 1 : 0)
  }
})

test('name: in what is asked before sign-in, and in mails', async () => {
  await twoTenants({ name: 'Harbour <b>office</b>' })
  expect(bodyOf(await own.nobody.get('/registration')).tenant_name).toBe('Harbour <b>office</b>')
  expect(bodyOf(await other.nobody.get('/registration')).tenant_name).toBe(`Desk ${other.slug}`)
  await createTicket(own.cleo)
  await writeMails(desk)
  const { emails } = bodyOf(await own.ada.get('/emails?template=ticket_created_customer'))
  const mail = bodyOf(await own.ada.get(`/emails/${emails[0].email_id}`))
  expect(mail.text).toContain('Harbour <b>office</b>')
  expect(mail.html).not.toContain('<b>office</b>')
  await corrupt(own, { name: ['Harbour'] })
  desk.app.tenants.clear()
  expect(bodyOf(await own.nobody.get('/registration')).tenant_name).toBe(`Desk ${own.slug}`)
})
