import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { exec, sql } from '../../../platform/db/sql.ts'
import { createTicket, createTickets, issue } from '../../../testing/support/create-tickets.ts'
import { createWorld, type Person, password, type World } from '../../../testing/support/people.ts'
import type { Reply } from '../../../testing/support/requests.ts'
import { verdict } from '../../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { createAdminOf } from '../../identity/accounts/first-admin.service.ts'
import type { Email, ListedEmail } from './outgoing-mail.schemas.ts'

let desk: Desk
/** A world that does not change, because every request to it is refused. */
let still: World
beforeAll(async () => {
  desk = await startDesk()
  still = await createWorld(desk)
})
afterAll(() => desk?.stop())

const mailsOf = async ({ ada }: World, query = ''): Promise<Email[]> => {
  await desk.settled()
  return (await ada.get(`/emails?limit=100${query}`)).body.emails
}

describe('the life of a ticket', () => {
  /** The mails that follow from an act, as `template → account`. */
  const mailsAfter = async (world: World, act: () => Promise<Reply>): Promise<string[]> => {
    const before = new Set((await mailsOf(world)).map(({ email_id }) => email_id))
    const { status, text } = await act()
    expect(status, text).toBeLessThan(300)
    const mails = (await mailsOf(world)).filter(({ email_id }) => !before.has(email_id))
    return mails.map(({ template, account_id }) => `${template.replace('ticket_', '')} → ${account_id}`).sort()
  }
  const path = '/tickets/TKT0001'
  const put = (person: Person, body: object) => (): Promise<Reply> => person.put(path, body)
  const post = (person: Person, act: string) => (): Promise<Reply> => person.post(`${path}/${act}`)
  const start = async (): Promise<World> => {
    const world = await createWorld(desk)
    const olga = { userId: 'olga', name: 'Olga', email: `olga@${world.slug}.example.com`, password }
    await createAdminOf(desk.app, world.slug, olga)
    return world
  }

  test('tells everybody concerned, and nobody about their own act except for the confirmation', async () => {
    const world = await start()
    const { ada, cleo, tess, tom } = world
    const is = async (act: () => Promise<Reply>, mails: string[]): Promise<void> =>
      expect(await mailsAfter(world, act)).toEqual(mails)
    await is(
      () => cleo.post('/tickets', issue),
      ['created_admin → ada', 'created_admin → olga', 'created_customer → CUS0001'],
    )
    await is(put(ada, { priority: 'high', subject: 'Other words' }), [])
    await is(put(ada, { technician_id: tess.id }), ['assigned_customer → CUS0001', 'assigned_technician → TEC0001'])
    await is(put(ada, { technician_id: tess.id }), [])
    await is(put(ada, { technician_id: tom.id }), [
      'assigned_customer → CUS0001',
      'assigned_technician → TEC0002',
      'reassigned_technician → TEC0001',
    ])
    // Ada unassigns: Tom loses the ticket, and Olga and Tess see it in the queue.
    await is(put(ada, { technician_id: null }), [
      'reassigned_technician → TEC0002',
      'unassigned → TEC0001',
      'unassigned → olga',
    ])
    // A technician who takes a ticket is not told of it.
    await is(put(tess, { technician_id: tess.id }), ['assigned_customer → CUS0001'])
    await is(put(tess, { status: 'in_progress' }), ['in_progress → CUS0001'])
    await is(put(tess, { status: 'waiting' }), ['waiting → CUS0001'])
    await is(put(tess, { status: 'resolved', resolution_summary: 'Done.' }), ['resolved → CUS0001'])
    await is(post(cleo, 'reopen'), ['reopened → TEC0001'])
    await is(put(tess, { status: 'resolved', resolution_summary: 'Done again.' }), ['resolved → CUS0001'])
    await is(post(tess, 'reopen'), ['reopened_customer → CUS0001'])
    await is(put(ada, { status: 'resolved', resolution_summary: 'Done.' }), ['resolved → CUS0001'])
    await is(post(cleo, 'close'), ['closed_staff → TEC0001'])
  })

  test('an admin who creates a ticket is not told of it; the other admins and the customer are', async () => {
    const world = await start()
    const created = await mailsAfter(world, () => world.ada.post('/tickets', { ...issue, customer_id: world.cleo.id }))
    expect(created).toEqual(['created_admin → olga', 'created_customer → CUS0001'])
    const both = await mailsAfter(world, put(world.ada, { technician_id: world.tess.id, status: 'in_progress' }))
    expect(both).toEqual(['assigned_customer → CUS0001', 'assigned_technician → TEC0001', 'in_progress → CUS0001'])
  })

  test('a reopened ticket goes to the admins when its technician is deactivated, and deactivated people are told nothing', async () => {
    const world = await start()
    const { ada, cleo, tess } = world
    await createTicket(cleo)
    await put(ada, { technician_id: tess.id, status: 'in_progress' })()
    await put(tess, { status: 'resolved', resolution_summary: 'Done.' })()
    await ada.delete(`/technicians/${tess.id}`)
    expect(await mailsAfter(world, post(cleo, 'reopen'))).toEqual(['reopened → ada', 'reopened → olga'])
    await ada.delete(`/customers/${cleo.id}`)
    expect(await mailsAfter(world, put(ada, { priority: 'low' }))).toEqual([])
    expect(await mailsAfter(world, put(ada, { technician_id: 'TEC0002' }))).toEqual(['assigned_technician → TEC0002'])
  })

  test('the mails of one ticket are one thread, and say what they are', async () => {
    const world = await start()
    const { ada, cleo, tess } = world
    await createTicket(cleo, { subject: 'No "network" <i>' })
    await put(ada, { technician_id: tess.id, status: 'in_progress' })()
    const mails = await mailsOf(world, '&ticket_id=TKT0001')
    expect(new Set(mails.map(({ message_id }) => message_id)).size).toBe(mails.length)
    for (const { email_id } of mails) {
      const { status, body } = await ada.get(`/emails/${email_id}`)
      expect(status).toBe(200)
      expect(body.subject).toBe('[TKT0001] No "network" <i>')
      expect(body.text).toContain(`https://desk.example.com/t/${world.slug}/tickets/TKT0001`)
      for (const [, link] of body.html.matchAll(/href="([^"]*)"/g))
        expect(link).toMatch(/^https:\/\/desk\.example\.com\//)
      expect(body.html).not.toContain('<i>')
    }
  })
})

describe('secrets', () => {
  test('the token of a link cannot be read, neither by the admin nor in the database', async () => {
    const world = await createWorld(desk)
    const { ada, cleo, nobody, slug } = world
    await nobody.post('/auth/password/forgot', { email: cleo.email })
    await ada.post('/customers', { name: 'New', email: `new@${slug}.example.com` })
    const mails = await mailsOf(world)
    for (const template of ['password_reset_requested', 'account_invited']) {
      const [mail, ...more] = mails.filter((row) => row.template === template)
      expect(more).toEqual([])
      const { body } = await ada.get(`/emails/${mail?.email_id}`)
      for (const part of [body.text, body.html]) {
        expect([...part.matchAll(/token=([^"<\s]*)/g)].map(([, token]) => token)).toContain('masked')
        expect(part).not.toMatch(/token=(?!masked)/)
      }
    }
    // The token can only be made from the id of the row and the secret of the server.
    const { rows } = await desk.app.pool.query('select p.reset_id, p.tenant_id from password_resets p')
    expect(rows.length).toBeGreaterThan(1)
    const { rows: parameters } = await desk.app.pool.query('select e.parameters::text as text from emails e')
    for (const { text } of parameters) expect(text).not.toMatch(/token|password_hash/)
    const shown = await Promise.all(mails.map(({ email_id }) => ada.get(`/emails/${email_id}`)))
    for (const { text } of shown) expect(text).not.toContain(password)
  })
})

describe('listing', () => {
  test('by state and by ticket, newest first, page by page while mails are written', async () => {
    const world = await createWorld(desk)
    const { ada, cleo, tenantId } = world
    await createTickets(cleo, 6)
    const all = await mailsOf(world)
    expect(all).toHaveLength(2 + 6 * 2)
    expect(all.map(({ state }) => state)).toEqual(all.map(() => 'captured'))
    const times = all.map(({ created_at }) => created_at)
    expect(times).toEqual(times.toSorted().reverse())

    const seen: Email[] = []
    let cursor = ''
    do {
      const { body } = await ada.get(`/emails?limit=3${cursor && `&cursor=${cursor}`}`)
      seen.push(...body.emails)
      cursor = body.page.next_cursor ?? ''
      await createTicket(cleo)
      await desk.settled()
    } while (cursor !== '')
    expect(seen).toEqual(all)

    const states = ['queued', 'sent', 'deferred', 'failed']
    for (const [n, state] of states.entries()) {
      await exec(
        desk.app.pool,
        sql`update emails set state = ${state}, sent_at = case when ${state} = 'sent' then now() end, attempts = ${n}::integer
            where tenant_id = ${tenantId} and email_id = ${all[n]?.email_id}`,
      )
      const { emails } = (await ada.get(`/emails?state=${state}`)).body
      const { sent_at, next_attempt_at } = emails[0] ?? {}
      expect(emails).toEqual([{ ...all[n], state, attempts: n, sent_at, next_attempt_at }])
      expect(next_attempt_at === null).toBe(state === 'sent' || state === 'failed')
      expect(emails[0]?.sent_at === null).toBe(state !== 'sent')
    }
    await exec(desk.app.pool, sql`update emails set state = 'captured', sent_at = null where tenant_id = ${tenantId}`)
    const ofTicket = (await mailsOf(world, '&ticket_id=TKT0003')).map(({ ticket_id }) => ticket_id)
    expect(ofTicket).toEqual(['TKT0003', 'TKT0003'])
    expect(await mailsOf(world, '&ticket_id=TKT9999')).toEqual([])
    expect(await mailsOf(world, '&ticket_id=TKT0003&state=failed')).toEqual([])
  })

  test('by recipient, account, template and subject, with the subject of each', async () => {
    const world = await createWorld(desk)
    const { ada, cleo, carl } = world
    await createTicket(cleo, { subject: 'No 100% network' })
    await createTicket(carl, { subject: 'Über_flow' })
    const found = async (query: string): Promise<string[]> =>
      (await mailsOf(world, `&${query}`)).map(({ template, account_id }) => `${template} ${account_id}`).sort()
    const ofCleo = ['customer_registered CUS0001', 'ticket_created_customer CUS0001']
    expect(await found(`account=${cleo.id}`)).toEqual(ofCleo)
    expect(await found('account=cus1')).toEqual(ofCleo)
    expect(await found(`recipient=${cleo.email.toUpperCase()}`)).toEqual(ofCleo)
    expect(verdict(await ada.get('/emails?recipient=cleo'))).toEqual([400, 'validation_failed'])
    expect(await found(`recipient=${cleo.email}&template=ticket_created_customer`)).toEqual(ofCleo.slice(1))
    expect(await found('template=ticket_created_admin')).toEqual([
      'ticket_created_admin ada',
      'ticket_created_admin ada',
    ])
    expect(await found('ticket_subject=100%25')).toEqual([
      'ticket_created_admin ada',
      'ticket_created_customer CUS0001',
    ])
    expect(await found('ticket_subject=%C3%9CBER_')).toEqual([
      'ticket_created_admin ada',
      'ticket_created_customer CUS0002',
    ])
    expect(verdict(await ada.get('/emails?template=ticket_'))).toEqual([400, 'validation_failed'])
    for (const none of ['ticket_subject=0_', 'recipient=cleo@x.example', 'account=CUS9999', 'ticket_subject=reset']) {
      expect([none, await found(none)]).toEqual([none, []])
    }
    const subjects = (await mailsOf(world)).map((mail) => (mail as ListedEmail).subject)
    expect(new Set(subjects)).toEqual(new Set([null, '[TKT0001] No 100% network', '[TKT0002] Über_flow']))
    const [mail] = await mailsOf(world, '&ticket_id=TKT0001')
    expect((await ada.get(`/emails/${mail?.email_id}`)).body.subject).toBe('[TKT0001] No 100% network')
  })

  test.each([
    ['state=lost', 'validation_failed'],
    ['state=', 'validation_failed'],
    ['ticket_id=CUS1', 'validation_failed'],
    ['ticket_id=TKT0', 'validation_failed'],
    ['q=x', 'validation_failed'],
    ['cursor=x', 'invalid_cursor'],
    [`cursor=${Buffer.from('["-created_at",["0000-01-01T00:00:00Z","x"]]').toString('base64url')}`, 'invalid_cursor'],
    [
      `cursor=${Buffer.from('["-created_at",["0000-01-01T00:00:00Z","00000000-0000-4000-8000-000000000000"]]').toString('base64url')}`,
      'invalid_cursor',
    ],
  ])('refuses ?%s', async (query, code) => {
    expect(verdict(await still.ada.get(`/emails?${query}`))).toEqual([400, code])
  })

  test('is for admins; an unknown id is not found', async () => {
    const { ada, tess, cleo, nobody } = await createWorld(desk)
    for (const path of ['/emails', '/emails/00000000-0000-4000-8000-000000000000']) {
      expect(verdict(await tess.get(path))).toEqual([403, 'forbidden'])
      expect(verdict(await cleo.get(path))).toEqual([403, 'forbidden'])
      expect(verdict(await nobody.get(path))).toEqual([401, 'not_signed_in'])
    }
    const unknown = await ada.get('/emails/00000000-0000-4000-8000-000000000000')
    expect(verdict(unknown)).toEqual([404, 'email_not_found'])
    for (const id of ['1', 'x'.repeat(500)]) {
      expect(verdict(await ada.get(`/emails/${id}`))).toEqual([404, 'route_not_found'])
    }
  })
})
