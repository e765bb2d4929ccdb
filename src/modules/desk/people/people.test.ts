import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { assignTicket, comment, createAssignedTicket, createTicket } from '../../../testing/support/create-tickets.ts'
import { createWorld, type Person, password, uniqueName, type World } from '../../../testing/support/people.ts'
import { recordedEvents } from '../../../testing/support/recorded-events.ts'
import {
  bodyOf,
  createApi,
  expectRefusal,
  expectStatus,
  expectSuccess,
  type Reply,
  ticketIdsIn,
} from '../../../testing/support/requests.ts'
import { createMovableClock, enrol } from '../../../testing/support/second-factors.ts'
import {
  confirmationToken,
  newestResetToken,
  refresh,
  resetPassword,
} from '../../../testing/support/sign-in-requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { writeMails } from '../../../testing/support/write-mails.ts'
import type { Act, User } from '../../identity/accounts/actor.ts'
import { changePerson } from './change-person.service.ts'
import { deactivateAnybody } from './people.service.ts'

let desk: Desk
let world: World
let ada: Person
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
  world = await createWorld(desk)
  ada = world.ada
})
afterAll(() => desk?.stop())

const mail = (name: string): string => `${name}@${world.slug}.example.com`
const templatesTo = async (accountId: string): Promise<string[]> => {
  await writeMails(desk)
  const { emails } = bodyOf(await ada.get(`/emails?account=${accountId}&limit=100`))
  return emails.map(({ template }: { template: string }) => template)
}
const eventsOf = async (accountId: string, like: string) =>
  (await recordedEvents(desk, world, like)).filter(({ subject_id }) => subject_id === accountId)
const invite = async (role: string, more: object = {}) => {
  const name = uniqueName()
  return bodyOf(await ada.post('/people', { role, name, email: mail(name), ...more, ...proof }))
}
/** An admin who has chosen a password. */
const admin = async (): Promise<Person> => {
  const user_id = uniqueName()
  const { account_id } = await invite('admin', { user_id })
  expectSuccess(await resetPassword(world, await newestResetToken(desk, world, account_id), password))
  return world.signIn(user_id, password)
}
const technician = (): Promise<Person> => world.technician(uniqueName(), 'Network')
const proof = { current_password: password }
const work = { phone_number: '030 1234', category: 'Network' }

describe('the list of people', () => {
  test('has everybody once, by role, status and words, in pages', async () => {
    const { account_id: invited } = await invite('technician', work)
    const gone = await world.customer()
    expectSuccess(await ada.delete(`/people/${gone.id}`))
    const idsOf = async (query: string): Promise<string[]> => {
      const ids: string[] = []
      let cursor = ''
      do {
        const { people, page } = bodyOf(await ada.get(`/people?limit=2${query}${cursor}`))
        ids.push(...people.map(({ account_id }: { account_id: string }) => account_id))
        cursor = page.next_cursor === null ? '' : `&cursor=${page.next_cursor}`
      } while (cursor !== '')
      return ids
    }
    const all = await idsOf('')
    expect(all).toEqual(expect.arrayContaining(['ada', world.tess.id, world.cleo.id, invited, gone.id]))
    expect(new Set(all).size).toBe(all.length)
    expect(await idsOf('&role=admin')).toContain('ada')
    expect(await idsOf('&role=admin,technician')).not.toContain(world.cleo.id)
    expect(await idsOf('&status=invited')).toContain(invited)
    expect(await idsOf('&status=deactivated&role=customer')).toEqual([gone.id])
    expect(await idsOf('&q=Cleo')).toEqual([world.cleo.id])
    expect(await idsOf(`&q=${world.tess.id.toLowerCase()}`)).toEqual([world.tess.id])
    await expectRefusal(ada.get('/people?role=boss'), 400, 'validation_failed')
  })

  test('counts the unresolved tickets of technicians', async () => {
    const tess = await technician()
    await assignTicket(ada, await createTicket(world.cleo), tess)
    const { people } = bodyOf(await ada.get(`/people?q=${tess.id}`))
    expect(people).toMatchObject([{ account_id: tess.id, role: 'technician', category: 'Network', open_tickets: 1 }])
    expect(bodyOf(await ada.get(`/people?q=${world.cleo.id}`)).people[0].open_tickets).toBeNull()
  })
})

