import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { startMailServer } from '../testing/peers/smtp-server.ts'
import { ticketAbout } from '../testing/support/create-tickets.ts'
import { endProgram, type Program } from '../testing/support/real-program.ts'
import { type Api, createApi } from '../testing/support/requests.ts'
import { patience, register, scenario, signIn } from '../testing/support/scene.ts'
import { sqlOn } from '../testing/support/sql-on.ts'
import { createTicketsUntil } from '../testing/support/ticket-load.ts'
import { until } from '../testing/support/waiting.ts'

// The real program with several processes. New connections go to its processes in turn, so a few of them reach all.
// The tests run one after the other, because each starts three processes or more.

const settings = { COUNTERDESK_PROCESSES: '2', LOG_LEVEL: 'info' }

/** A client that takes a new connection for each request. */
const strangerOf = (program: Program, token?: string): Api =>
  createApi(program.url, {
    Connection: 'close',
    ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
  })

const lines = (program: Program, message: string): Record<string, unknown>[] =>
  program
    .output()
    .split('\n')
    .filter((line) => line.startsWith('{') && line.includes(`"msg":"${message}"`))
    .map((line) => JSON.parse(line))

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** The web processes that there are, the newest last. */
const children = (program: Program): number[] =>
  lines(program, 'a web process listens')
    .map((line) => Number(line.process))
    .filter(isAlive)

const restarted = 'the web processes have been restarted'
const died = 'a web process died; starting another'

const metricsOf = async (program: Program, name: string): Promise<number> => {
  const page = await fetch(`${program.url}/metrics`, { headers: { connection: 'close' } }).then((reply) => reply.text())
  const line = page.split('\n').find((text) => text.startsWith(`${name} `))
  return Number(line?.slice(name.length))
}

scenario(
  'two processes serve, their mails go out, their metrics add up, and both stop',
  patience,
  async ({ scene }) => {
    const smtp = await startMailServer()
    scene.undo(() => smtp.stop())
    const { program } = await scene.startReady({ ...settings, SMTP_URL: smtp.url })
    expect(children(program)).toHaveLength(2)
    const { token } = await register(program.url)
    const customer = strangerOf(program, token)
    for (let count = 0; count < 6; count += 1) {
      expect((await customer.post('/tickets', ticketAbout(`Number ${count}`))).status).toBe(201)
    }
    const subjects = (await smtp.mailsTo('cleo@example.com', 7)).map(({ message }) => message.subject)
    for (let count = 1; count <= 6; count += 1) {
      expect(subjects.some((subject) => subject?.includes(`TKT000${count}`))).toBe(true)
    }

    const created = 'http_request_duration_seconds_count{method="POST",route="/tickets",status="201"}'
    for (let count = 0; count < 4; count += 1) expect(await metricsOf(program, created)).toBe(6)
    // The metrics of the primary are part of the page, and a figure of the whole program is counted once.
    expect(await metricsOf(program, 'counterdesk_mails_total{outcome="sent"}')).toBeGreaterThan(12)
    await until('no mail waits', async () => {
      const waiting = await metricsOf(program, 'counterdesk_mails_waiting{state="queued"}')
      return waiting === 0
    })
    program.send('SIGHUP')
    await until('they are others', () => lines(program, restarted).length === 1)
    expect(await metricsOf(program, created)).toBe(6)

    const pids = children(program)
    expect(await program.stop()).toEqual({ code: 0, signal: null })
    expect(lines(program, 'stopped')).toHaveLength(5) // two, the two after them, and the primary
    expect(pids.filter(isAlive)).toEqual([])
    expect(program.output()).not.toContain('"level":"error"')
    expect(program.output()).not.toContain('pq8Zr4-only-for-tests')
  },
)

