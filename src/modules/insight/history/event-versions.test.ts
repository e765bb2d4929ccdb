import { afterAll, beforeAll, expect, test } from 'vitest'
import { exec, sql } from '../../../platform/db/sql.ts'
import { createWorld, type Person } from '../../../testing/support/people.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { getTenantId } from '../../identity/tenants/tenants.service.ts'

let desk: Desk
beforeAll(async () => {
  desk = await startDesk()
})
afterAll(() => desk?.stop())

test('history, audit and mails take an event of version 1 as well as one of version 2', async () => {
  const { slug, ada, tess, cleo } = await createWorld(desk)
  const issue = { issue_category: 'Network', issue_description: 'No network', priority: 'high' }
  expect((await cleo.post('/tickets', issue)).status).toBe(201)
  await ada.put('/tickets/TKT0001', { technician_id: tess.id })
  // As version 0.1.0 of the program wrote it.
  const tenantId = await getTenantId(desk.app, slug)
  await exec(
    desk.app.pool,
    sql`insert into events (tenant_id, type, subject_id, subject_version, actor_id, actor_role)
        values (${tenantId}, 'ticket.created', 'TKT0001', 1, ${cleo.id}, 'customer')`,
  )
  await desk.settled()

  const creations = async (person: Person): Promise<unknown[]> => {
    const { history } = (await person.get('/tickets/TKT0001/history')).body
    return history.filter(({ type }: { type: string }) => type === 'ticket.created')
  }
  const version2 = { customer_id: cleo.id, issue_category: 'Network', priority: 'high', schema: 2 }
  const common = { changes: {}, actor: { id: cleo.id, name: 'Cleo Customer', role: 'customer' } }
  expect(await creations(cleo)).toMatchObject([common, common])
  expect((await creations(cleo)).map((entry) => (entry as { details: object }).details)).toEqual([{}, {}])
  for (const person of [ada, tess]) {
    const details = (await creations(person)).map((entry) => (entry as { details: object }).details)
    expect(details).toEqual([version2, {}])
  }

  const { events } = (await ada.get('/audit?type=ticket.created')).body
  expect(events.map(({ details }: { details: object }) => details)).toEqual([{}, version2])
  expect((await ada.get('/audit/verify')).body).toMatchObject({ complete: true, break: null })

  const { emails } = (await ada.get('/emails?ticket_id=TKT0001')).body
  const ofCreations = emails.filter(({ template }: { template: string }) => template.startsWith('ticket_created_'))
  const names = ofCreations.map((mail: Record<string, string>) => `${mail.template} ${mail.account_id}`)
  expect(names.sort()).toEqual([
    'ticket_created_admin ada',
    'ticket_created_admin ada',
    'ticket_created_customer CUS0001',
    'ticket_created_customer CUS0001',
  ])
  for (const { email_id } of ofCreations) {
    const mail = await ada.get(`/emails/${email_id}`)
    expect([mail.status, mail.body.text]).toEqual([200, expect.stringMatching(/Priority:\s+high/)])
  }
})
