import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { startMailServer } from '../peers/smtp-server.ts'
import { startDatabaseProxy, type TcpProxy } from '../peers/tcp-proxy.ts'
import { ticketAbout } from '../support/create-tickets.ts'
import type { Program } from '../support/real-program.ts'
import { createApi, verdict } from '../support/requests.ts'
import {
  adminPassword,
  madeUpPassword,
  passwordFile,
  patience,
  register,
  type Scene,
  scenario,
  signIn,
} from '../support/scene.ts'
import { sqlOn } from '../support/sql-on.ts'
import { until } from '../support/waiting.ts'

// The real program, `node src/main.ts`, as a process of its own. No test measures time: each waits for what has to
// come, with a deadline that only a fault can miss. Five tests of a file run at a time; those that wait longest come
// first.

/** Expects the answers of the API while the database is away. */
const expectAway = async (program: Program, token: string): Promise<void> => {
  const api = createApi(program.url, { Authorization: `Bearer ${token}` })
  const replies = await Promise.all([
    api.get('/tickets'),
    api.post('/tickets', ticketAbout('Lost')),
    createApi(program.url).post('/auth/login', { user_id_or_email: 'admin', password: adminPassword }),
  ])
  for (const { status, headers, body } of replies) {
    expect([status, body.code]).toEqual([503, 'unavailable'])
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
    expect(JSON.stringify(body)).not.toMatch(/ECONN|127\.0\.0\.1|select|terminat/i)
  }
  expect((await fetch(`${program.url}/health`)).status).toBe(200)
  // An answer of /ready is kept for a second.
  await program.answers(503)
  const ready = await createApi(program.url).get('/ready')
  expect([ready.status, ready.body.away]).toEqual([503, ['database']])
}

/** Expects that a new ticket gets its number, its events and its mails. */
const expectWorking = async (program: Program, subject: string): Promise<void> => {
  const { admin } = await signIn(program.url)
  const { body } = await admin.get('/customers')
  const created = await admin.post('/tickets', { ...ticketAbout(subject), customer_id: body.customers[0].customer_id })
  expect(created.status).toBe(201)
  await until('its mail is written', async () => {
    const mails = await admin.get(`/emails?ticket_id=${created.body.ticket_id}`)
    return mails.body.emails.some(({ state }: { state: string }) => state === 'captured' || state === 'sent')
  })
}

const startBehindProxy = async (scene: Scene, settings: Record<string, string> = {}) => {
  const databaseUrl = await scene.newDatabase()
  const { proxy, url } = await startDatabaseProxy(databaseUrl)
  scene.undo(() => proxy.stop())
  const program = await scene.start({ DATABASE_URL: url, ADMIN_PASSWORD: adminPassword, ...settings })
  await program.says(/is ready/)
  const { token } = await register(program.url)
  return { program, proxy, token, databaseUrl }
}

const goAway = async (proxy: TcpProxy, how: 'refuse' | 'reset'): Promise<void> => {
  await proxy.become(how)
  proxy.cut()
}

scenario.concurrent(
  'a network that dies silently is an answer of 503, too, and the program recovers',
  patience,
  async ({ scene }) => {
    const { program, proxy, token } = await startBehindProxy(scene)
    await proxy.become('blackhole')
    await expectAway(program, token)
    await proxy.become('pass')
    await program.answers(200)
    await expectWorking(program, 'After the silence')
  },
)

scenario.concurrent('the database goes away and comes back', patience, async ({ scene }) => {
  const { program, proxy, token } = await startBehindProxy(scene)
  for (const how of ['refuse', 'reset'] as const) {
    await goAway(proxy, how)
    await expectAway(program, token)
    await proxy.become('pass')
    await program.answers(200)
    await expectWorking(program, `After ${how}`)
  }
  await goAway(proxy, 'refuse')
  await program.answers(503)
  expect(await program.stop()).toEqual({ code: 0, signal: null })
})

