import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { exec, sql } from '../../../platform/db/sql.ts'
import { createTicket, createTickets } from '../../../testing/support/create-tickets.ts'
import { createWorld, type World } from '../../../testing/support/people.ts'
import type { Reply } from '../../../testing/support/requests.ts'
import { verdict } from '../../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import type { Ticket } from './tickets.schemas.ts'

let desk: Desk
/** The tickets of the tests that only read. */
let world: World

const ticketsOf = ({ body, text, status }: Reply): Ticket[] => {
  expect(status, text).toBe(200)
  return body.tickets
}
/** `1 3 4`: the numbers of the tickets, in their order. */
const numbers = (reply: Reply): string =>
  ticketsOf(reply)
    .map(({ ticket_id }) => Number(ticket_id.slice(3)))
    .join(' ')
const query = (parameters: Record<string, string>): string => `/tickets?${new URLSearchParams(parameters)}`
const list = async (parameters: Record<string, string>): Promise<string> =>
  numbers(await world.ada.get(query({ sort: 'raised_date', ...parameters })))

beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
  world = await createWorld(desk)
  const { ada, cleo, carl } = world
  const tickets = [
    [cleo, 'Paper jam', 'Printer', 'The printer jammed again while printing invoices.', 'low'],
    [cleo, 'No network', 'Network', 'The jam of the paper is not the problem. Größe: 3 m.', 'normal'],
    [carl, 'Slow network', 'NETWORK', "Fish & chips; O'Neil said 50% \\ _why_", 'high'],
    [carl, 'Screen', 'Überwachung', 'It flickers', 'urgent'],
    [carl, 'Chair', 'Other', 'A leg is broken', 'normal'],
    [cleo, 'Desk', 'Other', 'A leg is missing', 'normal'],
  ] as const
  for (const [person, subject, issue_category, issue_description, priority] of tickets) {
    await person.post('/tickets', { subject, issue_category, issue_description, priority })
  }
  const change = (id: string, body: object): Promise<Reply> => ada.put(`/tickets/${id}`, body)
  await change('TKT0002', { technician_id: 'TEC0001' })
  await change('TKT0003', { technician_id: 'TEC0001', status: 'in_progress' })
  await change('TKT0004', { technician_id: 'TEC0002', status: 'in_progress' })
  await change('TKT0004', { status: 'waiting' })
  for (const id of ['TKT0005', 'TKT0006']) await change(id, { technician_id: 'TEC0002', status: 'in_progress' })
  await change('TKT0005', { status: 'resolved', resolution_summary: 'Glued with superglue.' })
  await change('TKT0006', { status: 'resolved', resolution_summary: 'Bought another.' })
  await change('TKT0006', { status: 'closed' })
  await exec(
    desk.app.pool,
    sql`update tickets set raised_date = ('2024-03-0' || ticket_number || 'T12:00:00.123Z')::timestamptz
        where tenant_id = ${world.tenantId}`,
  )
})
afterAll(() => desk?.stop())

describe('a list in a query', () => {
  const asked = (text: string) => world.ada.get(`/tickets?sort=raised_date&${text}`)

  test.each(['status=new&status=closed', 'status=new,closed', 'status=new,closed,', 'status=new,&status=closed,new,'])(
    'may be repeated, or separated by commas: %s',
    async (text) => expect(numbers(await asked(text))).toBe('1 6'),
  )

  test.each(['status=', 'status=,', 'status=new&status=', 'status=new,,closed', 'status=,new', 'status=new,nosuch'])(
    'has no empty or unknown entry: %s',
    async (text) => {
      const { status, body } = await asked(text)
      const words = 'must be new, assigned, in_progress, waiting, resolved or closed'
      expect([status, body.code, body.detail]).toEqual([400, 'validation_failed', `status ${words}`])
    },
  )

  test('is short', async () => {
    const { body } = await asked(`status=${'new,'.repeat(21)}`)
    expect(body.errors).toEqual([{ field: 'status', message: 'status must have at most 20 entries', code: 'too_big' }])
  })

  test('is the only parameter that may be repeated', async () => {
    const { status, body } = await world.ada.get('/tickets?issue_category=a&limit=1&issue_category=b&limit=2')
    expect([status, body.errors]).toEqual([
      400,
      [
        { field: 'limit', message: 'limit may be given only once', code: 'repeated' },
        { field: 'issue_category', message: 'issue_category may be given only once', code: 'repeated' },
      ],
    ])
  })
})