scenario('a program for the web has several processes, and a worker has one', patience, async ({ scene }) => {
  const { program: web, databaseUrl } = await scene.startReady({ ...settings, COUNTERDESK_ROLE: 'web' })
  const worker = await scene.start({ ...settings, COUNTERDESK_ROLE: 'worker', DATABASE_URL: databaseUrl })
  await worker.says(/Counterdesk worker is ready/)
  expect(children(web)).toHaveLength(2)
  expect(children(worker)).toEqual([])
  await register(web.url)
  const { admin } = await signIn(web.url)
  await until(
    'the welcome is written',
    async () => (await admin.get('/emails?state=captured')).body.emails.length === 1,
  )
})

scenario(
  'a killed process is replaced; after repeated deaths each time a little later',
  patience,
  async ({ scene }) => {
    const { program } = await scene.startReady(settings)
    const { token } = await register(program.url)
    const [first = 0, other] = children(program)
    let last = first
    for (let round = 1; round <= 4; round += 1) {
      process.kill(last, 'SIGKILL')
      await until('another is there', () => !isAlive(last) && children(program).length === 2)
      last = children(program).at(-1) ?? 0
      const customer = strangerOf(program, token)
      for (let count = 0; count < 4; count += 1) {
        expect((await customer.post('/tickets', ticketAbout(`Round ${round}`))).status).toBe(201)
      }
    }
    expect(children(program)).toContain(other)
    const deaths = lines(program, died)
    expect(deaths.map(({ signal }) => signal)).toEqual(Array(4).fill('SIGKILL'))
    const delays = deaths.map((line) => Number(line.delay_ms)).filter((delay) => delay > 0)
    expect(delays).toEqual([100, 200, 400, 800].slice(0, delays.length))
    expect(await program.stop()).toEqual({ code: 0, signal: null })
  },
)

scenario('limits hold over both: of requests nearly, of sign-ins exactly', patience, async ({ scene }) => {
  const limit = 60
  const { program } = await scene.startReady({
    ...settings,
    RATE_LIMIT_REQUESTS_PER_MINUTE: String(limit),
    RATE_LIMIT_SIGN_INS_PER_MINUTE: '10',
  })
  const stranger = strangerOf(program)
  const attempt = { user_id_or_email: 'admin', password: 'this-is-not-it-1' }
  const attempts = await Promise.all(Array.from({ length: 24 }, () => stranger.post('/auth/login', attempt)))
  expect(attempts.filter(({ status }) => status === 401)).toHaveLength(10)
  expect(attempts.filter(({ status }) => status === 429)).toHaveLength(14)

  let accepted = attempts.length
  for (let refused = 0; refused < 10; await sleep(50)) {
    const { status } = await stranger.get('/tickets')
    refused = status === 429 ? refused + 1 : 0
    if (status !== 429) accepted += 1
    expect([401, 429]).toContain(status)
  }
  expect(accepted).toBeGreaterThanOrEqual(limit)
  expect(accepted).toBeLessThan(limit * 1.7) // each by itself would have let its own `limit` pass
})

scenario(
  'five streams of a person hold over both, and those of a killed process are free',
  patience,
  async ({ scene }) => {
    const { program } = await scene.startReady(settings)
    const { token } = await register(program.url)
    const leaving = new AbortController()
    scene.undo(async () => leaving.abort())
    const open = (signal = leaving.signal, method = 'GET') =>
      fetch(`${program.url}/api/events/stream`, {
        method,
        headers: { Authorization: `Bearer ${token}`, Connection: 'close' },
        signal,
      })
    const opened = await Promise.all(Array.from({ length: 12 }, () => open()))
    const statuses = opened.map(({ status }) => status).toSorted()
    expect(statuses).toEqual([...Array(5).fill(200), ...Array(7).fill(429)])
    const readers = opened.filter(({ status }) => status === 200).map(({ body }) => body?.getReader())
    await readers[0]?.cancel()
    const more: AbortController[] = []
    /** Opens streams until one is refused. Answers with how many there was room for. */
    const fill = async (): Promise<number> => {
      for (let count = 0; ; count += 1) {
        const one = new AbortController()
        more.push(one)
        scene.undo(async () => one.abort())
        const reply = await open(one.signal)
        if (reply.status !== 200) return count
      }
    }
    await until('there is room for one', async () => (await fill()) === 1)
    expect(await fill()).toBe(0)
    for (const pid of children(program)) {
      process.kill(pid, 'SIGKILL')
      await until('another is there', () => !isAlive(pid) && children(program).length === 2)
    }
    for (const one of [leaving, ...more]) one.abort()
    expect(await fill()).toBe(5)
  },
)

