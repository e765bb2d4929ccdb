import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Status } from '../../../contract/enums.ts'
import { comment, createAssignedTicket, createTicket, mergeTicket } from '../../../testing/support/create-tickets.ts'
import { attach, reachable, textFile } from '../../../testing/support/files.ts'
import { createWorld, type Person, type World } from '../../../testing/support/people.ts'
import {
  type Api,
  bodyOf,
  createApi,
  expectRefusal,
  expectStatus,
  expectSuccess,
  type Reply,
} from '../../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { writeMails } from '../../../testing/support/write-mails.ts'
import { deleteOldUndos } from '../tickets/undos.service.ts'

let desk: Desk
let world: World
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
  world = await createWorld(desk)
})
afterAll(() => desk?.stop())

const undo = (person: Api, reply: Reply): Promise<Reply> => person.post('/undo', { token: reply.body.undo_token })

/** A change that may be undone, which must succeed. */
const undoable = async (replying: Promise<Reply>): Promise<Reply> => {
  const reply = await replying
  expect([reply.status < 300, typeof reply.body.undo_token, typeof reply.body.undo_until], reply.text).toEqual([
    true,
    'string',
    'string',
  ])
  return reply
}

const say = (person: Api, id: string, body: string, more: object = {}): Promise<Reply> =>
  person.post(`/tickets/${id}/comments`, { body, visibility: 'public', undo_seconds: 30, ...more })
const put = (person: Api, id: string, change: object): Promise<Reply> =>
  person.put(`/tickets/${id}`, { ...change, undo_seconds: 30 })
const post = (person: Api, id: string, verb: 'close' | 'reopen'): Promise<Reply> =>
  person.post(`/tickets/${id}/${verb}`, { reason: 'No.', undo_seconds: 30 })

/** What must be as before after an undo. */
const read = async (id: string): Promise<Record<string, unknown>> => {
  const { updated_at: _, version: _version, ...members } = bodyOf(await world.ada.get(`/tickets/${id}`))
  return members
}
const versionOf = async (id: string): Promise<number> => bodyOf(await world.ada.get(`/tickets/${id}`)).version
const historyOf = async (person: Api, id: string) => bodyOf(await person.get(`/tickets/${id}/history`)).history
const lastOf = async (person: Api, id: string) => (await historyOf(person, id)).at(-1)
/** The mails of a ticket that wait for the end of an undo, or did. */
const mailsOf = async (id: string): Promise<Record<string, unknown>[]> => {
  const text = `select email_id, account_id, state, last_error, due_at from emails where ticket_id = $1
    and undo_id in (select undo_id from undos u join tenants t using (tenant_id) where t.slug = $2) order by account_id`
  return (await desk.owner.query(text, [id, world.slug])).rows
}
const commentsOf = async (person: Api, id: string): Promise<string[]> =>
  bodyOf(await person.get(`/tickets/${id}/comments`)).comments.map(({ body }: { body: string }) => body)

const isOfFiles = ({ template }: { template: string }): boolean => template.startsWith('files_')

/** Moves the end of the undos of a ticket into the past. */
const expire = (id: string) =>
  desk.owner.query(
    `update undos u set until = clock_timestamp() - interval '1 ms' from tenants t
      where t.tenant_id = u.tenant_id and t.slug = $2 and public_id('TKT', u.asked_number) = $1`,
    [id, world.slug],
  )

test('a comment is taken back before anybody is mailed, and the ticket is as before', async () => {
  const { ada, tess, cleo } = world
  const id = await createAssignedTicket(world, 'in_progress')
  const before = await read(id)
  const said = await undoable(say(tess, id, 'Please restart it.'))
  expect(bodyOf(await ada.get(`/tickets/${id}`)).first_response_at).not.toBeNull()
  await writeMails(desk)
  const [waiting, ...others] = await mailsOf(id)
  expect([waiting, others]).toMatchObject([{ account_id: cleo.id, state: 'queued' }, []])
  expect(Date.parse(String(waiting?.due_at)) - Date.parse(said.body.undo_until)).toBe(1_000)

  expect(expectStatus(await undo(tess, said), 200).body.ticket_id).toBe(id)
  expect(await read(id)).toEqual(before)
  expect([await commentsOf(tess, id), await commentsOf(cleo, id)]).toEqual([[], []])
  const { comment_id } = said.body
  const changes = { first_response_at: { from: expect.any(String), to: null } }
  expect(await lastOf(ada, id)).toMatchObject({ type: 'ticket.change_undone', changes, details: { comment_id } })
  expect(await lastOf(cleo, id)).toMatchObject({ type: 'ticket.change_undone', changes, details: { comment_id } })
  expect(Object.keys((await lastOf(cleo, id)).details)).toEqual(['comment_id'])
  await writeMails(desk)
  const [mail] = await mailsOf(id)
  expect(mail).toMatchObject({ state: 'cancelled', last_error: 'What it tells of has been undone.' })
  await expectRefusal(ada.post(`/emails/${mail?.email_id}/resend`), 422, 'email_not_resendable')
  await expectRefusal(undo(tess, said), 409, 'undo_spent')
})

