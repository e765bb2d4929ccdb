import { existsSync } from 'node:fs'
import { Agent, get, type IncomingMessage, type RequestListener } from 'node:http'
import { type AddressInfo, connect, createServer } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { SMTPServer } from 'smtp-server'
import { expect } from 'vitest'
import { isPostmaster, readLockFile } from '../../platform/db/embedded/postmaster.ts'
import { openEmbeddedDatabase } from '../../platform/db/embedded.ts'
import { migrate } from '../../platform/db/migrate.ts'
import { startServer } from '../../platform/http/server.ts'
import { startMailServer } from '../peers/smtp-server.ts'
import { startDatabaseProxy, type TcpProxy } from '../peers/tcp-proxy.ts'
import { raiseTickets } from '../support/create-tickets.ts'
import { createWorld } from '../support/people.ts'
import { endProgram, type Program } from '../support/real-program.ts'
import { createApi } from '../support/requests.ts'
import {
  adminPassword,
  patience,
  register,
  type Scene,
  scenario,
  signIn,
  sqlOn,
  ticketAbout,
  until,
} from '../support/scene.ts'
import { startDesk } from '../support/workspace.ts'

// The real program, `node src/main.ts`, as a process of its own. Nothing here measures time: what has to come is waited
// for, with a deadline that only a fault can miss. They run five at a time; those that have to wait longest come first.

const passwordLine = /password +(\S+)/

/** A mail server that lets nobody past RCPT TO until it is told to. */
const startSlowMailServer = async ({ undo }: Scene) => {
  const held: (() => void)[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    closeTimeout: 100,
    onRcptTo: (_address, _session, callback) => void held.push(() => callback()),
  })
  server.on('error', () => {})
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve())
  })
  undo(() => new Promise<void>((resolve) => server.close(() => resolve())))
  const { port } = server.server.address() as AddressInfo
  return { url: `smtp://127.0.0.1:${port}`, held }
}

for (const isReleased of [false, true]) {
  const what = isReleased ? 'lets a running job finish' : 'leaves a job that hangs, and says what became of it'
  scenario.concurrent(`stopping ${what}`, patience, async ({ scene }) => {
    const smtp = await startSlowMailServer(scene)
    const { program, databaseUrl } = await scene.startReady({ SMTP_URL: smtp.url, SMTP_TIMEOUT_SECONDS: '60' })
    await register(program.url)
    await until('the welcome is on its way', () => smtp.held.length === 1)
    program.send('SIGTERM')
    await until('nobody listens', () =>
      fetch(`${program.url}/health`).then(
        () => false,
        () => true,
      ),
    )
    if (isReleased) for (const release of smtp.held) release()
    expect(await program.exit()).toEqual({ code: 0, signal: null })
    const mails = await sqlOn(databaseUrl, 'select e.state, e.attempts from emails e')
    expect(mails).toEqual([{ state: isReleased ? 'sent' : 'deferred', attempts: 1 }])
    expect(await sqlOn(databaseUrl, 'select 1 from graphile_worker.jobs where locked_at is not null')).toEqual([])
  })
}

/** What the API says while the database is away. */
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
  const ready = await createApi(program.url).get('/ready')
  expect([ready.status, ready.body.away]).toEqual([503, ['database']])
}

