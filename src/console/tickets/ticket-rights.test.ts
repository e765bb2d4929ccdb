import { expect, test } from 'vitest'
import { Status } from '../../contract/enums.ts'
import { refuseLate } from '../../modules/desk/tickets/edit-time.policy.ts'
import { isUnresolved, planChange } from '../../modules/desk/tickets/tickets.lifecycle.ts'
import {
  authorAccess,
  forbiddenMembers,
  mayCloseUnresolved,
  replyAccess,
  workAccess,
} from '../../modules/desk/tickets/tickets.policy.ts'
import type { Ticket as ServersTicket, TicketChange } from '../../modules/desk/tickets/tickets.schemas.ts'
import type { User } from '../../modules/identity/accounts/actor.ts'
import { mayChangeMessage, mayGiveNew, type Reader, rightsOf, type Ticket } from './ticket-rights.ts'

const admin: Reader = { id: 'ada', role: 'admin', category: null }
const tess: Reader = { id: 'TEC0001', role: 'technician', category: 'Network' }
const tom: Reader = { id: 'TEC0002', role: 'technician', category: 'Printer' }

const ticket = (status: Status, more: Partial<Ticket> = {}): Ticket =>
  ({
    ticket_id: 'TKT0001',
    issue_category: 'network',
    status,
    technician_id: status === 'new' ? null : 'TEC0001',
    merged_into: null,
    ...more,
  }) as Ticket

test('a technician takes an unassigned ticket of their category, and nothing else of it', () => {
  expect(rightsOf(tess, ticket('new'))).toMatchObject({ take: true, assign: null, statuses: [], edit: false })
  expect(rightsOf(tom, ticket('new')).take).toBe(false)
  expect(rightsOf(admin, ticket('new')).take).toBe(false)
  expect(rightsOf(tess, ticket('closed', { technician_id: null })).take).toBe(false)
})

test('the statuses that are offered are those that the server takes from here', () => {
  const offered = (reader: Reader, status: Status) => rightsOf(reader, ticket(status)).statuses
  expect(offered(tess, 'assigned')).toEqual(['in_progress', 'resolved'])
  expect(offered(tess, 'in_progress')).toEqual(['assigned', 'waiting', 'resolved'])
  expect(offered(admin, 'waiting')).toEqual(['in_progress', 'resolved'])
  expect(offered(admin, 'new')).toEqual([])
  expect(offered(tess, 'resolved')).toEqual([])
  expect(offered(tom, 'assigned')).toEqual([])
})

test('technicians close what is resolved, admins everything, and only a resolved ticket is reopened', () => {
  const acts = (reader: Reader, status: Status) => {
    const { close, reopen, giveBack } = rightsOf(reader, ticket(status))
    return [close, reopen, giveBack]
  }
  expect(acts(tess, 'in_progress')).toEqual([false, false, true])
  expect(acts(tess, 'resolved')).toEqual([true, true, false])
  expect(acts(admin, 'new')).toEqual([true, false, false])
  expect(acts(admin, 'closed')).toEqual([false, false, false])
  expect(acts(tom, 'resolved')).toEqual([false, false, false])
})

test('a merged ticket can only be taken apart, or deleted by an admin', () => {
  const merged = ticket('in_progress', { merged_into: 'TKT0002' })
  const granted = (reader: Reader) =>
    Object.entries(rightsOf(reader, merged)).flatMap(([name, is]) => (is === true ? [name] : []))
  expect(granted(tess)).toEqual(['unmerge'])
  expect(granted(admin)).toEqual(['unmerge', 'remove'])
  expect(granted(tom)).toEqual([])
  expect(rightsOf(admin, merged).statuses).toEqual([])
})

// The rules of the program itself, asked about the same tickets.
const actors = [
  { reader: admin, actor: { role: 'admin', accountId: 'ada' } as User },
  ...[tess, tom].map((reader) => ({
    reader,
    actor: { role: 'technician', accountId: reader.id, category: reader.category } as User,
  })),
]
const kept = {
  resolution_summary: null,
  close_reason: null,
  priority: 'normal',
  subject: 'Down',
  issue_description: 'x',
}
const tickets = Status.options.flatMap((status) =>
  (status === 'new' || status === 'closed' ? [null, 'TEC0001'] : ['TEC0001']).map((technician_id) =>
    ticket(status, { ...kept, technician_id, resolution_summary: isUnresolved(status) ? null : 'Done.' } as object),
  ),
)

