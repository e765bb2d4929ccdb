import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { pino } from 'pino'
import { SMTPServer } from 'smtp-server'
import { expect, test } from 'vitest'
import { type Delivered, type MailServer, startMailServer } from '../../../testing/peers/smtp-server.ts'
import { createWorld, type Person, type World } from '../../../testing/support/people.ts'
import { type Api, createApi } from '../../../testing/support/requests.ts'
import { createTestDatabase } from '../../../testing/support/test-database.ts'
import { type Desk, type DeskOptions, startDesk } from '../../../testing/support/workspace.ts'
import type { Email } from './outgoing-mail.schemas.ts'
import { settleMailsByLog } from './outgoing-mail.service.ts'

// Each test has a desk, a database and a mail server of its own. Nothing here measures time: what has to come is waited
// for, and a pause that must not be cut short is set to a minute.

interface Scene {
  startMail(port?: number): Promise<MailServer>
  openDesk(smtpUrl: string, settings?: Record<string, string>, options?: DeskOptions): Promise<Desk>
  /** A desk with people on it, whose first mails are out. */
  openWorld(
    smtpUrl: string,
    settings?: Record<string, string>,
    options?: DeskOptions,
  ): Promise<{ desk: Desk; world: World }>
  /** A database that desks can share, one after the other or at the same time. */
  newDatabase(): Promise<string>
  /** In the end, in reverse order. */
  undo(step: () => Promise<unknown>): void
}

const createScene = (undo: Scene['undo']): Scene => {
  const openDesk: Scene['openDesk'] = async (smtpUrl, settings = {}, options = {}) => {
    const desk = await startDesk({ settings: { SMTP_URL: smtpUrl, ...settings }, ...options })
    undo(() => desk.stop())
    return desk
  }
  return {
    undo,
    openDesk,
    async startMail(port) {
      const smtp = await startMailServer(port)
      undo(() => smtp.stop())
      return smtp
    },
    async openWorld(smtpUrl, settings, options) {
      const desk = await openDesk(smtpUrl, settings, options)
      const world = await createWorld(desk)
      await desk.settled()
      return { desk, world }
    },
    async newDatabase() {
      const database = await createTestDatabase()
      undo(() => database.drop())
      return database.url
    },
  }
}

const scenario = test.extend<{ scene: Scene }>({
  scene: async ({ task: _ }, use) => {
    const steps: (() => Promise<unknown>)[] = []
    await use(createScene((step) => void steps.push(step)))
    for (const step of steps.reverse()) await step()
  },
}).concurrent
/** These are about deadlines of servers and processes: on a busy machine one may miss its own, once. */
const patience = { timeout: 120_000, retry: 1 }

const until = async (what: string, holds: () => Promise<boolean> | boolean): Promise<void> => {
  for (const deadline = performance.now() + 30_000; performance.now() < deadline; await sleep(20)) {
    if (await holds()) return
  }
  throw new Error(`waited in vain until ${what}`)
}

/** Raises a ticket, which mails the customer and Ada. Answers with its id. */
const raise = async (customer: Api): Promise<string> => {
  const reply = await customer.post('/tickets', { issue_category: 'Network', issue_description: 'It is down.' })
  expect(reply.status).toBe(201)
  return reply.body.ticket_id
}

const emails = async (admin: Api, query: string): Promise<Email[]> => {
  const reply = await admin.get(`/emails?limit=100&${query}`)
  expect(reply.status).toBe(200)
  return reply.body.emails
}

/** What the API says of the mails of a ticket, by recipient. */
const mailsOf = async (admin: Api, ticketId: string) => {
  const found = await emails(admin, `ticket_id=${ticketId}`)
  return (person: { email: string }): Email => {
    const [mail, ...more] = found.filter(({ recipient_email }) => recipient_email === person.email)
    if (mail === undefined || more.length > 0) throw new Error(`${more.length} more mails than one to ${person.email}`)
    return mail
  }
}