test('a comment that also resolves is taken back as one, and needs the right to resolve', async () => {
  const { ada, tess, cleo } = world
  const id = await createAssignedTicket(world, 'in_progress')
  const before = await read(id)
  const more = { resolution_summary: 'Restarted it.' }
  await expectRefusal(say(cleo, id, 'Thanks.', more), 403, 'forbidden')
  const said = await undoable(say(tess, id, 'It works again.', more))
  expect(await read(id)).toMatchObject({ status: 'resolved', ...more })
  expect((await historyOf(ada, id)).slice(-2).map(({ type }: { type: string }) => type)).toEqual([
    'comment.added',
    'ticket.resolved',
  ])
  expect(expectStatus(await undo(tess, said), 200).body.undone_comment.body).toBe('It works again.')
  expect([await read(id), await commentsOf(ada, id)]).toEqual([before, []])
  const free = await createTicket(cleo)
  await expectRefusal(say(ada, free, 'Done.', more), 422, 'illegal_transition')
  expect(await commentsOf(ada, free)).toEqual([])
})

describe('resolving by a comment', () => {
  const matching = (version: number) => ({ headers: { 'If-Match': `"${version}"` } })
  const resolve = (person: Api, id: string, summary: string, version?: number): Promise<Reply> =>
    person.post(
      `/tickets/${id}/comments`,
      { body: summary, visibility: 'internal', resolution_summary: summary },
      version === undefined ? {} : matching(version),
    )

  test('replaces the summary of somebody else only with the version of the ticket', async () => {
    const { ada, tess } = world
    const id = await createAssignedTicket(world, 'in_progress')
    const read = await versionOf(id)
    expectStatus(await resolve(tess, id, 'The fan is replaced.', read), 201)
    const stale = await expectRefusal(resolve(ada, id, 'Nothing found.', read), 412, 'stale_version')
    expect(stale.body).toMatchObject({ current_version: read + 1, overlaps: true })
    expect(stale.headers.get('etag')).toBe(`"${read + 1}"`)
    expect(stale.body.changed.map(({ field }: { field: string }) => field)).toContain('resolution_summary')
    const refused = await expectRefusal(resolve(ada, id, 'Nothing found.'), 409, 'already_resolved')
    expect(refused.body.current_version).toBe(read + 1)
    expect(await commentsOf(ada, id)).toEqual(['The fan is replaced.'])
    // The same words once more change nothing.
    expectStatus(await resolve(ada, id, 'The fan is replaced.'), 201)
    expectStatus(await resolve(ada, id, 'The fan and its cable are replaced.', read + 1), 201)
    expect(bodyOf(await ada.get(`/tickets/${id}`)).resolution_summary).toBe('The fan and its cable are replaced.')
    // The version counts for other comments, too.
    const plain = ada.post(`/tickets/${id}/comments`, { body: 'Hm.', visibility: 'internal' }, matching(read))
    expect((await expectRefusal(plain, 412, 'stale_version')).body.overlaps).toBe(false)
  })

  test('by several people at once: one summary stays, and the others are told', async () => {
    const { ada, tess } = world
    for (const versioned of [false, true]) {
      const id = await createAssignedTicket(world, 'in_progress')
      const version = versioned ? await versionOf(id) : undefined
      const summaries = Array.from({ length: 8 }, (_, n) => `Cause ${n}.`)
      const replies = await Promise.all(summaries.map((text, n) => resolve(n % 2 ? ada : tess, id, text, version)))
      const won = summaries.filter((_, n) => replies[n]?.status === 201)
      expect([won.length, await commentsOf(ada, id)]).toEqual([1, won])
      const verdicts = new Set(replies.filter(({ status }) => status !== 201).map(({ body }) => body.code))
      expect(verdicts).toEqual(new Set([versioned ? 'stale_version' : 'already_resolved']))
      expect(bodyOf(await ada.get(`/tickets/${id}`)).resolution_summary).toBe(won[0])
    }
  })

  test('needs the scope of changing tickets, for a program', async () => {
    const { tess } = world
    const id = await createAssignedTicket(world, 'in_progress')
    const programWith = async (scopes: string[]) => {
      const { token } = bodyOf(await tess.post('/api-tokens', { name: 'Notes', scopes }))
      return createApi(desk.url, { Authorization: `Bearer ${token}` })
    }
    const speaking = await programWith(['comment:create'])
    await expectRefusal(resolve(speaking, id, 'Replaced.'), 403, 'insufficient_scope')
    expectStatus(await speaking.post(`/tickets/${id}/comments`, { body: 'Hm.', visibility: 'internal' }), 201)
    expectStatus(await resolve(await programWith(['comment:create', 'ticket:update']), id, 'Replaced.'), 201)
  })

  test('through a merged ticket, whose version tells nothing of its final target', async () => {
    const { ada, cleo } = world
    const [id, target] = [await createTicket(cleo), await createAssignedTicket(world, 'in_progress')]
    await mergeTicket(ada, id, target)
    expectStatus(await resolve(ada, target, 'The fan is replaced.'), 201)
    const refused = await expectRefusal(
      resolve(ada, id, 'Nothing found.', await versionOf(id)),
      409,
      'already_resolved',
    )
    // What it advises can be done.
    expect(refused.body.detail).toContain(
      `${target} is resolved with another summary. To replace it write on that ticket`,
    )
    expectStatus(await resolve(ada, target, 'Nothing found.', refused.body.current_version), 201)
  })
})

