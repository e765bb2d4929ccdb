import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { text as readText } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { resetTokens } from '../modules/identity/accounts/mailed-links.ts'
import { createWorld, type World } from '../testing/support/people.ts'
import { type Desk, startDesk } from '../testing/support/workspace.ts'
import { createLog } from './log.ts'

const secrets = new Set<string>()
/** Makes a text that must never be in a log, whether the request with the text succeeds or not. */
const secret = (): string => {
  const made = `S-${randomBytes(12).toString('hex')}`
  secrets.add(made)
  return made
}
/** Notes a secret that the desk made: none of its parts may be in a log. */
const keep = (token: string): string => {
  for (const part of token.split('.').filter(({ length }) => length >= 20)) secrets.add(part)
  return token
}

describe.each(['production', 'development'])('the logs in %s', (NODE_ENV) => {
  let desk: Desk
  let world: World
  const accessLines: string[] = []
  const logLines: string[] = []
  const requestIds: string[] = []

  beforeAll(async () => {
    desk = await startDesk({
      withWorker: false,
      settings: { NODE_ENV, PUBLIC_URL: 'https://desk.example.com', RATE_LIMIT_SIGN_INS_PER_MINUTE: '1000' },
      log: createLog('trace', { write: (line) => void logLines.push(line) }),
      accessLog: { write: (line) => void accessLines.push(line) },
    })
    world = await createWorld(desk)
    await world.nobody.get('/health', { headers: { 'X-Request-Id': 'the-world-is-made' } })
    await vi.waitFor(() => expect(accessLines.at(-1)).toContain('the-world-is-made'))
    accessLines.length = 0
  })
  afterAll(() => desk?.stop())

  const send = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const json = { 'Content-Type': 'application/json', 'X-Tenant': world.slug }
    const text = typeof body === 'string' || body === undefined ? body : JSON.stringify(body)
    const response = await fetch(`${desk.url}${path}`, { method, headers: { ...json, ...headers }, body: text })
    requestIds.push(response.headers.get('x-request-id') ?? 'none')
    const answer = await response.text()
    return {
      status: response.status,
      body: answer.startsWith('{') ? JSON.parse(answer) : null,
      headers: response.headers,
    }
  }
  const bearer = (token: string) => ({ Authorization: `Bearer ${token}` })
  const query = (text: string, values: unknown[] = []) => desk.owner.query(text, values)

  const signInAndOut = async (): Promise<void> => {
    const email = `kim@${world.slug}.example.com`
    const password = secret()
    const registered = await send('POST', '/api/auth/register', { name: 'Kim', email, password })
    expect(registered.status).toBe(201)
    const signedIn = await send('POST', '/api/auth/login', { user_id_or_email: email, password })
    keep(registered.body.refresh_token)
    const [token, refresh_token] = [keep(signedIn.body.token), keep(signedIn.body.refresh_token)]
    // A password in the wrong field is a secret, too.
    expect((await send('POST', '/api/auth/login', { user_id_or_email: secret(), password: secret() })).status).toBe(401)
    expect((await send('GET', '/api/auth/me', undefined, bearer(token))).status).toBe(200)
    expect((await send('GET', '/api/auth/me', undefined, bearer(secret()))).status).toBe(401)
    expect((await send('GET', '/api/auth/me', undefined, { Authorization: secret() })).status).toBe(401)
    await query('update accounts set email_confirmed_at = now() where email = $1', [email])
    const wanted = { name: 'Report', scopes: ['ticket:read'] }
    const program = bearer(keep((await send('POST', '/api/api-tokens', wanted, bearer(token))).body.token))
    expect((await send('GET', '/api/auth/me', undefined, program)).status).toBe(200)
    expect((await send('GET', '/api/tags', undefined, program)).status).toBe(403)
    const refreshed = await send('POST', '/api/auth/refresh', { refresh_token })
    keep(refreshed.body.token)
    const next = { refresh_token: keep(refreshed.body.refresh_token) }
    keep((await send('POST', '/api/auth/refresh', next)).body.refresh_token)
    expect((await send('POST', '/api/auth/refresh', { refresh_token })).status).toBe(401)
    const cookie = (await send('POST', '/api/users/signin', { email, password })).headers.getSetCookie()[0] ?? ''
    keep(cookie.split(/[=;]/)[1] ?? '')
    const theme = { Cookie: `theme=${secret()}; ${cookie.split(';')[0]}` }
    expect((await send('GET', '/api/users/currentuser', undefined, theme)).body.currentUser).not.toBeNull()
    const change = { current_password: secret(), password: secret() }
    expect((await send('POST', '/api/auth/password/change', change, theme)).status).toBe(422)
    expect((await send('POST', '/api/users/signout', undefined, theme)).status).toBe(200)

    await send('POST', '/api/auth/password/forgot', { email })
    const { rows } = await query('select tenant_id, reset_id from password_resets')
    const link = keep(resetTokens.write(desk.app, rows[0].tenant_id, rows[0].reset_id))
    expect((await send('POST', '/api/auth/password/reset', { token: link, password: secret() })).status).toBe(204)
    expect((await send('POST', '/api/auth/password/reset', { token: secret(), password: secret() })).status).toBe(422)
  }

  const failToBeUnderstood = async (): Promise<void> => {
    const { headers } = world.ada
    const asks = ['/api/tickets', '/api/auth/password/reset', '/nope', '/api/docs', '/metrics', '/health']
    for (const path of asks) await send('GET', `${path}?token=${secret()}&q=${secret()}`, undefined, headers)
    const [half, typed, long] = [
      `{"password":"${secret()}"`,
      `password=${secret()}`,
      `"${secret()}${'x'.repeat(2 ** 21)}"`,
    ]
    expect((await send('POST', '/api/auth/login', half)).status).toBe(400)
    expect((await send('POST', '/api/auth/login', secret())).status).toBe(400)
    expect((await send('POST', '/api/auth/login', typed, { 'Content-Type': 'text/plain' })).status).toBe(415)
    expect((await send('POST', '/api/auth/login', long)).status).toBe(413)
    expect((await send('POST', '/api/auth/login', { [secret()]: secret(), password: [secret()] })).status).toBe(400)
    const odd = { 'User-Agent': 'x%0d%0a{"level":"fatal"}\\r\\n\x85\x9b31m\tforged', 'X-Request-Id': `a b ${secret()}` }
    await send('GET', '/api/health', undefined, odd)
    await send('GET', '/api/visible-path%0d%0a%1b[31m', undefined, odd)
    // Of bytes that are no request nothing is logged: control sequences of a terminal, a broken header.
    for (const line of [
      `/api/\x85\x9b${secret()} HTTP/1.1\r\nHost: a`,
      `/api HTTP/1.1\r\nAuthorization : ${secret()}`,
    ]) {
      const socket = connect(Number(new URL(desk.url).port), '127.0.0.1')
      socket.end(`GET ${line}\r\n\r\n`, 'latin1')
      expect(await readText(socket)).toContain('400 Bad Request')
    }
  }

  const hitTheDatabase = async (): Promise<void> => {
    const { headers } = world.cleo
    const ticket = () => ({ issue_category: 'Doors', issue_description: secret() })
    const keyed = { ...headers, 'Idempotency-Key': secret() }
    const first = ticket()
    expect((await send('POST', '/api/tickets', first, keyed)).status).toBe(201)
    expect((await send('POST', '/api/tickets', first, keyed)).headers.get('idempotency-replayed')).toBe('true')
    expect((await send('POST', '/api/tickets', ticket(), keyed)).status).toBe(422)

    // PostgreSQL quotes a value that it refuses.
    await query(`create function refuse() returns trigger language plpgsql
      as $$ begin perform new.issue_description::integer; return new; end $$`)
    await query('create trigger refuse before insert on tickets for each row execute function refuse()')
    expect((await send('POST', '/api/tickets', ticket(), headers)).status).toBe(500)
    expect((await send('POST', '/api/tickets', ticket(), { ...headers, 'Idempotency-Key': secret() })).status).toBe(500)
    await query('drop trigger refuse on tickets')
    // PostgreSQL names the row that breaks a rule in the detail of its error.
    await query('alter table tickets add constraint refuse check (length(issue_description) < 2) not valid')
    expect((await send('POST', '/api/tickets', ticket(), headers)).status).toBe(500)
    await query('alter table tickets drop constraint refuse')

    const email = `lee@${world.slug}.example.com`
    const password = secret()
    await query('alter table sessions rename to sessions_away')
    expect((await send('POST', '/api/auth/register', { name: 'Lee', email, password })).status).toBe(500)
    expect(
      (await send('GET', '/api/auth/me', undefined, { Cookie: `__Host-counterdesk_session=${keep(world.carl.token)}` }))
        .status,
    ).toBe(500)
    expect((await send('POST', '/api/auth/refresh', { refresh_token: keep(world.carl.refreshToken) })).status).toBe(500)
    await query('alter table sessions_away rename to sessions')
    await query("alter table accounts add constraint refuse check (password_hash = 'x') not valid")
    expect((await send('POST', '/api/auth/register', { name: 'Lee', email, password })).status).toBe(500)
    await query('alter table accounts drop constraint refuse')
  }

  test('have a line for each request, in one line, and no secret', async () => {
    await signInAndOut()
    await failToBeUnderstood()
    await hitTheDatabase()
    await vi.waitFor(() => expect(accessLines.length).toBeGreaterThanOrEqual(requestIds.length))

    expect(accessLines).toHaveLength(requestIds.length)
    for (const [index, id] of requestIds.entries()) expect(accessLines[index]).toContain(id)
    expect(accessLines.some((line) => line.includes('/api/visible-path'))).toBe(true)
    const failures = logLines.map((line) => JSON.parse(line)).filter(({ level }) => level === 'error')
    expect(failures).toHaveLength(7)
    for (const { request_id, error } of failures) {
      expect(requestIds).toContain(request_id)
      expect(error.code).toMatch(/^(22P02|23514|42P01)$/)
      expect(error.stack).toContain('.ts:')
    }
    for (const { rows } of [await query('select password_hash from accounts where password_hash is not null')]) {
      for (const { password_hash } of rows) secrets.add(password_hash)
    }
    expect(secrets.size).toBeGreaterThan(30)
    for (const line of [...accessLines, ...logLines]) {
      expect(line.endsWith('\n')).toBe(true)
      expect(line.trimEnd()).not.toMatch(/[\p{Cc}\u2028\u2029]/u)
      for (const word of secrets) expect(line).not.toContain(word)
    }
  })

  test('say in every access line who asked what, and with which outcome', async () => {
    accessLines.length = 0
    await send('GET', '/api/tickets?limit=1', undefined, {
      ...world.cleo.headers,
      'X-Request-Id': 'my-own-id',
      'User-Agent': 'test/1',
    })
    await vi.waitFor(() => expect(accessLines).toHaveLength(1))
    const line = accessLines[0] ?? ''
    if (NODE_ENV === 'development') {
      expect(line).toMatch(/^\d\d:\d\d:\d\d GET \/api\/tickets 200 [\d.]+ ms CUS0001 [\da-f-]{36} my-own-id\n$/)
      return
    }
    expect(JSON.parse(line)).toEqual({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      level: 'info',
      msg: 'request',
      request_id: requestIds.at(-1),
      caller_request_id: 'my-own-id',
      method: 'GET',
      path: '/api/tickets',
      status: 200,
      duration_ms: expect.any(Number),
      bytes: expect.any(Number),
      address: '127.0.0.1',
      user_agent: 'test/1',
      tenant_id: expect.any(Number),
      account_id: 'CUS0001',
    })
  })
})