/** Waits until both mails of a ticket, to the customer and to Ada, are in a state. */
const untilBoth = (state: Email['state'], admin: Api, ticketId: string): Promise<void> =>
  until(`the mails of ${ticketId} are ${state}`, async () => {
    const found = await emails(admin, `ticket_id=${ticketId}`)
    return found.length === 2 && found.every((mail) => mail.state === state)
  })

const untilOne = (state: Email['state'], admin: Api, ticketId: string, person: Person): Promise<void> =>
  until(`${person.id} is ${state} of ${ticketId}`, async () => {
    const found = await emails(admin, `ticket_id=${ticketId}&state=${state}`)
    return found.some((mail) => mail.account_id === person.id)
  })

const about = (smtp: MailServer, ticketId: string, person?: Person): Delivered[] =>
  smtp.delivered.filter(
    ({ message, recipient }) =>
      message.subject?.includes(ticketId) && (person === undefined || recipient === person.email),
  )

const messageIds = (mails: Delivered[]): Set<string | undefined> => new Set(mails.map((mail) => mail.message.messageId))

const everyRequestAnswers = async ({ ada, cleo, nobody }: World): Promise<void> => {
  const replies = await Promise.all([
    cleo.post('/tickets', { issue_category: 'Network', issue_description: 'Again.' }),
    cleo.get('/tickets'),
    ada.get('/emails'),
    ada.get('/tickets'),
    nobody.post('/auth/password/forgot', { email: cleo.email }),
    nobody.get('/ready'),
  ])
  expect(replies.map(({ status }) => status)).toEqual([201, 200, 200, 200, 202, 200])
}

const sqlOn = async (url: string, text: string, values: unknown[] = []): Promise<Record<string, unknown>[]> => {
  const client = new pg.Client({ connectionString: url, application_name: 'counterdesk tests' })
  await client.connect()
  return client
    .query(text, values)
    .then(({ rows }) => rows)
    .finally(() => client.end())
}

scenario('the mail server is down, and comes back', patience, async ({ scene }) => {
  const smtp = await scene.startMail()
  // Nothing but its coming back can bring the retry forward from a minute.
  const { world } = await scene.openWorld(smtp.url, { MAIL_RETRY_SECONDS: '60' })
  await smtp.stop()

  const ticket = await raise(world.cleo)
  await untilBoth('deferred', world.ada, ticket)
  await everyRequestAnswers(world)
  const deferred = await mailsOf(world.ada, ticket)
  for (const person of [world.cleo, world.ada]) {
    expect(deferred(person)).toMatchObject({ attempts: 1, sent_at: null })
    expect(deferred(person).last_error).toContain('ECONNREFUSED')
  }

  const again = await scene.startMail(Number(new URL(smtp.url).port))
  const fresh = await raise(world.carl) // the first mail that gets through tells that the server is back
  await untilBoth('sent', world.ada, fresh)
  await untilBoth('sent', world.ada, ticket)
  const sent = await mailsOf(world.ada, ticket)
  for (const person of [world.cleo, world.ada]) {
    expect(sent(person)).toMatchObject({ attempts: 2, last_error: null, message_id: deferred(person).message_id })
    expect(messageIds(about(again, ticket, person))).toEqual(new Set([sent(person).message_id]))
  }
})

scenario('451 is tried again, later and later; 550 is tried once', patience, async ({ scene }) => {
  const smtp = await scene.startMail()
  const { world } = await scene.openWorld(smtp.url)
  smtp.behave({ cleo: '451', ada: '550' })
  const before = smtp.attempts.length

  const ticket = await raise(world.cleo)
  await untilOne('failed', world.ada, ticket, world.ada)
  await until('Cleo has been tried twice', async () => (await mailsOf(world.ada, ticket))(world.cleo).attempts >= 2)
  const refused = await mailsOf(world.ada, ticket)
  expect(refused(world.cleo)).toMatchObject({ state: 'deferred', sent_at: null })
  expect(refused(world.cleo).last_error).toContain('451')
  expect(refused(world.ada)).toMatchObject({ state: 'failed', attempts: 1, sent_at: null })
  expect(refused(world.ada).last_error).toContain('550')

  smtp.behave({})
  await untilOne('sent', world.ada, ticket, world.cleo)
  expect((await mailsOf(world.ada, ticket))(world.ada)).toEqual(refused(world.ada))
  expect(about(smtp, ticket, world.cleo)).toHaveLength(1)
  expect(about(smtp, ticket, world.ada)).toHaveLength(0)
  expect(smtp.attempts.slice(before).filter((address) => address === world.ada.email)).toHaveLength(1)
})