/** A change that is taken back: the ticket before, who does what, and how often the version goes on. */
const changes: Record<
  string,
  {
    moves: Status[]
    by: 'ada' | 'tess' | 'cleo'
    act: (person: Person, id: string) => Promise<Reply>
    versions: number
  }
> = {
  'a comment of the customer that moves a waiting ticket on': {
    moves: ['in_progress', 'waiting'],
    by: 'cleo',
    versions: 2,
    act: (cleo, id) => say(cleo, id, 'Here it is.'),
  },
  'a comment of the customer that reopens': {
    moves: ['in_progress', 'resolved'],
    by: 'cleo',
    versions: 2,
    act: (cleo, id) => say(cleo, id, 'No.'),
  },
  'a comment that leaves a resolved ticket resolved': {
    moves: ['in_progress', 'resolved'],
    by: 'cleo',
    versions: 0,
    act: (cleo, id) => say(cleo, id, 'Thanks', { reopens: false }),
  },
  'an internal comment': {
    moves: [],
    by: 'tess',
    versions: 0,
    act: (tess, id) => say(tess, id, 'Hm.', { visibility: 'internal' }),
  },
  'closing by the customer': {
    moves: ['in_progress'],
    by: 'cleo',
    versions: 2,
    act: (cleo, id) => post(cleo, id, 'close'),
  },
  'closing a resolved ticket': {
    moves: ['in_progress', 'resolved'],
    by: 'tess',
    versions: 2,
    act: (tess, id) => post(tess, id, 'close'),
  },
  reopening: {
    moves: ['in_progress', 'resolved'],
    by: 'cleo',
    versions: 2,
    act: (cleo, id) => post(cleo, id, 'reopen'),
  },
  'a status': {
    moves: ['in_progress'],
    by: 'tess',
    versions: 2,
    act: (tess, id) => put(tess, id, { status: 'waiting' }),
  },
  'a resolution with its summary, which is the first response': {
    moves: ['in_progress'],
    by: 'tess',
    versions: 2,
    act: (tess, id) => put(tess, id, { status: 'resolved', resolution_summary: 'Plugged it in.' }),
  },
  'another technician, with a reason': {
    moves: ['in_progress'],
    by: 'ada',
    versions: 2,
    act: (ada, id) => put(ada, id, { technician_id: world.tom.id, reason: 'He knows it.' }),
  },
  'a ticket given back, which its technician sees still': {
    moves: ['in_progress'],
    by: 'tess',
    versions: 2,
    act: (tess, id) => put(tess, id, { technician_id: null }),
  },
  'all texts at once': {
    moves: ['in_progress'],
    by: 'ada',
    versions: 2,
    act: (ada, id) =>
      put(ada, id, {
        subject: 'Printer',
        issue_description: 'It burns.',
        issue_category: 'Printer',
        priority: 'urgent',
      }),
  },
}