describe('inviting', () => {
  test.each([
    ['admin', { user_id: 'mary' }, 'mary'],
    ['technician', work, expect.stringMatching(/^TEC\d{4}$/)],
    ['customer', {}, expect.stringMatching(/^CUS\d{4}$/)],
  ])('an %s mails a link, by which they choose a password', async (role, more, accountId) => {
    const name = uniqueName()
    const reply = await ada.post('/people', { role, name, email: mail(name), ...more, ...proof })
    const person = expectStatus(reply, 201).body
    expect(person).toMatchObject({ account_id: accountId, role, name, email: mail(name), status: 'invited' })
    expect(reply.headers.get('location')).toBe(`/api/people/${person.account_id}`)
    expect(bodyOf(await ada.get(`/people/${person.account_id}`))).toEqual(person)
    expect(await templatesTo(person.account_id)).toEqual(['account_invited'])
    expectSuccess(await resetPassword(world, await newestResetToken(desk, world, person.account_id), password))
    expect((await world.signIn(mail(name), password)).id).toBe(person.account_id)
  })

  test.each([
    [{ role: 'admin' }, 'user_id'],
    [{ role: 'admin', user_id: 'TEC0007' }, 'user_id'],
    [{ role: 'admin', user_id: 'x.y', category: 'Network' }, 'category'],
    [{ role: 'technician', phone_number: '030 1234' }, 'category'],
    [{ role: 'customer', user_id: 'x.y' }, 'user_id'],
    [{ role: 'service' }, 'role'],
  ])('%j is refused', async (wrong, field) => {
    const body = { name: 'N', email: mail(uniqueName()), ...wrong }
    const { errors } = (await expectRefusal(ada.post('/people', body), 400, 'validation_failed')).body
    expect(errors.map((error: { field: string }) => error.field)).toContain(field)
  })

  test('a taken name or address is refused', async () => {
    const body = { role: 'admin', name: 'N', email: mail(uniqueName()), ...proof }
    await expectRefusal(ada.post('/people', { ...body, user_id: 'ADA' }), 409, 'sign_in_name_taken')
    await expectRefusal(ada.post('/people', { ...body, user_id: 'new.one', email: ada.email }), 409, 'email_taken')
  })

  test('again mails a new link, and ends the one before; only for who is invited, ten times a day', async () => {
    const { account_id: id } = await invite('admin', { user_id: uniqueName() })
    const first = await newestResetToken(desk, world, id)
    for (let n = 0; n < 10; n += 1) expectStatus(await ada.post(`/people/${id}/invitation`), 204)
    await expectRefusal(ada.post(`/people/${id}/invitation`), 429, 'quota_exceeded')
    await expectRefusal(resetPassword(world, first, password), 422, 'invalid_reset_token')
    expectSuccess(await resetPassword(world, await newestResetToken(desk, world, id), password))
    await expectRefusal(ada.post(`/people/${world.cleo.id}/invitation`), 422, 'not_invited')
    await expectRefusal(ada.post('/people/nobody-here/invitation'), 404, 'account_not_found')
  })

  test.each([
    ['admin', { user_id: uniqueName() }],
    ['technician', work],
    ['customer', {}],
  ])('an %s at a corrected address: the link of before ends', async (role, more) => {
    const { account_id: id } = await invite(role, more)
    const first = await newestResetToken(desk, world, id)
    const email = mail(uniqueName())
    expect(bodyOf(await ada.patch(`/people/${id}`, { email, ...proof }))).toMatchObject({ email, status: 'invited' })
    await expectRefusal(resetPassword(world, first, password), 422, 'invalid_reset_token')
    expectSuccess(await resetPassword(world, await newestResetToken(desk, world, id), password))
    expect((await world.signIn(email, password)).id).toBe(id)
    expect(await eventsOf(id, `${role}.updated`)).toMatchObject([{ changes: { email: { to: email } } }])
  })
})

