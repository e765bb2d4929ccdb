import { expect, test } from 'vitest'
import { type Reader, rightsOf, type Status, type Ticket } from './ticket-rights.ts'

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