scenario(
  'a recipient who is put off does not get impatient because others are reached',
  patience,
  async ({ scene }) => {
    const smtp = await scene.startMail()
    const { desk, world } = await scene.openWorld(smtp.url, { MAIL_RETRY_SECONDS: '60' })
    smtp.behave({ cleo: '451' })
    const ticket = await raise(world.cleo)
    await untilOne('deferred', world.ada, ticket, world.cleo)
    const fresh = await raise(world.carl)
    await untilBoth('sent', world.ada, fresh)

    const [job] = await sqlOn(
      desk.databaseUrl,
      `select run_at > now() + interval '30 seconds' as patient from graphile_worker.jobs where task_identifier = 'send_email'`,
    )
    expect(job).toEqual({ patient: true })
  },
)

scenario(
  'the line is cut after the final dot: the mail comes again, under the same Message-ID',
  patience,
  async ({ scene }) => {
    const smtp = await scene.startMail()
    const { world } = await scene.openWorld(smtp.url)
    smtp.behave({ cleo: 'cut-after-dot' })
    const ticket = await raise(world.cleo)
    await until('Cleo got it once', () => about(smtp, ticket, world.cleo).length >= 1)
    await untilOne('deferred', world.ada, ticket, world.cleo)
    smtp.behave({})
    await untilBoth('sent', world.ada, ticket)
    const copies = about(smtp, ticket, world.cleo)
    expect(copies.length).toBeGreaterThanOrEqual(2)
    expect(messageIds(copies)).toEqual(new Set([(await mailsOf(world.ada, ticket))(world.cleo).message_id]))
    expect(about(smtp, ticket, world.ada)).toHaveLength(1)
  },
)

scenario(
  'a recipient that hangs holds up nobody else, and is stopped at without waiting for it',
  patience,
  async ({ scene }) => {
    const smtp = await scene.startMail()
    const databaseUrl = await scene.newDatabase()
    // A minute is for ever here: whatever waits for the recipient that hangs fails the test.
    const settings = { SMTP_TIMEOUT_SECONDS: '60' }
    const desk = await startDesk({ settings: { SMTP_URL: smtp.url, ...settings }, databaseUrl })
    const world = await createWorld(desk)
    await desk.settled()
    smtp.behave({ cleo: 'hang' })
    const before = smtp.attempts.length
    const hanging = await Promise.all(Array.from({ length: 30 }, () => raise(world.cleo)))
    await until('Cleo is being tried', () => smtp.attempts.slice(before).includes(world.cleo.email))

    await everyRequestAnswers(world)
    const others = await Promise.all(Array.from({ length: 10 }, () => raise(world.carl)))
    for (const ticket of others) await untilBoth('sent', world.ada, ticket)
    const [first = ''] = hanging
    const queued = await mailsOf(world.ada, first)
    expect(queued(world.cleo)).toMatchObject({ state: 'queued', attempts: 0, last_error: null })
    for (const ticket of hanging) await untilOne('sent', world.ada, ticket, world.ada)
    expect(about(smtp, 'TKT', world.cleo).length).toBe(about(smtp, first, world.cleo).length)

    await desk.stop()
    smtp.behave({})
    const next = await scene.openDesk(smtp.url, settings, { databaseUrl })
    const ada = createApi(next.url, world.ada.headers)
    for (const ticket of hanging) await untilBoth('sent', ada, ticket)
    expect(messageIds(hanging.flatMap((ticket) => about(smtp, ticket, world.cleo))).size).toBe(30)
  },
)

