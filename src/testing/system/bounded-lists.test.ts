import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type LoggedPlan, logPlans, onPlan, rowsRead } from '../support/logged-plans.ts'
import { type Api, createApi, expectRefusal, expectStatus } from '../support/requests.ts'
import { runUnchecked, seedSkewedDesk, skewed } from '../support/skewed-desk.ts'
import { type Desk, startDesk } from '../support/workspace.ts'

// How many rows a list reads, on a desk whose average says nothing. PostgreSQL logs the plan of each statement with the
// rows that it read and removed.

let base: Desk
let desk: Desk
let plans: LoggedPlan[] = []
let tenantId: number

beforeAll(async () => {
  base = await startDesk({ withWorker: false })
  tenantId = await seedSkewedDesk(base)
  await logPlans(base.owner, { analyze: true })
  const settings = { DATABASE_POOL_SIZE: '2', LIST_TIMEOUT_MS: '9000' }
  desk = await startDesk({ databaseUrl: base.databaseUrl, withWorker: false, settings })
  onPlan(desk.app.pool, (plan) => plans.push(plan))
}, 60_000)
afterAll(async () => {
  await desk?.stop()
  await base?.stop()
})

const people = new Map<string, Promise<Api>>()
const as = (name: string): Promise<Api> => {
  const signingIn = async (): Promise<Api> => {
    const body = { user_id_or_email: name, password: skewed.password }
    const reply = await createApi(desk.url, { 'X-Tenant': skewed.slug }).post('/auth/login', body)
    return createApi(desk.url, { Authorization: `Bearer ${expectStatus(reply, 200).body.token}` })
  }
  const person = people.get(name) ?? signingIn()
  people.set(name, person)
  return person
}

/** The paths of one form of list: the same statement with other values. */
interface Form {
  name: string
  paths: string[]
}

const sorts = ['-raised_date', 'raised_date', '-updated_at', 'updated_at', '-priority']
/** For lists of which an index has both orders of a time. */
const oneWay = ['-raised_date', '-updated_at', '-priority']
const byCreation = ['-raised_date', 'raised_date']
const byResolution = ['-resolved_date', 'resolved_date']

/** A part of a time that has nothing, or everything. */
const timesOf = (time: string): string[] =>
  [`${time}_from=2020-01-01`, `${time}_from=2090-01-01`, `${time}_to=2090-01-01`, `${time}_to=2020-01-01`].map(
    (range) => `/tickets?${range}`,
  )

/** Each form with each sort. */
const sorted = (name: string, paths: string[], by = sorts): Form[] =>
  by.map((sort) => ({
    name: `${name} by ${sort}`,
    paths: paths.map((path) => `${path}${path.includes('?') ? '&' : '?'}sort=${sort}`),
  }))

const filters = {
  status: ['new', 'closed', 'waiting'],
  priority: ['normal', 'urgent'],
  issue_category: ['Printer', 'Phone', 'Network', 'Unknown'],
  customer_id: ['CUS0002', 'CUS0001', 'CUS4000', 'CUS0777'],
  technician_id: ['TEC0002', 'TEC0001', 'TEC0004', 'none'],
}
type Filter = keyof typeof filters

const single = (filter: Filter): string[] => filters[filter].map((value) => `/tickets?${filter}=${value}`)
const withStatus = (paths: string[]): string[] =>
  paths.flatMap((path) =>
    ['closed', 'waiting'].map((status) => `${path}${path.includes('?') ? '&' : '?'}status=${status}`),
  )

