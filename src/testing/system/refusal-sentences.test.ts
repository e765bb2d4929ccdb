import { readdir, readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTicket } from '../support/create-tickets.ts'
import { createWorld, type World } from '../support/people.ts'
import { createRawClient } from '../support/raw-requests.ts'
import { bodyOf, expectRefusal, type Reply } from '../support/requests.ts'
import { type Desk, startDesk } from '../support/workspace.ts'

// What people get wrong who write a client by hand, and the sentence that tells them what to do.

let desk: Desk
let world: World
let ticketId: string
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
  world = await createWorld(desk)
  ticketId = await createTicket(world.cleo)
})
afterAll(() => desk?.stop())

const time = 'a time such as 2026-11-25T10:00:00+01:00 (write + as %2B in an address)'

const typeSentence =
  'types.0 must be a type of event such as ticket.assigned, or the beginning of one and *, such as session.*'

describe('admins', () => {
  test.each([
    ['/tickets?page=2', 'page is not known here: use cursor'],
    ['/tickets?per_page=2', 'per_page is not known here: use limit'],
    ['/tickets?sortBy=-raised_date', 'sortBy is not known here: use sort'],
    ['/tickets?search=x', 'search is not known here: use q'],
    ['/tickets?assignedTo=TEC0001', 'assignedTo is not known here: use technician_id'],
    ['/tickets?customerId=CUS0001', 'customerId is not known here: use customer_id'],
    ['/tickets?constructor=x', 'constructor is not known here'],
    ['/customers?department=x', 'department is not known here'],
    ['/tickets?raised_from=2026-02-30', 'raised_from must be a day that there is in the calendar'],
    ['/tickets?raised_to=2026-13-01T10:00:00Z', 'raised_to must be a day that there is in the calendar'],
    ['/tickets?raised_to=2026-11-25T10:00:00', `raised_to must say its time zone: be ${time}`],
    ['/tickets?raised_to=2026-11-25T10:00', `raised_to must say its time zone: be ${time}`],
    ['/audit?to=2026-11-25T25:00:00Z', `to must be a day or ${time}`],
    [
      '/audit?type=ticket',
      'type must be a type of event such as ticket.assigned, or the beginning of one and *, such as session.*',
    ],
    [
      '/audit?type=tickets.*',
      'type must be a type of event such as ticket.assigned, or the beginning of one and *, such as session.*',
    ],
    [
      '/emails?template=ticket',
      'template must be a template such as ticket_created_customer, ticket_resolved or comment_public',
    ],
    ['/tickets?raised_from=2026-11-25&raised_to=2026-11-24', 'raised_to must not be before raised_from'],
    [
      '/tickets?updated_from=2026-11-25T10:00:00Z&updated_to=2026-11-25T10:00:00%2B01:00',
      'updated_to must not be before updated_from',
    ],
    [
      '/tickets/counts?by=status&resolved_from=2026-11-25&resolved_to=2026-11-20T10:00:00Z',
      'resolved_to must not be before resolved_from',
    ],
    [
      '/tickets/customer/CUS0001?raised_from=2026-11-25&raised_to=2026-11-24',
      'raised_to must not be before raised_from',
    ],
    ['/audit?from=2026-11-25&to=2026-11-24', 'to must not be before from'],
  ])('GET %s: %s', async (path, sentence) => {
    const { body } = await expectRefusal(world.ada.get(path), 400, 'validation_failed')
    expect([body.detail, body.errors[0].message]).toEqual([sentence, sentence])
  })

  test.each([
    '/tickets?status=new,%20waiting%20,',
    '/tickets?status=%20new%20&status=waiting%0A',
    '/tickets?customer_id=%20CUS0001%20&limit=%2012%20&merged=false%20&sort=%20-updated_at',
    '/tickets/counts?by=status,%20priority',
    '/tickets?raised_from=2026-11-25&raised_to=2026-11-25',
    '/tickets?raised_from=2026-11-25T10:00:00Z&raised_to=2026-11-25T10:00:00Z',
    '/tickets?raised_from=2026-11-25T23:00:00Z&raised_to=2026-11-25',
    '/tickets/counts?by=status&zone=America/New_York&raised_from=2026-11-25T03:00:00Z&raised_to=2026-11-24',
    '/audit?type=session.*',
    '/audit?type=ticket.assigned',
    '/emails?template=comment_public',
  ])('GET %s is taken', async (path) => {
    expect((await world.ada.get(path)).status).toBe(200)
  })

  test.each([
    [`/tickets/search?query=x`, 'ticketId must be an id such as TKT0001'],
    ['/customers/me', 'customerId must be an id such as CUS0001'],
    ['/emails/7', 'emailId must be a UUID'],
    ['/ticket', 'There is nothing at this address. /api/docs shows what there is.'],
  ])('GET %s is at no address: %s', async (path, sentence) => {
    const { body } = await expectRefusal(world.ada.get(path), 404, 'route_not_found')
    expect([body.detail, body.errors[0].message]).toEqual([sentence, sentence])
  })

  test.each([
    [{ customer_id: 1 }, 'customer_id must be an id such as CUS0001, as text', 'invalid_type'],
    [{ customer_id: 'C1' }, 'customer_id must be an id such as CUS0001', 'invalid_format'],
    [{ title: 'x' }, 'title is not known here: use subject', 'unknown_member'],
    [{ assigned_to: 'x' }, 'assigned_to is not known here: use technician_id', 'unknown_member'],
    [{ description: 'x' }, 'description is not known here: use issue_description', 'unknown_member'],
    [{ priority: 'critical' }, 'priority must be low, normal, high or urgent', 'invalid_value'],
    [{ issue_category: ' \u200b' }, 'issue_category must have a character that can be seen', 'invalid_value'],
    [{ issue_description: '' }, 'issue_description must not be blank', 'too_small'],
  ])('POST /tickets with %j: %s', async (members, sentence, code) => {
    const ticket = { customer_id: 'CUS0001', issue_category: 'Doors', issue_description: 'Stuck' }
    const { body } = await expectRefusal(
      world.ada.post('/tickets', { ...ticket, ...members }),
      400,
      'validation_failed',
    )
    expect(body.errors).toEqual([{ field: Object.keys(members)[0], message: sentence, code }])
  })

  test.each([
    [{ uri: 'https://a.example/' }, 'uri is not known here'],
    [{ url: 'hooks.example.com' }, 'url must be an https address such as https://hooks.example.com/desk'],
    [{ url: 'http://hooks.example.com/' }, 'url must begin with https://'],
    [{ url: 'https://a:b@hooks.example.com/' }, 'url must have no sign-in'],
    [{ url: 'https://hooks.example.com/#a' }, 'url must have no fragment'],
    [{ url: 'https://hooks.example.com:22/' }, 'url must have one of the ports 443'],
    [{ url: 'https://10.0.0.1/' }, 'url must be a public address'],
    [{ types: ['ticket'] }, typeSentence],
    [{ types: [] }, 'types must have at least 1 entry'],
    [{ is_ordered: 'yes' }, 'is_ordered must be true or false'],
  ])('POST /webhooks with %j: %s', async (members, sentence) => {
    const body = { url: 'https://hooks.example.com/desk', ...members }
    const refused = await expectRefusal(world.ada.post('/webhooks', body), 400, 'validation_failed')
    expect(refused.body.detail).toBe(sentence)
  })

  test('a body that is missing has no field', async () => {
    const { body } = await expectRefusal(world.ada.post('/tickets'), 400, 'validation_failed')
    expect(body.errors).toEqual([{ message: 'the body is missing', code: 'missing' }])
    const login = await expectRefusal(world.ada.post('/auth/login', { password: 'x' }), 400, 'validation_failed')
    const message = 'user_id_or_email is missing'
    expect(login.body.errors).toEqual([{ field: 'user_id_or_email', message, code: 'missing' }])
  })

  test('a cursor, a version and a key say how to go on', async () => {
    const { ada } = world
    const cursor = await expectRefusal(ada.get('/tickets?cursor=x'), 400, 'invalid_cursor')
    expect(cursor.body.detail).toContain(
      'without a cursor: a cursor belongs to one list, one order and one set of filters',
    )
    const version = await expectRefusal(ada.patch(`/tickets/${ticketId}`, { priority: 'low' }), 428, 'version_required')
    expect(version.body.detail).toContain('the header ETag')
    const key = { headers: { 'Idempotency-Key': 'sentence' } }
    const number = ticketId.replace(/^TKT0*/, '')
    const first = bodyOf(await ada.put(`/tickets/${ticketId}`, { priority: 'low' }, key))
    for (const spelled of [ticketId, ticketId.toLowerCase(), number]) {
      const again = await ada.put(`/tickets/${spelled}`, { priority: 'low' }, key)
      expect([again.status, again.body.version, again.headers.get('idempotency-replayed')]).toEqual([
        200,
        first.version,
        'true',
      ])
    }
    const other = await createTicket(world.cleo)
    for (const path of [`/tickets/${ticketId}`, `/tickets/${other}`]) {
      const change = path.endsWith(other) ? { priority: 'low' } : { priority: 'high' }
      const reused = await expectRefusal(ada.put(path, change, key), 422, 'idempotency_key_reused')
      expect(reused.body.detail).toContain('another method, path, body or If-Match')
    }
  })

  test('an address in bytes is told to be percent-encoded', async () => {
    const raw = createRawClient(Number(new URL(desk.url).port))
    const answer = await raw.ask('GET /api/tickets?q=Büro HTTP/1.1\r\nHost: x\r\n\r\n')
    raw.close()
    expect(answer).toMatchObject({ status: 400 })
    expect(JSON.parse(Buffer.from(answer.body, 'latin1').toString()).detail).toBe(
      'Percent-encode the address in UTF-8: ü is %C3%BC.',
    )
  })
})