test.each(Object.entries(changes))('takes back %s', async (_, { moves, by, act, versions }) => {
  const id = await createAssignedTicket(world, ...moves)
  const [before, version] = [await read(id), await versionOf(id)]
  const done = await undoable(act(world[by], id))
  await undo(world[by], done).then((reply) => expectStatus(reply, 200))
  expect([await read(id), await versionOf(id)]).toEqual([before, version + versions])
  expect(await commentsOf(world.ada, id)).toEqual([])
  const undone = await lastOf(world.ada, id)
  expect(undone).toMatchObject({ type: 'ticket.change_undone' })
  const isInternal = undone.details.visibility === 'internal'
  expect((await lastOf(world.cleo, id)).type === 'ticket.change_undone').toBe(!isInternal)
  expect(JSON.stringify(await historyOf(world.cleo, id))).not.toMatch(/undo_id|note_id/)
  if (versions > 0)
    await expectRefusal(
      world.ada.patch(`/tickets/${id}`, { priority: 'low' }, { headers: { 'If-Match': `"${version}"` } }),
      412,
      'stale_version',
    )
  await writeMails(desk)
  for (const mail of await mailsOf(id)) expect(mail).toMatchObject({ state: 'cancelled' })
})

/** Each event of the ticket that a person reads, in the feed and in the history. */
const readBy = async (person: Person, id: string) => {
  await writeMails(desk)
  const { events } = bodyOf(await person.get(`/events?subject=${id}`))
  const seen = [events, await historyOf(person, id)] as { type: string; changes: object; details: object }[][]
  return seen.map((list) => list.slice(1).map(({ type, changes, details }) => [type, changes, details]))
}

test('customers read of an undone act what changed, and no text of it, also when the undo is long ago', async () => {
  const { ada, cleo } = world
  const id = await createAssignedTicket(world, 'in_progress')
  const texts = { subject: 'WORD1', resolution_summary: 'WORD2' }
  const acts = [
    () => put(ada, id, { ...texts, issue_description: 'WORD3', priority: 'urgent' }),
    () => put(ada, id, { status: 'resolved', resolution_summary: 'WORD4' }),
    () => ada.post(`/tickets/${id}/close`, { reason: 'WORD5', undo_seconds: 30 }),
  ]
  for (const act of acts) {
    const done = await undoable(act())
    expect(JSON.stringify(await readBy(cleo, id))).toMatch(/WORD/)
    expectStatus(await undo(ada, done), 200)
  }
  const silent = { from: null, to: null }
  const lengths = { from: { length: expect.any(Number) }, to: { length: expect.any(Number) } }
  const undone = 'ticket.change_undone'
  const expected = [
    ['ticket.updated', { subject: silent, resolution_summary: silent, issue_description: lengths }, {}],
    [undone, { subject: silent, resolution_summary: silent, issue_description: lengths }, {}],
    ['ticket.resolved', { status: { from: 'in_progress', to: 'resolved' }, resolution_summary: silent }, {}],
    [
      undone,
      { status: { from: 'resolved', to: 'in_progress' }, resolution_summary: silent, first_response_at: {} },
      {},
    ],
    ['ticket.closed', { status: { from: 'in_progress', to: 'closed' } }, { reason: null }],
    [undone, { status: { from: 'closed', to: 'in_progress' } }, {}],
  ]
  for (const _ of ['now', 'long after']) {
    for (const list of await readBy(cleo, id)) {
      expect(list.slice(-6)).toMatchObject(expected)
      expect(JSON.stringify(list)).not.toMatch(/WORD|undo_id/)
    }
    for (const list of await readBy(ada, id)) {
      const all = JSON.stringify(list)
      for (const word of ['WORD1', 'WORD2', 'WORD4', 'WORD5']) expect(all).toContain(word)
    }
    const { notifications } = bodyOf(await cleo.get('/notifications'))
    expect(JSON.stringify(notifications)).not.toMatch(/WORD/)
    for (const { state } of await mailsOf(id)) expect(state).toBe('cancelled')
    const old = "update undos set created_at = now() - interval '2 days' where tenant_id = $1"
    await desk.owner.query(old, [world.tenantId])
    await deleteOldUndos(desk.app, 1_000)
  }
  const { rows } = await desk.owner.query('select * from undos where tenant_id = $1', [world.tenantId])
  expect(rows.length).toBeGreaterThan(0)
  for (const row of rows) expect(row).toMatchObject({ undone_at: expect.any(String), before: { subject: '' } })
  expect(JSON.stringify(rows)).not.toMatch(/WORD/)
  const { events } = bodyOf(await ada.get('/audit?type=ticket.closed'))
  expect(JSON.stringify(events)).toContain('WORD5')
})