const unanswered = '/tickets?without=first_response'
const ofAdmin: Form[] = [
  ...sorted('all', ['/tickets']),
  ...sorted('deleted', ['/tickets?deleted=true', '/tickets?deleted=true&merged=false']),
  ...(Object.keys(filters) as Filter[]).flatMap((filter) => sorted(filter, single(filter))),
  ...(['priority', 'issue_category', 'customer_id', 'technician_id'] as const).flatMap((filter) =>
    sorted(`${filter} and status`, withStatus(single(filter)), oneWay),
  ),
  ...sorted('time', timesOf('raised'), byCreation),
  ...sorted('time of change', timesOf('updated'), ['-updated_at', 'updated_at']),
  ...sorted('time of resolution', [...timesOf('resolved'), '/tickets?status=resolved'], byResolution),
  ...sorted('customer_id', single('customer_id'), byResolution),
  ...sorted('technician_id', single('technician_id'), byResolution),
  ...sorted('priorities', ['/tickets?priority=high,urgent', '/tickets?priority=low,urgent&status=waiting,new']),
  ...sorted(
    'unanswered',
    ['', '&status=closed', '&status=new'].map((more) => `${unanswered}${more}`),
    byCreation,
  ),
  ...sorted('follow-ups', ['/tickets?follow_up_of=TKT0010', '/tickets?follow_up_of=TKT0011'], byCreation),
  ...sorted('watched', ['/tickets?watching=me'], ['-raised_date', 'updated_at']),
  ...sorted('of a customer', ['/tickets/customer/CUS0002', '/tickets/customer/CUS0001'], oneWay),
  ...sorted('of a technician', ['/tickets/technician/TEC0004', '/tickets/technician/TEC0001'], oneWay),
]
const audits: Form[] = [
  'all /audit',
  'a time /audit?from=2090-01-01 /audit?to=2020-01-01',
  'an actor /audit?actor=CUS0002 /audit?actor=CUS0004',
  'the system /audit?actor=system',
  'a type /audit?type=ticket.created /audit?type=sign_in.failed /audit?type=ticket.closed',
  'types /audit?type=ticket.* /audit?type=sign_in.* /audit?type=comment.*',
  'the system and a type /audit?actor=system&type=ticket.created /audit?actor=system&type=sign_in.failed',
  'the system and types /audit?actor=system&type=ticket.* /audit?actor=system&type=s*',
  'an actor and types /audit?actor=CUS0001&type=ticket.* /audit?actor=CUS0002&type=ticket.*',
  'an actor and a type /audit?actor=CUS0001&type=ticket.created /audit?actor=CUS0002&type=session.started',
].map((form) => {
  const [name = '', ...paths] = form.split(' /')
  return { name: `the audit of ${name}`, paths: paths.map((path) => `/${path}`) }
})
const ofSome = (paths: string[]): Form[] => [
  ...paths.flatMap((path) => sorted(path, [path])),
  ...paths.flatMap((path) => sorted(`${path} and status`, withStatus([path]), oneWay)),
]
const ofTimes: Form[] = [
  ...sorted('time of change', timesOf('updated'), ['-updated_at', 'updated_at']),
  ...sorted('time of resolution', timesOf('resolved'), byResolution),
]
const ofTechnician = (id: string): Form[] => [
  ...ofSome(['/tickets', '/tickets?technician_id=none', `/tickets/technician/${id}`]),
  ...ofTimes,
  ...sorted('my own', ['/tickets?technician_id=me', '/tickets?watching=me', unanswered], byCreation),
]

const newestComments = (id: string): string[] =>
  ['sort=-created_at', 'since=2020-01-01', 'sort=-created_at&since=2020-01-01', 'since=2090-01-01'].map(
    (query) => `/tickets/${id}/comments?${query}`,
  )
const ofTicket = (id: string): Form[] =>
  ['comments', 'history', 'attachments'].map((name) => ({
    name: `${name} of ${id}`,
    paths: [
      `/tickets/${id}/${name}`,
      ...(name === 'comments' ? newestComments(id) : []),
      ...(name === 'history' ? [`/tickets/${id}/history?sort=-occurred_at`] : []),
    ],
  }))