describe('searching for the number of a ticket', () => {
  test.each([
    ['TKT0003', '3'],
    ['tkt3', '3'],
    ['Tkt03', '3'],
    ['tkt3 network', '3'],
    ['tkt3 printer', ''],
    ['tkt3 or tkt00000000005', '3 5'],
    ['"tkt4"', '4'],
    ['network -tkt3', '2'],
    ['network -"tkt3"', '2'],
    // No ticket has these words.
    ['tkt', ''],
    ['the', ''],
    ['uberwachung', ''],
    ['xtkt3', ''],
    ['tkt3x', ''],
    ['tkt0', ''],
    [`tkt${'9'.repeat(16)}`, ''],
  ])('finds it however it is written: %j', async (q, expected) => expect(await list({ q })).toBe(expected))

  test('also finds it as somebody typed it in a text', async () => {
    const { ada } = world
    await ada.put('/tickets/TKT0006', { issue_description: 'As in tkt3. A leg is missing' })
    expect(await list({ q: 'tkt3' })).toBe('3 6')
    await ada.put('/tickets/TKT0006', { issue_description: 'A leg is missing' })
  })
})

describe('filters', () => {
  test.each<[Record<string, string>, string]>([
    [{}, '1 2 3 4 5 6'],
    [{ status: 'new' }, '1'],
    [{ status: 'closed,new,waiting' }, '1 4 6'],
    [{ status: 'new,closed,new' }, '1 6'],
    [{ status: 'assigned,in_progress,resolved' }, '2 3 5'],
    [{ priority: 'normal' }, '2 5 6'],
    [{ issue_category: 'network' }, '2 3'],
    [{ issue_category: 'üBERWACHUNG' }, '4'],
    [{ issue_category: 'net' }, ''],
    [{ issue_category: 'Netw%' }, ''],
    [{ technician_id: 'none' }, '1'],
    [{ technician_id: 'TEC0001' }, '2 3'],
    [{ technician_id: 'TEC9999' }, ''],
    [{ customer_id: 'CUS0001' }, '1 2 6'],
    [{ customer_id: 'CUS9999' }, ''],
    [{ raised_from: '2024-03-05' }, '5 6'],
    [{ raised_to: '2024-03-02' }, '1 2'],
    [{ raised_from: '2024-03-02T12:00:00.123Z', raised_to: '2024-03-04T12:00:00.123Z' }, '2 3'],
    [{ raised_from: '2024-03-02T12:00:00.124Z', raised_to: '2024-03-04T12:00:00.124Z' }, '3 4'],
    [{ raised_from: '2024-03-04T14:00:00.123+02:00', raised_to: '2024-03-05T21:59:00-14:00' }, '4 5'],
    [{ raised_to: '2024-03-02T12:00:01+23:59' }, '1'],
    [{ raised_from: '0001-01-01', raised_to: '9999-12-31T23:59:59Z' }, '1 2 3 4 5 6'],
    [{ raised_from: '2024-03-03', raised_to: '2024-03-03' }, '3'],
    [{ raised_from: '2024-03-03', raised_to: '2024-03-03T00:00:00Z' }, ''],
    [{ raised_to: '9999-12-31' }, '1 2 3 4 5 6'],
    [{ status: 'new,assigned,resolved', priority: 'normal', customer_id: 'CUS0002' }, '5'],
    [{ technician_id: 'TEC0001', issue_category: 'Network', q: 'fish' }, '3'],
  ])('%j', async (parameters, found) => {
    expect(await list(parameters)).toBe(found)
  })

  test('are those of the lists of one person, too', async () => {
    const { ada, cleo, tess } = world
    const of = async (path: string): Promise<string> => numbers(await ada.get(path))
    expect(await of('/tickets/customer/CUS0001?status=new,assigned&sort=raised_date')).toBe('1 2')
    expect(await of('/tickets/technician/TEC0001?status=in_progress')).toBe('3')
    expect(await of('/tickets/technician/TEC0002?q=leg&sort=raised_date')).toBe('5 6')
    expect(numbers(await cleo.get('/tickets?technician_id=TEC0001'))).toBe('2')
    expect(numbers(await cleo.get('/tickets?customer_id=CUS0002'))).toBe('')
    expect(numbers(await tess.get('/tickets?technician_id=TEC0002'))).toBe('')
    expect(verdict(await ada.get('/tickets/customer/CUS0001?customer_id=CUS0002'))).toEqual([400, 'validation_failed'])
    const twice = await ada.get('/tickets/technician/TEC0001?technician_id=none')
    expect(verdict(twice)).toEqual([400, 'validation_failed'])
  })

  test.each([
    ['status', ''],
    ['status', 'open'],
    ['priority', 'low,highest'],
    ['issue_category', ' '],
    ['technician_id', 'nobody'],
    ['technician_id', 'TEC-1'],
    ['customer_id', 'none'],
    ['raised_from', 'yesterday'],
    ['raised_from', '2024-02-30'],
    ['raised_from', '2024-03-01T25:00:00Z'],
    ['raised_from', '2024-03-01T12:00:00'],
    ['raised_from', '0000-01-01'],
    ['raised_to', '0001-01-01T00:00:00+23:00'],
    ['raised_to', '9999-12-31T23:59:59-01:00'],
    ['raised_to', '+012024-03-01'],
    ['q', ''],
    ['q', ' '],
    ['q', 'x'.repeat(201)],
    ['q', 'a\0b'],
    ['sort', 'subject'],
    ['sort', 'raised_date; drop table tickets'],
    ['sort', '+raised_date'],
    ['limit', '9007199254740993'],
    ['limit', '1.5'],
    ['offset', '10'],
    ['__proto__', 'x'],
    ['status[]', 'new'],
  ])('refuse %s=%s', async (name, value) => {
    expect(verdict(await world.ada.get(query({ [name]: value })))).toEqual([400, 'validation_failed'])
  })
})