/** What comes after a comment of Tess, and by whom she reads that it did. */
const later: Record<string, { act: (id: string, said: Reply) => Promise<unknown>; type: string; by: () => string }> = {
  'a comment of her own': {
    act: (id) => comment(world.tess, id, 'And again.'),
    type: 'comment.added',
    by: () => world.tess.id,
  },
  'a comment of the customer': {
    act: (id) => comment(world.cleo, id, 'Done.'),
    type: 'comment.added',
    by: () => world.cleo.id,
  },
  'an internal comment': {
    act: (id) => comment(world.ada, id, 'Well.', 'internal'),
    type: 'comment.added',
    by: () => 'ada',
  },
  'a file': {
    act: (id) => attach(desk, world.cleo, id, textFile()),
    type: 'attachment.added',
    by: () => world.cleo.id,
  },
  'a tag': { act: (id) => world.ada.put(`/tickets/${id}/tags/vpn`), type: 'ticket.tagged', by: () => 'ada' },
  'a status': {
    act: (id) => world.ada.put(`/tickets/${id}`, { status: 'waiting' }),
    type: 'ticket.status_changed',
    by: () => 'ada',
  },
  'another customer': {
    act: (id) => world.ada.post(`/tickets/${id}/move`, { customer_id: world.carl.id, confirm: true }),
    type: 'ticket.moved',
    by: () => 'ada',
  },
  'a merge': {
    act: async (id) => mergeTicket(world.ada, id, await createTicket(world.cleo)),
    type: 'ticket.merged',
    by: () => 'ada',
  },
  'a change of the comment': {
    act: (id, said) => world.ada.put(`/tickets/${id}/comments/${said.body.comment_id}`, { body: 'Mended.' }),
    type: 'comment.edited',
    by: () => 'ada',
  },
}

test.each(Object.entries(later))('is refused after %s, and says so', async (_, { act, type, by }) => {
  const id = await createAssignedTicket(world, 'in_progress')
  const said = await undoable(say(world.tess, id, 'Please restart it.'))
  await act(id, said)
  const before = await read(id)
  const { body } = await expectRefusal(undo(world.tess, said), 409, 'undo_changed')
  expect(body.since[0]).toMatchObject({ type, actor_id: by(), actor_name: expect.any(String) })
  expect(body.detail).toMatch(/^\w+ \w+ [a-z ]+ after that\. Change the ticket by hand\.$/)
  expect(body.detail).not.toMatch(/did something|[._]\w/)
  expect(await read(id)).toEqual(before)
})

test('a customer learns of nothing internal: it does not keep them from taking a comment back', async () => {
  const { ada, cleo } = world
  const id = await createAssignedTicket(world, 'in_progress', 'waiting')
  const said = await undoable(say(cleo, id, 'Here it is.'))
  expectStatus(await comment(ada, id, 'Is it?', 'internal'), 201)
  expectStatus(await ada.put(`/tickets/${id}/tags/vpn`), 200)
  expectStatus(await ada.put(`/tickets/${id}/watchers/ada`), 200)
  expectStatus(await undo(cleo, said), 200)
  const again = await undoable(say(cleo, id, 'Here it is.'))
  expectStatus(await ada.put(`/tickets/${id}`, { status: 'waiting' }), 200)
  const { body } = await expectRefusal(undo(cleo, again), 409, 'undo_changed')
  expect(body.since).toMatchObject([{ type: 'ticket.status_changed', actor_id: null, actor_name: 'Ada Admin' }])
})

