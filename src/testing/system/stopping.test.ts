import { connect } from 'node:net'
import { join } from 'node:path'
import { expect } from 'vitest'
import { isPostmaster, readLockFile } from '../../platform/db/embedded/postmaster.ts'
import { openEmbeddedDatabase } from '../../platform/db/embedded.ts'
import { listenForMail } from '../peers/smtp-server.ts'
import { adminPassword, patience, register, type Scene, scenario, signIn } from '../support/scene.ts'
import { sqlOn } from '../support/sql-on.ts'
import { openStream } from '../support/stream-client.ts'
import { createTicketsUntil } from '../support/ticket-load.ts'
import { until } from '../support/waiting.ts'

// The real program, `node src/main.ts`, as a process of its own. No test measures time: each waits for what has to
// come, with a deadline that only a fault can miss. Five tests of a file run at a time; those that wait longest come
// first.

/** A mail server that holds every mail at RCPT TO until a test releases it. */
const startSlowMailServer = async ({ undo }: Scene) => {
  const held: (() => void)[] = []
  const { port, stop } = await listenForMail(0, {
    asked: () => new Promise<void>((resolve) => void held.push(resolve)),
    take: async () => {},
  })
  undo(stop)
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
      createTicketsUntil(program.port, token, `Client ${index}, ticket`),
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
    // The other requests found nobody listening, or waited in the queue of a socket that closed. No connection that had
    // served was cut.
    const unanswered = fates.filter(({ status }) => status === null)
    expect(unanswered.filter(({ isFreshConnection }) => !isFreshConnection)).toEqual([])

    // The next program starts at once, at the same port.
    const next = await scene.start({ ...settings, PORT: String(program.port) }, folder)
    await next.says(/is ready/)
    const database = await openEmbeddedDatabase(join(folder, '.data'))
    const rows = await sqlOn(database.url, 'select t.subject from tickets t').finally(() => database.stop())
    const done = answered.filter(({ status }) => status === 201).map(({ subject }) => subject)
    expect(rows.map(({ subject }) => String(subject)).toSorted()).toEqual(done.toSorted())
    expect(await next.stop()).toEqual({ code: 0, signal: null })
  },
)

scenario.concurrent(
  'stopping ends the streams of every web process, and tells them to come back',
  patience,
  async ({ scene }) => {
    const { program } = await scene.startReady({ COUNTERDESK_PROCESSES: '2' })
    const { token } = await register(program.url)
    const headers = { Authorization: `Bearer ${token}` }
    const streams = await Promise.all(Array.from({ length: 4 }, () => openStream(program, headers)))
    const created = createTicketsUntil(program.port, token, 'One that is pushed')
    for (const stream of streams) await stream.untilEvent('ticket.created')
    program.send('SIGTERM')
    for (const stream of streams) await stream.untilClosed()
    expect(streams.map((stream) => /\nretry: [1-5]\d{3}\n\n$/.test(stream.text()))).toEqual([true, true, true, true])
    await created
    expect(await program.exit()).toEqual({ code: 0, signal: null })
  },
)

scenario.concurrent('a second signal ends it at once', patience, async ({ scene }) => {
  const { program } = await scene.startReady()
  // The program waits for a request whose body never comes.
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

scenario.concurrent('a signal in the middle of a start leaves nothing running', patience, async ({ scene }) => {
  const folder = await scene.newFolder()
  const program = await scene.start({}, folder)
  const dataDir = join(folder, '.data/postgres')
  await until('the database server is starting', () => readLockFile(dataDir) !== null)
  const { pid } = readLockFile(dataDir) ?? { pid: 0 }
  expect(await program.stop()).toEqual({ code: 0, signal: null })
  expect(isPostmaster(pid, dataDir)).toBe(false)
})
