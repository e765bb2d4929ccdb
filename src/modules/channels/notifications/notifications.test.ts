import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Visibility } from '../../../contract/enums.ts'
import { exec, sql } from '../../../platform/db/sql.ts'
import { blankEvent, findEventAt } from '../../../platform/events/blanking.ts'
import { hmac, sealNumber } from '../../../platform/secrets.ts'
import {
  assignTicket,
  comment,
  createTicket,
  mergeTicket,
  moveTicket,
} from '../../../testing/support/create-tickets.ts'
import { attach, textFile } from '../../../testing/support/files.ts'
import { createWorld, type Person, password, type World } from '../../../testing/support/people.ts'
import { recordedEvents } from '../../../testing/support/recorded-events.ts'
import { bodyOf, expectRefusal, expectStatus, expectSuccess } from '../../../testing/support/requests.ts'
import { until } from '../../../testing/support/waiting.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { createAdminOf } from '../../identity/accounts/first-admin.service.ts'
import type { Notification } from './notifications.schemas.ts'
import { passUnread } from './notifications.service.ts'

let desk: Desk
/** For tests that need nobody for themselves. */
let shared: World
beforeAll(async () => {
  desk = await startDesk()
  shared = await createWorld(desk)
})
afterAll(() => desk?.stop())

/** All notifications of a person, page by page. */
const notificationsOf = async (person: Person, query = '', limit = 100): Promise<Notification[]> => {
  await desk.settled()
  const all: Notification[] = []
  let cursor = ''
  for (;;) {
    const { notifications, page } = bodyOf(await person.get(`/notifications?limit=${limit}${query}${cursor}`))
    all.push(...notifications)
    if (!page.has_more) return all
    cursor = `&cursor=${page.next_cursor}`
  }
}
const told = async (person: Person, query = '', limit = 100): Promise<string[]> =>
  (await notificationsOf(person, query, limit)).map(({ type, ticket_id, reason }) => `${type} ${ticket_id} ${reason}`)
const unreadOf = async (person: Person): Promise<number> => bodyOf(await person.get('/notifications?limit=1')).unread

const mark = async (person: Person, body: object) => expectSuccess(await person.post('/notifications/read', body)).body