const others: Form[] = [
  '/customers /customers?status=deactivated /customers?status=active /customers?status=invited,active',
  '/technicians /technicians?status=deactivated',
  '/people /people?role=admin /people?role=technician,admin&status=invited /people?role=customer /people?status=deactivated',
  '/directory /directory?role=technician /directory?role=customer',
  '/categories',
  '/emails /emails?state=captured /emails?state=failed',
  '/emails?account=CUS0001 /emails?account=CUS0002 /emails?account=CUS0003',
  '/emails?recipient=cus0001@example.com /emails?recipient=CUS0002@example.com /emails?recipient=a@b.example',
  '/products /products?kind=loan /products?kind=one_off /products?kind=licence,loan',
  '/products?category=printer /products?category=phone /products?category=none',
  '/products?category=printer&kind=loan /products?category=printer&kind=licence /products?category=sold&kind=loan',
  '/products?available=true /products?available=true&category=sold /products?available=true&kind=licence',
  '/products?available=true&category=sold&kind=loan /products?available=true&category=sold&owner=me',
  '/products?available=false /products?available=false&category=printer /products?available=false&kind=loan',
  '/products?available=false&category=printer&kind=loan /products?available=false&category=phone',
  '/products?owner=me /products?owner=me&kind=loan /products?owner=me&available=false /products?owner=me&available=true',
  '/orders /orders?status=complete /orders?status=reserved /orders?status=complete,expired',
  '/orders?customer_id=CUS0001 /orders?customer_id=CUS0002 /orders?customer_id=CUS0001&status=complete',
  '/orders?product_id=PRD0001 /orders?product_id=PRD0002 /orders?product_id=PRD0001&status=complete,reserved',
  '/orders?ticket_id=TKT0010',
  '/emails?template=account_invited /emails?template=ticket_created_customer /emails?template=quota_half_used',
].map((paths) => ({ name: paths.split(' ')[0] ?? '', paths: paths.split(' ') }))

const ofOrders: Form[] = [
  { name: 'own orders', paths: ['/orders', '/orders?status=complete', '/orders?status=reserved'] },
]

const forms: [string, Form[]][] = [
  ['admin', [...ofAdmin, ...audits, ...ofTicket('TKT0010'), ...ofTicket('TKT0012'), ...others]],
  ...['CUS0002', 'CUS0001', 'CUS4000'].map((id): [string, Form[]] => [id, [...ofSome(['/tickets']), ...ofTimes]]),
  ['CUS0001', [...ofTicket('TKT0010'), ...ofTicket('TKT0012'), ...ofOrders]],
  ...['TEC0004', 'TEC0001'].map((id): [string, Form[]] => [id, ofTechnician(id)]),
]

/** What a statement of a request read, when that is too much. */
const excessOf = async (caller: Api, path: string, limit: number, withNext = false): Promise<string[]> => {
  plans = []
  const address = `${path}${path.includes('?') ? '&' : '?'}limit=${limit}`
  const cursor = expectStatus(await caller.get(address), 200).body.page.next_cursor
  if (withNext && cursor !== null)
    expectStatus(await caller.get(`${address}&cursor=${encodeURIComponent(cursor)}`), 200)
  const most = Math.max(...plans.map(rowsRead))
  return most <= 20 * limit + 300 ? [] : [`${address} read ${most} rows`]
}

/** Those for whom the plans were made before, because others of their role have read the same lists. */
const followers = ['CUS0001', 'CUS4000', 'TEC0001']

describe.each(forms)('the lists of %s read few rows', (name, ofPerson) => {
  test.each(ofPerson)('$name', async ({ paths }) => {
    const caller = await as(name)
    const excess: string[] = []
    if (!followers.includes(name)) {
      for (const path of paths) excess.push(...(await excessOf(caller, path, 25)))
      // After ten uses the statement has a plan that is kept, if any is.
      for (let use = paths.length; use < 10; use += 1) excess.push(...(await excessOf(caller, paths[0] ?? '', 25)))
    }
    for (const path of paths) excess.push(...(await excessOf(caller, path, 25, true)))
    excess.push(...(await excessOf(caller, paths.at(-1) ?? '', 100)))
    expect(excess).toEqual([])
  })
})

const [since, until] = [29, 0].map((days) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10))
const [raised, resolved] = ['raised', 'resolved'].map((time) => `${time}_from=${since}&${time}_to=${until}`)
const open = 'status=new,assigned,in_progress,waiting'
const ofStaff = ['by=view', `by=view&${open}`, `by=view&${raised}`]
const ofEverybody = [
  'by=raised_day,resolved_day&last_days=30',
  'by=status',
  'by=priority',
  `by=status,priority&${open}`,
  `by=raised_day&${raised}`,
  `by=resolved_day&${resolved}`,
]
const countsOf: [string, string[]][] = [
  [
    'admin',
    [
      ...ofEverybody,
      ...ofStaff,
      `by=status,priority,technician,category&${open}`,
      'by=status,priority,technician,category',
      `by=status,technician,category&${raised}`,
      `by=technician&${resolved}`,
      ...['technician_id=TEC0001', 'technician_id=none', 'customer_id=CUS0001'].map(
        (one) => `by=status,priority&${one}`,
      ),
      'by=status&issue_category=Printer',
      `by=status,raised_day&customer_id=CUS0001&${raised}`,
      'by=status,technician,category&priority=urgent',
    ],
  ],
  ...['CUS0001', 'CUS0002', 'CUS4000'].map((id): [string, string[]] => [id, ofEverybody]),
  ...['TEC0001', 'TEC0004'].map((id): [string, string[]] => [
    id,
    [...ofEverybody, ...ofStaff, 'by=technician', 'by=technician,status&status=new'],
  ]),
]