scenario('a sign-out at one process takes effect at the other within two seconds', patience, async ({ scene }) => {
  const { program } = await scene.startReady(settings)
  const { token } = await register(program.url)
  const customer = strangerOf(program, token)
  const look = () => Promise.all(Array.from({ length: 6 }, async () => (await customer.get('/auth/me')).status))
  expect(await look()).toEqual(Array(6).fill(200))
  expect((await customer.post('/auth/logout')).status).toBe(204)
  await sleep(2_000)
  expect(await look()).toEqual(Array(6).fill(401))

  // A retried request does its work once, in whichever process it arrives.
  const { admin, token: adminToken } = await signIn(program.url)
  const stranger = strangerOf(program, adminToken)
  const headers = { 'Idempotency-Key': 'the-same-customer' }
  const send = () => stranger.post('/customers', { name: 'Carl', email: 'carl@example.com' }, { headers })
  await Promise.all(Array.from({ length: 6 }, send))
  const replies = await Promise.all(Array.from({ length: 4 }, send))
  expect(replies.map(({ status, body }) => [status, body.customer_id])).toEqual(Array(4).fill([201, 'CUS0002']))
  expect((await admin.get('/customers')).body.customers).toHaveLength(2)
})

scenario('restarts under load lose no request and no ticket', patience, async ({ scene }) => {
  const { program, databaseUrl } = await scene.startReady(settings)
  const { token } = await register(program.url)
  let isOver = false
  const clients = Array.from({ length: 8 }, (_, index) =>
    createTicketsUntil(program.port, token, `Client ${index}, ticket`, () => isOver),
  )
  const [leaving = 0, staying] = children(program)
  process.kill(leaving, 'SIGTERM')
  await until('one is replaced', () => !isAlive(leaving) && children(program).length === 2)
  expect(children(program)).toContain(staying)
  program.send('SIGHUP')
  await until('all are replaced', () => lines(program, restarted).length === 1)
  expect(children(program)).toHaveLength(2)
  expect(children(program)).not.toContain(staying)
  isOver = true
  const fates = (await Promise.all(clients)).flat()
  expect(fates.filter(({ status }) => status !== 201 && status !== 503)).toEqual([]) // 503: too busy, nothing done
  const done = fates.filter(({ status }) => status === 201).map(({ subject }) => subject)
  const rows = await sqlOn(databaseUrl, 'select t.subject from tickets t')
  expect(rows.map(({ subject }) => String(subject)).toSorted()).toEqual(done.toSorted())
  expect(lines(program, died)).toEqual([])
  expect(await program.stop()).toEqual({ code: 0, signal: null })
})

scenario(
  'a primary that is killed takes its web processes with it, and the next one starts',
  patience,
  async ({ scene }) => {
    const folder = await scene.newFolder()
    const program = await scene.start(settings, folder)
    await program.says(/is ready/)
    const pids = children(program)
    expect(pids).toHaveLength(2)
    await endProgram(program)
    await until('they are gone', () => !pids.some(isAlive))
    const next = await scene.start({ ...settings, PORT: String(program.port) }, folder)
    await next.says(/is ready/)
    await next.answers(200)
    expect(await next.stop()).toEqual({ code: 0, signal: null })
  },
)