describe('changing', () => {
  test('a person may be sent back whole, with what changes', async () => {
    const tess = await technician()
    const before = bodyOf(await ada.get(`/people/${tess.id}`))
    const after = bodyOf(await ada.patch(`/people/${tess.id}`, { ...before, category: 'Doors', name: 'Tess T.' }))
    expect(after).toEqual({ ...before, category: 'Doors', name: 'Tess T.' })
    expect(bodyOf(await ada.get(`/technicians/${tess.id}`))).toMatchObject({ category: 'Doors', name: 'Tess T.' })
    expect(await eventsOf(tess.id, 'technician.updated')).toHaveLength(1)
    for (const wrong of [{ status: 'invited' }, { account_id: 'TEC9999' }, { category: null }]) {
      await expectRefusal(ada.patch(`/people/${tess.id}`, { ...after, ...wrong }), 400, 'validation_failed')
    }
    const promoted = bodyOf(await ada.patch(`/people/${tess.id}`, { ...after, role: 'admin', ...proof }))
    expect(promoted).toMatchObject({ role: 'admin', category: null })
    expect(bodyOf(await ada.patch(`/people/${tess.id}`, { ...promoted, role: 'technician' }))).toEqual(after)
    for (const [id, type] of [
      [world.cleo.id, 'customer.updated'],
      ['ada', 'admin.updated'],
    ] as const) {
      const whole = bodyOf(await ada.get(`/people/${id}`))
      expect(bodyOf(await ada.patch(`/people/${id}`, { ...whole, name: 'Another' }))).toEqual({
        ...whole,
        name: 'Another',
      })
      expectSuccess(await ada.patch(`/people/${id}`, { name: whole.name }))
      expect(await eventsOf(id, type)).toMatchObject([
        { changes: { name: { from: whole.name, to: 'Another' } } },
        { changes: { name: { from: 'Another', to: whole.name } } },
      ])
    }
  })

  test('customers and admins have no category', async () => {
    for (const id of [world.cleo.id, 'ada']) {
      await expectRefusal(ada.patch(`/people/${id}`, { category: 'Doors' }), 400, 'validation_failed')
    }
    await expectRefusal(ada.patch('/people/nobody-here', { name: 'N' }), 404, 'account_not_found')
  })
})

describe('an address', () => {
  test('of others is changed by an admin; the own one only with the password, at /me/email', async () => {
    const boss = await admin()
    const tess = await technician()
    const cleo = await world.customer()
    const email = mail(uniqueName())
    const own: [Person, string][] = [
      [boss, `/people/${boss.id}`],
      [tess, `/technicians/${tess.id}`],
      [cleo, `/customers/${cleo.id}`],
    ]
    for (const [person, path] of own) {
      const { detail } = (await expectRefusal(person.patch(path, { email }), 403, 'forbidden')).body
      expect(detail).toContain('POST /me/email')
      const whole = bodyOf(await person.get(path))
      expect(whole.email).toBe(person.email)
      expect(bodyOf(await person.patch(path, whole))).toEqual(whole)
    }
    for (const id of [boss.id, tess.id, cleo.id]) {
      const other = mail(uniqueName())
      expect(bodyOf(await ada.patch(`/people/${id}`, { email: other, ...proof }))).toMatchObject({ email: other })
    }
    expect(await eventsOf(boss.id, 'admin.updated')).toMatchObject([
      { changes: { email: { from: boss.email } }, actor_id: 'ada' },
    ])
  })
})

