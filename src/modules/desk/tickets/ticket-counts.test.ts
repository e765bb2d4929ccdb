import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { assignTicket, createTicket, mergeTicket } from '../../../testing/support/create-tickets.ts'
import { createWorld, type Person, type World } from '../../../testing/support/people.ts'
import { bodyOf, expectRefusal, expectSuccess } from '../../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'

let desk: Desk
let world: World
let people: Record<string, Person>

const categories = ['Network', 'network', 'Printer', 'Lift']

beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
  world = await createWorld(desk)
  await createWorld(desk)
  const { ada, tess, tom, cleo, carl } = world
  people = { ada, tess, cleo }
  const priorities = ['low', 'normal', 'high', 'urgent']
  for (let n = 0; n < 48; n += 1) {
    const id = await createTicket(ada, {
      customer_id: n % 3 ? cleo.id : carl.id,
      issue_category: categories[n % categories.length],
      priority: priorities[(n >> 1) % 4],
      subject: n % 5 ? 'Slow' : 'Broken cable',
      tags: n % 4 ? [] : ['vpn'],
    })
    if (n % 2) await assignTicket(ada, id, n % 6 > 2 ? tess : tom)
    if (n % 7 === 0) expectSuccess(await ada.put(`/tickets/${id}/watchers/${tess.id}`))
  }
  await desk.owner.query(
    `update tickets set raised_date = timestamptz '2026-03-27 21:30Z' + ticket_number * interval '95 minutes'
     where tenant_id = $1`,
    [world.tenantId],
  )
  await desk.owner.query(
    `update tickets set status = (array['resolved', 'closed', 'in_progress', 'waiting'])[1 + ticket_number / 2 % 4],
       resolution_summary = case when ticket_number / 2 % 4 < 2 then 'Done.' end,
       resolved_date = case when ticket_number / 2 % 4 < 2 then raised_date + interval '11 hours' end,
       closed_date = case when ticket_number / 2 % 4 = 1 then raised_date + interval '12 hours' end
     where tenant_id = $1 and technician_id is not null`,
    [world.tenantId],
  )
  for (const id of ['TKT0007', 'TKT0014']) expectSuccess(await ada.delete(`/tickets/${id}`))
  await mergeTicket(ada, 'TKT0011', 'TKT0017')
  await mergeTicket(ada, 'TKT0005', 'TKT0017')
}, 30_000)
afterAll(() => desk?.stop())

type Row = Record<string, string | null>

/** All tickets of a list. */
const listed = async (person: Person, filter: string): Promise<Row[]> => {
  const rows: Row[] = []
  for (let cursor = ''; ; ) {
    const { tickets, page } = bodyOf(await person.get(`/tickets?limit=100${filter}${cursor}`))
    rows.push(...tickets)
    if (page.next_cursor === null) return rows
    cursor = `&cursor=${encodeURIComponent(page.next_cursor)}`
  }
}

const zone = 'Europe/Berlin'
const dayOf = (time: string | null): string =>
  time === null ? '-' : new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short' }).format(new Date(time))
const keys: Record<string, (row: Row) => string> = {
  status: ({ status }) => `${status}`,
  priority: ({ priority }) => `${priority}`,
  technician: ({ technician_id }) => technician_id ?? 'none',
  category: ({ issue_category }) => `${issue_category}`.toLowerCase(),
  raised_day: ({ raised_date }) => dayOf(raised_date ?? null),
  resolved_day: ({ resolved_date }) => dayOf(resolved_date ?? null),
}

interface Entry {
  value: string
  count: number
  at_least: boolean
}

/** What a breakdown says, without groups of no ticket. */
const said = (by: string, entries: Entry[]): Record<string, number> =>
  Object.fromEntries(
    entries
      .filter(({ count }) => count > 0)
      .map(({ value, count }) => [by === 'category' ? value.toLowerCase() : value, count])
      .sort(),
  )

const tallied = (by: string, rows: Row[]): Record<string, number> => {
  const groups = Object.entries(Object.groupBy(rows, keys[by] ?? (() => '')))
  return Object.fromEntries(
    groups.map(([value, members]) => [value, members?.length ?? 0]).sort() as [string, number][],
  )
}

