import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Priority, Status } from '../../../contract/enums.ts'
import { AppError } from '../../../platform/errors.ts'
import {
  keepsTechnician,
  planChange,
  planClosing,
  planReopening,
  planWithoutTechnician,
  type TicketState,
} from './tickets.lifecycle.ts'
import type { TicketChange } from './tickets.schemas.ts'

const state = (more: Partial<TicketState> = {}): TicketState => ({
  technician_id: null,
  status: 'new',
  priority: 'normal',
  issue_category: 'Network',
  subject: 'No network',
  issue_description: 'No network in room 12.',
  resolution_summary: null,
  close_reason: null,
  ...more,
})

const assigned = (status: Status, more: Partial<TicketState> = {}): TicketState =>
  state({ technician_id: 'TEC0001', status, ...more })

const resolved = assigned('resolved', { resolution_summary: 'Plugged it in.' })
const closed = assigned('closed', { resolution_summary: 'Plugged it in.' })

/** The outcome of a change: the new status and the types of its events, or the code of its error. */
const outcome = (ticket: TicketState, change: TicketChange): string => {
  try {
    const plan = planChange(ticket, change)
    return [plan.state.status, ...plan.events.map(({ type }) => type)].join(' ')
  } catch (error) {
    if (error instanceof AppError) return error.code
    throw error
  }
}

describe('what a change makes of a ticket', () => {
  test.each<[string, TicketState, TicketChange, string]>([
    ['assigning a new ticket', state(), { technician_id: 'TEC0001' }, 'assigned ticket.assigned'],
    [
      'assigning and starting at once',
      state(),
      { technician_id: 'TEC0001', status: 'in_progress' },
      'in_progress ticket.assigned ticket.status_changed',
    ],
    ['reassigning leaves the status', assigned('waiting'), { technician_id: 'TEC0002' }, 'waiting ticket.assigned'],
    ['unassigning', assigned('in_progress'), { technician_id: null }, 'new ticket.unassigned'],
    [
      'unassigning and moving on',
      assigned('in_progress'),
      { technician_id: null, status: 'waiting' },
      'technician_required',
    ],
    ['unassigning a resolved one', resolved, { technician_id: null }, 'technician_required'],
    ['starting without a technician', state(), { status: 'in_progress' }, 'technician_required'],
    ['assigned without a technician', state(), { status: 'assigned' }, 'technician_required'],
    ['new to resolved', state(), { status: 'resolved', resolution_summary: 'x' }, 'illegal_transition'],
    [
      'assigned to resolved',
      assigned('assigned'),
      { status: 'resolved', resolution_summary: 'x' },
      'resolved ticket.resolved',
    ],
    ['back to assigned', assigned('in_progress'), { status: 'assigned' }, 'assigned ticket.status_changed'],
    ['waiting to assigned', assigned('waiting'), { status: 'assigned' }, 'illegal_transition'],
    ['assigned to closed', assigned('assigned'), { status: 'closed' }, 'illegal_transition'],
    ['starting', assigned('assigned'), { status: 'in_progress' }, 'in_progress ticket.status_changed'],
    ['waiting', assigned('in_progress'), { status: 'waiting' }, 'waiting ticket.status_changed'],
    ['going on', assigned('waiting'), { status: 'in_progress' }, 'in_progress ticket.status_changed'],
    ['back to new', assigned('in_progress'), { status: 'new' }, 'illegal_transition'],
    ['resolving without a summary', assigned('in_progress'), { status: 'resolved' }, 'resolution_summary_required'],
    ['resolving', assigned('in_progress'), { status: 'resolved', resolution_summary: 'x' }, 'resolved ticket.resolved'],
    [
      'resolving while waiting',
      assigned('waiting'),
      { status: 'resolved', resolution_summary: 'x' },
      'resolved ticket.resolved',
    ],
    [
      'resolving by a summary that is there',
      assigned('in_progress', { resolution_summary: 'x' }),
      { status: 'resolved' },
      'resolved ticket.resolved',
    ],
    ['taking the summary away', resolved, { resolution_summary: null }, 'resolution_summary_required'],
    ['reopening', resolved, { status: 'in_progress' }, 'in_progress ticket.reopened'],
    ['closing', resolved, { status: 'closed' }, 'closed ticket.closed'],
    ['resolved to waiting', resolved, { status: 'waiting' }, 'illegal_transition'],
    ['reopening a closed one', closed, { status: 'in_progress' }, 'ticket_closed'],
    ['assigning a closed one', closed, { technician_id: 'TEC0002' }, 'ticket_closed'],
    ['another summary for a closed one', closed, { resolution_summary: 'y' }, 'ticket_closed'],
    ['filing a closed one elsewhere', closed, { issue_category: 'Printer' }, 'closed ticket.updated'],
    ['the same again', resolved, { status: 'resolved', priority: 'normal' }, 'resolved'],
    ['an edit', state(), { priority: 'urgent', subject: 'Fire' }, 'new ticket.updated'],
    [
      'a move and an edit',
      assigned('assigned'),
      { status: 'in_progress', priority: 'high' },
      'in_progress ticket.status_changed ticket.updated',
    ],
  ])('%s', (_name, ticket, change, expected) => {
    expect(outcome(ticket, change)).toBe(expected)
  })

  test('an illegal move names both ends', () => {
    expect(() => planChange(state(), { status: 'closed' })).toThrow('from new to closed')
  })

  test('the events say what changed, each member once', () => {
    const { events } = planChange(assigned('in_progress'), {
      status: 'resolved',
      resolution_summary: 'Plugged it in.',
      priority: 'low',
    })
    expect(events).toEqual([
      {
        type: 'ticket.resolved',
        changes: {
          status: { from: 'in_progress', to: 'resolved' },
          resolution_summary: { from: null, to: 'Plugged it in.' },
        },
      },
      { type: 'ticket.updated', changes: { priority: { from: 'normal', to: 'low' } } },
    ])
  })

  test('reopening takes the summary away, also when a client sends it back unread, and keeps a new one', () => {
    for (const more of [{}, { resolution_summary: 'Plugged it in.' }, { resolution_summary: null }]) {
      const { state: reopened, events } = planChange(resolved, { status: 'in_progress', ...more })
      expect(reopened).toMatchObject({ status: 'in_progress', resolution_summary: null })
      expect(events).toEqual([
        {
          type: 'ticket.reopened',
          changes: {
            status: { from: 'resolved', to: 'in_progress' },
            resolution_summary: { from: 'Plugged it in.', to: null },
          },
        },
      ])
    }
    const draft = planChange(resolved, { status: 'in_progress', resolution_summary: 'Half.' })
    expect(draft.state.resolution_summary).toBe('Half.')
    expect(draft.events).toHaveLength(1)
  })

  const unresolved = [state(), ...(['assigned', 'in_progress', 'waiting'] as const).map((status) => assigned(status))]

  test('who may close a ticket that is not resolved closes it without a summary', () => {
    for (const ticket of unresolved) {
      expect(() => planChange(ticket, { status: 'closed' })).toThrow(`from ${ticket.status} to closed`)
      const { state: closed, events } = planClosing({ ...ticket, resolution_summary: 'Half.' }, true, 'Not needed.')
      expect(closed).toEqual({ ...ticket, status: 'closed', close_reason: 'Not needed.' })
      expect(events).toEqual([
        {
          type: 'ticket.closed',
          changes: {
            status: { from: ticket.status, to: 'closed' },
            resolution_summary: { from: 'Half.', to: null },
          },
          details: { reason: 'Not needed.' },
        },
      ])
      const summarized = () => planChange(ticket, { status: 'closed', resolution_summary: 'Done.' }, true)
      expect(summarized).toThrow('without being resolved')
    }
    expect(planClosing(resolved, false).state).toMatchObject({
      resolution_summary: 'Plugged it in.',
      close_reason: null,
    })
    expect(() => planClosing(closed, true)).toThrow('closed already')
  })

  test('a ticket whose technician is gone is reopened as new', () => {
    const plan = planReopening(resolved, 'Still broken.')
    expect(keepsTechnician(resolved, plan)).toBe(true)
    const { state: left, events } = planWithoutTechnician(resolved, plan)
    expect(left).toMatchObject({ status: 'new', technician_id: null, resolution_summary: null })
    expect(events).toEqual([
      {
        type: 'ticket.reopened',
        changes: {
          technician_id: { from: 'TEC0001', to: null },
          status: { from: 'resolved', to: 'new' },
          resolution_summary: { from: 'Plugged it in.', to: null },
        },
        details: { reason: 'Still broken.' },
      },
    ])
    const given = planChange(resolved, { status: 'in_progress', technician_id: 'TEC0002' })
    expect(keepsTechnician(resolved, given)).toBe(false)
    expect(keepsTechnician(resolved, planClosing(resolved, true))).toBe(false)
  })

  test('of a description the events say the lengths in code points', () => {
    const { events } = planChange(state(), { issue_description: '💥💥' })
    expect(events).toEqual([
      { type: 'ticket.updated', changes: { issue_description: { from: { length: 22 }, to: { length: 2 } } } },
    ])
  })

  test('the event of resolving says the summary that was there before, which is no change', () => {
    const described = assigned('in_progress', { resolution_summary: 'Plugged it in.' })
    for (const change of [{}, { resolution_summary: 'Plugged it in.' }]) {
      expect(planChange(described, { status: 'resolved', ...change }).events).toEqual([
        {
          type: 'ticket.resolved',
          changes: { status: { from: 'in_progress', to: 'resolved' } },
          details: { resolution_summary: 'Plugged it in.' },
        },
      ])
    }
  })
})

