import { createHash, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { writeResetToken } from '../../modules/identity/accounts/reset-tokens.ts'
import { endpoints } from '../../modules.ts'
import { announcementOf, textFile, upload } from '../../testing/support/files.ts'
import { createWorld, type Person, password, type World } from '../../testing/support/people.ts'
import { type Api, createApi, type Reply } from '../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../testing/support/workspace.ts'

let desk: Desk
let world: World

beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
  world = await createWorld(desk)
})
afterAll(() => desk?.stop())

const unique = (): string => `k-${randomUUID().slice(0, 13)}`
const email = (): string => `${unique()}@example.com`
const someone = (): Promise<Person> => world.customer(unique())
const under = (key: string) => ({ headers: { 'Idempotency-Key': key } })
const ticket = { issue_category: 'Doors', issue_description: 'Stuck' }

/** All that a request could have done. */
const effects = async (): Promise<unknown> => {
  const tables = [
    'tickets',
    'accounts',
    'sessions',
    'password_resets',
    'events',
    'idempotency_keys',
    'technicians',
    'emails',
    'attachment_uploads',
  ]
  const sums = tables.map(
    (table) => `(select md5(string_agg(t::text, ',' order by t::text)) from ${table} t) as ${table}`,
  )
  return (await desk.app.pool.query(`select ${sums.join(', ')}`)).rows[0]
}
const countOf = async (table: string): Promise<number> =>
  (await desk.app.pool.query(`select count(*) as count from ${table}`)).rows[0].count

const linkFor = async (person: Person): Promise<string> => {
  await world.nobody.post('/auth/password/forgot', { email: person.email })
  const { rows } = await desk.app.pool.query(
    `select r.tenant_id, r.reset_id from password_resets r join accounts a using (tenant_id, account_id)
     where a.email = $1 and r.used_at is null`,
    [person.email],
  )
  return writeResetToken(desk.app, rows[0].tenant_id, rows[0].reset_id)
}

const resolve = async (ticketId: string): Promise<string> => {
  const steps = [
    { technician_id: world.tess.id },
    { status: 'in_progress' },
    { status: 'resolved', resolution_summary: 'Oiled' },
  ]
  for (const step of steps) expect((await world.ada.put(`/tickets/${ticketId}`, step)).status).toBe(200)
  return ticketId
}
const raisedTicket = async (): Promise<string> => (await world.cleo.post('/tickets', ticket)).body.ticket_id
const resolvedTicket = async (): Promise<string> => resolve(await raisedTicket())

interface Keyed {
  as: Api
  path: string
  body?: Record<string, unknown>
  /** Another body that fits; without it one is made of the first member. */
  other?: Record<string, unknown>
  /** Who asks again, when the first session has ended by then. */
  again?: Api
}