const time = { raised: '&raised_from=2026-03-28T00:00:00Z&raised_to=2026-03-30T06:00:00Z' }
const resolved = '&resolved_from=2026-03-27T12:00:00Z&resolved_to=2026-03-31T12:00:00Z'
const filters = [
  '',
  '&status=new',
  '&status=resolved,closed,waiting',
  '&priority=high',
  '&priority=high,urgent&status=new,closed',
  '&issue_category=NETWORK',
  '&issue_category=Lift&status=new',
  '&technician_id=none',
  '&technician_id=TEC0001',
  '&technician_id=TEC0002&status=closed',
  '&customer_id=CUS0001',
  '&customer_id=CUS0002&issue_category=network&priority=low',
  '&q=cable',
  '&q=-cable&status=new',
  '&merged=true',
  '&merged=false&updated_from=2020-01-01',
  time.raised,
  `${time.raised}&status=new,assigned`,
  `${time.raised}&priority=urgent`,
  `${time.raised}&customer_id=CUS0001`,
  `${time.raised}&technician_id=none`,
  resolved,
  `${resolved}&status=closed`,
  `${resolved}&issue_category=printer`,
  `${resolved}&priority=normal`,
  `${resolved}${time.raised}`,
]
const ofStaff = ['&tag=vpn', '&tag=vpn&q=cable', '&watching=me', '&without=first_response', '&has=failed_mail']
const breakdowns = ['status', 'priority', 'technician', 'category']

/** What the lists of the staff have of a list. */
const viewed = async (person: Person, rows: Row[], filter: string): Promise<(string | number)[][]> => {
  const watched = filter.includes('watching') ? rows : await listed(person, `${filter}&watching=me`)
  return [
    ...(person === world.tess
      ? [['mine', rows.filter(({ technician_id }) => technician_id === person.id).length]]
      : []),
    ['unassigned', rows.filter(({ technician_id }) => technician_id === null).length],
    ['watching', watched.length],
    ['all', rows.length],
  ]
}

describe.each([
  ['ada', [...filters, ...ofStaff, '&deleted=true']],
  ['tess', [...filters, ...ofStaff, '&technician_id=me']],
  ['cleo', filters],
])('what is counted for %s is what is listed', (name, ofPerson) => {
  test.each(ofPerson)('with %j', async (filter) => {
    const person = people[name] as Person
    const days = [
      ...(filter.includes('raised_from') ? ['raised_day'] : []),
      ...(filter.includes('resolved_from') ? ['resolved_day'] : []),
    ]
    const rows = await listed(person, filter)
    const isOfStaff = name !== 'cleo'
    const all = [...breakdowns, ...days]
    const asked = [...all, ...(isOfStaff ? ['view'] : [])]
    const { counts, more } = bodyOf(await person.get(`/tickets/counts?zone=${zone}&by=${asked}${filter}`))
    const expected = Object.fromEntries(all.map((by) => [by, tallied(by, rows)]))
    expect(Object.fromEntries(all.map((by) => [by, said(by, counts[by])]))).toEqual(expected)
    expect(
      Object.values(counts as Record<string, Entry[]>)
        .flat()
        .some(({ at_least }) => at_least),
    ).toBe(false)
    expect(more).toEqual([])
    if (isOfStaff) {
      const entries: Entry[] = counts.view
      expect(entries.map(({ value, count }) => [value, count])).toEqual(await viewed(person, rows, filter))
    }
    // Each alone says the same as all together.
    for (const by of ['', time.raised, '&q=cable'].includes(filter) ? asked : []) {
      const alone = bodyOf(await person.get(`/tickets/counts?zone=${zone}&by=${by}${filter}`))
      expect(alone.counts).toEqual({ [by]: counts[by] })
    }
  })
})

const fieldOf = (reply: { body: { errors?: { field?: string }[] } }): string | undefined =>
  reply.body.errors?.[0]?.field