const changes = fc.record<TicketChange>(
  {
    technician_id: fc.constantFrom('TEC0001', 'TEC0002', null),
    status: fc.constantFrom(...Status.options),
    priority: fc.constantFrom(...Priority.options),
    resolution_summary: fc.constantFrom('Done.', null),
  },
  { requiredKeys: [] },
)

test('any changes in any order keep the promises of the statuses, and closed is final', () => {
  fc.assert(
    fc.property(fc.array(changes, { maxLength: 30 }), (steps) => {
      let ticket = state()
      for (const change of steps) {
        const before = ticket
        try {
          ticket = planChange(ticket, change, true).state
        } catch (error) {
          if (!(error instanceof AppError)) throw error
        }
        if (before.status === 'closed') expect(ticket.status).toBe('closed')
        if (ticket.status === 'new') expect(ticket.technician_id).toBeNull()
        if (['assigned', 'in_progress', 'waiting'].includes(ticket.status)) expect(ticket.technician_id).not.toBeNull()
        if (ticket.status === 'resolved') expect(ticket.resolution_summary).not.toBeNull()
        if (before.status === 'resolved' && ticket.status !== 'resolved') {
          expect(ticket.resolution_summary === null).toBe(ticket.status !== 'closed')
        }
        if (before.status !== 'resolved' && ticket.status === 'closed')
          expect(ticket.resolution_summary).toBe(before.status === 'closed' ? before.resolution_summary : null)
      }
    }),
  )
})