describe('notifications', () => {
  test('are those who are mailed, unread ones first, then the newest, page by page, by kind and state', async () => {
    const { ada, tess, tom, cleo } = await createWorld(desk)
    const id = await createTicket(cleo, { subject: 'No network' })
    await assignTicket(ada, id, tess)
    expectSuccess(await comment(cleo, id, 'Still down.'))
    expectSuccess(await comment(ada, id, 'Look at the switch.', 'internal'))
    const all = [`comment.added ${id} technician`, `comment.added ${id} technician`, `ticket.assigned ${id} technician`]
    expect(await told(tess)).toEqual(all)
    expect(await told(tess, '', 1)).toEqual(all)
    expect(await told(tess, '&kind=ticket_internal_comment')).toEqual(all.slice(0, 1))
    const [newest, middle, oldest] = await notificationsOf(tess)
    expect(newest).toEqual({
      notification_id: expect.stringMatching(/^[0-9a-f]{32}$/),
      kind: 'ticket_internal_comment',
      reason: 'technician',
      type: 'comment.added',
      ticket_id: id,
      subject: 'No network',
      actor: { id: 'ada', name: 'Ada Admin', role: 'admin' },
      created_at: expect.any(String),
      read_at: null,
    })
    // The customer reads no id of an admin, and nothing internal. Nobody else is told.
    const [toCleo] = await notificationsOf(cleo)
    expect([toCleo?.type, toCleo?.actor?.id, toCleo?.actor?.name]).toEqual(['ticket.assigned', null, 'Ada Admin'])
    expect(await told(cleo)).toEqual([
      `ticket.assigned ${id} customer`,
      `ticket.created ${id} customer`,
      'customer.registered null account',
    ])
    expect((await told(tom)).filter((line) => line.includes(id))).toEqual([])

    // What is read comes last.
    const ids = { notification_ids: [newest?.notification_id, middle?.notification_id] }
    expect(await mark(tess, ids)).toEqual({ marked: 2, has_more: false, unread: 1, unread_is_exact: true })
    expect(await mark(tess, ids)).toEqual({ marked: 0, has_more: false, unread: 1, unread_is_exact: true })
    const order = [oldest, newest, middle].map((notification) => notification?.notification_id)
    for (const limit of [1, 100]) {
      const listed = await notificationsOf(tess, '', limit)
      expect(listed.map(({ notification_id }) => notification_id)).toEqual(order)
    }
    expect(await told(tess, '&unread=true')).toEqual(all.slice(2))
    expect(await told(tess, '&unread=true&kind=ticket_comment', 1)).toEqual([])
    expect(await told(tess, '&kind=ticket_comment', 1)).toEqual(all.slice(1, 2))
    // Up to the first of the list: all.
    const [first] = await notificationsOf(ada)
    const before = await unreadOf(ada)
    expect(before).toBeGreaterThan(0)
    expect(await mark(ada, { up_to: first?.notification_id })).toMatchObject({ marked: before, unread: 0 })
    expect(await unreadOf(tess)).toBe(1)
  })

  test('are marked by their own person only, and other ids are passed over', async () => {
    const { ada, tess, cleo, carl } = shared
    await createTicket(cleo)
    const [{ notification_id } = { notification_id: '' }] = await notificationsOf(cleo)
    const before = await unreadOf(cleo)
    for (const id of [notification_id, 'nonsense', 'f'.repeat(32)]) {
      for (const body of [{ notification_ids: [id] }, { up_to: id }]) {
        for (const person of [ada, tess, carl]) expect((await mark(person, body)).marked).toBe(0)
      }
    }
    expect(await unreadOf(cleo)).toBe(before)
    const ids = Array.from({ length: 101 }, () => notification_id)
    for (const body of [
      {},
      { notification_ids: [] },
      { notification_ids: ids },
      { notification_ids: ids, up_to: 'x' },
    ]) {
      await expectRefusal(cleo.post('/notifications/read', body), 400, 'validation_failed')
    }
    for (const cursor of ['x', 'WyJub3RpZmljYXRpb25zIixbZmFsc2UsIngiXV0']) {
      await expectRefusal(cleo.get(`/notifications?cursor=${cursor}`), 400, 'invalid_cursor')
    }
  })

  test('of what the person does not see any more are neither listed nor counted', async () => {
    const world = await createWorld(desk)
    const { ada, tess, cleo, carl } = world
    const [lost, moved, deleted, kept] = [
      await createTicket(cleo),
      await createTicket(cleo),
      await createTicket(cleo),
      await createTicket(cleo),
    ]
    for (const id of [lost, moved, deleted, kept]) await assignTicket(ada, id, tess)
    const remark = bodyOf(await comment(cleo, kept, 'A slip.'))
    expectSuccess(await attach(desk, cleo, kept, textFile('slip.txt'), 'public'))
    expect((await told(tess)).length).toBe(6)
    expect(await unreadOf(tess)).toBe(6)
    // Another technician has it; it has another customer; it is gone; the comment is gone.
    await assignTicket(ada, lost, world.tom)
    expectSuccess(await ada.post(`/tickets/${moved}/move`, { customer_id: carl.id }))
    expectStatus(await ada.delete(`/tickets/${deleted}`), 204)
    expectStatus(await cleo.delete(`/tickets/${kept}/comments/${remark.comment_id}`), 204)
    await desk.settled()
    const lines = await told(tess)
    expect(lines.filter((line) => line.includes(lost) || line.includes(deleted))).toEqual([])
    expect(lines).toContain(`ticket.assigned ${kept} technician`)
    expect(lines.filter((line) => line.includes('comment.added'))).toEqual([])
    expect(await unreadOf(tess)).toBe(lines.length)
    // The new customer reads nothing of the time before, the former one nothing at all.
    expect((await told(cleo)).filter((line) => line.includes(moved))).toEqual([])
    expect((await told(carl)).filter((line) => line.includes(moved))).toEqual([`ticket.moved ${moved} customer`])
    // It comes back when they see it again.
    expectSuccess(await ada.post(`/tickets/${deleted}/restore`))
    expect(await told(tess)).toContain(`ticket.assigned ${deleted} technician`)
    // What only admins are told is not for who is none any more.
    const { id, email } = await world.technician('Tilda', 'Cloud')
    const change = (role: string) => ada.patch(`/people/${id}`, { role, current_password: password })
    expectSuccess(await change('admin'))
    expectStatus(await ada.delete(`/technicians/${world.tom.id}`), 204)
    const toAdmins = 'technician.deactivated null admin'
    expect(await told(await world.signIn(email, password))).toContain(toAdmins)
    expectSuccess(await change('technician'))
    const tilda = await world.signIn(email, password)
    const mine = await told(tilda)
    expect([mine.includes(toAdmins), await unreadOf(tilda)]).toEqual([false, mine.length])
  })

  test('of an event that is erased, or of a change that is taken back, go away', async () => {
    const world = shared
    const { ada, tess, cleo, tenantId } = world
    const [first, second] = [await createTicket(cleo), await createTicket(cleo)]
    await assignTicket(ada, first, tess)
    await assignTicket(ada, second, tess)
    const before = await told(tess)
    const [erased] = (await recordedEvents(desk, world, 'ticket.assigned')).slice(-2)
    expect(erased?.subject_id).toBe(first)
    const rows = await desk.owner.query(
      `select event_id, position from events where tenant_id = $1 and type = 'ticket.assigned' and subject_id = $2`,
      [tenantId, first],
    )
    const { event_id } = (await findEventAt(desk.app.pool, tenantId, Number(rows.rows[0].position))) ?? { event_id: 0 }
    const act = { actor: { tenantId, accountId: ada.id, role: 'admin' as const }, requestId: null }
    expect(await blankEvent(desk.app.pool, act, event_id)).not.toBeNull()
    expect(await told(tess)).toEqual(before.filter((line) => !line.includes(first)))

    const undoId = '3f2504e0-4f89-41d3-9a0c-0305e82c3301'
    const write = (type: string, actor: string, details: object) =>
      exec(
        desk.app.pool,
        sql`insert into events (tenant_id, type, subject_id, actor_id, actor_role, details)
          values (${tenantId}, ${type}, ${second}, ${actor}, 'admin', ${JSON.stringify(details)}::jsonb)`,
      )
    await write('ticket.reopened', 'ada', { undo_id: undoId })
    expect(await told(tess)).toContain(`ticket.reopened ${second} technician`)
    await write('ticket.change_undone', 'ada', { undo_id: undoId })
    expect(await told(tess)).not.toContain(`ticket.reopened ${second} technician`)
    await desk.settled()
    const { rows: left } = await desk.owner.query(
      'select from notifications where tenant_id = $1 and (undo_id is not null or position = $2)',
      [tenantId, rows.rows[0].position],
    )
    expect(left).toEqual([])
  })

  test('tell the connected people how many are unread, when they come and when they are read', async () => {
    const { ada, tess, cleo, tenantId } = shared
    await desk.settled()
    const heard: string[] = []
    const stop = desk.app.signals.on(({ kind, key }) => kind === 'unread' && heard.push(key), tenantId)
    // Until the connection listens, nothing is heard.
    await until('signals are heard', async () => {
      await createTicket(cleo)
      return heard.includes(ada.id) && heard.includes(cleo.id)
    })
    await desk.settled()
    const accounts = [ada.id, tess.id, cleo.id, 'x'.repeat(100)]
    const passed = await passUnread(desk.app, tenantId, [ada.id, cleo.id, 'TEC9999'], accounts)
    expect(passed.map(({ account_id, type }) => `${account_id} ${type}`).sort()).toEqual(
      [`${ada.id} notifications.unread`, `${cleo.id} notifications.unread`].sort(),
    )
    for (const [person, id] of [
      [ada, ada.id],
      [cleo, cleo.id],
    ] as const) {
      const data = passed.find(({ account_id }) => account_id === id)?.data
      expect(data).toEqual({ unread: await unreadOf(person), unread_is_exact: true })
    }
    await desk.settled()
    const id = await createTicket(cleo)
    await desk.settled()
    const before = await unreadOf(cleo)
    heard.length = 0
    const { undo_token } = bodyOf(
      await ada.post(`/tickets/${id}/comments`, { body: 'Not for you.', visibility: 'public', undo_seconds: 30 }),
    )
    await until('the comment is heard', () => heard.includes(cleo.id))
    expect([await unreadOf(cleo), (await cleo.get('/notifications')).text.includes('Not for')]).toEqual([
      before + 1,
      false,
    ])
    heard.length = 0
    expectSuccess(await ada.post('/undo', { token: undo_token }))
    expect(await unreadOf(cleo)).toBe(before)
    await until('the undo is heard', () => heard.includes(cleo.id))
    const [afterUndo] = await passUnread(desk.app, tenantId, [cleo.id], [cleo.id])
    expect(afterUndo?.data).toMatchObject({ unread: before })
    for (const path of ['/notifications', `/tickets/${id}/history`, '/events?limit=100', `/tickets/${id}/comments`]) {
      const reply = expectSuccess(await cleo.get(path))
      expect(reply.text.includes('Not for you'), path).toBe(false)
    }
    heard.length = 0
    const [first] = await notificationsOf(cleo)
    await mark(cleo, { up_to: first?.notification_id })
    await until('the mark is heard', () => heard.includes(cleo.id))
    stop()
  })

  test('of somebody with very many are counted and read in parts', async () => {
    const { ada, cleo, tenantId } = await createWorld(desk)
    await createTicket(cleo)
    await desk.settled()
    // None of them has an event: they stand for what is out of sight, newer than what is not.
    await desk.owner.query(
      `insert into notifications (tenant_id, position, account_id, kind, reason)
       select $1, n, $2, 'desk', 'admin' from generate_series(1000001, 1006000) n`,
      [tenantId, ada.id],
    )
    const { notifications, unread, unread_is_exact, page } = bodyOf(await ada.get('/notifications?limit=100'))
    expect([notifications, unread, unread_is_exact, page.has_more]).toEqual([[], 0, false, true])
    const [seen, ...others] = await notificationsOf(ada)
    expect([seen?.type, others]).toEqual(['ticket.created', []])
    const newest = sealNumber(hmac(desk.app.secrets.numbers, `notifications of ${ada.id}`), tenantId, 1_006_000)
    const first = await mark(ada, { up_to: newest })
    expect(first).toEqual({ marked: 5_000, has_more: true, unread: 0, unread_is_exact: false })
    expect(await mark(ada, { up_to: newest })).toEqual({
      marked: 1_001,
      has_more: false,
      unread: 0,
      unread_is_exact: true,
    })
    expect((await notificationsOf(ada)).map(({ read_at }) => read_at)).toEqual([expect.any(String)])
  })
})

