import fc, { type Arbitrary, type AsyncCommand } from 'fast-check'
import { createTicket } from '../support/create-tickets.ts'
import type { World } from '../support/people.ts'
import type { Api, Reply } from '../support/requests.ts'
import {
  type Action,
  type Actor,
  actors,
  type Change,
  type Model,
  newModel,
  predict,
  statuses,
} from './ticket-model.ts'

/** A ticket on a desk, and the people who act on it. */
export interface TicketDesk {
  ticketId: string
  people: Record<Actor, Api>
  /** The token of the last change that may be taken back. */
  undoToken: string
  /** The id for a name in the model. */
  idOf(technician: string | null): string | null
  /** Counts a request with its outcome. */
  count(what: string): void
}

/** Creates the ticket that a run of commands is about. */
export const startTicket = async (world: World, other: World, count: (what: string) => void): Promise<TicketDesk> => {
  const ticketId = await createTicket(world.cleo, { issue_category: newModel.issue_category })
  const ids: Record<string, string> = {
    'network technician': world.tess.id,
    'printer technician': world.tom.id,
    somebody: 'TEC9998',
  }
  return {
    ticketId,
    undoToken: 'none',
    people: {
      nobody: world.nobody,
      admin: world.ada,
      'network technician': world.tess,
      'printer technician': world.tom,
      'its customer': world.cleo,
      'other customer': world.carl,
      'admin of another tenant': other.ada,
    },
    idOf: (technician) => (technician === null ? null : (ids[technician] ?? null)),
    count,
  }
}

const send = (desk: TicketDesk, actor: Actor, action: Action, { version }: Model): Promise<Reply> => {
  const api = desk.people[actor]
  const path = `/tickets/${desk.ticketId}`
  if (action.kind === 'read') return api.get(path)
  if (action.kind === 'delete') return api.delete(path)
  if (action.kind === 'undo') return api.post('/undo', { token: desk.undoToken })
  const undo = 'undoable' in action && action.undoable ? { undo_seconds: 30 } : {}
  if (!('change' in action)) return api.post(`${path}/${action.kind}`, action.kind === 'restore' ? undefined : undo)
  const { technician, ...members } = { ...action.change, ...undo }
  const body = technician === undefined ? members : { ...members, technician_id: desk.idOf(technician) }
  const tags = { none: undefined, any: '*', current: `"${version}"`, stale: `"${version - 1}"` }
  const tag = tags[action.match]
  return api.send(action.kind.toUpperCase(), path, body, { headers: tag === undefined ? {} : { 'If-Match': tag } })
}

/** One action by one person. The answer, and the ticket in the answer, must be as the model predicts. */
const commandOf = (actor: Actor, action: Action): AsyncCommand<Model, TicketDesk> => ({
  check: () => true,
  toString: () => `${actor}: ${JSON.stringify(action)}`,
  async run(model, desk) {
    const { status, orTaken, next } = predict(model, actor, action)
    const reply = await send(desk, actor, action, model)
    desk.count(`${action.kind} ${reply.status}`)
    if (orTaken === true && reply.body.code === 'ticket_taken') return
    if (reply.status !== status) {
      throw new Error(`predicted ${status} of ${JSON.stringify(model)}, got ${reply.status} ${reply.text}`)
    }
    Object.assign(model, next)
    if (reply.body?.undo_token !== undefined) desk.undoToken = reply.body.undo_token
    if (status !== 200) return
    desk.count(`status ${reply.body.status}`)
    const { isDeleted: _, undo: _undo, technician, ...members } = model
    for (const [name, value] of Object.entries({ ...members, technician_id: desk.idOf(technician) })) {
      if (reply.body[name] !== value) throw new Error(`predicted ${name} ${JSON.stringify(value)}, got ${reply.text}`)
    }
  },
})

/** Mostly people who may act. */
const likelyActors: Actor[] = ['admin', 'admin', 'admin', 'network technician', 'network technician', 'its customer']
const technicians = ['network technician', 'network technician', 'printer technician', 'somebody', null] as const

const changes: Arbitrary<Change> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ technician: fc.constantFrom(...technicians) }) },
  { weight: 8, arbitrary: fc.record({ status: fc.constantFrom(...statuses) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      status: fc.constant('resolved' as const),
      resolution_summary: fc.constant('Plugged it in.'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record(
      {
        technician: fc.constantFrom(...technicians),
        status: fc.constantFrom(...statuses),
        priority: fc.constantFrom('low', 'urgent'),
        issue_category: fc.constantFrom('Network', 'NETWORK', 'Printer', 'Doors'),
        resolution_summary: fc.constantFrom('Plugged it in.', 'Again.', null),
      },
      { requiredKeys: [] },
    ),
  },
)

const actions: Arbitrary<Action> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('put' as const),
      change: changes,
      match: fc.constantFrom('none', 'none', 'any', 'current', 'stale'),
      undoable: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('patch' as const),
      change: changes,
      match: fc.constantFrom('current', 'current', 'any', 'stale', 'none'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      { kind: 'read' as const },
      { kind: 'reopen' as const, undoable: true },
      { kind: 'close' as const, undoable: true },
      { kind: 'close' as const },
    ),
  },
  { weight: 3, arbitrary: fc.constant({ kind: 'undo' as const }) },
  { weight: 1, arbitrary: fc.constantFrom({ kind: 'delete' as const }, { kind: 'restore' as const }) },
)

const command = fc
  .tuple(fc.constantFrom(...likelyActors, ...actors), actions)
  .map(([actor, action]) => commandOf(actor, action))

/** A way through every status; the ticket has a summary before it waits. */
const beaten: AsyncCommand<Model, TicketDesk>[] = [
  commandOf('network technician', { kind: 'put', change: { technician: 'network technician' }, match: 'none' }),
  commandOf('network technician', { kind: 'put', change: { status: 'in_progress' }, match: 'none' }),
  commandOf('admin', { kind: 'put', change: { status: 'resolved', resolution_summary: 'Done.' }, match: 'current' }),
  commandOf('its customer', { kind: 'reopen' }),
  commandOf('network technician', { kind: 'put', change: { status: 'waiting' }, match: 'any' }),
  commandOf('network technician', { kind: 'put', change: { status: 'resolved' }, match: 'none' }),
  commandOf('its customer', { kind: 'close', undoable: true }),
  commandOf('its customer', { kind: 'undo' }),
  commandOf('its customer', { kind: 'close' }),
  commandOf('admin', { kind: 'delete' }),
  commandOf('admin', { kind: 'restore' }),
]
const beginnings = fc.nat(beaten.length).map((steps) => beaten.slice(0, steps))

/** Sequences of what people do to a ticket. */
export const ticketCommands = fc
  .tuple(beginnings, fc.commands([command], { maxCommands: 15, size: 'max' }))
  .map(([first, then]) => [...first, ...then])