test('days are those of the zone, also in the filters', async () => {
  const { ada } = world
  const path = '/tickets/counts?by=raised_day&raised_from=2026-03-28&raised_to=2026-03-30'
  const { raised_day } = bodyOf(await ada.get(`${path}&zone=europe/berlin`)).counts
  expect(raised_day.map(({ value }: Entry) => value)).toEqual(['2026-03-28', '2026-03-29', '2026-03-30'])
  // Every 95 minutes one ticket, without those that are merged or deleted: 23 hours of the day on which summer begins.
  const rows = await listed(ada, '&raised_from=2026-03-28T23:00:00Z&raised_to=2026-03-29T22:00:00Z')
  expect(raised_day[1].count).toBe(rows.length)
  expect(bodyOf(await ada.get(`${path}&zone=Pacific/Kiritimati`)).counts.raised_day).not.toEqual(raised_day)
  const empty = bodyOf(await ada.get('/tickets/counts?by=raised_day&raised_from=2026-01-01&raised_to=2026-01-31'))
  expect(empty.counts.raised_day).toHaveLength(31)
  expect(empty.counts.raised_day[0]).toEqual({ value: '2026-01-01', count: 0, at_least: false })
  const reversed =
    '/tickets/counts?by=raised_day,status&raised_from=2026-01-02T00:00:00Z&raised_to=2026-01-01T00:00:00Z'
  expect(fieldOf(await expectRefusal(ada.get(reversed), 400, 'validation_failed'))).toBe('raised_to')
})

test.each(['Asia/Tokyo', 'Europe/Berlin', 'America/New_York'])(
  'a list of a day in %s has the tickets that were counted for that day',
  async (zone) => {
    for (const name of ['ada', 'tess', 'cleo'] as const) {
      for (const time of ['raised', 'resolved']) {
        const path = `/tickets/counts?by=${time}_day&zone=${zone}&${time}_from=2026-03-28&${time}_to=2026-03-30`
        const days: Entry[] = bodyOf(await world[name].get(path)).counts[`${time}_day`]
        const lists = await Promise.all(
          days.map(({ value }) => listed(world[name], `&zone=${zone}&${time}_from=${value}&${time}_to=${value}`)),
        )
        expect(lists.map(({ length }) => length)).toEqual(days.map(({ count }) => count))
      }
    }
    // The lists of one person take the zone, too.
    const { cleo, ada } = world
    const ofCleo = await listed(cleo, `&zone=${zone}&raised_from=2026-03-29&raised_to=2026-03-29`)
    const query = `limit=100&zone=${zone}&raised_from=2026-03-29&raised_to=2026-03-29`
    expect(bodyOf(await ada.get(`/tickets/customer/${cleo.id}?${query}`)).tickets).toHaveLength(ofCleo.length)
  },
)

test('the last days count what was created and what was resolved, each by its own time', async () => {
  const { ada, tess, cleo, carl, tenantId } = await createWorld(desk)
  for (const customer of [cleo, cleo, carl]) await assignTicket(ada, await createTicket(customer), tess)
  // Created long ago and resolved yesterday; created this week and not resolved; both on the same day.
  await desk.owner.query(
    `update tickets set raised_date = now() - interval '1 day' * (array[90, 3, 2])[ticket_number],
       resolved_date = case ticket_number when 1 then now() - interval '1 day' when 3 then now() - interval '47 hours' end,
       status = case ticket_number when 2 then 'in_progress' else 'resolved' end, resolution_summary = 'Done.'
     where tenant_id = $1`,
    [tenantId],
  )
  for (const [person, zone, resolved] of [
    [ada, 'Pacific/Kiritimati', 2],
    [tess, 'America/New_York', 2],
    [cleo, 'UTC', 1],
  ] as const) {
    const path = `/tickets/counts?zone=${zone}&by=`
    const { counts } = bodyOf(await person.get(`${path}status,raised_day,resolved_day&last_days=14`))
    const total = (entries: Entry[]): number => entries.reduce((sum, { count }) => sum + count, 0)
    expect([total(counts.status), total(counts.raised_day), total(counts.resolved_day)]).toEqual([
      person === cleo ? 2 : 3,
      person === cleo ? 1 : 2,
      resolved,
    ])
    for (const time of ['raised', 'resolved']) {
      const days: Entry[] = counts[`${time}_day`]
      expect(days).toHaveLength(14)
      const named = `&${time}_from=${days[0]?.value}&${time}_to=${days[13]?.value}`
      expect(bodyOf(await person.get(`${path}${time}_day${named}`)).counts[`${time}_day`]).toEqual(days)
      // What no index has is counted alike.
      const read = bodyOf(await person.get(`${path}raised_day,resolved_day&last_days=14&q=TKT0001+or+-nothing`)).counts
      expect(read[`${time}_day`]).toEqual(days)
    }
  }
})

