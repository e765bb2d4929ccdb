import { describe, expect, test } from 'vitest'
import { openStatuses } from '../tickets/scales.ts'
import { filterOf, filtersOf, isInList, needsProgram, readQuery, withoutFilter } from './queue-query.ts'

const read = (address: string, role = 'technician') => readQuery(new URLSearchParams(address), role)

describe('what an address asks for', () => {
  test.each([
    ['', { status: [...openStatuses], technician_id: 'me' }],
    [
      'view=unassigned&priority=high,urgent',
      { status: [...openStatuses], technician_id: 'none', priority: ['urgent', 'high'] },
    ],
    ['view=watching&status=any', { watching: 'me' }],
    ['view=all&q=printer', { q: 'printer' }],
    ['view=all&q=printer&status=new', { q: 'printer', status: ['new'] }],
    ['view=all&status=nothing&sort=x&priority=', { status: [...openStatuses] }],
    ['view=nothing', { status: [...openStatuses], technician_id: 'me' }],
    [
      'view=all&status=closed&technician=TEC0002&customer=CUS0001&category=Net&tag=vpn&has=failed_mail',
      {
        status: ['closed'],
        technician_id: 'TEC0002',
        customer_id: 'CUS0001',
        issue_category: 'Net',
        tag: ['vpn'],
        has: 'failed_mail',
      },
    ],
    [
      'view=all&status=any&resolved_from=2026-11-25&resolved_to=2026-11-25&zone=UTC',
      {
        resolved_from: '2026-11-25',
        resolved_to: '2026-11-25',
        zone: 'UTC',
      },
    ],
    ['view=all&status=any&deleted=true', {}],
  ])('%s', (address, filter) => {
    expect(filterOf(read(address))).toEqual(filter)
  })

  test('deleted tickets, of any state, for admins', () => {
    expect(filterOf(read('deleted=true', 'admin'))).toEqual({ deleted: true })
    expect(needsProgram(read('deleted=true', 'admin'))).toBe(true)
  })

  test('admins have no tickets of their own', () => {
    expect(read('', 'admin').view).toBe('all')
    expect(read('view=mine', 'admin').view).toBe('all')
  })
})

test('a filter is named once, and taken out whole', () => {
  const address = new URLSearchParams('view=all&raised_from=2026-11-25&raised_to=2026-11-25&zone=UTC&q=x&tag=')
  expect(filtersOf(address)).toEqual(['q', 'raised_from'])
  expect(withoutFilter('raised_from')).toEqual({ raised_from: null, raised_to: null })
  expect(withoutFilter('q')).toEqual({ q: null })
})

const ticket = {
  status: 'new',
  priority: 'high',
  issue_category: 'Network',
  technician_id: null,
  customer_id: 'CUS0001',
  merged_into: null,
} as const

describe('a ticket that is new to a list', () => {
  test.each([
    ['view=unassigned', {}, true],
    ['view=unassigned', { technician_id: 'TEC0001' }, false],
    ['view=mine', { technician_id: 'TEC0001', status: 'assigned' }, true],
    ['view=mine', { technician_id: 'TEC0002' }, false],
    ['view=all', { merged_into: 'TKT0001' }, false],
    ['view=all', { status: 'closed' }, false],
    ['view=all&status=any', { status: 'closed' }, true],
    ['view=all&priority=low', {}, false],
    ['view=all&category=NETWORK', {}, true],
    ['view=all&technician=none', {}, true],
    ['view=all&technician=me', { technician_id: 'TEC0001' }, true],
    ['view=all&customer=CUS0002', {}, false],
  ] as const)('%s with %j: %s', (address, change, expected) => {
    expect(isInList(read(address), { ...ticket, ...change }, 'TEC0001')).toBe(expected)
  })

  test.each([
    ['view=all&priority=low', false],
    ['view=all&q=x', true],
    ['view=watching', true],
    ['view=all&raised_from=2026-11-25', true],
  ])('%s needs the program: %s', (address, expected) => {
    expect(needsProgram(read(address))).toBe(expected)
  })
})
