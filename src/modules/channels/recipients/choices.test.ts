import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { choosableKinds, NotificationKind, notificationKinds } from '../../../contract/notification-kinds.ts'
import { many, sql } from '../../../platform/db/sql.ts'
import { assignTicket, comment, createTicket, moveTicket } from '../../../testing/support/create-tickets.ts'
import { attach, textFile } from '../../../testing/support/files.ts'
import { createWorld, type Person, password, type World } from '../../../testing/support/people.ts'
import { recordedEvents } from '../../../testing/support/recorded-events.ts'
import { bodyOf, expectRefusal, expectSuccess } from '../../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { writeMails } from '../../../testing/support/write-mails.ts'
import { createAdminOf } from '../../identity/accounts/first-admin.service.ts'
import { recipientSteps } from './recipients.steps.ts'

let desk: Desk
beforeAll(async () => {
  desk = await startDesk({ withWorker: false, settings: { QUOTA_STRANGER_MAILS_PER_DAY: '10' } })
})
afterAll(() => desk?.stop())

/** Chooses a way for every kind that a role may choose it for. */
const chooseAll = async (person: Person, way: string): Promise<void> => {
  const { choices } = bodyOf(await person.get('/me/notifications'))
  const ways = Object.fromEntries(
    choices.flatMap(({ kind, ways: possible }: { kind: string; ways: string[] }) =>
      possible.length > 1 && possible.includes(way) ? [[kind, way]] : [],
    ),
  )
  bodyOf(await person.patch('/me/notifications', { ways }))
}

/** Does something of each kind to everybody whom it concerns, and answers with the ids of the events. */
const doEverything = async (world: World, boss: Person): Promise<number[]> => {
  const { ada, tess, tom, cleo } = world
  const last = await many(
    desk.app.pool,
    z.object({ id: z.int() }),
    sql`select coalesce(max(event_id), 0) as id from events`,
  )
  const id = await createTicket(cleo)
  await assignTicket(ada, id, tess)
  expectSuccess(await ada.put(`/tickets/${id}/watchers/${tom.id}`))
  expectSuccess(await ada.put(`/tickets/${id}/watchers/ada`))
  expectSuccess(await comment(cleo, id, 'Still down.'))
  expectSuccess(await comment(tess, id, 'On my way.'))
  expectSuccess(await comment(tom, id, 'I know the switch.', 'internal'))
  await attach(desk, cleo, id, textFile('log.txt'), 'public')
  await attach(desk, tess, id, textFile('answer.txt'), 'public')
  await moveTicket(tess, id, 'in_progress', 'resolved')
  expectSuccess(await boss.post(`/tickets/${id}/close`))
  const rival = await world.technician(`T${id}`, 'Network')
  await assignTicket(ada, await createTicket(cleo), rival)
  expectSuccess(await boss.delete(`/technicians/${rival.id}`))
  const given = await createTicket(cleo)
  await assignTicket(ada, given, tess)
  expectSuccess(await ada.put(`/tickets/${given}/watchers/ada`))
  expectSuccess(await boss.put(`/tickets/${given}`, { priority: 'urgent' }))
  expectSuccess(await tess.put(`/tickets/${given}`, { technician_id: null }))
  const rows = await many(
    desk.app.pool,
    z.object({ id: z.int() }),
    sql`select e.event_id as id from events e where e.tenant_id = ${world.tenantId} and e.event_id > ${last[0]?.id ?? 0}`,
  )
  return rows.map((row) => row.id)
}

const Told = z.object({
  role: z.enum(['admin', 'technician', 'customer']),
  kind: NotificationKind,
  way: z.string(),
  is_mailed: z.boolean(),
  is_digested: z.boolean(),
})

/** Who was told of what, and what was written for them. */
const toldOf = (tenantId: number, eventIds: number[]) =>
  many(
    desk.app.pool,
    Told,
    sql`with ${recipientSteps({ tenantIds: eventIds.map(() => tenantId), eventIds })}
        select r.account_role as role, r.kind, r.way,
          exists (select from emails m where m.tenant_id = r.tenant_id and m.event_id = r.event_id
            and m.account_id = r.account_id) as is_mailed,
          exists (select from digest_items i where i.tenant_id = r.tenant_id and i.event_id = r.event_id
            and i.account_id = r.account_id and i.kind = r.kind) as is_digested
        from recipients r`,
  )

test('each role is told of its kinds, and what was chosen decides whether a mail is written, kept, or neither', async () => {
  const world = await createWorld(desk)
  await createAdminOf(desk.app, world.slug, { userId: 'boss', name: 'Boss', email: 'boss@example.com', password })
  const boss = await world.signIn('boss', password)
  const people = [world.ada, world.tess, world.tom, world.cleo]
  const seen = new Set<string>()
  for (const way of ['mail', 'hourly', 'daily', 'console', 'nothing'] as const) {
    for (const person of people) await chooseAll(person, way)
    const eventIds = await doEverything(world, boss)
    await writeMails(desk)
    for (const told of await toldOf(world.tenantId, eventIds)) {
      const { roles, ways } = notificationKinds[told.kind]
      expect(roles, told.kind).toContain(told.role)
      // Of what is urgent, and of the account, nothing goes into a digest: what was chosen before stands.
      if (ways.includes(way) && told.way === way) seen.add(`${told.role} ${told.kind} ${way}`)
      expect([told.is_mailed, told.is_digested], `${told.role} ${told.kind} ${told.way}`).toEqual([
        told.way === 'mail',
        told.way === 'hourly' || told.way === 'daily',
      ])
    }
  }
  const expected = choosableKinds
    .filter((kind) => kind !== 'ticket_mention')
    .flatMap((kind) =>
      notificationKinds[kind].roles.flatMap((role) =>
        notificationKinds[kind].ways.map((way) => `${role} ${kind} ${way}`),
      ),
    )
  expect(expected.filter((each) => !seen.has(each))).toEqual([])
}, 20_000)