describe('what would give an account of an admin away', () => {
  test.each([
    [
      'an invitation',
      (more: object) =>
        ada.post('/people', { role: 'admin', name: 'N', email: mail(uniqueName()), user_id: uniqueName(), ...more }),
    ],
    ['a role', async (more: object) => ada.patch(`/people/${(await technician()).id}`, { role: 'admin', ...more })],
    [
      'an address',
      async (more: object) => ada.patch(`/people/${(await admin()).id}`, { email: mail(uniqueName()), ...more }),
    ],
    ['a second factor', async (more: object) => ada.post(`/people/${(await admin()).id}/second-factor/reset`, more)],
  ] as [string, (more: object) => Promise<Reply>][])('%s needs the password of who asks', async (_, ask) => {
    const { errors } = (await expectRefusal(ask({}), 400, 'validation_failed')).body
    expect(errors).toMatchObject([{ field: 'current_password' }])
    await expectRefusal(ask({ current_password: 'not-hers-3' }), 422, 'wrong_password')
    expectSuccess(await ask(proof))
  })

  test('needs the code of who has a second factor, too', async () => {
    const own = await createWorld(desk)
    const { recoveryCodes } = await enrol(own.ada, createMovableClock())
    const path = `/people/${own.tess.id}`
    await expectRefusal(own.ada.patch(path, { role: 'admin', ...proof }), 403, 'second_factor_code_required')
    expectSuccess(await own.ada.patch(path, { role: 'admin', ...proof, second_factor_code: recoveryCodes[0] }))
    // What anybody may have, and what is so already, needs no proof.
    expectSuccess(await own.ada.patch(path, { role: 'admin', name: 'Tess T.', email: own.tess.email }))
    expectSuccess(await own.ada.patch(`/people/${own.cleo.id}`, { email: `c@${own.slug}.example.com` }))
    expectSuccess(await own.ada.patch(path, { role: 'technician' }))
  })
})

