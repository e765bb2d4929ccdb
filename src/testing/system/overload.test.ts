import { Agent, get, type IncomingMessage, type RequestListener } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import pg from 'pg'
import { expect } from 'vitest'
import { startServer } from '../../platform/http/server.ts'
import { ticketAbout } from '../support/create-tickets.ts'
import { createWorld } from '../support/people.ts'
import { patience, scenario } from '../support/scene.ts'
import { startDesk } from '../support/workspace.ts'

// The real program, `node src/main.ts`, as a process of its own. No test measures time: each waits for what has to
// come, with a deadline that only a fault can miss. Five tests of a file run at a time; those that wait longest come
// first.

scenario.concurrent('a tenant that is stuck gets 503, and the others get on', patience, async ({ scene }) => {
  const desk = await startDesk({ settings: { DATABASE_POOL_SIZE: '2' } })
  scene.undo(() => desk.stop())
  const [stuck, other] = [await createWorld(desk), await createWorld(desk)]
  const holder = new pg.Client({ connectionString: desk.databaseUrl, application_name: 'counterdesk tests' })
  await holder.connect()
  scene.undo(() => holder.end())
  await holder.query('begin')
  await holder.query(
    'select 1 from counters c join tenants t on t.tenant_id = c.tenant_id where t.slug = $1 for update of c',
    [stuck.slug],
  )

  const held = Array.from({ length: 8 }, () => stuck.cleo.post('/tickets', ticketAbout('Held')))
  const others = Array.from({ length: 20 }, (_, index) =>
    index % 2 === 0 ? other.cleo.post('/tickets', ticketAbout('Free')) : other.cleo.get('/tickets'),
  )
  for (const { status, headers, body } of await Promise.all(held)) {
    expect([status, body.code]).toEqual([503, 'unavailable'])
    expect(headers.has('retry-after')).toBe(true)
  }
  for (const { status, headers } of await Promise.all(others)) {
    expect([200, 201, 503]).toContain(status)
    if (status === 503) expect(headers.has('retry-after')).toBe(true)
  }
  expect((await other.cleo.post('/tickets', ticketAbout('Free now'))).status).toBe(201)
  await holder.query('rollback')

  // With two connections, twenty requests at once of every costly kind all end, because none needs a second connection.
  for (const send of [
    (key: string) => stuck.cleo.post('/tickets', ticketAbout(key), { headers: { 'Idempotency-Key': key } }),
    (key: string) => stuck.ada.post('/customers', { name: key, email: `${key}@example.com` }),
    () => stuck.signIn(stuck.cleo.email, stuck.cleo.password),
    () => stuck.ada.put(`/technicians/${stuck.tess.id}`, { available: true }),
  ]) {
    const replies = await Promise.all(Array.from({ length: 20 }, (_, index) => send(`key-${index}`)))
    for (const reply of replies) if ('status' in reply) expect([200, 201]).toContain(reply.status)
  }
  const { body } = await stuck.cleo.get('/tickets?limit=100')
  expect(body.tickets.map(({ ticket_id }: { ticket_id: string }) => ticket_id).toSorted()).toEqual(
    Array.from({ length: 20 }, (_, index) => `TKT${String(index + 1).padStart(4, '0')}`),
  )
})

scenario.concurrent('slow sockets are closed, even when they go on sending', patience, async ({ scene }) => {
  const soon = { headerMs: 200, requestMs: 400, uploadMs: 800, idleMs: 1_000, checkMs: 50 }
  const server = await startServer((_req, res) => void res.end('served'), '127.0.0.1', 0, soon)
  scene.undo(() => server.stop(0))
  /** Sends a byte now and then until the server closes the connection; answers with what the server sent. */
  const dribble = (start: string): Promise<string> =>
    new Promise((resolve) => {
      const client = connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true })
      let answer = ''
      client.setEncoding('utf8').on('data', (part: string) => {
        answer += part
      })
      client.on('error', () => {})
      client.write(start)
      const timer = setInterval(() => client.write('x'), 20)
      client.once('close', () => {
        clearInterval(timer)
        resolve(answer)
      })
    })
  const [header, body] = await Promise.all([
    dribble('GET / HTTP/1.1\r\nHost: desk\r\nX-Slow: '),
    dribble('POST / HTTP/1.1\r\nHost: desk\r\nContent-Length: 1000000\r\n\r\n'),
  ])
  expect(header).toMatch(/^HTTP\/1\.1 408 /)
  expect(header).toContain('application/problem+json')
  expect(body).toMatch(/^HTTP\/1\.1 (200|408) /)
  const healthy = await fetch(`http://127.0.0.1:${server.port}/`)
  expect(await healthy.text()).toBe('served')
})

scenario.concurrent(
  'of many requests at once on a connection only the first few are looked at',
  patience,
  async ({ scene }) => {
    let asked = 0
    const listener: RequestListener = (_req, res) => {
      asked += 1
      setTimeout(() => res.end('served'), 20)
    }
    const server = await startServer(listener, '127.0.0.1', 0)
    scene.undo(() => server.stop(0))
    const client = connect(server.port, '127.0.0.1')
    client.write('GET / HTTP/1.1\r\nHost: desk\r\n\r\n'.repeat(1_000))
    const answers = (await text(client)).split('HTTP/1.1 200 OK').slice(1)
    expect([answers.length, asked]).toEqual([16, 16])
    expect(answers.filter((answer) => answer.includes('Connection: close'))).toEqual(answers.slice(-1))
    // Requests that come one after the other have no limit.
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    scene.undo(async () => agent.destroy())
    for (let index = 0; index < 40; index += 1) {
      const reply = await new Promise<IncomingMessage>((resolve, reject) => {
        get({ port: server.port, host: '127.0.0.1', agent }, resolve).on('error', reject)
      })
      expect([await text(reply), reply.headers.connection]).toEqual(['served', 'keep-alive'])
    }
  },
)
