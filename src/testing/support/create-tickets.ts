import type { Status } from '../../contract/enums.ts'
import { createWorld, type Person, type World } from './people.ts'
import { type Api, bodyOf, expectStatus, expectSuccess, type Reply } from './requests.ts'
import type { Desk } from './workspace.ts'

/** The members that a ticket must have. Its category is that of Tess. */
export const issue = { issue_category: 'Network', issue_description: 'No network' }

/** A ticket that a test finds again by its subject. */
export const ticketAbout = (subject: string) => ({ ...issue, subject })

/** Creates a ticket and answers with its id. `more` adds members to the usual ones, or replaces them. */
export const createTicket = async (person: Api, more: object = {}): Promise<string> =>
  expectStatus(await person.post('/tickets', { ...issue, ...more }), 201).body.ticket_id

/** Creates tickets one after the other, so their ids rise. */
export const createTickets = async (person: Api, count: number, more: object = {}): Promise<string[]> => {
  const ids: string[] = []
  while (ids.length < count) ids.push(await createTicket(person, more))
  return ids
}

/** Moves a ticket through statuses, one after the other. */
export const moveTicket = async (person: Api, id: string, ...moves: Status[]): Promise<void> => {
  for (const status of moves) {
    const change = status === 'resolved' ? { status, resolution_summary: 'Plugged it in.' } : { status }
    expectStatus(await person.put(`/tickets/${id}`, change), 200)
  }
}

/** Creates a ticket of Cleo's, which Ada assigns to Tess, and which Tess moves on. Answers with its id. */
export const createAssignedTicket = async ({ ada, cleo, tess }: World, ...moves: Status[]): Promise<string> => {
  const id = await createTicket(cleo)
  await assignTicket(ada, id, tess)
  await moveTicket(tess, id, ...moves)
  return id
}

export const assignTicket = async (admin: Api, id: string, technician: Person): Promise<void> => {
  expectStatus(await admin.put(`/tickets/${id}`, { technician_id: technician.id }), 200)
}

/** Creates a world in which Tess has TKT0001 of Cleo's, and has moved it on. */
export const createWorldWithTicket = async (desk: Desk, ...moves: Status[]): Promise<World> => {
  const world = await createWorld(desk)
  await createAssignedTicket(world, ...moves)
  return world
}

/** Assigns a ticket to a technician and resolves it. */
export const resolveTicket = async (admin: Api, id: string, technician: Person): Promise<void> => {
  await assignTicket(admin, id, technician)
  await moveTicket(admin, id, 'in_progress', 'resolved')
}

/** Merges a ticket into another one. */
export const mergeTicket = async (person: Api, id: string, into: string): Promise<void> => {
  expectSuccess(await person.post(`/tickets/${id}/merge`, { into }))
}

/** Writes a comment on a ticket; the reply may be a refusal. */
export const comment = (
  person: Api,
  id: string,
  body: string,
  visibility: 'public' | 'internal' = 'public',
): Promise<Reply> => person.post(`/tickets/${id}/comments`, { body, visibility })

/** Deletes a ticket, which may be restored. */
export const deleteTicket = async (admin: Api, id: string): Promise<void> => {
  expectStatus(await admin.delete(`/tickets/${id}`), 204)
}

/** Restores a deleted ticket; the reply may be a refusal. */
export const restoreTicket = (admin: Api, id: string): Promise<Reply> => admin.post(`/tickets/${id}/restore`)

/** Links a ticket to another one. */
export const linkTicket = async (person: Api, id: string, kind: string, other: string): Promise<void> => {
  expectSuccess(await person.put(`/tickets/${id}/links/${kind}/${other}`))
}

/** The links of a ticket, as `parent TKT0001`. */
export const linksOfTicket = async (person: Api, id: string): Promise<string[]> =>
  bodyOf(await person.get(`/tickets/${id}/links`)).links.map(
    ({ kind, ticket_id }: Record<string, string>) => `${kind} ${ticket_id}`,
  )