/** What a comment would do, and what it does. All share one world, so the deactivated come last. */
interface Situation {
  name: string
  /** Brings a ticket of Cleo's into the situation. Answers with the ticket to comment on, and who does. */
  prepare: (world: World, id: string) => Promise<{ id?: string; author?: Person } | undefined>
  /** Who is told of a public comment and of an internal one. Null: the author may not write it. */
  told: Record<Visibility, string[] | null>
}

const situations: Situation[] = [
  {
    name: 'a ticket that nobody has',
    prepare: async () => undefined,
    told: { public: ['CUS0001 customer mail'], internal: ['TEC0001 queue mail', 'olga queue mail'] },
  },
  {
    name: 'a ticket with a technician',
    prepare: async ({ ada, tess }, id) => assignTicket(ada, id, tess).then(() => undefined),
    told: {
      public: ['CUS0001 customer mail', 'TEC0001 technician mail'],
      internal: ['TEC0001 technician mail'],
    },
  },
  {
    name: 'the technician of the ticket comments',
    prepare: async ({ ada, tess }, id) => assignTicket(ada, id, tess).then(() => ({ author: tess })),
    told: { public: ['CUS0001 customer mail'], internal: [] },
  },
  {
    name: 'watchers, and the author is one of them',
    prepare: async ({ ada, tess, tom }, id) => {
      await assignTicket(ada, id, tess)
      for (const watcher of [tom.id, 'olga', 'ada']) expectSuccess(await ada.put(`/tickets/${id}/watchers/${watcher}`))
      return undefined
    },
    told: {
      public: ['CUS0001 customer mail', 'TEC0001 technician mail', 'TEC0002 watcher mail', 'olga watcher mail'],
      internal: ['TEC0001 technician mail', 'TEC0002 watcher mail', 'olga watcher mail'],
    },
  },
  {
    name: 'a watcher comments, who may write for the staff only',
    prepare: async ({ ada, tess, tom }, id) => {
      await assignTicket(ada, id, tess)
      expectSuccess(await ada.put(`/tickets/${id}/watchers/${tom.id}`))
      return { author: tom }
    },
    told: { public: null, internal: ['TEC0001 technician mail'] },
  },
  {
    name: 'a merged ticket: the people of its final target',
    prepare: async ({ ada, tess, tom, cleo }, id) => {
      const into = await createTicket(cleo)
      await assignTicket(ada, id, tom)
      await assignTicket(ada, into, tess)
      await mergeTicket(ada, id, into)
      return { id }
    },
    told: {
      public: ['CUS0001 customer mail', 'TEC0001 technician mail', 'TEC0002 watcher mail'],
      internal: ['TEC0001 technician mail', 'TEC0002 watcher mail'],
    },
  },
  {
    name: 'a closed ticket',
    prepare: async ({ ada, tess }, id) => {
      await assignTicket(ada, id, tess)
      await moveTicket(tess, id, 'in_progress', 'resolved')
      expectSuccess(await ada.post(`/tickets/${id}/close`))
      return undefined
    },
    told: {
      public: ['CUS0001 customer mail', 'TEC0001 technician mail'],
      internal: ['TEC0001 technician mail'],
    },
  },
  {
    name: 'a customer whose address nobody has confirmed',
    prepare: async ({ tenantId, cleo }) => {
      await desk.owner.query('update accounts set email_confirmed_at = null where tenant_id = $1 and account_id = $2', [
        tenantId,
        cleo.id,
      ])
      return undefined
    },
    told: { public: ['CUS0001 customer mail'], internal: ['TEC0001 queue mail', 'olga queue mail'] },
  },
  {
    name: 'people who want to be told in other ways',
    prepare: async ({ ada, tess, tom, tenantId }, id) => {
      await assignTicket(ada, id, tess)
      for (const watcher of [tom.id, 'olga']) expectSuccess(await ada.put(`/tickets/${id}/watchers/${watcher}`))
      await desk.owner.query(
        `insert into notification_choices (tenant_id, account_id, kind, way) values
         ($1, 'TEC0001', 'ticket_comment', 'console'), ($1, 'TEC0002', 'ticket_internal_comment', 'nothing'),
         ($1, 'olga', 'ticket_comment', 'daily')`,
        [tenantId],
      )
      return undefined
    },
    told: {
      public: ['CUS0001 customer mail', 'TEC0001 technician console', 'TEC0002 watcher mail', 'olga watcher daily'],
      internal: ['TEC0001 technician mail', 'TEC0002 watcher nothing', 'olga watcher mail'],
    },
  },
  {
    name: 'a deactivated technician',
    prepare: async ({ ada, tess }, id) => {
      await assignTicket(ada, id, tess)
      await moveTicket(tess, id, 'in_progress', 'resolved')
      expectSuccess(await ada.delete(`/technicians/${tess.id}`))
      return undefined
    },
    told: { public: ['CUS0001 customer mail'], internal: ['olga queue mail'] },
  },
  {
    name: 'a deactivated customer',
    prepare: async ({ ada, cleo }) => {
      expectSuccess(await ada.delete(`/customers/${cleo.id}`))
      return undefined
    },
    told: { public: [], internal: ['olga queue mail'] },
  },
]