/** A ticket raised now gets its number, its news and its mails. */
const expectWorking = async (program: Program, subject: string): Promise<void> => {
  const { admin } = await signIn(program.url)
  const { body } = await admin.get('/customers')
  const raised = await admin.post('/tickets', { ...ticketAbout(subject), customer_id: body.customers[0].customer_id })
  expect(raised.status).toBe(201)
  await until('its mail is written', async () => {
    const mails = await admin.get(`/emails?ticket_id=${raised.body.ticket_id}`)
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
  'a network that dies silently is an answer of 503 too, and is got over',
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
  const raised: string[] = []
  const client = async (name: string): Promise<void> => {
    for (let count = 0; !isOver; count += 1) {
      // A request may also be lost with its socket; that the program lives on is seen below.
      const reply = await customer.post('/tickets', ticketAbout(`${name} ${count}`)).catch((error: unknown) => {
        if (error instanceof TypeError) return null
        throw error
      })
      if (reply?.status === 201) raised.push(reply.body.ticket_id)
      else if (reply) expect([reply.status, reply.body.code]).toEqual([503, 'unavailable'])
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
  expect(raised.length).toBeGreaterThan(0)

  await expectWorking(program, 'After the storm')
  const { admin } = await signIn(program.url)
  const tickets = await sqlOn(databaseUrl, 'select t.ticket_id, t.subject from tickets t')
  const numbers = new Set(tickets.map(({ ticket_id }) => String(ticket_id)))
  expect(raised.filter((ticketId) => !numbers.has(ticketId))).toEqual([])
  expect(new Set(raised).size).toBe(raised.length)
  expect(new Set(tickets.map(({ subject }) => subject)).size).toBe(tickets.length) // nothing was done twice
  await until('every mail is out', async () => (await admin.get('/emails?state=queued')).body.emails.length === 0)
  await until('no job is left', async () => (await sqlOn(databaseUrl, 'select from graphile_worker.jobs')).length === 0)
  const [{ mails } = {}] = await sqlOn(
    databaseUrl,
    'select count(*)::integer as mails from emails where ticket_id is not null',
  )
  expect(mails).toBe(2 * numbers.size - 1) // nobody is mailed about their own: the admin raised the last one
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
    const program = await scene.start({ DATABASE_URL: url })
    await program.says(/waits for its database/)
    await program.answers(503)
    expect((await createApi(program.url).get('/ready')).body.away).toEqual(['database'])
    const login = await createApi(program.url).post('/auth/login', {
      user_id_or_email: 'admin',
      password: 'whatever-it-is',
    })
    expect([login.status, login.headers.get('retry-after')]).toEqual([503, '2'])
    expect((await fetch(`${program.url}/health`)).status).toBe(200)
    expect(program.output()).not.toMatch(passwordLine)

    await proxy.become('pass')
    await program.says(/is ready/)
    await program.answers(200)
    const { admin } = await signIn(program.url, passwordLine.exec(program.output())?.[1])
    expect((await admin.post('/customers', { name: 'Cleo', email: 'cleo@example.com' })).status).toBe(201)
    await until(
      'the invitation is captured',
      async () => (await admin.get('/emails?state=captured')).body.emails.length === 1,
    )
  },
)

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

  // With two connections, twenty requests at once of every costly kind all come to their end: none needs a second one.
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

scenario.concurrent('sockets that dawdle are closed, whatever they go on sending', patience, async ({ scene }) => {
  const soon = { headerMs: 200, requestMs: 400, uploadMs: 800, idleMs: 1_000, checkMs: 50 }
  const server = await startServer((_req, res) => void res.end('served'), '127.0.0.1', 0, soon)
  scene.undo(() => server.stop(0))
  /** Sends a byte now and then until the other side has closed for good; answers with what it said. */
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
    // One after the other there is no bound.
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

scenario.concurrent(
  'SIGTERM under load: what was accepted is answered, what was answered is there',
  patience,
  async ({ scene }) => {
    const folder = await scene.newFolder()
    const settings = { ADMIN_PASSWORD: adminPassword }
    const program = await scene.start(settings, folder)
    await program.says(/is ready/)
    const { token } = await register(program.url)
    const clients = Array.from({ length: 12 }, (_, index) =>
      raiseTickets(program.port, token, `Client ${index}, ticket`),
    )
    const { admin } = await signIn(program.url)
    await until('they are busy', async () => (await admin.get('/tickets?limit=100')).body.page.has_more)
    const { pid } = readLockFile(join(folder, '.data/postgres')) ?? { pid: 0 }
    program.send('SIGTERM')
    const fates = (await Promise.all(clients)).flat()
    expect(await program.exit()).toEqual({ code: 0, signal: null })
    expect(program.output()).not.toMatch(/"level":"error"|too long/)
    expect(isPostmaster(pid, join(folder, '.data/postgres'))).toBe(false)

    const answered = fates.filter(({ status }) => status !== null)
    expect(answered.filter(({ status }) => status !== 201 && status !== 503)).toEqual([]) // 503: too busy, nothing done
    // The rest found nobody listening, or were in the queue of a socket that closed: no connection that served was cut.
    const unanswered = fates.filter(({ status }) => status === null)
    expect(unanswered.filter(({ isFreshConnection }) => !isFreshConnection)).toEqual([])

    // The next one starts at once, at the same port.
    const next = await scene.start({ ...settings, PORT: String(program.port) }, folder)
    await next.says(/is ready/)
    const database = await openEmbeddedDatabase(join(folder, '.data'))
    const rows = await sqlOn(database.url, 'select t.subject from tickets t').finally(() => database.stop())
    const done = answered.filter(({ status }) => status === 201).map(({ subject }) => subject)
    expect(rows.map(({ subject }) => String(subject)).toSorted()).toEqual(done.toSorted())
    expect(await next.stop()).toEqual({ code: 0, signal: null })
  },
)

scenario.concurrent('a second signal ends it at once', patience, async ({ scene }) => {
  const { program } = await scene.startReady()
  // A request whose body never comes would be waited for.
  const client = connect(program.port, '127.0.0.1')
  scene.undo(async () => client.destroy())
  client.on('error', () => {})
  client.write(
    'POST /api/auth/login HTTP/1.1\r\nHost: desk\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{',
  )
  await until('it listens to it', async () => {
    const page = await (await fetch(`${program.url}/metrics`)).text()
    return /nodejs_active_resources\{type="TCPSocketWrap"\} [2-9]/.test(page)
  })
  program.send('SIGTERM')
  await until('nobody listens', () =>
    fetch(`${program.url}/health`).then(
      () => false,
      () => true,
    ),
  )
  program.send('SIGINT')
  expect(await program.exit()).toEqual({ code: 1, signal: null })
})

scenario.concurrent(
  'the first start prints the admin once; a killed one leaves a database that the next one takes over',
  patience,
  async ({ scene }) => {
    const folder = await scene.newFolder()
    const postmasterOf = (): number => readLockFile(join(folder, '.data/postgres'))?.pid ?? 0
    const isRunning = (pid: number): boolean => isPostmaster(pid, join(folder, '.data/postgres'))

    const first = await scene.start({}, folder)
    const [ready] = await first.says(/Counterdesk is ready: \S+/)
    expect(ready).toBe(`Counterdesk is ready: http://localhost:${first.port}`)
    expect(first.output()).toMatch(/user id +admin\b/)
    const password = passwordLine.exec(first.output())?.[1] ?? ''
    expect(password.length).toBeGreaterThanOrEqual(20)
    expect(first.output().split(password)).toHaveLength(2)
    await signIn(first.url, password)
    const pid = postmasterOf()
    expect(isRunning(pid)).toBe(true)
    expect(await first.stop()).toEqual({ code: 0, signal: null })
    expect(isRunning(pid)).toBe(false)

    const second = await scene.start({}, folder)
    await second.says(/is ready/)
    expect(second.output()).not.toMatch(/password/)
    await signIn(second.url, password)
    const orphan = postmasterOf()
    await endProgram(second)
    expect(isRunning(orphan)).toBe(true)

    const third = await scene.start({}, folder)
    await third.says(/is ready/)
    expect(third.output()).not.toMatch(/password/)
    expect(postmasterOf()).toBe(orphan)
    await signIn(third.url, password)
    expect(await third.stop()).toEqual({ code: 0, signal: null })
    expect(isRunning(orphan)).toBe(false)
  },
)

scenario.concurrent('a password that was given is not printed', patience, async ({ scene }) => {
  const { program } = await scene.startReady({ LOG_LEVEL: 'trace' })
  await signIn(program.url)
  expect(program.output()).not.toContain(adminPassword)
  expect(program.output()).not.toMatch(passwordLine)
})

scenario.concurrent('wrong settings are named all at once, before anything is opened', patience, async ({ scene }) => {
  const folder = await scene.newFolder()
  const wrong = {
    PORT: '99999',
    DATABASE_URL: 'mysql://localhost/desk',
    DATABASE_POOL_SIZE: '0',
    MIGRATE_ON_START: 'perhaps',
    JWT_SECRET: 'short',
    SMTP_URL: 'ftp://mail',
    LOG_LEVEL: 'loud',
  }
  const program = await scene.start(wrong, folder)
  expect(await program.exit()).toEqual({ code: 1, signal: null })
  const named = program
    .output()
    .split('\n')
    .flatMap((line) => /^ {2}([A-Z_]+): /.exec(line)?.[1] ?? [])
  expect(named.toSorted()).toEqual(Object.keys(wrong).toSorted())
  expect(existsSync(join(folder, '.data'))).toBe(false)
})

scenario.concurrent(
  'a place where nobody can listen is told in one line, before anything is opened',
  patience,
  async ({ scene }) => {
    const other = createServer()
    await new Promise<void>((resolve) => void other.listen(0, '127.0.0.1', resolve))
    scene.undo(() => new Promise((resolve) => other.close(resolve)))
    const { port } = other.address() as AddressInfo
    const folder = await scene.newFolder()
    const program = await scene.start({ PORT: String(port) }, folder)
    expect(await program.exit()).toEqual({ code: 1, signal: null })
    expect(program.output()).toBe(`Port ${port} is in use: set PORT to a free one.\n`)

    const elsewhere = await scene.start({ HOST: '192.0.2.1' }, folder)
    expect(await elsewhere.exit()).toEqual({ code: 1, signal: null })
    expect(elsewhere.output()).toMatch(/^The program cannot listen on HOST and PORT: .*192\.0\.2\.1.*\n$/)
    expect(existsSync(join(folder, '.data'))).toBe(false)
  },
)

scenario.concurrent('a signal in the middle of a start leaves nothing running', patience, async ({ scene }) => {
  const folder = await scene.newFolder()
  const program = await scene.start({}, folder)
  const dataDir = join(folder, '.data/postgres')
  await until('the database server is starting', () => readLockFile(dataDir) !== null)
  const { pid } = readLockFile(dataDir) ?? { pid: 0 }
  expect(await program.stop()).toEqual({ code: 0, signal: null })
  expect(isPostmaster(pid, dataDir)).toBe(false)
})

scenario.concurrent(
  'two that start at once on an empty database both get ready, and are one',
  patience,
  async ({ scene }) => {
    const databaseUrl = await scene.newDatabase('empty')
    const folder = await scene.newFolder()
    // With the secret still to be made, too.
    const settings = { DATABASE_URL: databaseUrl, JWT_SECRET: undefined }
    const programs = await Promise.all([scene.start(settings, folder), scene.start(settings, folder)])
    await Promise.all(programs.map((program) => program.says(/is ready/)))
    await Promise.all(programs.map((program) => program.answers(200)))
    const passwords = programs.flatMap((program) => passwordLine.exec(program.output())?.[1] ?? [])
    expect(passwords).toHaveLength(1)
    const [left, right] = programs
    const { token } = await signIn(left?.url ?? '', passwords[0])
    const other = createApi(right?.url ?? '', { Authorization: `Bearer ${token}` })
    expect((await other.get('/auth/me')).body.user.id).toBe('admin')
  },
)

scenario.concurrent('web and worker are two processes on one database', patience, async ({ scene }) => {
  const smtp = await startMailServer()
  scene.undo(() => smtp.stop())
  const settings = { SMTP_URL: smtp.url, MAIL_FROM: 'desk@help.example.com' }
  const { program: web, databaseUrl } = await scene.startReady({ COUNTERDESK_ROLE: 'web', ...settings })
  const { customer } = await register(web.url)
  const raised = await customer.post('/tickets', ticketAbout('Two processes'))
  expect(raised.status).toBe(201)
  const { admin } = await signIn(web.url)
  expect((await admin.get('/emails')).body.emails).toEqual([]) // nobody follows the log yet

  const worker = await scene.start({ COUNTERDESK_ROLE: 'worker', DATABASE_URL: databaseUrl, ...settings })
  await worker.says(/Counterdesk worker is ready/)
  const subjects = (await smtp.mailsTo('cleo@example.com', 2)).map(({ message }) => message.subject)
  expect(subjects.some((subject) => subject?.includes(raised.body.ticket_id))).toBe(true)
  await until('the web knows', async () => {
    const { body } = await admin.get('/emails?state=sent')
    return body.emails.length === 3 // the welcome, the confirmation, the admin's
  })
  await expect(fetch(worker.url)).rejects.toThrow() // it serves nothing
  expect(await worker.stop()).toEqual({ code: 0, signal: null })
  expect(await web.stop()).toEqual({ code: 0, signal: null })
})

scenario.concurrent('migrations that are somebody else’s to run are waited for', patience, async ({ scene }) => {
  const databaseUrl = await scene.newDatabase('empty')
  const program = await scene.start({ DATABASE_URL: databaseUrl, MIGRATE_ON_START: 'false' })
  await program.answers(503)
  const reply = await createApi(program.url).get('/ready')
  expect(reply.body).toMatchObject({ status: 503, code: 'unavailable', away: ['migrations'] })
  const [{ tables } = {}] = await sqlOn(
    databaseUrl,
    "select count(*)::integer as tables from pg_class where relkind = 'r' and relnamespace::regnamespace::text !~ '^pg_|^inf'",
  )
  expect(tables).toBe(0)

  await migrate(databaseUrl)
  await program.says(/is ready/)
  await program.answers(200)
  await signIn(program.url, passwordLine.exec(program.output())?.[1])
})

scenario.concurrent(
  '/metrics tells of requests, pool, jobs, mails and the fan-out, to whom it may',
  patience,
  async ({ scene }) => {
    const token = 'metrics-token-of-tests'
    const smtp = await startMailServer()
    scene.undo(() => smtp.stop())
    const { program } = await scene.startReady({ METRICS_TOKEN: token, SMTP_URL: smtp.url })
    smtp.behave({ admin: '451' })
    const { customer } = await register(program.url)
    expect((await customer.post('/tickets', ticketAbout('Counted'))).status).toBe(201)
    expect((await customer.get('/tickets/TKT0001')).status).toBe(200)

    for (const authorization of ['', 'Bearer wrong-token-of-tests', token.slice(1)]) {
      const refused = await fetch(`${program.url}/metrics`, { headers: { authorization } })
      expect([refused.status, refused.headers.get('content-type')]).toEqual([
        401,
        'application/problem+json; charset=utf-8',
      ])
      expect(await refused.text()).not.toContain('counterdesk_')
    }
    const read = async (): Promise<string> =>
      (await fetch(`${program.url}/metrics`, { headers: { authorization: `Bearer ${token}` } })).text()
    const readingOf = (page: string, name: string): number =>
      Number(
        page
          .split('\n')
          .find((line) => line.startsWith(`${name} `))
          ?.slice(name.length),
      )
    await until('the mails are counted', async () => {
      const page = await read()
      const sent = readingOf(page, 'counterdesk_mails_total{outcome="sent"}')
      return sent === 2 && readingOf(page, 'counterdesk_mails_waiting{state="deferred"}') === 1
    })
    const page = await read()
    expect(
      readingOf(page, 'http_request_duration_seconds_count{method="GET",route="/tickets/:ticketId",status="200"}'),
    ).toBe(1)
    expect(page).not.toContain('TKT0001')
    expect(readingOf(page, 'counterdesk_mails_total{outcome="deferred"}')).toBeGreaterThanOrEqual(1)
    expect(readingOf(page, 'counterdesk_mails_waiting{state="queued"}')).toBe(0)
    expect(readingOf(page, 'counterdesk_jobs_total{task="send_email",outcome="done"}')).toBeGreaterThanOrEqual(3)
    expect(readingOf(page, 'counterdesk_fan_out_lag_seconds')).toBe(0)
    for (const state of ['total', 'idle', 'waiting']) {
      expect(readingOf(page, `counterdesk_pool_connections{state="${state}"}`)).toBeGreaterThanOrEqual(0)
    }
    await program.stop()
  },
)