scenario.concurrent('a storm of broken connections costs requests, and nothing else', patience, async ({ scene }) => {
  const smtp = await startMailServer()
  scene.undo(() => smtp.stop())
  const { program, token, databaseUrl } = await startBehindProxy(scene, { SMTP_URL: smtp.url })
  const customer = createApi(program.url, { Authorization: `Bearer ${token}` })
  let isOver = false
  const created: string[] = []
  const client = async (name: string): Promise<void> => {
    for (let count = 0; !isOver; count += 1) {
      // A request may also be lost with its socket. The rest of the test shows that the program lives on.
      const reply = await customer.post('/tickets', ticketAbout(`${name} ${count}`)).catch((error: unknown) => {
        if (error instanceof TypeError) return null
        throw error
      })
      if (reply?.status === 201) created.push(reply.body.ticket_id)
      else if (reply) expect(verdict(reply)).toEqual([503, 'unavailable'])
      await sleep(5)
    }
  }
  const clients = Promise.all(['One', 'Two', 'Three'].map(client))
  for (let round = 0; round < 40; round += 1) {
    await sqlOn(
      databaseUrl,
      `select pg_terminate_backend(a.pid) from pg_stat_activity a
       where a.datname = current_database() and a.pid <> pg_backend_pid() and random() < 0.5`,
    )
    await sleep(25)
  }
  isOver = true
  await clients
  expect(created.length).toBeGreaterThan(0)

  await expectWorking(program, 'After the storm')
  const { admin } = await signIn(program.url)
  const tickets = await sqlOn(databaseUrl, 'select t.ticket_id, t.subject from tickets t')
  const numbers = new Set(tickets.map(({ ticket_id }) => String(ticket_id)))
  expect(created.filter((ticketId) => !numbers.has(ticketId))).toEqual([])
  expect(new Set(created).size).toBe(created.length)
  expect(new Set(tickets.map(({ subject }) => subject)).size).toBe(tickets.length) // nothing was done twice
  await until('every mail is out', async () => (await admin.get('/emails?state=queued')).body.emails.length === 0)
  await until('no job is left', async () => (await sqlOn(databaseUrl, 'select from graphile_worker.jobs')).length === 0)
  const [{ mails } = {}] = await sqlOn(
    databaseUrl,
    'select count(*)::integer as mails from emails where ticket_id is not null',
  )
  expect(mails).toBe(2 * numbers.size - 1) // nobody is mailed about their own act: the admin created the last ticket
  expect(new Set(smtp.delivered.map(({ message }) => message.messageId)).size).toBe(1 + 2 * numbers.size - 1)
  expect(await program.stop()).toEqual({ code: 0, signal: null })
})

scenario.concurrent(
  'a start without the database waits for it, and then makes the first admin',
  patience,
  async ({ scene }) => {
    const { proxy, url } = await startDatabaseProxy(await scene.newDatabase('empty'))
    scene.undo(() => proxy.stop())
    await proxy.become('refuse')
    const folder = await scene.newFolder()
    const program = await scene.start({ DATABASE_URL: url }, folder)
    await program.says(/waits for its database: \S+ at \S+/)
    await program.answers(503)
    expect((await createApi(program.url).get('/ready')).body.away).toEqual(['database'])
    const login = await createApi(program.url).post('/auth/login', {
      user_id_or_email: 'admin',
      password: 'whatever-it-is',
    })
    expect([login.status, login.headers.get('retry-after')]).toEqual([503, '2'])
    expect((await fetch(`${program.url}/health`)).status).toBe(200)
    expect(existsSync(passwordFile(folder))).toBe(false)

    await proxy.become('pass')
    await program.says(/is ready/)
    await program.answers(200)
    const { admin } = await signIn(program.url, await madeUpPassword(folder))
    expect((await admin.post('/customers', { name: 'Cleo', email: 'cleo@example.com' })).status).toBe(201)
    await until(
      'the invitation is captured',
      async () => (await admin.get('/emails?state=captured')).body.emails.length === 1,
    )
  },
)