interface Foreseen {
  account_id: string
  reason: string
  told_by: string
  template: string | null
}

test('who would be told of a comment is who is told, by the same mails and notifications', async () => {
  const world = await createWorld(desk)
  const email = `olga@${world.slug}.example.com`
  await createAdminOf(desk.app, world.slug, { userId: 'olga', name: 'Olga', email, password: 'correct-horse-7' })
  for (const situation of situations) await compare(world, situation)
})

/** Asks who would be told, writes the comment, and compares. */
const compare = async (world: World, { name, prepare, told: expected }: Situation): Promise<void> => {
  const made = await createTicket(world.cleo)
  const { id = made, author = world.ada } = (await prepare(world, made)) ?? {}
  for (const visibility of ['public', 'internal'] as const) {
    const path = `/tickets/${id}/recipients?visibility=${visibility}`
    if (expected[visibility] === null) {
      await expectRefusal(author.get(path), 403, 'forbidden')
      continue
    }
    const { recipients, has_more } = bodyOf(await author.get(path)) as { recipients: Foreseen[]; has_more: boolean }
    expect(has_more, name).toBe(false)
    const lines = recipients.map(({ account_id, reason, told_by }) => `${account_id} ${reason} ${told_by}`)
    expect(lines.toSorted(), name).toEqual(expected[visibility].toSorted())

    const { comment_id } = bodyOf(await comment(author, id, 'Here is what I found.', visibility))
    await desk.settled()
    const { rows } = await desk.owner.query(
      `select e.position, (select array_agg(m.account_id || ' ' || m.template order by 1) from emails m
           where m.tenant_id = e.tenant_id and m.event_id = e.event_id) as mails,
         (select array_agg(n.account_id || ' ' || n.reason order by 1) from notifications n
           where n.tenant_id = e.tenant_id and n.position = e.position) as notifications
       from events e where e.tenant_id = $1 and e.details ->> 'comment_id' = $2 and e.type = 'comment.added'`,
      [world.tenantId, comment_id],
    )
    const [{ mails, notifications }] = rows
    const mailed = recipients.flatMap(({ account_id, template }) =>
      template === null ? [] : `${account_id} ${template}`,
    )
    expect((mails ?? []).toSorted(), name).toEqual(mailed.toSorted())
    const noted = recipients.filter(({ told_by }) => told_by !== 'nothing')
    const expectedNotes = noted.map(({ account_id, reason }) => `${account_id} ${reason}`)
    expect((notifications ?? []).toSorted(), name).toEqual(expectedNotes.toSorted())
  }
}