describe('full text', () => {
  test.each<[string, string]>([
    ['TKT0003', '3'],
    ['tkt0003', '3'],
    ['TKT000', ''],
    ['0003', ''],
    ['network', '2 3'],
    ['invoice', '1'],
    ['jam paper', '1 2'],
    ['"paper jam"', '1'],
    ['jam -invoices', '2'],
    ['-network', '1 4 5 6'],
    ['superglue or flickers', '4 5'],
    ['glued', '5'],
    ['überwachung', '4'],
    ['grÖße', '2'],
    ["o'neil", '3'],
    ['the', ''],
  ])('%s', async (q, found) => {
    expect(await list({ q })).toBe(found)
  })

  test.each([
    "'",
    '"',
    '"paper jam',
    '\\',
    "\\'; drop table tickets; --",
    ':* & | ! <-> ( ) <2>',
    '!!!!',
    '---',
    '- - -',
    'or or or',
    '%_%',
    '$1 {{1}} $$',
    '👩‍👩‍👧‍👦',
    '\u202e\u200b\ufeff',
    'a:A b:*',
    '<script>alert(1)</script>',
    'https://evil.example.com/x?y=z a@b.example.com 1e400 -1.5e-7 /etc/passwd',
    '('.repeat(200),
    `${'"a b" -'.repeat(28)}x`,
    'x'.repeat(200),
  ])('takes any text: %j', async (q) => {
    const reply = await world.ada.get(query({ q }))
    expect(reply.status, reply.text).toBe(200)
  })
})