/** A server that refuses who signs in or sends, until it is told not to. */
const startGuardedServer = async ({ undo }: Scene) => {
  const refused = { isSignIn: true, isSender: true }
  const accepted: string[] = []
  const server = new SMTPServer({
    hideSTARTTLS: true,
    allowInsecureAuth: true,
    disableReverseLookup: true,
    closeTimeout: 100,
    onAuth: ({ username }, _session, callback) => {
      if (refused.isSignIn) callback(Object.assign(new Error('5.7.8 go away'), { responseCode: 535 }))
      else callback(null, { user: username })
    },
    onMailFrom: (_address, _session, callback) => {
      if (refused.isSender) callback(Object.assign(new Error('5.7.1 not from you'), { responseCode: 550 }))
      else callback()
    },
    onData: (stream, session, callback) => {
      stream.resume().once('end', () => {
        accepted.push(...session.envelope.rcptTo.map(({ address }) => address))
        callback()
      })
    },
  })
  server.on('error', () => {})
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve())
  })
  undo(() => new Promise<void>((resolve) => server.close(() => resolve())))
  const { port } = server.server.address() as AddressInfo
  return { url: `smtp://desk:secret-of-the-desk@127.0.0.1:${port}`, refused, accepted }
}

scenario(
  'a refused sign-in and a refused sender are not the fault of the mail: it waits until they are put right',
  async ({ scene }) => {
    const smtp = await startGuardedServer(scene)
    const desk = await scene.openDesk(smtp.url)
    const world = await createWorld(desk)
    const ticket = await raise(world.cleo)
    await untilBoth('deferred', world.ada, ticket)
    const [refused] = await emails(world.ada, `ticket_id=${ticket}`)
    expect(refused?.last_error).toContain('535')
    expect(refused?.last_error).not.toContain('secret-of-the-desk')

    smtp.refused.isSignIn = false
    await until('the sender is refused', async () => {
      const found = await emails(world.ada, `ticket_id=${ticket}`)
      return found.every(({ state, last_error }) => state === 'deferred' && last_error?.includes('550') === true)
    })
    await everyRequestAnswers(world)
    smtp.refused.isSender = false
    await untilBoth('sent', world.ada, ticket)
    expect(smtp.accepted.filter((address) => address === world.cleo.email).length).toBeGreaterThanOrEqual(1)
    expect(await emails(world.ada, 'state=failed')).toEqual([])
  },
)

scenario(
  'what is queued when the program starts again without a mail server is captured, and stays so with one',
  async ({ scene }) => {
    const databaseUrl = await scene.newDatabase()
    const smtp = await scene.startMail()
    const first = await startDesk({ settings: { SMTP_URL: smtp.url }, databaseUrl })
    const world = await createWorld(first)
    await first.settled()
    await smtp.stop()
    const ticket = await raise(world.cleo)
    await untilBoth('deferred', world.ada, ticket)
    await first.stop()

    const second = await startDesk({ databaseUrl })
    const ada = createApi(second.url, world.ada.headers)
    await untilBoth('captured', ada, ticket)
    const captured = await mailsOf(ada, ticket)
    const attempts = captured(world.cleo).attempts
    expect(attempts).toBeGreaterThanOrEqual(1) // those that were made
    const fresh = await raise(createApi(second.url, world.carl.headers))
    await untilBoth('captured', ada, fresh)
    expect((await mailsOf(ada, fresh))(world.ada)).toMatchObject({ attempts: 0, last_error: null, sent_at: null })
    await second.stop()

    const again = await scene.startMail(Number(new URL(smtp.url).port))
    const third = await scene.openDesk(again.url, {}, { databaseUrl })
    const last = await raise(createApi(third.url, world.cleo.headers))
    const adaAgain = createApi(third.url, world.ada.headers)
    await untilBoth('sent', adaAgain, last)
    expect((await mailsOf(adaAgain, ticket))(world.cleo)).toEqual(captured(world.cleo))
    expect(about(again, ticket).concat(about(again, fresh))).toEqual([])
  },
)

