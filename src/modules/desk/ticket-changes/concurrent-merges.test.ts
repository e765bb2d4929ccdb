import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { comment, createTickets, resolveTicket } from '../../../testing/support/create-tickets.ts'
import { createWorld, type Person } from '../../../testing/support/people.ts'
import type { Reply } from '../../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { getFinalTarget } from '../tickets/conversations.service.ts'

let desk: Desk
beforeAll(async () => {
  desk = await startDesk()
})
afterAll(() => desk?.stop())

const merge = (person: Person, id: string, into: string): Promise<Reply> =>
  person.post(`/tickets/${id}/merge`, { into })

describe('many merges at once', () => {
  test('of opposite merges one is done, the other refused: no deadlock, no circle', async () => {
    const { ada, cleo } = await createWorld(desk)
    await createTickets(cleo, 2)
    for (let round = 0; round < 15; round += 1) {
      const ways = Array.from({ length: 8 }, (_, n) => (n % 2 === 0 ? ['TKT0001', 'TKT0002'] : ['TKT0002', 'TKT0001']))
      const replies = await Promise.all(ways.map(([id = '', into = '']) => merge(ada, id, into)))
      const done = replies.filter(({ status }) => status === 200)
      expect(done).toHaveLength(1)
      for (const reply of replies.filter(({ status }) => status !== 200)) {
        expect([422], reply.text).toContain(reply.status)
        expect(['ticket_merged', 'merge_circle']).toContain(reply.body.code)
      }
      expect((await ada.post(`/tickets/${done[0]?.body.ticket_id}/unmerge`)).status).toBe(200)
    }
  })

  test('after any merges at once, every ticket leads to an end', async () => {
    const world = await createWorld(desk)
    const { ada, cleo, tenantId } = world
    const ids = await createTickets(cleo, 6)
    for (let round = 0; round < 6; round += 1) {
      const pairs = ids.flatMap((id) => ids.filter((other) => other !== id).map((other) => [id, other] as const))
      const shuffled = pairs.toSorted(() => Math.random() - 0.5)
      const replies = await Promise.all(shuffled.map(([id, into]) => merge(ada, id, into)))
      for (const { status, text } of replies) expect([200, 422], text).toContain(status)
      expect(replies.filter(({ status }) => status === 200)).toHaveLength(ids.length - 1)
      const ends = await Promise.all(ids.map((id) => getFinalTarget(desk.app.pool, tenantId, id)))
      expect(new Set(ends).size).toBe(1)
      await Promise.all(ids.map((id) => ada.post(`/tickets/${id}/unmerge`)))
    }
  })

  test('merges, their undoing and links do not wait for each other crosswise', async () => {
    const { ada, cleo } = await createWorld(desk)
    const ids = await createTickets(cleo, 3)
    for (let round = 0; round < 8; round += 1) {
      const acts = ids.flatMap((id) =>
        ids
          .filter((other) => other !== id)
          .flatMap((other) => [
            () => merge(ada, id, other),
            () => ada.post(`/tickets/${id}/unmerge`),
            () => ada.put(`/tickets/${id}/links/related/${other}`),
            () => ada.put(`/tickets/${other}`, { priority: round % 2 === 0 ? 'high' : 'low' }),
          ]),
      )
      const replies = await Promise.all(acts.toSorted(() => Math.random() - 0.5).map((act) => act()))
      for (const { status, text } of replies) expect([200, 422], text).toContain(status)
    }
  })

  test('merges, their undoing, comments, closings, watchers and links: nobody waits crosswise, and every end is known', async () => {
    const world = await createWorld(desk)
    const { ada, cleo, tess, tom, tenantId } = world
    const ids = await createTickets(cleo, 5)
    for (const id of ids) await resolveTicket(ada, id, tess)
    for (let round = 0; round < 3; round += 1) {
      const acts = ids.flatMap((id, place) => {
        const other = ids[(place + 1 + round) % ids.length] ?? ''
        return [
          () => merge(ada, id, other),
          () => merge(ada, other, id),
          () => ada.post(`/tickets/${id}/unmerge`),
          () => comment(cleo, id, `Round ${round}`),
          () => comment(ada, id, 'A note', 'internal'),
          () => ada.put(`/tickets/${id}/links/parent/${other}`),
          () => ada.delete(`/tickets/${id}/links/parent/${other}`),
          () => ada.put(`/tickets/${id}/watchers/${tom.id}`),
          () => ada.delete(`/tickets/${other}/watchers/${tom.id}`),
          () => cleo.post(`/tickets/${id}/${round === 2 ? 'close' : 'reopen'}`),
        ]
      })
      const replies = await Promise.all(acts.toSorted(() => Math.random() - 0.5).map((act) => act()))
      for (const { status, text } of replies) expect([200, 201, 422], text).toContain(status)
      const { rows } = await desk.owner.query(
        `with recursive chain (ticket_number, next_number) as (
           select t.ticket_number, t.merged_into_number from tickets t
           where t.tenant_id = $1 and t.merged_into_number is not null
           union
           select c.ticket_number, n.merged_into_number from chain c
           join tickets n on n.tenant_id = $1 and n.ticket_number = c.next_number and n.merged_into_number is not null)
         select t.ticket_id from tickets t
         where t.tenant_id = $1 and t.merged_into_number is not null and not exists (
           select from chain c
           join tickets f on f.tenant_id = $1 and f.ticket_number = c.next_number and f.merged_into_number is null
           where c.ticket_number = t.ticket_number and f.ticket_number = t.final_target_number)`,
        [tenantId],
      )
      expect(rows, 'tickets whose column does not name the end of their merges').toEqual([])
    }
  })

  test('a ticket is merged and deleted with its target, or the target is deleted alone', async () => {
    const { ada, cleo } = await createWorld(desk)
    for (let round = 0; round < 15; round += 1) {
      const [id = '', into = ''] = await createTickets(cleo, 2)
      const [merging, deletion] = await Promise.all([merge(ada, id, into), ada.delete(`/tickets/${into}`)])
      expect([
        [200, 204],
        [422, 204],
      ]).toContainEqual([merging.status, deletion.status])
      expect((await cleo.get(`/tickets/${id}`)).status).toBe(merging.status === 200 ? 404 : 200)
    }
  })
})
