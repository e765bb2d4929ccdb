import { existsSync, rmSync, statSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { expect } from 'vitest'
import { isPostmaster, readLockFile } from '../../platform/db/embedded/postmaster.ts'
import { migrate } from '../../platform/db/migrate.ts'
import { findFreePort } from '../../platform/free-port.ts'
import { startMailServer } from '../peers/smtp-server.ts'
import { ticketAbout } from '../support/create-tickets.ts'
import { endProgram } from '../support/real-program.ts'
import { createApi } from '../support/requests.ts'
import {
  adminPassword,
  madeUpPassword,
  passwordFile,
  passwordLine,
  patience,
  register,
  scenario,
  signIn,
} from '../support/scene.ts'
import { sqlOn } from '../support/sql-on.ts'
import { until } from '../support/waiting.ts'

// The real program, `node src/main.ts`, as a process of its own. No test measures time: each waits for what has to
// come, with a deadline that only a fault can miss. Five tests of a file run at a time; those that wait longest come
// first.

scenario.concurrent(
  'the first start keeps the password of the admin for the operator; a killed program leaves a database that the next program takes over',
  patience,
  async ({ scene }) => {
    const folder = await scene.newFolder()
    const postmasterOf = (): number => readLockFile(join(folder, '.data/postgres'))?.pid ?? 0
    const isRunning = (pid: number): boolean => isPostmaster(pid, join(folder, '.data/postgres'))

    const first = await scene.start({}, folder)
    const [ready] = await first.says(/Counterdesk is ready: \S+/)
    expect(ready).toBe(`Counterdesk is ready: http://127.0.0.1:${first.port}`)
    expect(first.output()).toContain(passwordFile(folder))
    const password = await madeUpPassword(folder)
    expect(password.length).toBeGreaterThanOrEqual(20)
    expect(first.output()).not.toContain(password)
    expect(statSync(passwordFile(folder)).mode & 0o777).toBe(0o600)
    await signIn(first.url, password)
    const pid = postmasterOf()
    expect(isRunning(pid)).toBe(true)
    expect(await first.stop()).toEqual({ code: 0, signal: null })
    expect(isRunning(pid)).toBe(false)

    rmSync(passwordFile(folder))
    const second = await scene.start({}, folder)
    await second.says(/is ready/)
    expect(second.output()).not.toMatch(/password/)
    expect(existsSync(passwordFile(folder))).toBe(false)
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

scenario.concurrent(
  'the start says what the program is and what it passes over, and no password that was given',
  patience,
  async ({ scene }) => {
    const foreign = { EMAIL_HOST: 'mail.example.com', EMAIL_PASS: adminPassword, REDIS_URL: 'redis://localhost' }
    const { program } = await scene.startReady({ LOG_LEVEL: 'trace', ...foreign })
    for (const said of [
      /^ {2}version +\d+\.\d+\.\d+, test, Node /m,
      /^ {2}listens +on 127\.0\.0\.1, port \d+$/m,
      /^ {2}database +counterdesk_test_\w+ at 127\.0\.0\.1:\d+ as \w+, /m,
      /^ {2}mails +only captured/m,
      /^ {2}metrics +\/metrics answers callers on this machine only/m,
      /"msg":"EMAIL_HOST, EMAIL_PASS are not read: set SMTP_URL"/,
      /"msg":"REDIS_URL is not read: no Redis is needed/,
    ])
      expect(program.output()).toMatch(said)
    await signIn(program.url)
    expect(program.output()).not.toContain(adminPassword)
    expect(program.output()).not.toMatch(passwordLine)
  },
)

scenario.concurrent(
  'in production everything is a JSON line, from the first admin to the end, also when the start fails',
  patience,
  async ({ scene }) => {
    const folder = await scene.newFolder()
    const settings = {
      NODE_ENV: 'production',
      LOG_LEVEL: 'info',
      DATABASE_URL: await scene.newDatabase('empty'),
      EMAIL_HOST: 'mail.example.com',
      COUNTERDESK_PROCESSES: '2',
    }
    const program = await scene.start(settings, folder)
    await program.says(/is ready/)
    await register(program.url)
    const port = String(program.port)
    const second = await scene.start({ ...settings, PORT: port }, folder)
    expect((await second.exit()).code).toBe(1)
    const third = await scene.start({ ...settings, PORT: 'http', JWT_KEY: 'x', JWT_SECRET: undefined }, folder)
    expect((await third.exit()).code).toBe(1)
    await program.stop()
    const lines = [program, second, third].flatMap((one) => one.output().trimEnd().split('\n'))
    const entries = lines.map((line) => JSON.parse(line) as Record<string, string>)
    expect(entries.every(({ level, time, msg }) => level && time && msg)).toBe(true)
    const messages = entries.map(({ msg }) => msg)
    expect(messages).toContain(`Port ${port} is in use: set PORT to a free one.`)
    expect(messages).toContain('PORT: must be a whole number from 0 to 65535')
    expect(messages).toContain('JWT_KEY: not read; set JWT_SECRET')
    expect(messages).toContain('request')
    expect(messages).toContainEqual(expect.stringContaining('no mail reaches the first admin at admin@localhost'))
    const ready = entries.find(({ msg }) => msg?.startsWith('Counterdesk is ready'))
    expect(ready).toMatchObject({ listens: `on 127.0.0.1, port ${port}, in 2 processes`, mails: expect.any(String) })
    expect(lines.join('\n')).not.toContain(await madeUpPassword(folder))
  },
)

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
  'an address where the program cannot listen is told in one line, before anything is opened',
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

scenario.concurrent(
  'two programs that start at once on an empty database both get ready, and share secret and admin',
  patience,
  async ({ scene }) => {
    const databaseUrl = await scene.newDatabase('empty')
    const folder = await scene.newFolder()
    // The secret does not exist yet, either.
    const settings = { DATABASE_URL: databaseUrl, JWT_SECRET: undefined }
    const programs = await Promise.all([scene.start(settings, folder), scene.start(settings, folder)])
    await Promise.all(programs.map((program) => program.says(/is ready/)))
    await Promise.all(programs.map((program) => program.answers(200)))
    expect(programs.filter((program) => program.output().includes(passwordFile(folder)))).toHaveLength(1)
    const [left, right] = programs
    const { token } = await signIn(left?.url ?? '', await madeUpPassword(folder))
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
  const created = await customer.post('/tickets', ticketAbout('Two processes'))
  expect(created.status).toBe(201)
  const { admin } = await signIn(web.url)
  expect((await admin.get('/emails')).body.emails).toEqual([]) // nobody follows the log yet

  const worker = await scene.start({ COUNTERDESK_ROLE: 'worker', DATABASE_URL: databaseUrl, ...settings })
  await worker.says(/Counterdesk worker is ready/)
  const subjects = (await smtp.mailsTo('cleo@example.com', 2)).map(({ message }) => message.subject)
  expect(subjects.some((subject) => subject?.includes(created.body.ticket_id))).toBe(true)
  await until('the web knows', async () => {
    const { body } = await admin.get('/emails?state=sent')
    return body.emails.length === 3 // the welcome, the confirmation, the admin's
  })
  await expect(fetch(worker.url)).rejects.toThrow() // it serves nothing
  expect(await worker.stop()).toEqual({ code: 0, signal: null })
  expect(await web.stop()).toEqual({ code: 0, signal: null })
})

scenario.concurrent(
  'a worker with WORKER_PORT answers those who watch it, and nobody else',
  patience,
  async ({ scene }) => {
    const port = await findFreePort()
    const settings = { COUNTERDESK_ROLE: 'worker', WORKER_PORT: String(port), DATABASE_URL: await scene.newDatabase() }
    const worker = await scene.start(settings)
    await worker.says(/Counterdesk worker is ready/)
    expect(worker.output()).toContain(`port ${port}, for those who watch it`)
    const statusOf = async (path: string, method = 'GET'): Promise<number> =>
      (await fetch(`http://127.0.0.1:${port}${path}`, { method })).status
    for (const path of ['/health', '/ready', '/metrics']) expect(await statusOf(path), path).toBe(200)
    const others = ['/', '/api/tickets', '/api/auth/me', '/api/tenants', '/t/default/api/tickets', '/api/events/stream']
    for (const path of others) expect(await statusOf(path), path).toBe(404)
    expect(await statusOf('/api/auth/login', 'POST')).toBe(404)
    expect(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()).toContain(
      '# TYPE counterdesk_jobs_total counter',
    )
    const second = await scene.start(settings)
    expect(await second.exit()).toMatchObject({ code: 1 })
    expect(second.output()).toContain(`Port ${port} is in use: set WORKER_PORT to a free one.`)
    expect(await worker.stop()).toEqual({ code: 0, signal: null })
  },
)

scenario.concurrent(
  'a program that does not migrate waits until the migrations are there',
  patience,
  async ({ scene }) => {
    const databaseUrl = await scene.newDatabase('empty')
    const folder = await scene.newFolder()
    const program = await scene.start({ DATABASE_URL: databaseUrl, MIGRATE_ON_START: 'false' }, folder)
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
    await signIn(program.url, await madeUpPassword(folder))
  },
)

scenario.concurrent(
  '/metrics tells callers with the token about requests, pool, jobs, mails and the fan-out',
  patience,
  async ({ scene }) => {
    const token = 'metrics-token-of-tests'
    const smtp = await startMailServer()
    scene.undo(() => smtp.stop())
    const { program } = await scene.startReady({ METRICS_TOKEN: token, SMTP_URL: smtp.url, LOG_LEVEL: 'info' })
    expect(program.output()).toMatch(/^ {2}metrics +\/metrics answers callers with METRICS_TOKEN$/m)
    expect(program.output()).not.toContain(token)
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
    expect(readingOf(page, 'counterdesk_table_bytes{table="emails"}')).toBeGreaterThan(0)
    expect(readingOf(page, 'counterdesk_fan_out_lag_seconds')).toBe(0)
    for (const state of ['total', 'idle', 'waiting']) {
      expect(readingOf(page, `counterdesk_pool_connections{state="${state}"}`)).toBeGreaterThanOrEqual(0)
    }
    expect(readingOf(page, 'counterdesk_requests_waiting')).toBe(0)
    await program.stop()
  },
)
