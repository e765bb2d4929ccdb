import { pino } from 'pino'
import { expect } from 'vitest'
import { createTicket } from '../../../testing/support/create-tickets.ts'
import { about, emails, mailScenario, mailsOf, untilBoth, untilOne } from '../../../testing/support/mail-scene.ts'
import { createWorld } from '../../../testing/support/people.ts'
import { createApi } from '../../../testing/support/requests.ts'
import { patience } from '../../../testing/support/scene.ts'
import { sqlOn } from '../../../testing/support/sql-on.ts'
import { until } from '../../../testing/support/waiting.ts'
import { startDesk } from '../../../testing/support/workspace.ts'
import { settleMailsByLog } from './outgoing-mail.service.ts'

/**
 * A trigger that terminates the first so many connections that do something. The function in the answer says how often
 * it was done: a sequence is not rolled back, so it counts the terminated ones too.
 */
const placeFuses = async (databaseUrl: string, fuses: number, when: string, row: 'old' | 'new') => {
  await sqlOn(
    databaseUrl,
    `create sequence fuses;
     create function blow_a_fuse() returns trigger language plpgsql security definer as $$
       begin
         if nextval('fuses') <= ${fuses} then perform pg_terminate_backend(pg_backend_pid()); end if;
         return ${row};
       end $$;
     create trigger fuse ${when} execute function blow_a_fuse()`,
  )
  return async (): Promise<number> => Number((await sqlOn(databaseUrl, 'select last_value from fuses'))[0]?.last_value)
}

// No test measures time: each waits for what has to come, and a pause that must not be cut short is set to a minute.

mailScenario(
  'mails that are queued when the program starts again without a mail server are captured, and stay captured with one',
  async ({ scene }) => {
    const databaseUrl = await scene.newDatabase()
    const smtp = await scene.startMail()
    const first = await startDesk({ settings: { SMTP_URL: smtp.url }, databaseUrl })
    const world = await createWorld(first)
    await first.settled()
    await smtp.stop()
    const ticket = await createTicket(world.cleo)
    await untilBoth('deferred', world.ada, ticket)
    await first.stop()

    const second = await startDesk({ databaseUrl })
    const ada = createApi(second.url, world.ada.headers)
    await untilBoth('captured', ada, ticket)
    const captured = await mailsOf(ada, ticket)
    const attempts = captured(world.cleo).attempts
    expect(attempts).toBeGreaterThanOrEqual(1) // the attempts that were made
    const fresh = await createTicket(createApi(second.url, world.carl.headers))
    await untilBoth('captured', ada, fresh)
    expect((await mailsOf(ada, fresh))(world.ada)).toMatchObject({ attempts: 0, last_error: null, sent_at: null })
    await second.stop()

    const again = await scene.startMail(Number(new URL(smtp.url).port))
    const third = await scene.openDesk(again.url, {}, { databaseUrl })
    const last = await createTicket(createApi(third.url, world.cleo.headers))
    const adaAgain = createApi(third.url, world.ada.headers)
    await untilBoth('sent', adaAgain, last)
    expect((await mailsOf(adaAgain, ticket))(world.cleo)).toEqual(captured(world.cleo))
    expect(about(again, ticket).concat(about(again, fresh))).toEqual([])
  },
)

mailScenario('the jobs of a dead process are freed, those of a living one are not', patience, async ({ scene }) => {
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
  // Carl's job died with its process a minute ago. Ada's job was taken a moment ago. Cleo's job has been running in
  // this process for a minute.
  smtp.behave({ carl: '451', ada: '451', cleo: 'hang' })
  await createTicket(world.carl)
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

  // Another process starts, and looks for dead jobs at once.
  await scene.openDesk(smtp.url, {}, { databaseUrl: desk.databaseUrl })
  await until("Carl's is sent", async () => (await emails(world.ada, 'state=deferred')).length === 1)
  expect(about(smtp, 'TKT0001', world.carl)).toHaveLength(1)
  expect(await jobOf(world.carl.email)).toEqual([])
  expect(await jobOf(world.cleo.email)).toEqual([held])
  expect(attemptsAt(world.cleo.email)).toBe(before + 1)
  expect(await jobOf(world.ada.email)).toMatchObject([{ locked_by: 'pool-fresh' }])
})