test('a zone that is none is refused by lists, too', async () => {
  const refused = await expectRefusal(world.ada.get('/tickets?zone=Mars/Phobos'), 400, 'validation_failed')
  expect(fieldOf(refused)).toBe('zone')
})

test.each([
  ['by=', 'by'],
  ['by=customer', 'by'],
  ['by=status&limit=1', 'limit'],
  ['by=status&sort=-priority', 'sort'],
  ['by=status&cursor=x', 'cursor'],
  ['by=status&zone=Mars/Phobos', 'zone'],
  ['by=status&zone=%2B01:00', 'zone'],
  ['by=status&raised_from=yesterday', 'raised_from'],
  ['by=raised_day', 'raised_from'],
  ['by=raised_day&raised_from=2026-01-01', 'raised_to'],
  ['by=resolved_day&raised_from=2026-01-01&raised_to=2026-01-02', 'resolved_from'],
  ['by=raised_day&raised_from=2026-01-01&raised_to=2026-02-01', 'raised_to'],
  ['by=raised_day&raised_from=0001-01-01&raised_to=9999-12-31', 'raised_to'],
  ['by=raised_day&last_days=0', 'last_days'],
  ['by=raised_day&last_days=32', 'last_days'],
  ['by=raised_day&last_days=14&raised_from=2026-01-01', 'raised_from'],
  ['by=raised_day&last_days=14&resolved_to=2026-01-01', 'resolved_to'],
])('%j is refused because of %s', async (query, field) => {
  const refused = await expectRefusal(world.ada.get(`/tickets/counts?${query}`), 400, 'validation_failed')
  expect(fieldOf(refused)).toBe(field)
})

test('nobody counts by filters of others, and categories without technicians are named to admins only', async () => {
  const { ada, tess, cleo, nobody } = world
  for (const filter of ['tag=vpn', 'has=failed_mail', 'deleted=true', 'watching=me', 'without=first_response']) {
    await expectRefusal(cleo.get(`/tickets/counts?by=status&${filter}`), 400, 'validation_failed')
  }
  expect(fieldOf(await expectRefusal(cleo.get('/tickets/counts?by=status,view'), 400, 'validation_failed'))).toBe('by')
  await expectRefusal(tess.get('/tickets/counts?by=status&deleted=true'), 400, 'validation_failed')
  await expectRefusal(nobody.get('/tickets/counts?by=status'), 401, 'not_signed_in')
  const unattended = async (person: Person, filter = '') =>
    bodyOf(await person.get(`/tickets/counts?by=category${filter}`)).counts.category.map(
      (entry: Record<string, unknown>) => [`${entry.value}`.toLowerCase(), entry.unattended],
    )
  const all = [
    ['lift', true],
    ['network', false],
    ['printer', false],
  ]
  for (const filter of ['', '&customer_id=CUS0001', '&q=cable']) expect(await unattended(ada, filter)).toEqual(all)
  for (const person of [tess, cleo]) {
    for (const [, mark] of await unattended(person)) expect(mark).toBeUndefined()
  }
})

test('a technician without tickets, and a customer without, count nothing', async () => {
  const [tina, nina] = [await world.technician('Tina', 'Nothing'), await world.customer('Nina')]
  for (const person of [tina, nina]) {
    const { counts } = bodyOf(await person.get(`/tickets/counts?by=${breakdowns}`))
    for (const by of breakdowns) expect(said(by, counts[by])).toEqual({})
    expect(counts.status).toHaveLength(6)
    expect([counts.technician, counts.category]).toEqual([[], []])
  }
})

test('two hundred categories and technicians are counted, and more are said to be there', async () => {
  const { ada, cleo, tenantId } = await createWorld(desk)
  await desk.owner.query(
    `with c as (update counters set value = value + 205 where tenant_id = $1 and name = 'ticket' returning value - 205 as base)
     insert into tickets (tenant_id, ticket_number, subject, issue_category, issue_description, customer_id)
     select $1, c.base + n, 'Many', 'Category ' || n, 'Many.', $2 from c, generate_series(1, 205) n`,
    [tenantId, cleo.id],
  )
  for (const person of [ada, cleo]) {
    const { counts, more } = bodyOf(await person.get('/tickets/counts?by=category,status'))
    expect([counts.category.length, more]).toEqual([200, ['category']])
    expect(counts.status[0]).toEqual({ value: 'new', count: 205, at_least: false })
  }
})