describe('mentions', () => {
  test('in an internal comment are told, and become watchers who see the ticket', async () => {
    const world = shared
    const { ada, tess, tom, cleo, carl } = world
    const id = await createTicket(cleo)
    await assignTicket(ada, id, tess)
    await expectRefusal(tom.get(`/tickets/${id}`), 404, 'ticket_not_found')
    const text = `@${tom.id} and @ada: was it the switch? @${tess.id}, @nobody-of-this-name, mail tom@tec0002.example.com`
    const said = expectStatus(await comment(tess, id, text, 'internal'), 201).body
    expect(said.warnings).toBeUndefined()
    expect((await told(tom))[0]).toBe(`comment.added ${id} mentioned`)
    expect((await notificationsOf(tom))[0]).toMatchObject({ kind: 'ticket_mention', actor: { id: tess.id } })
    expect((await told(ada))[0]).toBe(`comment.added ${id} mentioned`)
    const { watchers } = bodyOf(await tom.get(`/tickets/${id}/watchers`))
    expect(watchers.map(({ account_id }: { account_id: string }) => account_id)).toEqual([tom.id, 'ada'])
    const mails = bodyOf(await ada.get(`/emails?ticket_id=${id}&template=comment_mentioned`)).emails
    expect(mails.map(({ account_id }: { account_id: string }) => account_id).sort()).toEqual([tom.id, 'ada'])
    const { text: body } = bodyOf(await ada.get(`/emails/${mails[0].email_id}`))
    expect(body).toContain('mentions you')
    const event = (await recordedEvents(desk, world, 'comment.added')).at(-1)
    expect(event?.details.mentions).toEqual([tom.id, 'ada'])

    // Changing a comment mentions nobody, nor does a public comment. The customer learns nothing of it.
    const path = `/tickets/${id}/comments/${said.comment_id}`
    expectSuccess(await tess.put(path, { body: `@${carl.id} @olga @TEC0099` }))
    const open = expectStatus(await comment(tess, id, `@${tom.id} will call you. @TEC0099`), 201).body
    expect(open.warnings).toBeUndefined()
    const events = await recordedEvents(desk, world, 'comment.%')
    expect(events.filter(({ details }) => 'mentions' in details)).toHaveLength(1)
    const { history } = bodyOf(await cleo.get(`/tickets/${id}/history?limit=100`))
    expect(JSON.stringify(history)).not.toMatch(/mention|TEC0002/)
  })

  test('by the sign-in name of a technician mention, too; who wants to be told nothing of it is a warning', async () => {
    const world = await createWorld(desk)
    const { ada, tess, tom, cleo } = world
    const id = await createTicket(cleo)
    bodyOf(await tom.patch('/me/notifications', { ways: { ticket_mention: 'nothing' } }))
    const names = `update accounts set sign_in_name = case account_id when $2 then 'tess' else 'Tom' end
      where tenant_id = $1 and account_id in ($2, $3)`
    await desk.owner.query(names, [world.tenantId, tess.id, tom.id])
    const said = expectStatus(
      await comment(ada, id, '@TESS, @tom and @TEC0002: look. @ada @nobody', 'internal'),
      201,
    ).body
    expect(said.warnings).toEqual([
      {
        code: 'mention_untold',
        detail: `They chose to be told nothing of mentions: ${tom.id}. They watch the ticket now.`,
      },
    ])
    expectSuccess(await ada.delete(`/technicians/${tom.id}`))
    const gone = expectStatus(await comment(tess, id, `@${tom.id} @tess`, 'internal'), 201).body
    expect(gone.warnings).toMatchObject([
      { code: 'mention_unavailable', detail: expect.stringMatching(/^Not mentioned: TEC0002\./) },
    ])
    const events = await recordedEvents(desk, world, 'comment.added')
    expect(events.map(({ details }) => details.mentions)).toEqual([[tess.id, tom.id], undefined])
  })

  test('of customers, deactivated, unknown and too many people are warnings, and mention nobody', async () => {
    const world = await createWorld(desk)
    const { ada, tess, tom, cleo } = world
    const id = await createTicket(cleo)
    expectSuccess(await ada.delete(`/technicians/${tom.id}`))
    const strange = expectStatus(await comment(ada, id, `@${cleo.id} @${tom.id} @TEC0077 @ada`, 'internal'), 201).body
    expect(strange.warnings).toEqual([
      { code: 'mention_unavailable', detail: expect.stringContaining(`${cleo.id}, ${tom.id}, TEC0077`) },
    ])
    const { rows } = await desk.owner.query(
      `insert into accounts (tenant_id, account_id, role, sign_in_name, email, name, status)
       select $1, 'TEC01' || n, 'technician', 'extra ' || n, 'e' || n || '@example.com', 'E', 'active'
       from generate_series(10, 20) n returning account_id`,
      [world.tenantId],
    )
    const extras = rows.map(({ account_id }: { account_id: string }) => account_id)
    const many = extras.map((name: string) => `@${name}`).join(' ')
    const eleven = expectStatus(await comment(tess, id, many, 'internal'), 201).body
    expect(eleven.warnings).toEqual([
      { code: 'mention_unavailable', detail: `Not mentioned: ${extras[10]}. A comment mentions at most 10 people.` },
    ])
    await desk.owner.query(
      `insert into accounts (tenant_id, account_id, role, sign_in_name, email, name, status)
       select $1, 'watcher ' || n, 'admin', 'watcher ' || n, n || '@example.com', 'W', 'active' from generate_series(1, 39) n`,
      [world.tenantId],
    )
    await desk.owner.query(
      `insert into ticket_watchers (tenant_id, ticket_number, account_id)
       select $1, $2, 'watcher ' || n from generate_series(1, 39) n`,
      [world.tenantId, Number(id.slice(3))],
    )
    // One place is left, which the first takes. Who watches already is mentioned all the same.
    const full = expectStatus(await comment(ada, id, `@${extras[10]} @${tess.id} @${extras[0]}`, 'internal'), 201).body
    expect(full.warnings).toEqual([
      { code: 'mention_unavailable', detail: `Not mentioned: ${tess.id}. A ticket has at most 50 watchers.` },
    ])
    const events = await recordedEvents(desk, world, 'comment.added')
    expect(events.map(({ details }) => details.mentions)).toEqual([
      undefined,
      extras.slice(0, 10),
      [extras[10], extras[0]],
    ])
  })
})