describe('a role', () => {
  test('that changes ends the sign-ins of before, also once it is the former role again', async () => {
    const tess = await technician()
    const path = `/people/${tess.id}`
    const made = bodyOf(await tess.post('/api-tokens', { name: 'T', scopes: ['ticket:list'] }))
    const program = createApi(desk.url, { Authorization: `Bearer ${made.token}` })
    expectSuccess(await program.get('/tickets'))
    expectSuccess(await ada.patch(path, { role: 'admin', ...proof }))
    await expectRefusal(program.get('/tickets'), 401, 'invalid_token')
    await expectRefusal(refresh(world, tess.refreshToken), 401, 'invalid_refresh_token')
    const asAdmin = await world.signIn(tess.email, password)
    expectSuccess(await ada.patch(path, { role: 'technician', category: 'Network' }))
    for (const { refreshToken } of [tess, asAdmin]) {
      await expectRefusal(refresh(world, refreshToken), 401, 'invalid_refresh_token')
    }
    for (const before of [tess, asAdmin]) await expectRefusal(before.get('/auth/me'), 401, 'invalid_token')
    await expectRefusal(program.get('/tickets'), 401, 'invalid_token')
  })

  test.each([
    ['the role changes', (id: string) => ada.patch(`/people/${id}`, { role: 'admin', ...proof })],
    ['an admin ends the sessions', (id: string) => ada.delete(`/people/${id}/sessions`)],
    ['the account is deactivated', (id: string) => ada.delete(`/people/${id}`)],
  ])('a link to another address ends when %s, and one that confirms the own address does not', async (_, end) => {
    const tess = await technician()
    const email = mail(uniqueName())
    const [link, own] = [await confirmationToken(desk, world, tess, email), await confirmationToken(desk, world, tess)]
    const confirm = (token: string) => world.nobody.post('/auth/email/confirm', { token })
    expectSuccess(await end(tess.id))
    await expectRefusal(confirm(link), 422, 'invalid_confirmation_token')
    expect(bodyOf(await ada.get(`/people/${tess.id}`)).email).toBe(tess.email)
    expect((await confirm(own)).status).toBe(
      bodyOf(await ada.get(`/people/${tess.id}`)).status === 'active' ? 204 : 422,
    )
  })

  test('a technician becomes an admin, and a technician again, under the same number', async () => {
    const tess = await technician()
    const { id } = tess
    const open = await createTicket(world.cleo)
    await assignTicket(ada, open, tess)
    const resolved = await createAssignedTicket({ ...world, tess }, 'in_progress', 'resolved')
    const promoted = bodyOf(await ada.patch(`/people/${id}`, { role: 'admin', ...proof }))
    expect(promoted).toMatchObject({ account_id: id, role: 'admin', category: null, available: null, status: 'active' })
    await expectRefusal(tess.get('/auth/me'), 401, 'invalid_token')
    expect(bodyOf(await ada.get(`/tickets/${open}`))).toMatchObject({ status: 'new', technician_id: null })
    expect(bodyOf(await ada.get(`/tickets/${resolved}`))).toMatchObject({ status: 'resolved', technician_id: id })
    expect(await eventsOf(id, 'account.role_changed')).toMatchObject([
      { changes: { role: { from: 'technician', to: 'admin' } }, details: { released: 1 } },
    ])
    expect((await recordedEvents(desk, world, 'ticket.unassigned')).at(-1)).toMatchObject({
      subject_id: open,
      details: { by: 'role_change' },
    })

    // As an admin, they are no technician anywhere.
    const now = await world.signIn(tess.email, password)
    expectSuccess(await now.get('/people'))
    await expectRefusal(ada.get(`/technicians/${id}`), 404, 'technician_not_found')
    await expectRefusal(ada.patch(`/technicians/${id}`, { available: false }), 404, 'technician_not_found')
    await expectRefusal(ada.delete(`/technicians/${id}`), 404, 'technician_not_found')
    await expectRefusal(ada.get(`/tickets/technician/${id}`), 404, 'technician_not_found')
    const { technicians } = bodyOf(await ada.get('/technicians?limit=100'))
    expect(JSON.stringify(technicians)).not.toContain(id)
    await expectRefusal(ada.put(`/tickets/${open}`, { technician_id: id }), 422, 'technician_unavailable')
    const reopened = await createAssignedTicket(world)
    expect(bodyOf(await world.cleo.post(`/tickets/${resolved}/reopen`))).toMatchObject({
      status: 'new',
      technician_id: null,
    })
    expectSuccess(await comment(world.cleo, reopened, 'Any news?'))

    const demoted = bodyOf(await ada.patch(`/people/${id}`, { role: 'technician', category: 'Doors' }))
    expect(demoted).toMatchObject({
      account_id: id,
      role: 'technician',
      category: 'Doors',
      phone_number: '+49 30 1234567',
    })
    await expectRefusal(now.get('/people'), 401, 'invalid_token')
    await assignTicket(ada, open, tess)
    expect(ticketIdsIn(await (await world.signIn(id, password)).get('/tickets'))).toContain(open)
    expect((await templatesTo(id)).filter((name) => name === 'account_role_changed')).toHaveLength(2)
  })

  test('the only technician of a category who becomes an admin attends to it no longer', async () => {
    const category = `Lifts ${uniqueName()}`
    const { id } = await world.technician(uniqueName(), category)
    const isListed = async () => JSON.stringify(bodyOf(await ada.get('/categories?limit=100'))).includes(category)
    expect(await isListed()).toBe(true)
    expectSuccess(await ada.patch(`/people/${id}`, { role: 'admin', ...proof }))
    expect(await isListed()).toBe(false)
    const { warnings } = bodyOf(
      await world.cleo.post('/tickets', { issue_category: category, issue_description: 'It is stuck.' }),
    )
    expect(warnings).toMatchObject([{ code: 'category_without_technicians' }])
    expectSuccess(await ada.delete(`/people/${id}`))
  })

  test('an admin who was the technician of a ticket is told as an admin, and not as its technician', async () => {
    const former = await technician()
    const id = await createAssignedTicket({ ...world, tess: former }, 'in_progress', 'resolved')
    const merged = await createAssignedTicket({ ...world, tess: former }, 'in_progress', 'resolved')
    expectSuccess(await ada.patch(`/people/${former.id}`, { role: 'admin', ...proof }))
    expectSuccess(
      await world.cleo.post(`/tickets/${id}/comments`, { body: 'Thanks.', visibility: 'public', reopens: false }),
    )
    // The ticket has no technician who works, so the admins are told of the comment, the former technician among them.
    for (const admin of [former.id, 'ada']) expect(await templatesTo(admin)).toContain('comment_public')
    expectSuccess(await ada.put(`/tickets/${id}`, { technician_id: world.tess.id }))
    const into = await createTicket(world.cleo)
    expectSuccess(await ada.post(`/tickets/${merged}/merge`, { into }))
    expect(bodyOf(await ada.get(`/tickets/${into}/watchers`)).watchers).toEqual([])
    await createTicket(world.carl)
    const templates = await templatesTo(former.id)
    expect(templates).toContain('ticket_created_admin')
    expect(templates).not.toContain('ticket_reassigned_technician')
    expectSuccess(await ada.delete(`/people/${former.id}`))
  })

  test.each([
    ['a customer does not become staff', () => world.cleo.id, 'admin', 'role_not_possible'],
    ['a technician does not become a customer', () => world.tess.id, 'customer', 'role_not_possible'],
    ['an admin does not become a customer', () => 'ada', 'customer', 'role_not_possible'],
    ['an admin with a user id does not become a technician', () => 'ada', 'technician', 'admin_by_user_id'],
  ])('%s', async (_, id, role, code) => {
    const { detail } = (await expectRefusal(ada.patch(`/people/${id()}`, { role, ...proof }), 422, code)).body
    expect(detail).toContain(id())
  })
})

