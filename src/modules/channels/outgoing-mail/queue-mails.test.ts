import { afterAll, beforeAll, expect, test } from 'vitest'
import { exec, sql } from '../../../platform/db/sql.ts'
import { assignTicket, comment, createAssignedTicket, createTicket } from '../../../testing/support/create-tickets.ts'
import { attach, textFile } from '../../../testing/support/files.ts'
import { emails } from '../../../testing/support/mail-scene.ts'
import { createWorld, type Person } from '../../../testing/support/people.ts'
import { bodyOf, expectSuccess } from '../../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { writeMails } from '../../../testing/support/write-mails.ts'

let desk: Desk
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
})
afterAll(() => desk?.stop())

/** What follows from acts, as `account: heading`, and the texts of these mails without line breaks. */
const mailsAfter = async (
  ada: Person,
  act: () => Promise<unknown>,
): Promise<{ headings: string[]; texts: string[] }> => {
  await writeMails(desk)
  const before = new Set((await emails(ada, '')).map(({ email_id }) => email_id))
  await act()
  await writeMails(desk)
  const mails = (await emails(ada, '')).filter(({ email_id }) => !before.has(email_id))
  const all = await Promise.all(mails.map(async ({ email_id }) => bodyOf(await ada.get(`/emails/${email_id}`))))
  const shown = all.toSorted((left, right) => left.account_id.localeCompare(right.account_id))
  return {
    headings: shown.map(({ account_id, text }) => `${account_id}: ${text.split('\n')[0]}`).sort(),
    texts: shown.map(({ text }) => text.replaceAll(/\s+/g, ' ')),
  }
}

test('those who see the queue, and those whose ticket it is, read what happened in plain words', async () => {
  const world = await createWorld(desk)
  const { ada, tess, tom, cleo, carl } = world
  const id = await createAssignedTicket(world)
  const tilda = await world.technician('Tilda', 'Network')
  const after = (act: () => Promise<unknown>) => mailsAfter(ada, act)

  const unassigned = await after(() => ada.put(`/tickets/${id}`, { technician_id: null }))
  expect(unassigned.headings).toEqual([
    `TEC0001: Ticket ${id} is no longer yours`,
    `TEC0003: Ticket ${id} is in the queue again`,
  ])
  const urgent = await after(() => ada.put(`/tickets/${id}`, { priority: 'urgent' }))
  expect(urgent.headings).toEqual([`TEC0001: Ticket ${id} is urgent now`, `TEC0003: Ticket ${id} is urgent now`])
  expect(urgent.texts.every((text) => text.includes('Nobody has it') && text.includes('Priority: urgent'))).toBe(true)
  const noted = await after(() => comment(ada, id, 'It was the switch.', 'internal'))
  expect(noted.headings).toEqual([
    `TEC0001: An internal comment on ticket ${id}`,
    `TEC0003: An internal comment on ticket ${id}`,
  ])

  await assignTicket(ada, id, tess)
  const filed = await after(() => attach(desk, tess, id, textFile('log.txt'), 'public'))
  expect(filed.headings).toEqual([`CUS0001: A file on your ticket ${id}`])
  expect(filed.texts[0]).toContain('File: log.txt (10 bytes)')

  const resolved = await createAssignedTicket(world, 'in_progress', 'resolved')
  const closed = await after(() => cleo.post(`/tickets/${resolved}/close`))
  expect(closed.headings).toEqual([`TEC0001: Ticket ${resolved} is closed`])

  const moved = await after(() => ada.post(`/tickets/${id}/move`, { customer_id: carl.id, confirm: true }))
  expect(moved.headings).toEqual([`CUS0002: Ticket ${id} is yours now`, `TEC0001: Ticket ${id} has another customer`])
  for (const text of moved.texts) expect(text).not.toMatch(/Cleo|CUS0001/)

  const door = await createTicket(cleo, { issue_category: 'Doors' })
  const requeued = await after(() => ada.put(`/tickets/${door}`, { issue_category: 'Network' }))
  expect(requeued.headings).toEqual(['TEC0001', 'TEC0003'].map((who) => `${who}: Ticket ${door} has another category`))
  for (const text of requeued.texts) expect(text).toMatch(/Nobody has it.*Category: Network/)
  const urgently = { issue_category: 'Doors', priority: 'urgent' }
  expect((await after(() => ada.put(`/tickets/${door}`, urgently))).headings).toEqual([])

  await assignTicket(ada, await createTicket(cleo), tilda)
  const gone = await after(() => ada.delete(`/technicians/${tilda.id}`))
  expect(gone.headings).toEqual(['TEC0001: A ticket is in the queue again'])
  expect(gone.texts[0]).toContain('Technician: Tilda Technician Tickets: 1 Deactivated by: Ada Admin')
  expect(await after(() => ada.delete(`/technicians/${tom.id}`))).toEqual({ headings: [], texts: [] })
})

test('a mail to the queue is not sent to a technician who does not see the ticket any more', async () => {
  const world = await createWorld(desk)
  const { ada, tess, cleo } = world
  const tilda = await world.technician('Tilda', 'Network')
  const id = await createTicket(cleo)
  expectSuccess(await ada.put(`/tickets/${id}`, { priority: 'urgent' }))
  await writeMails(desk)
  await assignTicket(ada, id, tess)
  const toTilda = (await emails(ada, `ticket_id=${id}`)).find(({ account_id }) => account_id === tilda.id)
  await exec(desk.owner, sql`update emails set state = 'failed' where email_id = ${toTilda?.email_id}`)
  const reply = await ada.post(`/emails/${toTilda?.email_id}/resend`)
  expect([reply.status, reply.body.detail]).toEqual([422, 'The recipient does not see the ticket any more.'])
})

test('the mail of an earlier resolution is not sent again, also when the ticket is resolved once more', async () => {
  const world = await createWorld(desk)
  const { ada, tess, cleo } = world
  const id = await createAssignedTicket(world, 'in_progress', 'resolved')
  await writeMails(desk)
  expectSuccess(await cleo.post(`/tickets/${id}/reopen`))
  expectSuccess(await tess.put(`/tickets/${id}`, { status: 'resolved', resolution_summary: 'A new cable.' }))
  await writeMails(desk)
  const [late, early] = (await emails(ada, `ticket_id=${id}`)).filter(({ template }) => template === 'ticket_resolved')
  const reply = await ada.post(`/emails/${early?.email_id}/resend`)
  expect([reply.status, reply.body.detail]).toEqual([422, 'The ticket has been reopened since.'])
  expectSuccess(await ada.post(`/emails/${late?.email_id}/resend`))
})

test('who is given a ticket that is in progress by the same request is not asked to set it so', async () => {
  const { ada, tess, cleo } = await createWorld(desk)
  const [begun, given] = [await createTicket(cleo), await createTicket(cleo)]
  const toTess = async (act: () => Promise<unknown>) => {
    const { headings, texts } = await mailsAfter(ada, act)
    return texts[headings.findIndex((heading) => heading.startsWith(tess.id))] ?? ''
  }
  expect(await toTess(() => assignTicket(ada, given, tess))).toContain('Please set it to “in progress”')
  const change = { technician_id: tess.id, status: 'in_progress' }
  const text = await toTess(() => ada.put(`/tickets/${begun}`, change))
  expect(text).toContain(`Ticket ${begun} is yours`)
  expect(text).toContain('Status: in progress')
  expect(text).not.toContain('Please set it')
})