interface Entry {
  count: number
  at_least: boolean
}
const countAs = async (name: string, query: string): Promise<{ entries: Entry[]; rows: number }> => {
  const caller = await as(name)
  plans = []
  const { counts } = expectStatus(await caller.get(`/tickets/counts?${query}`), 200).body
  return { entries: Object.values<Entry[]>(counts).flat(), rows: Math.max(...plans.map(rowsRead)) }
}

test.each(countsOf)('the counts of %s read no more tickets than they count', async (name, queries) => {
  const excess: string[] = []
  for (const query of queries) {
    const { entries, rows } = await countAs(name, query)
    const counted = entries.reduce((sum, { count }) => sum + count, 0)
    // Each look for a status, a priority or the next group reads a row at most; watched tickets are read as in lists.
    if (rows > 1.05 * counted + 1_500) excess.push(`${query} counted ${counted} and read ${rows} rows`)
    if (entries.some(({ count, at_least }) => count > 10_000 || at_least !== (count === 10_000))) excess.push(query)
  }
  expect(excess).toEqual([])
})

test('what no index has is counted among 50,000 tickets at most, of a technician or customer among 10,000', async () => {
  const read: [string, string, number][] = []
  for (const [name, query, most] of [
    ['CUS0001', 'by=category,technician', 10_000],
    ['TEC0001', 'by=category', 10_000],
    ['admin', 'by=category,technician&customer_id=CUS0001', 50_000],
    ['admin', 'by=status&q=seeded', 50_000],
  ] as const) {
    const { entries, rows } = await countAs(name, query)
    expect(entries.filter(({ count, at_least }) => count > 10_000 || !at_least)).toEqual([])
    // Watched tickets are read as in lists, and merged ones for words.
    if (rows > 1.2 * most) read.push([name, query, rows])
  }
  expect(read).toEqual([])
  const few = await countAs('CUS0002', 'by=category,technician')
  expect(few.entries.some(({ at_least }) => at_least)).toBe(false)
  expect(few.rows).toBeLessThan(500)
})

test('deleted comments are not read for the last comment on a ticket', async () => {
  for (const [name, expected] of [
    ['admin', ['TKT0010', 'TKT0012']],
    ['CUS0001', ['TKT0012']],
  ] as const) {
    const caller = await as(name)
    for (let use = 0; use < 7; use += 1) {
      plans = []
      const { last_comments } = expectStatus(await caller.get('/last-comments?ticket=TKT0010,TKT0012'), 200).body
      expect(last_comments.map(({ ticket_id }: { ticket_id: string }) => ticket_id).sort()).toEqual(expected)
      expect(Math.max(...plans.map(rowsRead))).toBeLessThan(50)
    }
  }
})

/** People watch the tickets of a range of numbers. */
const watching = `insert into ticket_watchers (tenant_id, ticket_number, account_id)
  select $1, n, w.account_id from unnest($2::text[]) w (account_id), generate_series($3::integer, $4::integer) n
  on conflict do nothing`