scenario('the jobs of a dead process are freed, those of a living one are not', patience, async ({ scene }) => {
  const smtp = await scene.startMail()
  const { desk, world } = await scene.openWorld(smtp.url, { MAIL_RETRY_SECONDS: '3600', SMTP_TIMEOUT_SECONDS: '60' })
  const jobOf = (email: string) =>
    sqlOn(
      desk.databaseUrl,
      `select j.id, j.locked_by from graphile_worker.jobs j join emails e on j.key = 'email ' || e.email_id
       where e.recipient_email = $1`,
      [email],
    )
  const lock = (email: string, by: string, seconds: number) =>
    sqlOn(
      desk.databaseUrl,
      `update graphile_worker._private_jobs j set locked_by = $2, locked_at = now() - make_interval(secs => $3),
         run_at = now() from emails e where j.key = 'email ' || e.email_id and e.recipient_email = $1`,
      [email, by, seconds],
    )
  // Carl's job died with its process a minute ago, Ada's was taken a moment ago, Cleo's is at work in this very process
  // and has been for a minute.
  smtp.behave({ carl: '451', ada: '451', cleo: 'hang' })
  await raise(world.carl)
  await until('Carl and Ada are put off', async () => (await emails(world.ada, 'state=deferred')).length === 2)
  smtp.behave({ cleo: 'hang' })
  await lock(world.carl.email, 'pool-dead', 60)
  await lock(world.ada.email, 'pool-fresh', 0)
  expect((await world.nobody.post('/auth/password/forgot', { email: world.cleo.email })).status).toBe(202)
  const attemptsAt = (email: string): number => smtp.attempts.filter((address) => address === email).length
  const before = attemptsAt(world.cleo.email)
  await until('Cleo is being tried', () => attemptsAt(world.cleo.email) > before)
  const [held] = await jobOf(world.cleo.email)
  await lock(world.cleo.email, String(held?.locked_by), 60)

  // Another process comes, and looks around at once.
  await scene.openDesk(smtp.url, {}, { databaseUrl: desk.databaseUrl })
  await until("Carl's is sent", async () => (await emails(world.ada, 'state=deferred')).length === 1)
  expect(about(smtp, 'TKT0001', world.carl)).toHaveLength(1)
  expect(await jobOf(world.carl.email)).toEqual([])
  expect(await jobOf(world.cleo.email)).toEqual([held])
  expect(attemptsAt(world.cleo.email)).toBe(before + 1)
  expect(await jobOf(world.ada.email)).toMatchObject([{ locked_by: 'pool-fresh' }])
})

scenario('a mail whose job is not run again has failed, and says so', patience, async ({ scene }) => {
  const smtp = await scene.startMail()
  const { desk, world } = await scene.openWorld(smtp.url, { MAIL_RETRY_SECONDS: '3600' })
  smtp.behave({ carl: '451', ada: '451', cleo: '451' })
  await raise(world.carl)
  await raise(world.cleo)
  await until('all four are put off', async () => (await emails(world.ada, 'state=deferred')).length === 4)
  await sqlOn(
    desk.databaseUrl,
    `update graphile_worker._private_jobs j set attempts = max_attempts, last_error = 'it was bad'
     from emails e where j.key = 'email ' || e.email_id and e.recipient_email = $1`,
    [world.carl.email],
  )
  await sqlOn(
    desk.databaseUrl,
    `delete from graphile_worker._private_jobs j using emails e
     where j.key = 'email ' || e.email_id and e.recipient_email = $1`,
    [world.cleo.email],
  )
  await sqlOn(desk.databaseUrl, `select graphile_worker.add_job('clean_up')`)
  await until('two have failed', async () => (await emails(world.ada, 'state=failed')).length === 2)
  const failed = await emails(world.ada, 'state=failed')
  expect(failed.map(({ account_id, last_error }) => [account_id, last_error]).sort()).toEqual(
    [
      [world.cleo.id, 'There is no job that sends it.'],
      [world.carl.id, 'Given up: it was bad'],
    ].sort(),
  )
  expect(await emails(world.ada, 'state=deferred')).toHaveLength(2)
})

