import { comment, createTicket } from '../support/create-tickets.ts'
import type { Person, World } from '../support/people.ts'
import { bodyOf, expectSuccess, type Reply, ticketIdsIn } from '../support/requests.ts'
import type { Desk } from '../support/workspace.ts'
import { type Action, type Name, type Outcome, people, tickets } from './merge-actions.ts'
import type { MergeModel } from './merge-model.ts'

/** The people of the model, on a desk. */
export type Cast = Record<Name, Person>

/** Makes the people of the model in a world: one more admin and one more technician. */
export const createCast = async (desk: Desk, world: World): Promise<Cast> => {
  const { ada, tess, tom, cleo, carl } = world
  await desk.owner.query(
    `insert into accounts (tenant_id, account_id, role, sign_in_name, email, name, password_hash, status)
     select a.tenant_id, 'bea', a.role, 'bea', 'bea@example.com', 'Bea Admin', a.password_hash, a.status
     from accounts a where a.tenant_id = $1 and a.account_id = 'ada'`,
    [world.tenantId],
  )
  const [bea, nora] = [await world.signIn('bea', ada.password), await world.technician('Nora', 'Network')]
  return { ada, bea, tess, nora, tom, cleo, carl }
}

/** Creates the tickets of a run. Answers with their ids, by their places. */
export const createRun = async (cast: Cast): Promise<string[]> => {
  const ids: string[] = []
  for (const [customer, issue_category] of tickets) ids.push(await createTicket(cast[customer], { issue_category }))
  return ids
}

/** Sends the requests of an action. */
export const send = async (cast: Cast, ids: string[], action: Action, text: string): Promise<Reply> => {
  const by = cast[action.by]
  const id = ids[action.of] ?? ''
  const path = `/tickets/${id}`
  switch (action.kind) {
    case 'merge':
      return by.post(`${path}/merge`, { into: ids[action.into] })
    case 'unmerge':
    case 'close':
      return by.post(`${path}/${action.kind}`)
    case 'link':
    case 'unlink': {
      const link = `${path}/links/${action.as}/${ids[action.other]}`
      return action.kind === 'link' ? by.put(link) : by.delete(link)
    }
    case 'watch':
    case 'unwatch': {
      const watcher = `${path}/watchers/${cast[action.whom].id}`
      return action.kind === 'watch' ? by.put(watcher) : by.delete(watcher)
    }
    case 'comment':
      return comment(by, id, text, action.visibility)
    case 'assign':
      return by.put(path, { technician_id: action.whom === null ? null : cast[action.whom].id })
    case 'resolve': {
      const { status } = bodyOf(await by.get(path))
      if (status !== 'in_progress') expectSuccess(await by.put(path, { status: 'in_progress' }))
      return by.put(path, { status: 'resolved', resolution_summary: 'Done.' })
    }
  }
}

/** The outcome of a reply. Mails are left out, because they depend on when they are sent. */
export const outcomeOf = ({ status, body }: Reply): Outcome => {
  const warnings: { code: string }[] = body?.warnings ?? []
  return [status, body?.code ?? warnings.map(({ code }) => code).join()]
}

type Row = Record<string, string>

/** What a person reads of a ticket, in the form of the model; null when they do not see it. */
export const read = async (cast: Cast, ids: string[], name: Name, place: number) => {
  const path = `/tickets/${ids[place]}`
  const reply = await cast[name].get(path)
  if (reply.status === 404) return null
  const isCustomer = name === 'cleo' || name === 'carl'
  const placeOf = (id: string | undefined): number => ids.indexOf(id ?? '')
  const nameOf = (id: string | undefined): string => people.find((one) => cast[one].id === id) ?? 'somebody'
  const ticket = bodyOf(reply)
  const { comments } = bodyOf(await cast[name].get(`${path}/comments?limit=100`))
  const watchers = async (): Promise<string[]> =>
    bodyOf(await cast[name].get(`${path}/watchers`)).watchers.flatMap(
      ({ account_id, ticket_ids }: { account_id: string; ticket_ids: string[] }) =>
        ticket_ids.map((id) => `${nameOf(account_id)} ${placeOf(id)}`),
    )
  const links = async (): Promise<string[]> =>
    bodyOf(await cast[name].get(`${path}/links`)).links.map(
      ({ of_ticket_id, kind, ticket_id }: Row) => `${placeOf(of_ticket_id)} ${kind} ${placeOf(ticket_id)}`,
    )
  return {
    status: ticket.status,
    merged: ticket.merged_tickets.map(placeOf),
    said: comments.map(({ body }: Row) => body).sort(),
    watchers: isCustomer ? null : (await watchers()).sort(),
    links: isCustomer ? null : (await links()).sort(),
  }
}

/** The places of the tickets in the lists of a person. */
export const listed = async (cast: Cast, ids: string[], name: Name, isMerged: boolean): Promise<number[]> => {
  const found = ticketIdsIn(await cast[name].get(`/tickets?limit=100&merged=${isMerged}`))
  return ids.flatMap((id, place) => (found.includes(id) ? [place] : []))
}

/** What the model says of the lists. */
export const expectedList = (model: MergeModel, name: Name, isMerged: boolean): number[] =>
  model.tickets.flatMap(({ mergedInto }, place) =>
    model.sees(name, place) && (mergedInto !== null) === isMerged ? [place] : [],
  )
