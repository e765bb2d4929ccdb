import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { comment, createAssignedTicket, createTicket, moveTicket } from '../../../testing/support/create-tickets.ts'
import { createWorld, type World } from '../../../testing/support/people.ts'
import { recordedEvents } from '../../../testing/support/recorded-events.ts'
import { bodyOf, expectRefusal, expectSuccess } from '../../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { writeMails } from '../../../testing/support/write-mails.ts'

let desk: Desk
let world: World
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
  world = await createWorld(desk)
})
afterAll(() => desk?.stop())

const lastEvent = async (id: string, type: string) =>
  (await recordedEvents(desk, world, type)).findLast(({ subject_id }) => subject_id === id)

/** The text of the only mail of a template about a ticket. */
const mailText = async (id: string, template: string): Promise<string> => {
  await writeMails(desk)
  const { emails } = bodyOf(await world.ada.get(`/emails?ticket_id=${id}&limit=100`))
  const found = emails.filter((mail: { template: string }) => mail.template === template)
  expect(found).toHaveLength(1)
  return bodyOf(await world.ada.get(`/emails/${found[0].email_id}`)).text
}

const unresolved = [[], ['in_progress'], ['in_progress', 'waiting']] as const
const unfinished = { resolved_date: null, resolution_summary: null, status: 'closed' }

describe('closing a ticket that is not resolved', () => {
  test.each(['cleo', 'ada'] as const)('%s may, from every status', async (who) => {
    const ids = [await createTicket(world.cleo)]
    for (const moves of unresolved) ids.push(await createAssignedTicket(world, ...moves))
    for (const id of ids) {
      const before = bodyOf(await world[who].get(`/tickets/${id}`))
      const closed = bodyOf(
        await world[who].post(`/tickets/${id}/close`, { reason: '  Not needed any more.\nSorry. ' }),
      )
      expect(closed).toMatchObject({ ...unfinished, close_reason: 'Not needed any more.\nSorry.' })
      expect([closed.technician_id, closed.version]).toEqual([before.technician_id, before.version + 1])
      expect(closed.closed_date).not.toBeNull()
      await expectRefusal(world.ada.post(`/tickets/${id}/reopen`), 422, 'ticket_closed')
      await expectRefusal(world[who].post(`/tickets/${id}/close`), 422, 'ticket_closed')
      expect(bodyOf(await world.cleo.get(`/tickets/${id}`)).close_reason).toBe('Not needed any more.\nSorry.')
    }
  })

  test('takes an unfinished summary away, also by PUT, and refuses a summary beside it', async () => {
    const { ada, tess } = world
    const id = await createAssignedTicket(world, 'in_progress')
    bodyOf(await tess.put(`/tickets/${id}`, { resolution_summary: 'Half.' }))
    const both = { status: 'closed', resolution_summary: 'Done.' }
    await expectRefusal(ada.put(`/tickets/${id}`, both), 422, 'illegal_transition')
    const closed = bodyOf(await ada.put(`/tickets/${id}`, { status: 'closed', priority: 'low' }))
    expect(closed).toMatchObject({ ...unfinished, priority: 'low', close_reason: null })
    expect((await lastEvent(id, 'ticket.closed'))?.changes).toEqual({
      status: { from: 'in_progress', to: 'closed' },
      resolution_summary: { from: 'Half.', to: null },
    })
    // What may be corrected of a closed ticket still may.
    expect(bodyOf(await ada.put(`/tickets/${id}`, { issue_category: 'Printer' })).status).toBe('closed')
  })

  test('is not for technicians, who resolve it first', async () => {
    const id = await createAssignedTicket(world, 'in_progress')
    await expectRefusal(world.tess.post(`/tickets/${id}/close`), 422, 'illegal_transition')
    await expectRefusal(world.tess.put(`/tickets/${id}`, { status: 'closed' }), 422, 'illegal_transition')
    await moveTicket(world.tess, id, 'resolved')
    expect(bodyOf(await world.tess.post(`/tickets/${id}/close`)).resolution_summary).toBe('Plugged it in.')
  })

  test('waits for the children, as closing a resolved one does', async () => {
    const { ada, cleo } = world
    const [parent, child] = [await createTicket(cleo), await createTicket(cleo)]
    expectSuccess(await ada.put(`/tickets/${child}/links/parent/${parent}`))
    await expectRefusal(cleo.post(`/tickets/${parent}/close`), 422, 'children_open')
    expectSuccess(await cleo.post(`/tickets/${child}/close`))
    expectSuccess(await cleo.post(`/tickets/${parent}/close`))
  })

  test('is mailed as what it is, with the reason', async () => {
    const { ada, cleo } = world
    const given = await createTicket(cleo)
    expectSuccess(await ada.post(`/tickets/${given}/close`, { reason: 'The office moves.' }))
    const text = await mailText(given, 'ticket_closed')
    expect(text).toContain('closed without having been resolved')
    expect(text).toContain('The office moves.')
    const resolved = await createAssignedTicket(world, 'in_progress', 'resolved')
    expectSuccess(await ada.post(`/tickets/${resolved}/close`))
    expect(await mailText(resolved, 'ticket_closed')).not.toMatch(/without|Reason/)
  })

  test.each([{ reason: '' }, { reason: ' ' }, { reason: 'x'.repeat(301) }, { reason: 7 }, { close_reason: 'x' }])(
    'refuses the body %j',
    async (body) => {
      const id = await createTicket(world.cleo)
      await expectRefusal(world.cleo.post(`/tickets/${id}/close`, body), 400, 'validation_failed')
    },
  )
})