/** A request that does something, for every POST endpoint. */
const requests: Record<string, () => Promise<Keyed>> = {
  '/auth/login': async () => ({ as: world.nobody, path: '/auth/login', body: { user_id_or_email: 'ada', password } }),
  '/auth/register': async () => ({
    as: world.nobody,
    path: '/auth/register',
    body: { name: 'Kim', email: email(), password },
  }),
  '/auth/refresh': async () => ({
    as: world.nobody,
    path: '/auth/refresh',
    body: { refresh_token: (await someone()).refreshToken },
  }),
  '/auth/logout': async () => {
    const as = await someone()
    return { as, path: '/auth/logout', again: await world.signIn(as.email, password) }
  },
  '/auth/password/forgot': async () => ({
    as: world.nobody,
    path: '/auth/password/forgot',
    body: { email: (await someone()).email },
  }),
  '/auth/password/reset': async () => ({
    as: world.nobody,
    path: '/auth/password/reset',
    body: { token: await linkFor(await someone()), password: 'another-one-3' },
  }),
  '/auth/password/change': async () => ({
    as: await someone(),
    path: '/auth/password/change',
    body: { current_password: password, password: 'another-one-3' },
  }),
  '/users/signup': async () => ({ as: world.nobody, path: '/users/signup', body: { email: email(), password } }),
  '/users/signin': async () => ({ as: world.nobody, path: '/users/signin', body: { email: 'ada', password } }),
  '/users/signout': async () => {
    const as = await someone()
    return { as, path: '/users/signout', again: await world.signIn(as.email, password) }
  },
  '/customers': async () => ({ as: world.ada, path: '/customers', body: { name: 'Kim', email: email() } }),
  '/technicians': async () => ({
    as: world.ada,
    path: '/technicians',
    body: { name: 'Kim', email: email(), phone_number: '030 1234', category: 'Doors' },
  }),
  '/tickets': async () => ({ as: world.cleo, path: '/tickets', body: ticket }),
  '/tickets/customer/:customerId': async () => ({
    as: world.ada,
    path: `/tickets/customer/${world.carl.id}`,
    body: ticket,
  }),
  '/tickets/:ticketId/attachments/upload-url': async () => {
    const { body } = await world.cleo.post('/tickets', ticket)
    const path = `/tickets/${body.ticket_id}/attachments/upload-url`
    return { as: world.cleo, path, body: announcementOf(textFile()) }
  },
  '/tickets/:ticketId/attachments': async () => {
    const { body } = await world.cleo.post('/tickets', ticket)
    const upload_id = await upload(desk, world.cleo, body.ticket_id, textFile())
    const path = `/tickets/${body.ticket_id}/attachments`
    return { as: world.cleo, path, body: { upload_id }, other: { upload_id: randomUUID() } }
  },
  '/tickets/:ticketId/comments': async () => {
    const { body } = await world.cleo.post('/tickets', ticket)
    const comment = { body: 'Still down.', visibility: 'public' }
    return { as: world.cleo, path: `/tickets/${body.ticket_id}/comments`, body: comment }
  },
  '/tickets/:ticketId/merge': async () => {
    const [id, into] = [await raisedTicket(), await raisedTicket()]
    return { as: world.ada, path: `/tickets/${id}/merge`, body: { into } }
  },
  '/tickets/:ticketId/unmerge': async () => {
    const [id, into] = [await raisedTicket(), await raisedTicket()]
    await world.ada.post(`/tickets/${id}/merge`, { into })
    return { as: world.ada, path: `/tickets/${id}/unmerge` }
  },
  '/tickets/:ticketId/reopen': async () => ({ as: world.cleo, path: `/tickets/${await resolvedTicket()}/reopen` }),
  '/tickets/:ticketId/close': async () => ({ as: world.cleo, path: `/tickets/${await resolvedTicket()}/close` }),
}
const posts = endpoints.filter(({ method }) => method === 'post').map(({ path }) => path)

/** What must be the same when an answer comes again. The date of a cookie is counted from now. */
const essence = ({ status, text, headers }: Reply) => ({
  status,
  text,
  cookies: headers.getSetCookie().map((cookie) => cookie.replace(/Expires=[^;]+/, '')),
  ...Object.fromEntries(['location', 'etag', 'content-type', 'cache-control'].map((name) => [name, headers.get(name)])),
})
const isReplayed = ({ headers }: Reply): boolean => headers.get('idempotency-replayed') === 'true'

const send = async (path: string): Promise<Keyed & { key: string; first: Reply }> => {
  const request = await requests[path]?.()
  if (request === undefined) throw new Error(`say in this test how POST ${path} is sent`)
  const key = unique()
  return { ...request, key, first: await request.as.post(request.path, request.body, under(key)) }
}

describe('every POST under a key', () => {
  test.each(posts)('%s is answered again and done once', async (path) => {
    const before = await effects()
    const { as, again = as, path: sent, body, key, first } = await send(path)
    expect([first.status < 300, isReplayed(first)]).toEqual([true, false])
    const after = await effects()
    expect(after).not.toEqual(before)
    for (const same of [key, `"${key}"`, key]) {
      const second = await again.post(sent, body, under(same))
      expect(isReplayed(second)).toBe(true)
      expect(essence(second)).toEqual(essence(first))
    }
    expect(await effects()).toEqual(after)
  })

  test.each(posts)('%s is refused with another body or at another address', async (path) => {
    const { as, again = as, path: sent, body, other, key } = await send(path)
    const isOpen = as === world.nobody
    const signIn = { user_id_or_email: 'ada', password }
    const elsewhere: [string, Record<string, unknown> | undefined] = isOpen
      ? [path === '/auth/login' ? '/users/signin' : '/auth/login', path === '/auth/login' ? body : signIn]
      : [path === '/users/signout' ? '/auth/logout' : '/users/signout', undefined]
    if (path === '/auth/login') elsewhere[1] = { email: 'ada', password }
    const others = [elsewhere]
    const [member, value] = Object.entries(body ?? {})[0] ?? []
    if (other) others.push([sent, other])
    else if (member) others.push([sent, { ...body, [member]: member === 'into' ? 'TKT0001' : `${value}x` }])
    const after = await effects()
    for (const [address, changed] of others) {
      const reply = await again.post(address, changed, under(key))
      expect([address, reply.status, reply.body.code]).toEqual([address, 422, 'idempotency_key_reused'])
    }
    expect(await effects()).toEqual(after)
  })
})