test('who has 20,000 notifications reads and counts a part of them at a time', async () => {
  // Others watch these tickets. A table of one page would be read whole for each notification, because that is cheap.
  await runUnchecked(base.databaseUrl, [
    [
      `insert into notifications (tenant_id, position, account_id, kind, reason, ticket_number, read_at)
       select $1, n, w.account_id, case n % 9 when 0 then 'ticket_file' else 'ticket_comment' end, 'watcher', n,
         case when n % 2 = 0 then now() end
       from (values ('admin'), ('TEC0004')) w (account_id), generate_series(1, 20000) n`,
      [tenantId],
    ],
    [watching, [tenantId, ['admin', 'TEC0001', 'TEC0002', 'TEC0003'], 1, 20_000]],
  ])
  await base.owner.query('analyze ticket_watchers')
  const excess: string[] = []
  for (const name of ['admin', 'TEC0004']) {
    const caller = await as(name)
    const paths = ['', 'unread=true&', 'kind=ticket_file&', 'unread=true&kind=ticket_comment&']
    for (const path of paths.map((filter) => `/notifications?${filter}limit=25`)) {
      // From the sixth use on the plan may be one for all values.
      for (let use = 0; use < 7; use += 1) {
        plans = []
        const { page, unread_is_exact } = expectStatus(await caller.get(path), 200).body
        expect([page.has_more, unread_is_exact]).toEqual([true, false])
        const most = Math.max(...plans.map(rowsRead))
        // A notification is looked up with its event and its ticket, and with what gives sight of the ticket.
        if (most > 7_000) excess.push(`${path} as ${name} read ${most} rows`)
      }
    }
  }
  expect(excess).toEqual([])
})

test('who watches 60,000 tickets counts among the latest 10,000 of them', async () => {
  await runUnchecked(base.databaseUrl, [[watching, [tenantId, ['admin', 'TEC0004'], 40_000, 99_999]]])
  for (const [name, cut] of [
    ['admin', ['watching']],
    ['TEC0004', ['unassigned', 'watching', 'all']],
  ] as const) {
    for (const query of ['by=view', `by=view&${open}`]) {
      const { entries, rows } = await countAs(name, query)
      const views = entries as (Entry & { value: string })[]
      for (const view of views.filter(({ value }) => cut.some((one) => one === value))) expect(view.at_least).toBe(true)
      // For each list a watched ticket is read three times: who watches it, its final target, and the ticket.
      expect([name, query, rows < 40_000 * cut.length + 20_000]).toEqual([name, query, true])
    }
  }
})

test('who watches 60,000 tickets reads the first of them, and one ticket, without looking at all', async () => {
  for (const name of ['admin', 'TEC0004']) {
    const caller = await as(name)
    for (const list of ['?watching=me', '?watching=me&status=new,closed&sort=-updated_at', '/TKT0777']) {
      plans = []
      const reply = await caller.get(`/tickets${list}`)
      expect([name, list, reply.status]).toEqual([name, list, name === 'TEC0004' && list === '/TKT0777' ? 404 : 200])
      if (reply.status === 200 && list !== '/TKT0777') expect(reply.body.tickets.length).toBeGreaterThan(0)
      // Newer tickets that nobody watches stand before the first.
      const read = plans.reduce((sum, plan) => sum + rowsRead(plan), 0)
      expect(read, `${name} ${list}`).toBeLessThan(list.startsWith('?') ? 500_000 : 1_000)
    }
  }
})

describe('a list that takes too long', () => {
  let hurried: Desk
  beforeAll(async () => {
    const settings = { DATABASE_POOL_SIZE: '2', LIST_TIMEOUT_MS: '1' }
    hurried = await startDesk({ databaseUrl: base.databaseUrl, withWorker: false, settings })
  })
  afterAll(() => hurried?.stop())

  const at = async (name: string): Promise<Api> => {
    const body = { user_id_or_email: name, password: skewed.password }
    const reply = await createApi(hurried.url, { 'X-Tenant': skewed.slug }).post('/auth/login', body)
    return createApi(hurried.url, { Authorization: `Bearer ${expectStatus(reply, 200).body.token}` })
  }

  test.each([
    ['admin', '/tickets?q=-seeded', 'raised_from'],
    ['CUS0001', '/tickets?q=-seeded&sort=-priority', 'raised_from'],
    ['TEC0001', '/tickets?q=%22away+since%22&sort=-updated_at', 'raised_from'],
    ['admin', '/tickets/technician/TEC0001?q=-seeded', 'raised_from'],
    ['admin', '/tickets/counts?by=category&q=-seeded', 'raised_from'],
    ['admin', '/audit?subject=-', 'from'],
  ])('for %s is refused with a filter that helps: %s', async (name, path, filter) => {
    const caller = await at(name)
    const reply = await expectRefusal(caller.get(path), 422, 'query_too_broad')
    expect(reply.body.detail).toContain(`\`${filter}\``)
    expect((await caller.get(path)).status).toBe(422)
    // Nothing else has that limit, on the same connections.
    expect((await (await at('admin')).get('/tickets/TKT0042')).status).toBe(200)
  })
})