test('only who acted may undo, once, in time; a token of others is none', async () => {
  const { ada, tess, cleo, nobody } = world
  const other = await createWorld(desk)
  const [id, another] = [await createAssignedTicket(world), await createAssignedTicket(world)]
  const said = await undoable(say(tess, id, 'Please restart it.'))
  const token: string = said.body.undo_token
  const [tenant, row = '', secret = ''] = token.split('.')
  const forged = [
    `${tenant}.${row}.${secret.slice(1)}a`,
    `${other.tenantId}.${row}.${secret}`,
    `${tenant}.${(await undoable(say(tess, another, 'No.'))).body.undo_token.split('.')[1]}.${secret}`,
    `${tenant}.${row}`,
    row,
    'x',
  ]
  const attempts = [
    ...[ada, cleo, other.ada, other.tess].map((person) => undo(person, said)),
    ...forged.map((text) => tess.post('/undo', { token: text })),
  ]
  for (const reply of await Promise.all(attempts)) {
    const { request_id: _, ...body } = (await expectRefusal(reply, 404, 'undo_not_found')).body
    expect([body.detail, Object.keys(body)]).toEqual([
      'There is nothing that this token undoes: it is for who got it, and for a short time. Change the ticket by hand.',
      ['type', 'title', 'status', 'code', 'detail', 'errors'],
    ])
  }
  await expectRefusal(undo(nobody, said), 401, 'not_signed_in')
  const named = await expectRefusal(tess.post('/undo', { undo_token: token }), 400, 'validation_failed')
  expect(named.body.detail).toContain('undo_token is not known here: use token')
  expect(await commentsOf(tess, id)).toEqual(['Please restart it.'])
  await expire(id)
  const late = await expectRefusal(undo(tess, said), 409, 'undo_expired')
  expect(late.body.detail).toBe('The time to undo this is over. Change the ticket by hand.')
  await expectRefusal(undo(ada, said), 404, 'undo_not_found')
  expect(await commentsOf(tess, id)).toEqual(['Please restart it.'])
})

test('who handed a ticket on takes it back unseen, and is told nothing of what its new technician did', async () => {
  const { tess } = world
  const nora = await world.technician('Nora', 'Network')
  const id = await createAssignedTicket(world, 'in_progress')
  const handed = await undoable(put(tess, id, { technician_id: nora.id }))
  await expectRefusal(tess.get(`/tickets/${id}`), 404, 'ticket_not_found')
  expect(expectStatus(await undo(tess, handed), 200).body.technician_id).toBe(tess.id)
  const again = await undoable(put(tess, id, { technician_id: nora.id }))
  expectStatus(await comment(nora, id, 'I have it.', 'internal'), 201)
  const { body } = await expectRefusal(undo(tess, again), 409, 'undo_changed')
  expect([body.since, body.detail]).toEqual([[], 'The ticket is not as you left it. Change the ticket by hand.'])
  const third = await undoable(put(nora, id, { technician_id: null }))
  expectStatus(await world.ada.delete(`/technicians/${nora.id}`), 204)
  await expectRefusal(undo(nora, third), 401, 'invalid_token')
})

test('a ticket that has another version is left alone, though no event says why', async () => {
  const { tess } = world
  const id = await createAssignedTicket(world, 'in_progress')
  const moved = await undoable(put(tess, id, { status: 'waiting' }))
  const text = 'update tickets set version = version + 1 where tenant_id = $1 and ticket_number = $2'
  await desk.owner.query(text, [world.tenantId, Number(id.slice(3))])
  const { body } = await expectRefusal(undo(tess, moved), 409, 'undo_changed')
  expect([body.since, body.detail]).toEqual([[], 'The ticket is not as you left it. Change the ticket by hand.'])
  expect((await read(id)).status).toBe('waiting')
})

test('a ticket does not go back to a technician who is deactivated, nor for a customer who is', async () => {
  const { ada } = world
  const [nora, kim] = [await world.technician('Nina', 'Network'), await world.customer('Kim')]
  const id = await createTicket(kim)
  expectStatus(await ada.put(`/tickets/${id}`, { technician_id: nora.id, status: 'in_progress' }), 200)
  const closed = await undoable(post(ada, id, 'close'))
  expectStatus(await ada.delete(`/technicians/${nora.id}`), 204)
  const { body } = await expectRefusal(undo(ada, closed), 409, 'undo_changed')
  expect(body.detail).toBe(`${nora.id} cannot have tickets any more. Change the ticket by hand.`)
  const second = await createTicket(kim)
  const assigned = await undoable(put(ada, second, { technician_id: world.tess.id }))
  expectStatus(await ada.delete(`/customers/${kim.id}`), 204)
  const gone = await expectRefusal(undo(ada, assigned), 409, 'undo_changed')
  expect(gone.body.since).toMatchObject([{ type: 'customer.deactivated', actor_id: 'ada' }])
})