test('no half of a status can be written, whatever the program does', async () => {
  const { cleo } = world
  const [open, resolved, closed] = [
    await createAssignedTicket(world),
    await createAssignedTicket(world, 'in_progress', 'resolved'),
    await createTicket(cleo),
  ]
  expectSuccess(await cleo.post(`/tickets/${closed}/close`))
  const write = (id: string, what: string) =>
    desk.owner.query(`update tickets set ${what} where tenant_id = $1 and ticket_id = $2`, [world.tenantId, id])
  for (const [id, what, constraint] of [
    [open, 'resolved_date = now()', 'tickets_resolved_check'],
    [open, "close_reason = 'x'", 'tickets_close_reason_check'],
    [resolved, 'resolved_date = null', 'tickets_resolved_check'],
    [resolved, 'resolution_summary = null', 'tickets_summary_check'],
    [resolved, "close_reason = 'x'", 'tickets_close_reason_check'],
    [closed, "resolution_summary = 'x'", 'tickets_summary_check'],
    [closed, 'resolved_date = now()', 'tickets_summary_check'],
  ] as const) {
    await expect(write(id, what), what).rejects.toMatchObject({ constraint })
  }
})

describe('reopening', () => {
  test('keeps the reason in the history, where customers read it, and mails it', async () => {
    const { cleo } = world
    const id = await createAssignedTicket(world, 'in_progress', 'resolved')
    const reopened = bodyOf(await cleo.post(`/tickets/${id}/reopen`, { reason: 'It is down again.' }))
    expect(reopened).toMatchObject({ status: 'in_progress', resolution_summary: null, close_reason: null })
    const { history } = bodyOf(await cleo.get(`/tickets/${id}/history?limit=100`))
    expect(history.at(-1)).toMatchObject({
      type: 'ticket.reopened',
      changes: { resolution_summary: { from: 'Plugged it in.', to: null } },
      details: { reason: 'It is down again.' },
    })
    expect(await mailText(id, 'ticket_reopened')).toContain('It is down again.')
  })

  test('takes the summary away, whoever reopens, so that it is never mailed again', async () => {
    const { ada, cleo, tess } = world
    const whole = { status: 'in_progress', resolution_summary: 'Plugged it in.' }
    for (const reopen of [
      (id: string) => cleo.post(`/tickets/${id}/reopen`),
      (id: string) => tess.put(`/tickets/${id}`, { status: 'in_progress' }),
      (id: string) => ada.put(`/tickets/${id}`, whole),
      (id: string) => comment(cleo, id, 'It is down again.'),
    ]) {
      const id = await createAssignedTicket(world, 'in_progress', 'resolved')
      await writeMails(desk)
      const { emails } = bodyOf(await ada.get(`/emails?ticket_id=${id}&limit=100`))
      const [mail] = emails.filter(({ template }: { template: string }) => template === 'ticket_resolved')
      const { version } = bodyOf(await ada.get(`/tickets/${id}`))
      expectSuccess(await reopen(id))
      expect(bodyOf(await cleo.get(`/tickets/${id}`))).toMatchObject({
        status: 'in_progress',
        resolution_summary: null,
      })
      await expectRefusal(tess.put(`/tickets/${id}`, { status: 'resolved' }), 422, 'resolution_summary_required')
      await expectRefusal(ada.post(`/emails/${mail.email_id}/resend`), 422, 'email_not_resendable')
      const stale = { headers: { 'If-Match': `"${version}"` } }
      const refused = await ada.patch(`/tickets/${id}`, { resolution_summary: 'Other.' }, stale)
      expect([refused.body.code, refused.body.overlaps]).toEqual(['stale_version', true])
    }
  })

  test('a "thanks" leaves the ticket resolved, and the mail to the staff says so', async () => {
    const { cleo, tess } = world
    const id = await createAssignedTicket(world, 'in_progress', 'resolved')
    const thanks = { body: 'Thanks, it works.', visibility: 'public', reopens: false }
    const { version } = bodyOf(await tess.get(`/tickets/${id}`))
    expectSuccess(await cleo.post(`/tickets/${id}/comments`, thanks))
    expect(bodyOf(await tess.get(`/tickets/${id}`))).toMatchObject({ status: 'resolved', version })
    expect(await mailText(id, 'comment_public')).toContain('It did not reopen the ticket')
    expect((await lastEvent(id, 'comment.added'))?.details).toMatchObject({ reopens: false })
    expectSuccess(await cleo.post(`/tickets/${id}/comments`, { ...thanks, reopens: true }))
    expect(bodyOf(await tess.get(`/tickets/${id}`)).status).toBe('in_progress')
    // A comment on an open ticket reopens nothing, whatever it asks for.
    expectSuccess(await cleo.post(`/tickets/${id}/comments`, thanks))
    expect((await lastEvent(id, 'comment.added'))?.details).not.toHaveProperty('reopens')
  })

  test('by a comment is mailed to the staff as what it is', async () => {
    const { cleo, tess } = world
    const id = await createAssignedTicket(world, 'in_progress', 'resolved')
    expectSuccess(await comment(tess, id, 'It was the cable.', 'internal'))
    expect((await lastEvent(id, 'comment.added'))?.details).not.toHaveProperty('reopens')
    expectSuccess(await comment(cleo, id, 'It is down again.'))
    expect(await mailText(id, 'comment_public')).toContain('and the ticket is open again')
    expect((await lastEvent(id, 'comment.added'))?.details).toMatchObject({ reopens: true })
  })

  test('by the staff is mailed to the customer, with the reason', async () => {
    const { ada, tess } = world
    const [first, second] = [
      await createAssignedTicket(world, 'in_progress', 'resolved'),
      await createAssignedTicket(world, 'in_progress', 'resolved'),
    ]
    expectSuccess(await ada.post(`/tickets/${first}/reopen`, { reason: 'The other building, too.' }))
    const text = await mailText(first, 'ticket_reopened_customer')
    expect(text.replaceAll(/\s+/g, ' ')).toContain('we have reopened it. Tess Technician goes on with it.')
    expect(text).toContain('The other building, too.')
    expectSuccess(await tess.put(`/tickets/${second}`, { status: 'in_progress' }))
    expect(await mailText(second, 'ticket_reopened_customer')).not.toContain('Reason')
  })

  test('`reopens` means nothing on other tickets, of the staff, or when the ticket is closed', async () => {
    const { ada, cleo, tess } = world
    const waiting = await createAssignedTicket(world, 'in_progress', 'waiting')
    const said = { body: 'Here it is.', visibility: 'public', reopens: false }
    expectSuccess(await cleo.post(`/tickets/${waiting}/comments`, said))
    expect(bodyOf(await tess.get(`/tickets/${waiting}`)).status).toBe('in_progress')
    expect((await lastEvent(waiting, 'comment.added'))?.details).not.toHaveProperty('reopens')
    const resolved = await createAssignedTicket(world, 'in_progress', 'resolved')
    expectSuccess(await ada.post(`/tickets/${resolved}/comments`, said))
    expect((await lastEvent(resolved, 'comment.added'))?.details).not.toHaveProperty('reopens')
    await moveTicket(tess, resolved, 'closed')
    await expectRefusal(cleo.post(`/tickets/${resolved}/comments`, said), 422, 'ticket_closed')
  })
})