test('a person reads and changes their own choices; each change is an event, and the default is not kept', async () => {
  const world = await createWorld(desk)
  const { cleo, tess, ada } = world
  const read = async (person: Person) => bodyOf(await person.get('/me/notifications'))
  const kindsOf = async (person: Person) => (await read(person)).choices.map(({ kind }: { kind: string }) => kind)
  expect(await kindsOf(cleo)).toEqual([
    'ticket_created',
    'ticket_assigned',
    'ticket_status',
    'ticket_comment',
    'ticket_file',
    'account',
  ])
  expect(await kindsOf(ada)).toEqual(NotificationKind.options)
  expect(await kindsOf(tess)).toEqual(NotificationKind.options.filter((kind) => kind !== 'ticket_created'))
  expect(await read(cleo)).toMatchObject({ digest_hour: 8, time_zone: 'UTC' })

  const changed = bodyOf(
    await cleo.patch('/me/notifications', { ways: { ticket_comment: 'daily', ticket_file: 'mail' }, digest_hour: 17 }),
  )
  expect(changed.choices.find(({ kind }: { kind: string }) => kind === 'ticket_comment')).toEqual({
    kind: 'ticket_comment',
    way: 'daily',
    default_way: 'mail',
    ways: ['mail', 'hourly', 'daily', 'console', 'nothing'],
  })
  expect(changed.next_daily_at).toMatch(/T17:00:00/)
  // The same again changes nothing.
  bodyOf(await cleo.patch('/me/notifications', { ways: { ticket_comment: 'daily' }, digest_hour: 17 }))
  bodyOf(await cleo.patch('/me/notifications', { ways: { ticket_comment: 'mail' } }))
  const rows = sql`select c.kind as id from notification_choices c where c.tenant_id = ${world.tenantId}`
  expect(await many(desk.app.pool, z.object({ id: z.string() }), rows)).toEqual([])
  const events = await recordedEvents(desk, world, 'account.notifications_changed')
  expect(events.map(({ changes }) => changes)).toEqual([
    { ticket_comment: { from: 'mail', to: 'daily' }, digest_hour: { from: 8, to: 17 } },
    { ticket_comment: { from: 'daily', to: 'mail' } },
  ])
})

test('what cannot be chosen is refused: other kinds, mails of the account, and digests of what is urgent', async () => {
  const { cleo, tess } = await createWorld(desk)
  const refused = (person: Person, body: object) =>
    person.patch('/me/notifications', body).then((reply) => expectRefusal(reply, 400, 'validation_failed'))
  await refused(cleo, { ways: { account: 'nothing' } })
  await refused(cleo, { ways: { ticket_internal_comment: 'daily' } })
  await refused(tess, { ways: { ticket_urgent: 'daily' } })
  await refused(tess, { ways: { ticket_created: 'daily' } })
  await refused(tess, { ways: { ticket_file: 'weekly' } })
  await refused(tess, { ways: { nonsense: 'mail' } })
  const said = async (body: object): Promise<string> =>
    (await expectRefusal(cleo.patch('/me/notifications', body), 400, 'validation_failed')).body.errors
      .map(({ message }: { message: string }) => message)
      .join()
  expect(await said({ ways: { account: 'nothing' } })).toBe(
    'ways.account cannot be changed: mails about your account always come',
  )
  expect(await said({ ways: { foo: 'mail' } })).toMatch(
    /^ways\.foo is not known here: use one of ticket_created, .*desk$/,
  )
  // What was read may be sent back.
  expectSuccess(await cleo.patch('/me/notifications', { ways: { account: 'mail' } }))
  for (const digest_hour of [-1, 24, 7.5, '8']) await refused(tess, { digest_hour })
})

test('null is the default again; what waits, and when digests come, is to be seen; without a confirmed address so is that', async () => {
  const world = await createWorld(desk)
  const { cleo, ada } = world
  const read = async () => bodyOf(await cleo.get('/me/notifications'))
  expect(await read()).toMatchObject({ next_hourly_at: null, next_daily_at: null, waiting: 0 })
  const id = await createTicket(cleo)
  bodyOf(await cleo.patch('/me/notifications', { ways: { ticket_comment: 'hourly' }, digest_hour: 17 }))
  expectSuccess(await comment(ada, id, 'We are on it.'))
  await writeMails(desk)
  const now = await read()
  expect(now).toMatchObject({ next_daily_at: null, waiting: 1, digest_hour: 17 })
  expect(now.next_hourly_at).toMatch(/:00:00/)
  expect(now.warnings).toBeUndefined()

  const unconfirmed = `update accounts set email_confirmed_at = null where tenant_id = $1 and account_id = $2`
  await desk.owner.query(unconfirmed, [world.tenantId, cleo.id])
  expect((await read()).warnings).toMatchObject([
    { code: 'address_not_confirmed', detail: expect.stringContaining('at most 10 mails') },
  ])

  const reset = bodyOf(await cleo.patch('/me/notifications', { ways: { ticket_comment: null }, digest_hour: null }))
  expect(reset).toMatchObject({ digest_hour: 8, next_hourly_at: null })
  expect(reset.choices.every(({ way }: { way: string }) => way === 'mail')).toBe(true)
  expect(reset.warnings).toBeUndefined()
  const rows = sql`select h.account_id as id from digest_hours h where h.tenant_id = ${world.tenantId}`
  expect(await many(desk.app.pool, z.object({ id: z.string() }), rows)).toEqual([])
})