describe('deactivating and reactivating', () => {
  test.each([
    ['a customer', () => world.customer()],
    ['a technician', () => technician()],
    ['an admin', () => admin()],
  ])('%s comes back with number, address and password, and is told', async (_, make) => {
    const person = await make()
    const before = bodyOf(await ada.get(`/people/${person.id}`))
    expectStatus(await ada.delete(`/people/${person.id}`), 204)
    expectStatus(await ada.delete(`/people/${person.id}`), 204)
    await expectRefusal(person.get('/auth/me'), 401, 'invalid_token')
    const signIn = { user_id_or_email: person.email, password }
    await expectRefusal(world.nobody.post('/auth/login', signIn), 401, 'invalid_credentials')
    expect(await eventsOf(person.id, `${before.role}.deactivated`)).toMatchObject([
      { changes: { status: { from: 'active', to: 'deactivated' } }, actor_id: 'ada' },
    ])
    expect(bodyOf(await ada.post(`/people/${person.id}/reactivate`))).toEqual(before)
    expect(bodyOf(await ada.post(`/people/${person.id}/reactivate`))).toEqual(before)
    await expectRefusal(person.get('/auth/me'), 401, 'invalid_token')
    expect((await world.signIn(person.email, password)).id).toBe(person.id)
    expect(await eventsOf(person.id, 'account.reactivated')).toMatchObject([
      { changes: { status: { from: 'deactivated', to: 'active' } }, actor_id: 'ada' },
    ])
    expect((await templatesTo(person.id)).filter((name) => name === 'account_reactivated')).toHaveLength(1)
  })

  test('whose address nobody has confirmed gets a link, also when it changed meanwhile', async () => {
    const cleo = await world.customer()
    const email = mail(uniqueName())
    expectStatus(await ada.delete(`/people/${cleo.id}`), 204)
    expectSuccess(await ada.patch(`/people/${cleo.id}`, { email }))
    expectSuccess(await ada.post(`/people/${cleo.id}/reactivate`))
    expect(await eventsOf(cleo.id, 'account.email_confirmation_requested')).toMatchObject([{ details: { email } }])
    expect(await templatesTo(cleo.id)).toEqual(expect.arrayContaining(['account_reactivated', 'email_confirmation']))
  })

  test('who never had a password is invited anew', async () => {
    const { account_id: id } = await invite('technician', work)
    const first = await newestResetToken(desk, world, id)
    expectSuccess(await ada.delete(`/technicians/${id}`))
    expect(bodyOf(await ada.post(`/people/${id}/reactivate`))).toMatchObject({ account_id: id, status: 'invited' })
    await expectRefusal(resetPassword(world, first, password), 422, 'invalid_reset_token')
    expectSuccess(await resetPassword(world, await newestResetToken(desk, world, id), password))
    expect(await templatesTo(id)).toEqual(['account_invited', 'account_invited'])
  })

  test('ends and names all sessions of a person', async () => {
    const cleo = await world.customer()
    const expired = await world.signIn(cleo.email, password)
    const ofExpired = bodyOf(await expired.get('/me/sessions')).sessions.find(
      ({ is_current }: { is_current: boolean }) => is_current,
    )
    await desk.owner.query(`update sessions set expires_at = now() - interval '1 hour' where session_id = $1`, [
      ofExpired.session_id,
    ])
    await world.signIn(cleo.email, password)
    expectStatus(await ada.delete(`/people/${cleo.id}/sessions`), 204)
    await expectRefusal(cleo.get('/auth/me'), 401, 'invalid_token')
    expect(await eventsOf(cleo.id, 'account.sessions_ended')).toMatchObject([{ details: { sessions: 2 } }])
    expectSuccess(await (await world.signIn(cleo.email, password)).get('/auth/me'))
  })

  test('says how a person signs in: the second factor, and the sessions that go on', async () => {
    const tess = await technician()
    const seen = async () => bodyOf(await ada.get(`/people?role=technician&q=${tess.id}`)).people[0]
    const signIn = async () => bodyOf(await ada.get(`/people/${tess.id}/sign-in`))
    const before = await signIn()
    expect(before).toEqual({
      second_factor: false,
      sessions: [
        {
          kind: 'bearer',
          device: expect.any(String),
          started_at: expect.any(String),
          last_used_at: expect.any(String),
          expires_at: expect.any(String),
        },
      ],
    })
    expect(await seen()).toMatchObject({ second_factor: false, last_seen_at: before.sessions[0].last_used_at })

    await enrol(tess, createMovableClock())
    expect(await signIn()).toMatchObject({ second_factor: true })
    expectStatus(await ada.delete(`/people/${tess.id}/sessions`), 204)
    expect(await signIn()).toEqual({ second_factor: true, sessions: [] })
    expect(await seen()).toMatchObject({ second_factor: true, last_seen_at: null })
    await expectRefusal(ada.get('/people/TEC9999/sign-in'), 404, 'account_not_found')
    await expectRefusal(world.cleo.get(`/people/${world.cleo.id}/sign-in`), 403, 'forbidden')
  })
})