test('the text of a comment comes back as a draft, unless another one was begun', async () => {
  const { tess } = world
  const id = await createAssignedTicket(world)
  const drafts = `/tickets/${id}/drafts`
  expectStatus(await tess.put(`${drafts}/reply`, { body: 'Please' }), 201)
  const sent = await undoable(say(tess, id, 'Please restart it.', { draft_version: 1 }))
  await expectRefusal(tess.get(`${drafts}/reply`), 404, 'draft_not_found')
  const first = expectStatus(await undo(tess, sent), 200).body
  expect([first.undone_comment.body, first.warnings]).toEqual(['Please restart it.', undefined])
  expect(bodyOf(await tess.get(`${drafts}/reply`)).body).toBe('Please restart it.')
  const other = await undoable(say(tess, id, 'Or not.'))
  const second = expectStatus(await undo(tess, other), 200).body
  const { comment_id } = other.body
  expect(second).toMatchObject({ undone_comment: { comment_id, ticket_id: id, visibility: 'public', body: 'Or not.' } })
  expect(second.warnings).toEqual([{ code: 'draft_kept', detail: expect.stringContaining('undone_comment') }])
  expect(bodyOf(await tess.get(`${drafts}/reply`)).body).toBe('Please restart it.')
  const note = await undoable(say(tess, id, 'He did not.', { visibility: 'internal' }))
  expectStatus(await undo(tess, note), 200)
  expect(bodyOf(await tess.get(`${drafts}/note`)).body).toBe('He did not.')
})

test('who was mentioned in a comment that is taken back no longer watches, and was not mailed', async () => {
  const { ada, tess, tom } = world
  const id = await createAssignedTicket(world)
  expectStatus(await ada.put(`/tickets/${id}/watchers/ada`), 200)
  const toTom = async () => (await mailsOf(id)).filter(({ account_id }) => account_id === tom.id)
  const said = await undoable(say(tess, id, `Ask @${tom.id}.`, { visibility: 'internal' }))
  expectStatus(await tom.get(`/tickets/${id}`), 200)
  await writeMails(desk)
  expect(await toTom()).toMatchObject([{ state: 'queued' }])
  expectStatus(await undo(tess, said), 200)
  await expectRefusal(tom.get(`/tickets/${id}`), 404, 'ticket_not_found')
  // Who came in another way stays.
  expect(bodyOf(await tess.get(`/tickets/${id}/watchers`)).watchers).toMatchObject([{ account_id: 'ada' }])
  await writeMails(desk)
  expect(await toTom()).toMatchObject([{ state: 'cancelled' }])
})

test('the files of a comment are uploads of its author again, which nobody sees and a further comment carries', async () => {
  const { ada, tess, tom, cleo } = world
  const id = await createAssignedTicket(world)
  expectSuccess(await ada.put(`/tickets/${id}/watchers/${tom.id}`))
  const files = [
    await attach(desk, tess, id, textFile('internal.txt', 'Grüße.\n'), 'internal'),
    await attach(desk, tess, id, textFile('public.txt'), 'public'),
  ]
  const attachment_ids = files.map(({ attachment_id }) => attachment_id)
  const path = `/tickets/${id}/attachments`
  const said = await undoable(say(tess, id, 'See these.', { attachment_ids }))
  const { download_url } = bodyOf(await cleo.get(`${path}/${attachment_ids[0]}`))
  expectStatus(await undo(tess, said), 200)
  for (const person of [ada, tess, tom, cleo]) {
    expect(bodyOf(await person.get(path)).attachments).toEqual([])
    for (const file of attachment_ids) await expectRefusal(person.get(`${path}/${file}`), 404, 'attachment_not_found')
  }
  expect((await fetch(reachable(desk, download_url))).status).toBe(410)
  for (const list of ['history', 'comments'])
    expect(JSON.stringify(bodyOf(await cleo.get(`/tickets/${id}/${list}`)))).not.toContain('.txt')
  await writeMails(desk)
  expect(bodyOf(await ada.get(`/emails?ticket_id=${id}`)).emails.filter(isOfFiles)).toEqual([])
  for (const upload_id of attachment_ids) {
    await expectRefusal(ada.post(path, { upload_id }), 404, 'upload_not_found')
    expectStatus(await tess.post(path, { upload_id }), 201)
  }
  expectStatus(await say(tess, id, 'See these.', { attachment_ids }), 201)
  expect(bodyOf(await cleo.get(path)).attachments).toMatchObject([
    { file_name: 'internal.txt', content_type: files[0].content_type, visibility: 'public' },
    { file_name: 'public.txt', visibility: 'public' },
  ])
})

