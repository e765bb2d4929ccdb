import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTicket, issue, resolveTicket } from '../../testing/support/create-tickets.ts'
import {
  createKeyedRequests,
  effectsOn,
  essence,
  isReplayed,
  type Keyed,
  under,
  unique,
  uniqueEmail,
} from '../../testing/support/keyed-requests.ts'
import { createWorld, password, type World } from '../../testing/support/people.ts'
import { type Api, createApi, type Reply, verdict } from '../../testing/support/requests.ts'
import { untilLockIsAwaited } from '../../testing/support/waiting.ts'
import { type Desk, startDesk } from '../../testing/support/workspace.ts'

let desk: Desk
let world: World
let requests: Record<string, () => Promise<Keyed>>
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
  world = await createWorld(desk)
  requests = createKeyedRequests(desk, world)
})
afterAll(() => desk?.stop())

const countOf = async (table: string): Promise<number> =>
  (await desk.app.pool.query(`select count(*) as count from ${table}`)).rows[0].count

/** Sends the request of an endpoint under a new key. */
const send = async (path: string): Promise<Keyed & { key: string; first: Reply }> => {
  const request = await requests[path]?.()
  if (request === undefined) throw new Error(`say in this test how POST ${path} is sent`)
  const key = unique()
  return { ...request, key, first: await request.as.post(request.path, request.body, under(key)) }
}

describe('a key', () => {
  const post = (as: Api, key: string, body: Record<string, unknown> = issue) => as.post('/tickets', body, under(key))

  test.each(['/tickets', '/auth/register'])('sent twenty times at once to %s has one effect', async (path) => {
    const { as, path: sent, body } = (await requests[path]?.()) ?? { as: world.nobody, path }
    const tables = { '/tickets': 'tickets', '/auth/register': 'accounts' }
    const table = tables[path as keyof typeof tables]
    const [before, key] = [await countOf(table), unique()]
    const answers = await Promise.all(Array.from({ length: 20 }, () => as.post(sent, body, under(key))))
    const [first, ...others] = answers.filter(({ status }) => status < 300)
    for (const other of others) expect(essence(other)).toEqual(essence(first as Reply))
    for (const { status, body: answer, headers } of answers.filter(({ status }) => status >= 300)) {
      expect([status, answer.code, headers.get('retry-after')]).toEqual([409, 'request_in_progress', '1'])
    }
    expect(answers.filter((answer) => answer.status < 300 && !isReplayed(answer))).toHaveLength(1)
    expect(await countOf(table)).toBe(before + 1)
    expect(essence(await as.post(sent, body, under(key)))).toEqual(essence(first as Reply))
  })

  test('that many accounts of two tenants send at once brings each its own first answer', async () => {
    const other = await createWorld(desk)
    // A tenant says which one it is, because tickets of two tenants may have the same number and the same time.
    const people = [world, other].flatMap(({ slug, cleo, carl }) => [cleo, carl].map((person) => ({ person, slug })))
    const asked = [unique(), unique()].flatMap((key) => people.map((one) => ({ ...one, key })))
    const ask = ({ person, slug, key }: (typeof asked)[number]) => post(person, key, { ...issue, subject: slug })
    const firsts = await Promise.all(asked.map(ask))
    const ids = firsts.map(({ body }) => `${body.subject} ${body.ticket_id}`)
    expect(new Set(ids).size).toBe(8)
    const again = await Promise.all([...asked, ...asked, ...asked].map(ask))
    again.forEach((answer, at) => {
      expect([isReplayed(answer), answer.body]).toEqual([true, firsts[at % asked.length]?.body])
    })
  })

  test('is in progress until the first request has ended', async () => {
    const [key, before] = [unique(), await countOf('tickets')]
    const other = await desk.app.pool.connect()
    await other.query('begin')
    await other.query("select from counters where name = 'ticket' for update")
    const first = post(world.cleo, key)
    await untilLockIsAwaited(desk)
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
    const newer = await createApi(desk.url, world.cleo.headers).send('POST', '/v1/tickets', issue, under(key))
    expect(essence(newer)).toEqual(essence(mine))
  })

  test('of a request that failed is free again', async () => {
    const ticketId = await createTicket(world.cleo)
    const keys = await countOf('idempotency_keys')
    const key = unique()
    const reopen = () => world.ada.post(`/tickets/${ticketId}/reopen`, undefined, under(key))
    const early = await reopen()
    expect(verdict(early)).toEqual([422, 'illegal_transition'])
    expect((await post(world.ada, key, { ...issue, customer_id: 'CUS9999' })).body.code).toBe('customer_unavailable')
    expect((await post(world.ada, key, { ...issue, customer_id: 7 })).body.code).toBe('validation_failed')
    const signIn = (secret: string) =>
      world.nobody.post('/auth/login', { user_id_or_email: 'ada', password: secret }, under(key))
    expect((await signIn('wrong-one')).body.code).toBe('invalid_credentials')
    expect(await countOf('idempotency_keys')).toBe(keys)
    await resolveTicket(world.ada, ticketId, world.tess)
    const late = await reopen()
    expect([late.status, late.body.status, isReplayed(late)]).toEqual([200, 'in_progress', false])
    expect((await signIn(password)).status).toBe(200)
    expect(isReplayed(await reopen())).toBe(true)
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
    expect((await post(world.cleo, key, { ...issue, subject: 'Another' })).status).toBe(201)
  })
})

describe('the receipt', () => {
  test.each(['/auth/login', '/auth/register'])('of %s gives tokens that work, and cannot be read', async (path) => {
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
    // The hash is not a fast hash of the request, from which a password could be guessed.
    const fingerprint = JSON.stringify(['POST', sent, body])
    for (const hash of ['sha256', 'sha512', 'sha1', 'md5']) {
      expect(rows[0].request_hash.equals(createHash(hash).update(fingerprint).digest())).toBe(false)
    }
    expect((await world.nobody.post('/auth/refresh', { refresh_token })).status).toBe(200)
  })

  test('is written in the transaction of the change: without it there is no change', async () => {
    const pool = desk.owner
    await pool.query(`create function refuse() returns trigger language plpgsql
      as $$ begin raise exception 'no receipt' using errcode = 'lock_not_available'; end $$`)
    await pool.query('create trigger refuse before update on idempotency_keys for each row execute function refuse()')
    const before = await effectsOn(desk)
    const key = unique()
    const started = Object.entries({ '/tickets': issue, '/tickets/customer/CUS0001': issue })
    for (const [path, body] of started) {
      const reply = await world.cleo.post(path, body, under(key))
      expect([path, reply.status, reply.body.code]).toEqual([path, 503, 'unavailable'])
    }
    const registered = await world.nobody.post(
      '/auth/register',
      { name: 'Kim', email: uniqueEmail(), password },
      under(key),
    )
    expect(registered.status).toBe(503)
    expect((await world.nobody.post('/auth/login', { user_id_or_email: 'ada', password }, under(key))).status).toBe(503)
    expect(await effectsOn(desk)).toEqual(before)
    await pool.query('drop trigger refuse on idempotency_keys')
    await pool.query('drop function refuse')
    expect((await world.cleo.post('/tickets', issue, under(key))).status).toBe(201)
  })
})