describe('the last active admin', () => {
  test('cannot be deactivated or made a technician, by themselves or with an invited admin beside', async () => {
    const alone = await createWorld(desk)
    const { tess } = alone
    await expectRefusal(alone.ada.delete('/people/ada'), 409, 'last_admin')
    const body = { role: 'admin', user_id: 'zed', name: 'Zed', email: `zed@${alone.slug}.example.com`, ...proof }
    expectSuccess(await alone.ada.post('/people', body))
    await expectRefusal(alone.ada.delete('/people/ada'), 409, 'last_admin')
    expectSuccess(await alone.ada.patch(`/people/${tess.id}`, { role: 'admin', ...proof }))
    expectStatus(await alone.ada.delete('/people/ada'), 204)
    const last = await alone.signIn(tess.id, password)
    await expectRefusal(last.patch(`/people/${tess.id}`, { role: 'technician' }), 409, 'last_admin')
    expectSuccess(await last.post('/people/ada/reactivate'))
    expectSuccess(await last.patch(`/people/${tess.id}`, { role: 'technician' }))
  })

  test('stays when two admins take each other away at once, in 20 rounds', async () => {
    const pair = await createWorld(desk)
    const { tess, tenantId, slug: tenant } = pair
    const actOf = (accountId: string): Act<User> => ({
      actor: { role: 'admin', tenantId, tenant, accountId, name: '', email: '', sessionId: randomUUID(), token: null },
      requestId: null,
      receipt: null,
    })
    for (let round = 0; round < 20; round += 1) {
      await desk.owner.query(
        `update accounts set status = 'active', role = 'admin' where tenant_id = $1 and account_id in ('ada', $2)`,
        [tenantId, tess.id],
      )
      const outcomes = await Promise.allSettled([
        round % 2
          ? deactivateAnybody(desk.app, actOf('ada'), tess.id)
          : changePerson(desk.app, actOf('ada'), tess.id, { role: 'technician' }),
        deactivateAnybody(desk.app, actOf(tess.id), 'ada'),
      ])
      const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.code] : []))
      expect(refused).toEqual(['last_admin'])
    }
  })
})