test('a comment on a merged ticket is taken back there, and its final target goes back', async () => {
  const { ada, cleo } = world
  const [id, target] = [await createAssignedTicket(world), await createAssignedTicket(world, 'in_progress', 'waiting')]
  await mergeTicket(ada, id, target)
  const before = await read(target)
  const said = await undoable(say(cleo, id, 'Here it is.'))
  expect((await read(target)).status).toBe('in_progress')
  expect(expectStatus(await undo(cleo, said), 200).body.ticket_id).toBe(id)
  expect([await read(target), await commentsOf(cleo, target)]).toEqual([before, []])
  const details = { comment_id: said.body.comment_id, ticket_id: id }
  expect(await lastOf(cleo, target)).toMatchObject({ type: 'ticket.change_undone', ticket_id: target, details })
  const again = await undoable(say(cleo, id, 'Here it is.'))
  expectStatus(await ada.post(`/tickets/${id}/unmerge`), 200)
  await expectRefusal(undo(cleo, again), 409, 'undo_changed')
})

test('nothing is offered where nothing changed, or nobody asked; a deleted ticket is not there', async () => {
  const { ada, tess } = world
  const id = await createAssignedTicket(world, 'in_progress')
  const unoffered = [
    await put(tess, id, { status: 'in_progress' }),
    await tess.put(`/tickets/${id}`, { status: 'waiting' }),
    await comment(tess, id, 'Hm.'),
  ]
  for (const reply of unoffered) expect(Object.keys(bodyOf(reply))).not.toContain('undo_token')
  for (const undo_seconds of [-1, 31, 1.5, '5'])
    await expectRefusal(say(tess, id, 'No.', { undo_seconds }), 400, 'validation_failed')
  const said = await undoable(say(tess, id, 'No.'))
  // The answer may be sent back whole, with its token.
  expectStatus(await ada.put(`/tickets/${id}`, bodyOf(await undoable(put(ada, id, { priority: 'high' })))), 200)
  expectStatus(await ada.delete(`/tickets/${id}`), 204)
  await expectRefusal(undo(tess, said), 404, 'ticket_not_found')
})

test('a lost answer comes again with its token, and undoing twice under one key undoes once', async () => {
  const { tess } = world
  const id = await createAssignedTicket(world)
  const under = (key: string) => ({ headers: { 'Idempotency-Key': `${id} ${key}` } })
  const body = { body: 'Hm.', visibility: 'public', undo_seconds: 30 }
  const [said, again] = [
    await tess.post(`/tickets/${id}/comments`, body, under('a')),
    await tess.post(`/tickets/${id}/comments`, body, under('a')),
  ]
  expect(again.body).toEqual(said.body)
  const undone = expectStatus(await tess.post('/undo', { token: said.body.undo_token }, under('b')), 200)
  expect((await tess.post('/undo', { token: said.body.undo_token }, under('b'))).body).toEqual(undone.body)
})

test('20 times two at once: one undo wins, and a change and an undo never mix', async () => {
  const { ada, tess } = world
  const id = await createAssignedTicket(world, 'in_progress')
  const outcomes: number[] = []
  for (let round = 0; round < 10; round += 1) {
    const said = await undoable(say(tess, id, `Round ${round}`))
    const both = await Promise.all([undo(tess, said), undo(tess, said)])
    expect(both.map(({ status, body }) => `${status} ${body.code ?? ''}`).sort()).toEqual(['200 ', '409 undo_spent'])
  }
  for (let round = 0; round < 10; round += 1) {
    const priority = bodyOf(await ada.get(`/tickets/${id}`)).priority
    const other = priority === 'high' ? 'low' : 'high'
    const [before, moved] = [await versionOf(id), await undoable(put(tess, id, { status: 'waiting' }))]
    const change = (): Promise<Reply> => ada.put(`/tickets/${id}`, { priority: other })
    // First the undo, then the change, then both at once.
    const first = round === 0 ? await undo(tess, moved) : null
    const second = round === 1 ? await change() : null
    const [undone, changed] = await Promise.all([first ?? undo(tess, moved), second ?? change()])
    expect([changed.status, [200, 409]]).toEqual([200, expect.arrayContaining([undone.status])])
    const after = bodyOf(await ada.get(`/tickets/${id}`))
    expect([after.priority, after.version]).toEqual([other, before + (undone.status === 200 ? 3 : 2)])
    expect(after.status).toBe(undone.status === 200 ? 'in_progress' : 'waiting')
    outcomes.push(undone.status)
    if (undone.status === 409) expectStatus(await tess.put(`/tickets/${id}`, { status: 'in_progress' }), 200)
  }
  expect(outcomes.slice(0, 2)).toEqual([200, 409])
})