scenario(
  'from a restored database nothing is sent that the log of the mail server names',
  patience,
  async ({ scene }) => {
    const smtp = await scene.startMail()
    const databaseUrl = await scene.newDatabase()
    const desk = await startDesk({ settings: { SMTP_URL: smtp.url }, databaseUrl })
    const world = await createWorld(desk)
    await desk.settled()
    smtp.behave({ carl: '451' })
    const ticket = await raise(world.carl)
    await untilOne('sent', world.ada, ticket, world.ada)
    await untilOne('deferred', world.ada, ticket, world.carl)
    await desk.stop()

    // A backup of the moment in which the ticket was there, and its mails were not.
    await sqlOn(databaseUrl, 'delete from emails where ticket_id = $1', [ticket])
    await sqlOn(databaseUrl, 'delete from graphile_worker._private_jobs')
    await sqlOn(databaseUrl, 'alter table events disable trigger user')
    const unplaced = 'position = null, content_digest = null, hash = null'
    await sqlOn(databaseUrl, `update events set ${unplaced} where subject_id = $1`, [ticket])
    await sqlOn(databaseUrl, 'update event_heads set position = position - 1')
    const { app } = await scene.openDesk(smtp.url, {}, { databaseUrl, withWorker: false })
    const log = smtp.delivered.map(({ message }) => `250 taken, id=${message.messageId}`).join('\n')
    expect(await settleMailsByLog(app, log)).toEqual({ sent: 1, waiting: 1 })
    expect(await settleMailsByLog(app, log)).toEqual({ sent: 0, waiting: 1 })

    smtp.behave({})
    await scene.openDesk(smtp.url, {}, { databaseUrl })
    await until('Carl has his', () => about(smtp, ticket, world.carl).length > 0)
    expect(about(smtp, ticket).map(({ recipient }) => recipient)).toEqual([world.ada.email, world.carl.email])
  },
)

scenario('two hundred mails at once arrive, each of them once', patience, async ({ scene }) => {
  const smtp = await scene.startMail()
  const { world } = await scene.openWorld(smtp.url)
  const tickets = await Promise.all(Array.from({ length: 100 }, () => raise(world.cleo)))
  expect(new Set(tickets).size).toBe(100)
  await until('all are there', () => about(smtp, 'TKT').length >= 200)
  await until('all are known to be sent', async () => (await emails(world.ada, 'state=queued')).length === 0)
  expect(about(smtp, 'TKT')).toHaveLength(200)
  expect(messageIds(about(smtp, 'TKT')).size).toBe(200)
  expect(about(smtp, 'TKT', world.cleo)).toHaveLength(100)
  expect(about(smtp, 'TKT', world.ada)).toHaveLength(100)
  for (const mail of await emails(world.ada, 'state=sent')) expect(mail.attempts).toBe(1)
})

scenario('who is deactivated gets no mail any more, not even one that is waiting', patience, async ({ scene }) => {
  const smtp = await scene.startMail()
  const { desk, world } = await scene.openWorld(smtp.url)
  smtp.behave({ carl: '451' })
  const ticket = await raise(world.carl)
  await untilOne('deferred', world.ada, ticket, world.carl)
  expect((await world.ada.delete(`/customers/${world.carl.id}`)).status).toBe(204)
  smtp.behave({})
  await untilOne('failed', world.ada, ticket, world.carl)
  expect((await mailsOf(world.ada, ticket))(world.carl).last_error).toContain('deactivated')

  const change = { technician_id: world.tess.id }
  expect((await world.ada.put(`/tickets/${ticket}`, change)).status).toBe(200)
  await desk.settled()
  await until('Tess is told', () => about(smtp, ticket, world.tess).length === 1)
  expect(about(smtp, ticket, world.carl)).toEqual([])
})