describe('pages', () => {
  const priorities = ['low', 'normal', 'high', 'urgent'] as const

  /** What each order sorts by. Among equal values the number decides, in the same direction. */
  const keys: Record<string, (ticket: Ticket) => string | number> = {
    '-raised_date': ({ raised_date }) => raised_date,
    raised_date: ({ raised_date }) => raised_date,
    '-updated_at': ({ updated_at }) => updated_at,
    updated_at: ({ updated_at }) => updated_at,
    '-priority': ({ priority }) => priorities.indexOf(priority),
  }
  const inOrder = (tickets: Ticket[], sort: string): string[] => {
    const keyOf = keys[sort] ?? (() => '')
    const compare = (left: Ticket, right: Ticket): number => {
      const [a, b] = [keyOf(left), keyOf(right)]
      return a < b ? -1 : a > b ? 1 : Number(left.ticket_id.slice(3)) - Number(right.ticket_id.slice(3))
    }
    const ascending = tickets.toSorted(compare).map(({ ticket_id }) => ticket_id)
    return sort.startsWith('-') ? ascending.reverse() : ascending
  }

  test.each(Object.keys(keys))(
    'by %s, to the end, while tickets are created: none twice, none missing',
    async (sort) => {
      const { ada, carl, tenantId } = await createWorld(desk)
      const create = (n: number) => createTicket(carl, { priority: priorities[n % 4] })
      // Many tickets of the same moment, so that pages end among equal values.
      await exec(
        desk.app.pool,
        sql`with counter as (update counters set value = 33 where tenant_id = ${tenantId}
            and name = 'ticket' returning tenant_id)
          insert into tickets (tenant_id, ticket_number, subject, issue_category, issue_description, priority,
            customer_id, raised_date, updated_at)
          select c.tenant_id, n, 'x', 'x', 'x', (array['low', 'normal', 'high', 'urgent'])[1 + n % 4], 'CUS0001',
            '2024-03-01T00:00:00Z'::timestamptz + n % 3 * interval '1 ms',
            '2024-03-02T00:00:00Z'::timestamptz + n % 5 * interval '1 ms'
          from counter c, generate_series(1, 33) n`,
      )
      const before = ticketsOf(await ada.get('/tickets?limit=100'))
      expect(before).toHaveLength(33)
      const seen: string[] = []
      let cursor: string | null = null
      for (let page = 0; cursor !== null || page === 0; page += 1) {
        const reply: Reply = await ada.get(`/tickets?sort=${sort}&limit=4${cursor === null ? '' : `&cursor=${cursor}`}`)
        seen.push(...ticketsOf(reply).map(({ ticket_id }) => ticket_id))
        expect(reply.body.page.has_more).toBe(reply.body.page.next_cursor !== null)
        cursor = reply.body.page.next_cursor
        if (page < 5) await Promise.all([create(page), create(page + 2)])
      }
      expect(new Set(seen).size).toBe(seen.length)
      const old = new Set(before.map(({ ticket_id }) => ticket_id))
      expect(seen.filter((id) => old.has(id))).toEqual(inOrder(before, sort))
    },
  )

  test('the last page says so, also when it is full; the default is 25', async () => {
    const { carl } = await createWorld(desk)
    await createTickets(carl, 26)
    const first = await carl.get('/tickets')
    expect([ticketsOf(first).length, first.body.page.has_more]).toEqual([25, true])
    const full = await carl.get('/tickets?limit=26')
    expect([ticketsOf(full).length, full.body.page]).toEqual([26, { next_cursor: null, has_more: false }])
  })

  const forged = (...key: unknown[]): string => Buffer.from(JSON.stringify(key)).toString('base64url')
  test.each([
    ['of another order', () => forged('raised_date', ['2024-03-01T00:00:00.000Z', 1])],
    ['without a number', () => forged('-raised_date', ['2024-03-01T00:00:00.000Z'])],
    ['with a number that is none', () => forged('-raised_date', ['2024-03-01T00:00:00.000Z', '1 or 1=1'])],
    ['with a number too large', () => forged('-raised_date', ['2024-03-01T00:00:00.000Z', 1e300])],
    ['with a time that PostgreSQL has not', () => forged('-raised_date', ['0000-01-01T00:00:00Z', 1])],
    ['with a time that is none', () => forged('-raised_date', ["now'); --", 1])],
    ['that is no JSON', () => 'bm9uc2Vuc2U'],
    ['of other characters', () => '%EF%BF%BD%EF%BF%BD'],
    ['that is empty', () => ''],
  ])('refuses a cursor %s', async (_, cursor) => {
    expect(verdict(await world.ada.get(`/tickets?cursor=${cursor()}`))).toEqual([400, 'invalid_cursor'])
  })
})
