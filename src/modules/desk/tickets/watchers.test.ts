import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { exec, sql } from '../../../platform/db/sql.ts'
import { comment, createTicket } from '../../../testing/support/create-tickets.ts'
import { createWorld, type World } from '../../../testing/support/people.ts'
import { recordedEvents } from '../../../testing/support/recorded-events.ts'
import type { Reply } from '../../../testing/support/requests.ts'
import { ticketIdsIn, verdict } from '../../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'

let desk: Desk
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
})
afterAll(() => desk?.stop())

const at = (id: string, account: string): string => `/tickets/${id}/watchers/${encodeURIComponent(account)}`
const watchersIn = ({ body, text }: Reply): string[] => {
  expect(body.watchers, text).toBeDefined()
  return body.watchers.map(({ account_id }: { account_id: string }) => account_id)
}

const eventsOf = async (world: World): Promise<string[]> =>
  (await recordedEvents(desk, world, 'ticket.watcher%')).map(({ type, subject_id, details }) => {
    expect(details.visibility).toBe('internal')
    return `${subject_id} ${type} ${details.account_id}`
  })

describe('watchers', () => {
  test('are a set: put once, taken away once', async () => {
    const world = await createWorld(desk)
    const { ada, tess, tom, cleo } = world
    const id = await createTicket(cleo)
    const before = (await ada.get(`/tickets/${id}`)).body
    expect((await ada.get(`/tickets/${id}/watchers`)).body).toEqual({ watchers: [] })
    expect((await ada.put(at(id, tom.id))).body).toEqual({
      watchers: [{ account_id: tom.id, name: 'Tom Technician', role: 'technician', ticket_ids: [id] }],
    })
    expect(watchersIn(await ada.put(at(id, tom.id)))).toEqual([tom.id])
    expect(watchersIn(await ada.put(at(id, 'ada')))).toHaveLength(2)
    expect(watchersIn(await tess.get(`/tickets/${id}/watchers`)).toSorted()).toEqual(['TEC0002', 'ada'])
    expect(watchersIn(await ada.delete(at(id, 'ada')))).toEqual([tom.id])
    expect(watchersIn(await ada.delete(at(id, 'ada')))).toEqual([tom.id])
    expect(watchersIn(await ada.delete(at(id, 'never-there')))).toEqual([tom.id])
    expect((await ada.get(`/tickets/${id}`)).body).toEqual(before)
    expect(await eventsOf(world)).toEqual([
      `${id} ticket.watcher_added ${tom.id}`,
      `${id} ticket.watcher_added ada`,
      `${id} ticket.watcher_removed ada`,
    ])
    // A deactivated account watches nothing.
    await ada.delete(`/technicians/${tom.id}`)
    expect((await ada.get(`/tickets/${id}/watchers`)).body).toEqual({ watchers: [] })
  })

  test('a watcher reads the ticket in every way, and changes nothing of it', async () => {
    const { ada, tess, tom, cleo } = await createWorld(desk)
    const [id, other] = [await createTicket(cleo), await createTicket(cleo)]
    await ada.put(`/tickets/${id}`, { technician_id: tess.id })
    expect(verdict(await tom.get(`/tickets/${id}`))).toEqual([404, 'ticket_not_found'])
    await comment(tess, id, 'Look here.', 'internal')
    expect((await tess.put(at(id, tom.id))).status).toBe(200)
    expect((await tom.get(`/tickets/${id}`)).body.ticket_id).toBe(id)
    expect(ticketIdsIn(await tom.get('/tickets'))).toEqual([id])
    expect(ticketIdsIn(await tom.get('/tickets?q=network'))).toEqual([id])
    expect((await tom.get(`/tickets/${id}/comments`)).text).toContain('Look here.')
    expect(watchersIn(await tom.get(`/tickets/${id}/watchers`))).toEqual([tom.id])
    for (const refused of [
      await tom.put(`/tickets/${id}`, { priority: 'high' }),
      await tom.put(`/tickets/${id}`, { technician_id: tom.id }),
      await tom.post(`/tickets/${id}/close`),
      await tom.post(`/tickets/${id}/comments`, { body: 'x', visibility: 'public' }),
      await tom.post(`/tickets/${id}/merge`, { into: other }),
      await tom.put(`/tickets/${id}/tags/vpn`),
      await tom.put(`/tickets/${id}/links/related/${id}`),
      await tom.put(at(id, 'ada')),
      await tom.delete(at(id, tess.id)),
    ]) {
      expect(verdict(refused), refused.text).toEqual([403, 'forbidden'])
    }
    expect(watchersIn(await tom.delete(at(id, tom.id)))).toEqual([])
    expect(verdict(await tom.get(`/tickets/${id}`))).toEqual([404, 'ticket_not_found'])
    expect(ticketIdsIn(await tom.get('/tickets'))).toEqual([])

    // Nobody has this ticket and Tom watches it, but it is not of his category.
    await ada.put(at(other, tom.id))
    expect(verdict(await tom.put(`/tickets/${other}`, { technician_id: tom.id }))).toEqual([403, 'forbidden'])
    expect((await tess.put(`/tickets/${other}`, { technician_id: tess.id })).status).toBe(200)
  })

  test('staff watch what they see; only admins and the technician of a ticket add other watchers', async () => {
    const { ada, tess, tom, cleo, carl } = await createWorld(desk)
    const id = await createTicket(cleo)
    expect(watchersIn(await tess.put(at(id, tess.id)))).toEqual([tess.id])
    expect(verdict(await tess.put(at(id, tom.id)))).toEqual([403, 'forbidden'])
    expect(verdict(await tess.put(at(id, 'ada')))).toEqual([403, 'forbidden'])
    // Assigning the ticket to Tom does not end her watching.
    const printer = await createTicket(cleo, { issue_category: 'Printer' })
    await ada.put(`/tickets/${id}`, { technician_id: tom.id })
    expect((await tess.get(`/tickets/${id}`)).status).toBe(200)
    expect(watchersIn(await tom.delete(at(id, tess.id)))).toEqual([])
    const unseen = [
      await tess.put(at(id, tess.id)),
      await tess.put(at(printer, tess.id)),
      await tess.delete(at(printer, tess.id)),
      await tess.get(`/tickets/${printer}/watchers`),
      await tess.get('/tickets/TKT9999/watchers'),
      await tess.put(at('TKT9999', tess.id)),
    ].map(({ status, body }) => ({ status, ...body, request_id: '' }))
    expect(unseen[0]).toMatchObject({ status: 404, code: 'ticket_not_found' })
    for (const answer of unseen) expect(answer).toEqual(unseen[0])
    for (const person of [cleo, carl]) {
      for (const reply of [
        await person.get(`/tickets/${id}/watchers`),
        await person.put(at(id, person.id)),
        await person.delete(at(id, tess.id)),
      ]) {
        expect(verdict(reply)).toEqual([403, 'forbidden'])
      }
    }
  })

  test('customers, deactivated accounts and accounts that do not exist cannot watch, and the answer does not tell them apart', async () => {
    const { ada, tess, tom, cleo, carl } = await createWorld(desk)
    const id = await createTicket(cleo)
    await ada.put(`/tickets/${id}`, { technician_id: tess.id })
    await ada.delete(`/technicians/${tom.id}`)
    const answers = []
    for (const account of [cleo.id, carl.id, tom.id, 'CUS9999', 'TEC9999', 'nobody', 'ADA', '💥', "' or 1=1", ' ']) {
      const { status, body } = await tess.put(at(id, account))
      answers.push({ status, ...body, request_id: '' })
    }
    expect(answers[0]).toMatchObject({ status: 422, code: 'watcher_unavailable' })
    for (const answer of answers) expect(answer).toEqual(answers[0])
    expect(verdict(await tess.put(at(id, 'a\0b')))).toEqual([400, 'malformed_request'])
    expect(verdict(await tess.put(at(id, tess.id), { x: 1 }))).toEqual([400, 'validation_failed'])
    expect((await ada.get(`/tickets/${id}/watchers`)).body).toEqual({ watchers: [] })
  })

  test('there are fifty of a ticket at most', async () => {
    const world = await createWorld(desk)
    const { ada, tess, cleo } = world
    const id = await createTicket(cleo)
    const { tenantId } = world
    await exec(
      desk.app.pool,
      sql`with made as (
            insert into accounts (tenant_id, account_id, role, sign_in_name, email, name, status)
            select ${tenantId}, 'x' || n, 'admin', 'x' || n, 'x' || n || '@example.com', 'X', 'active'
            from generate_series(1, 49) n returning account_id)
          select`,
    )
    await exec(
      desk.app.pool,
      sql`insert into ticket_watchers (tenant_id, ticket_number, account_id)
          select ${tenantId}::integer, 1, 'x' || n from generate_series(1, 49) n`,
    )
    expect(watchersIn(await ada.put(at(id, 'ada')))).toHaveLength(50)
    expect(verdict(await ada.put(at(id, tess.id)))).toEqual([422, 'too_many_watchers'])
    expect(watchersIn(await ada.put(at(id, 'ada')))).toHaveLength(50)
  })
})

test('a technician who is deactivated while they are added to their own ticket holds up nobody', async () => {
  const { ada, cleo, technician } = await createWorld(desk)
  for (let round = 1; round <= 5; round += 1) {
    const terry = await technician(`Terry${round}`, 'Network')
    const path = `/tickets/${await createTicket(cleo)}`
    await ada.put(path, { technician_id: terry.id })
    const [gone, ...watched] = await Promise.all([
      ada.delete(`/technicians/${terry.id}`),
      ...Array.from({ length: 4 }, () => ada.put(`${path}/watchers/${terry.id}`)),
    ])
    expect(gone.status).toBe(204)
    for (const { status, text } of watched) expect([200, 422], text).toContain(status)
  }
})