test.each([
  ['tag=vpn', 'tag is for the staff only'],
  ['tags_all=vpn', 'tags_all is for the staff only'],
  ['without=first_response', 'without is for the staff only'],
  ['watching=me', 'watching is for the staff only'],
  ['has=failed_mail', 'has may be failed_mail for the staff only'],
  ['deleted=true', 'deleted is for admins only'],
])('customers who ask for %s read: %s', async (query, sentence) => {
  for (const path of ['/tickets', '/tickets/counts']) {
    const more = path.endsWith('counts') ? '&by=status' : ''
    if (more !== '' && query === 'deleted=true') continue
    const { body } = await expectRefusal(world.cleo.get(`${path}?${query}${more}`), 400, 'validation_failed')
    expect(body.detail).toBe(sentence)
  }
})

test('every word of errors[].code is in the guide', async () => {
  const guide = await readFile('docs/guide.md', 'utf8')
  const [, table = ''] = guide.split('| `errors[].code` |')
  const documented = [...(table.split('\n\n')[0] ?? '').matchAll(/`(\w+)`/g)].map(([, code]) => code)
  const names = await readdir('src', { recursive: true })
  const sources = names.filter((name) => name.endsWith('.ts') && !/\.test\.ts$|^(?:testing|console)\//.test(name))
  const texts = await Promise.all(sources.map((name) => readFile(`src/${name}`, 'utf8')))
  const said = texts.flatMap((text) =>
    [
      ...text.matchAll(/invalidMember\((?:[^()]|\([^()]*\))*'(\w+)',?\s*\)/g),
      ...text.matchAll(/params: \{ code: '(\w+)' \}/g),
      ...text.matchAll(/'((?:weak|common)_password)'/g),
    ].map(([, code = '']) => code),
  )
  expect(said.length).toBeGreaterThan(12)
  const codes = ['missing', 'unknown_member', 'invalid_type', 'invalid_format', 'invalid_value', 'too_small', 'too_big']
  for (const code of [...codes, ...said, 'repeated', 'reversed', 'read_only', 'not_yours']) {
    expect(documented).toContain(code)
  }
})

test('the words of errors[].code are those of the guide', async () => {
  const person = { name: 'Pat', email: 'pat@example.com' }
  const asked: [() => Promise<Reply>, ...string[]][] = [
    [() => world.nobody.post('/auth/register', { ...person, password: 'short' }), 'password too_small'],
    [() => world.nobody.post('/auth/register', { ...person, password: 'ü'.repeat(40) }), 'password too_big'],
    [() => world.nobody.post('/auth/register', { ...person, password: 'password' }), 'password common_password'],
    [() => world.nobody.post('/auth/register', { ...person, password: 'aaaaaaaaa' }), 'password weak_password'],
    [() => world.ada.post('/people', { ...person, role: 'admin' }), 'user_id missing'],
    [() => world.ada.post('/people', { ...person, role: 'technician' }), 'phone_number missing', 'category missing'],
    [() => world.ada.post('/people', { ...person, role: 'customer', category: 'Network' }), 'category unknown_member'],
  ]
  for (const [ask, ...words] of asked) {
    const { body } = await expectRefusal(ask(), 400, 'validation_failed')
    expect(body.errors.map(({ field, code }: Record<string, string>) => `${field} ${code}`)).toEqual(words)
  }
})