describe('a key', () => {
  const post = (as: Api, key: string, body: Record<string, unknown> = ticket) => as.post('/tickets', body, under(key))

  test.each(['/tickets', '/auth/register', '/auth/refresh'])(
    'sent twenty times at once to %s has one effect',
    async (path) => {
      const { as, path: sent, body } = (await requests[path]?.()) ?? { as: world.nobody, path }
      const tables = { '/tickets': 'tickets', '/auth/register': 'accounts', '/auth/refresh': 'sessions' }
      const table = tables[path as keyof typeof tables]
      const [before, key] = [await countOf(table), unique()]
      const answers = await Promise.all(Array.from({ length: 20 }, () => as.post(sent, body, under(key))))
      const [first, ...others] = answers.filter(({ status }) => status < 300)
      for (const other of others) expect(essence(other)).toEqual(essence(first as Reply))
      for (const { status, body: answer, headers } of answers.filter(({ status }) => status >= 300)) {
        expect([status, answer.code, headers.get('retry-after')]).toEqual([409, 'request_in_progress', '1'])
      }
      expect(answers.filter((answer) => answer.status < 300 && !isReplayed(answer))).toHaveLength(1)
      expect(await countOf(table)).toBe(before + (path === '/auth/refresh' ? 0 : 1))
      expect(essence(await as.post(sent, body, under(key)))).toEqual(essence(first as Reply))
    },
  )

  test('is in progress until the first request has ended', async () => {
    const [key, before] = [unique(), await countOf('tickets')]
    const other = await desk.app.pool.connect()
    await other.query('begin')
    await other.query("select from counters where name = 'ticket' for update")
    const first = post(world.cleo, key)
    await vi.waitFor(async () => {
      const waiting =
        "select from pg_stat_activity a where a.datname = current_database() and a.wait_event_type = 'Lock'"
      expect((await desk.owner.query(waiting)).rowCount).toBe(1)
    })
    const second = await post(world.cleo, key)
    expect([second.status, second.body.code, second.headers.get('retry-after')]).toEqual([
      409,
      'request_in_progress',
      '1',
    ])
    await other.query('rollback')
    other.release()
    expect((await first).status).toBe(201)
    expect(isReplayed(await post(world.cleo, key))).toBe(true)
    expect(await countOf('tickets')).toBe(before + 1)
  })

  test('belongs to one account of one tenant', async () => {
    const other = await createWorld(desk)
    const key = unique()
    const mine = await post(world.cleo, key)
    for (const stranger of [world.carl, other.cleo]) {
      const theirs = await post(stranger, key)
      expect([theirs.status, isReplayed(theirs), theirs.body.customer_id]).toEqual([201, false, stranger.id])
    }
    const signIn = { user_id_or_email: 'ada', password }
    const [here, there] = [
      await world.nobody.post('/auth/login', signIn, under(key)),
      await other.nobody.post('/auth/login', signIn, under(key)),
    ]
    expect([here.body.user.tenant, there.body.user.tenant]).toEqual([world.slug, other.slug])
    expect(isReplayed(there)).toBe(false)
    expect(essence(await post(world.cleo, key))).toEqual(essence(mine))
    const newer = await createApi(desk.url, world.cleo.headers).send('POST', '/v1/tickets', ticket, under(key))
    expect(essence(newer)).toEqual(essence(mine))
  })

  test('of a request that failed is free again', async () => {
    const ticketId = (await world.cleo.post('/tickets', ticket)).body.ticket_id
    const keys = await countOf('idempotency_keys')
    const key = unique()
    const close = () => world.ada.post(`/tickets/${ticketId}/close`, undefined, under(key))
    const early = await close()
    expect([early.status, early.body.code]).toEqual([422, 'illegal_transition'])
    expect((await post(world.ada, key, { ...ticket, customer_id: 'CUS9999' })).body.code).toBe('customer_unavailable')
    expect((await post(world.ada, key, { ...ticket, customer_id: 7 })).body.code).toBe('validation_failed')
    const signIn = (secret: string) =>
      world.nobody.post('/auth/login', { user_id_or_email: 'ada', password: secret }, under(key))
    expect((await signIn('wrong-one')).body.code).toBe('invalid_credentials')
    expect(await countOf('idempotency_keys')).toBe(keys)
    await resolve(ticketId)
    const late = await close()
    expect([late.status, late.body.status, isReplayed(late)]).toEqual([200, 'closed', false])
    expect((await signIn(password)).status).toBe(200)
    expect(isReplayed(await close())).toBe(true)
  })

  test('is forgotten after 24 hours', async () => {
    const key = unique()
    const first = await post(world.cleo, key)
    const age = (interval: string) =>
      desk.app.pool.query('update idempotency_keys set created_at = now() - $2::interval where key = $1', [
        key,
        interval,
      ])
    await age('23 hours 59 minutes')
    expect(isReplayed(await post(world.cleo, key))).toBe(true)
    await age('24 hours')
    const second = await post(world.cleo, key)
    expect([second.status, isReplayed(second)]).toEqual([201, false])
    expect(second.body.ticket_id).not.toBe(first.body.ticket_id)
    expect(essence(await post(world.cleo, key))).toEqual(essence(second))
    await age('24 hours')
    expect((await post(world.cleo, key, { ...ticket, subject: 'Another' })).status).toBe(201)
  })
})