mailScenario('a mail whose job is not run again has failed, and says so', patience, async ({ scene }) => {
  const smtp = await scene.startMail()
  const { desk, world } = await scene.openWorld(smtp.url, { MAIL_RETRY_SECONDS: '3600' })
  smtp.behave({ carl: '451', ada: '451', cleo: '451' })
  await createTicket(world.carl)
  await createTicket(world.cleo)
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

mailScenario(
  'from a restored database no mail is sent that the log of the mail server names',
  patience,
  async ({ scene }) => {
    const smtp = await scene.startMail()
    const databaseUrl = await scene.newDatabase()
    const desk = await startDesk({ settings: { SMTP_URL: smtp.url }, databaseUrl })
    const world = await createWorld(desk)
    await desk.settled()
    smtp.behave({ carl: '451' })
    const ticket = await createTicket(world.carl)
    await untilOne('sent', world.ada, ticket, world.ada)
    await untilOne('deferred', world.ada, ticket, world.carl)
    await desk.stop()

    // Makes the database what a backup would hold that was taken after the ticket and before its mails.
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

mailScenario('events wait for a schema that is not there yet, and none is passed over', patience, async ({ scene }) => {
  const smtp = await scene.startMail()
  const lines: string[] = []
  const log = pino({ level: 'warn' }, { write: (line) => void lines.push(line) })
  const { desk, world } = await scene.openWorld(smtp.url, {}, { log })
  await sqlOn(desk.databaseUrl, 'alter function graphile_worker.add_jobs rename to add_jobs_away')
  const ticket = await createTicket(world.cleo)
  await until('the fan-out complains', () => lines.filter((line) => line.includes('42883')).length >= 2)
  await sqlOn(desk.databaseUrl, 'alter function graphile_worker.add_jobs_away rename to add_jobs')
  await untilBoth('sent', world.ada, ticket)
})

mailScenario('jobs are run again after a start in which the database failed', patience, async ({ scene }) => {
  const smtp = await scene.startMail()
  const databaseUrl = await scene.newDatabase()
  const lines: string[] = []
  const log = pino({ level: 'debug' }, { write: (line) => void lines.push(line) })
  // Besides logging it, graphile-worker (0.18) prints the error that ends a worker. Here the test causes that error.
  const { trace } = console
  scene.undo(async () => {
    console.trace = trace
  })
  console.trace = (...words: unknown[]) => {
    if (!String(words[0]).includes('"graphile_worker._private_tasks" does not exist')) trace(...words)
  }
  await sqlOn(databaseUrl, 'alter table graphile_worker._private_tasks rename to tasks_away')
  const desk = await scene.openDesk(smtp.url, {}, { databaseUrl, log })
  await until('no job can be had', () => lines.some((line) => line.includes('Failed to acquire job')))
  await sqlOn(databaseUrl, 'alter table graphile_worker.tasks_away rename to _private_tasks')
  const world = await createWorld(desk)
  await untilBoth('sent', world.ada, await createTicket(world.cleo))
})

mailScenario(
  'a job that is done, but could not be marked as done, is marked later; its mail is sent once',
  patience,
  async ({ scene }) => {
    const smtp = await scene.startMail()
    const { desk, world } = await scene.openWorld(smtp.url)
    const countDone = await placeFuses(
      desk.databaseUrl,
      3,
      'before delete on graphile_worker._private_jobs for each row',
      'old',
    )
    const ticket = await createTicket(world.cleo)
    await untilBoth('sent', world.ada, ticket)
    await until('no job is left', async () => {
      return (await sqlOn(desk.databaseUrl, 'select from graphile_worker.jobs')).length === 0
    })
    expect(await countDone()).toBeGreaterThan(3)
    expect(about(smtp, ticket)).toHaveLength(2)
  },
)

mailScenario(
  'a mail that was handed over, but could not be marked as sent, is marked later, and not handed over again',
  patience,
  async ({ scene }) => {
    const smtp = await scene.startMail()
    const { desk, world } = await scene.openWorld(smtp.url)
    const sent = "before update on emails for each row when (new.state = 'sent')"
    const countDone = await placeFuses(desk.databaseUrl, 2, sent, 'new')
    const ticket = await createTicket(world.cleo)
    await untilBoth('sent', world.ada, ticket)
    expect(await countDone()).toBeGreaterThan(2)
    expect(about(smtp, ticket)).toHaveLength(2)
  },
)