scenario(
  'events wait for a schema that is not there yet, instead of being told to nobody',
  patience,
  async ({ scene }) => {
    const smtp = await scene.startMail()
    const lines: string[] = []
    const log = pino({ level: 'warn' }, { write: (line) => void lines.push(line) })
    const { desk, world } = await scene.openWorld(smtp.url, {}, { log })
    await sqlOn(desk.databaseUrl, 'alter function graphile_worker.add_jobs rename to add_jobs_away')
    const ticket = await raise(world.cleo)
    await until('the fan-out complains', () => lines.filter((line) => line.includes('42883')).length >= 2)
    await sqlOn(desk.databaseUrl, 'alter function graphile_worker.add_jobs_away rename to add_jobs')
    await untilBoth('sent', world.ada, ticket)
  },
)

scenario('jobs are run again after a start in which the database failed', patience, async ({ scene }) => {
  const smtp = await scene.startMail()
  const databaseUrl = await scene.newDatabase()
  const lines: string[] = []
  const log = pino({ level: 'debug' }, { write: (line) => void lines.push(line) })
  await sqlOn(databaseUrl, 'alter table graphile_worker._private_tasks rename to tasks_away')
  const desk = await scene.openDesk(smtp.url, {}, { databaseUrl, log })
  await until('no job can be had', () => lines.some((line) => line.includes('Failed to acquire job')))
  await sqlOn(databaseUrl, 'alter table graphile_worker.tasks_away rename to _private_tasks')
  const world = await createWorld(desk)
  await untilBoth('sent', world.ada, await raise(world.cleo))
})

scenario(
  'a job that is done, but could not be marked as done, is so later; its mail is sent once',
  patience,
  async ({ scene }) => {
    const smtp = await scene.startMail()
    const { desk, world } = await scene.openWorld(smtp.url)
    // The first three connections that mark a job as done die of it. A sequence is not rolled back.
    await sqlOn(
      desk.databaseUrl,
      `create sequence fuses;
     create function blow_a_fuse() returns trigger language plpgsql security definer as $$
       begin
         if nextval('fuses') <= 3 then perform pg_terminate_backend(pg_backend_pid()); end if;
         return old;
       end $$;
     create trigger fuse before delete on graphile_worker._private_jobs for each row execute function blow_a_fuse()`,
    )
    const ticket = await raise(world.cleo)
    await untilBoth('sent', world.ada, ticket)
    await until('no job is left', async () => {
      return (await sqlOn(desk.databaseUrl, 'select from graphile_worker.jobs')).length === 0
    })
    expect(Number((await sqlOn(desk.databaseUrl, 'select last_value from fuses'))[0]?.last_value)).toBeGreaterThan(3)
    expect(about(smtp, ticket)).toHaveLength(2)
  },
)

scenario(
  'a mail that was handed over, but could not be marked as sent, is so later, and not handed over again',
  patience,
  async ({ scene }) => {
    const smtp = await scene.startMail()
    const { desk, world } = await scene.openWorld(smtp.url)
    await sqlOn(
      desk.databaseUrl,
      `create sequence fuses;
     create function blow_a_fuse() returns trigger language plpgsql security definer as $$
       begin
         if nextval('fuses') <= 2 then perform pg_terminate_backend(pg_backend_pid()); end if;
         return new;
       end $$;
     create trigger fuse before update on emails for each row when (new.state = 'sent') execute function blow_a_fuse()`,
    )
    const ticket = await raise(world.cleo)
    await untilBoth('sent', world.ada, ticket)
    expect(Number((await sqlOn(desk.databaseUrl, 'select last_value from fuses'))[0]?.last_value)).toBeGreaterThan(2)
    expect(about(smtp, ticket)).toHaveLength(2)
  },
)