describe('the receipt', () => {
  test.each(['/auth/login', '/auth/register', '/auth/refresh'])(
    'of %s gives tokens that work, and cannot be read',
    async (path) => {
      const { as, path: sent, body = {}, key, first } = await send(path)
      const again = await as.post(sent, body, under(key))
      expect(isReplayed(again)).toBe(true)
      const { token, refresh_token, user } = again.body
      expect((await createApi(desk.url, { Authorization: `Bearer ${token}` }).get('/auth/me')).body.user).toEqual(user)

      const { rows } = await desk.app.pool.query('select * from idempotency_keys where key = $1', [key])
      // Without the key: its random digits may spell a short secret, such as `ada`.
      const stored =
        JSON.stringify({ ...rows[0], key: null }) +
        Buffer.concat([rows[0].answer, rows[0].request_hash]).toString('latin1')
      const secrets = [
        token,
        refresh_token,
        first.body.user.email,
        ...Object.values(body).map(String),
        'eyJ',
        'Bearer',
        '"status"',
      ]
      for (const secret of secrets) expect(stored).not.toContain(secret)
      // Nor is it a fast hash of a request, in which a password could be guessed.
      const fingerprint = JSON.stringify(['POST', sent, body])
      for (const hash of ['sha256', 'sha512', 'sha1', 'md5']) {
        expect(rows[0].request_hash.equals(createHash(hash).update(fingerprint).digest())).toBe(false)
      }
      expect((await world.nobody.post('/auth/refresh', { refresh_token })).status).toBe(200)
    },
  )

  test('is written in the transaction of the change: without it there is no change', async () => {
    const pool = desk.owner
    await pool.query(`create function refuse() returns trigger language plpgsql
      as $$ begin raise exception 'no receipt' using errcode = 'lock_not_available'; end $$`)
    await pool.query('create trigger refuse before update on idempotency_keys for each row execute function refuse()')
    const before = await effects()
    const key = unique()
    const started = Object.entries({ '/tickets': ticket, '/tickets/customer/CUS0001': ticket })
    for (const [path, body] of started) {
      const reply = await world.cleo.post(path, body, under(key))
      expect([path, reply.status, reply.body.code]).toEqual([path, 503, 'unavailable'])
    }
    const registered = await world.nobody.post('/auth/register', { name: 'Kim', email: email(), password }, under(key))
    expect(registered.status).toBe(503)
    expect((await world.nobody.post('/auth/login', { user_id_or_email: 'ada', password }, under(key))).status).toBe(503)
    expect(await effects()).toEqual(before)
    await pool.query('drop trigger refuse on idempotency_keys')
    await pool.query('drop function refuse')
    expect((await world.cleo.post('/tickets', ticket, under(key))).status).toBe(201)
  })
})