/** Whether the program takes a change: by who may make it, and by what a ticket may become. */
const isTaken = (actor: User, found: Ticket, change: TicketChange): boolean => {
  if (forbiddenMembers(actor, found as ServersTicket, change).length > 0) return false
  try {
    return planChange(found, change, mayCloseUnresolved(actor, found as ServersTicket)).events.length > 0
  } catch {
    return false
  }
}

test('what is offered is what the program takes, for every status and everybody of the staff', () => {
  for (const { reader, actor } of actors) {
    for (const found of tickets) {
      const { status, technician_id } = found
      const rights = rightsOf(reader, found)
      const about = `${reader.id}: ${status} of ${technician_id}`
      const takes = (change: TicketChange): boolean => isTaken(actor, found, change)
      const moved = Status.options.filter((to) =>
        takes({ status: to, ...(to === 'resolved' && { resolution_summary: 'Done.' }) }),
      )
      const acts = [...(rights.close ? ['closed'] : []), ...(rights.reopen ? ['in_progress'] : [])]
      expect([...rights.statuses, ...acts].sort(), about).toEqual([...moved].sort())
      expect(rights.edit, about).toBe(takes({ priority: 'high' }))
      expect(rights.editTexts, about).toBe(takes({ subject: 'Up' }))
      expect(rights.giveBack, about).toBe(takes({ technician_id: null }))
      expect(rights.take, about).toBe(reader.role === 'technician' && takes({ technician_id: reader.id }))
      const mayHand = takes({ technician_id: 'TEC0009' })
      // An admin may give any ticket that is not closed to another; the console offers only what needs somebody.
      expect(rights.assign === null || mayHand, about).toBe(true)
      expect(rights.work, about).toBe(workAccess(actor, found as ServersTicket) === 'write')
      expect(rights.reply, about).toBe(replyAccess(actor, found as ServersTicket, 'public') === 'write')
    }
  }
})

/** Whether the program takes a change of a message: by who wrote it, and by when. */
const isChangeTaken = (actor: User, author_id: string, is_late: boolean): boolean => {
  if (authorAccess(actor, { author_id }) !== 'write') return false
  try {
    refuseLate(actor, { is_late }, 'comment_too_old', '')
    return true
  } catch {
    return false
  }
}

test('a message is offered for a change where the program takes one', () => {
  const now = Date.parse('2026-11-26T10:00:00Z')
  const customer = { reader: { id: 'CUS0001', role: 'customer' }, actor: { role: 'customer', accountId: 'CUS0001' } }
  for (const { reader, actor } of [...actors, customer as (typeof actors)[number]]) {
    for (const author_id of ['ada', 'TEC0001', 'CUS0001']) {
      for (const isLate of [false, true]) {
        const until = `2026-11-26T${isLate ? '09:59' : '10:01'}:00Z`
        const editable_until = author_id === reader.id ? until : null
        const about = `${reader.id}: a message by ${author_id}, ${isLate ? 'late' : 'in time'}`
        const isOffered = mayChangeMessage(reader, { author_id, editable_until }, now)
        expect(isOffered, about).toBe(isChangeTaken(actor, author_id, isLate))
      }
    }
  }
  expect(mayChangeMessage(null, { author_id: 'ada', editable_until: null }, now)).toBe(false)
})

test('a new ticket is given to whom the program lets it go', () => {
  for (const { reader, actor } of actors) {
    for (const issue_category of ['network', 'PRINTER', 'Else']) {
      const found = ticket('new', { ...kept, issue_category } as object)
      const [toSelf, toOther] = [reader.id, 'TEC0009'].map((technician_id) => isTaken(actor, found, { technician_id }))
      const given = mayGiveNew(reader, issue_category)
      expect(given !== null, `${reader.id}: ${issue_category}`).toBe(toSelf)
      expect(given === 'anybody', `${reader.id}: ${issue_category}`).toBe(toOther)
    }
  }
})
