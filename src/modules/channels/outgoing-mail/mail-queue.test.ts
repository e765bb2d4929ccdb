import { randomUUID } from 'node:crypto'
import { pino } from 'pino'
import { expect } from 'vitest'
import { settleRestored } from '../../../start/settle-restored.ts'
import { createTicket } from '../../../testing/support/create-tickets.ts'
import { about, emails, mailScenario, mailsOf, untilBoth, untilOne } from '../../../testing/support/mail-scene.ts'
import { createWorld } from '../../../testing/support/people.ts'
import { createApi } from '../../../testing/support/requests.ts'
import { patience } from '../../../testing/support/scene.ts'
import { sqlOn } from '../../../testing/support/sql-on.ts'
import { until } from '../../../testing/support/waiting.ts'
import { startDesk } from '../../../testing/support/workspace.ts'
import { writeMails } from '../../../testing/support/write-mails.ts'
import { claimMails, freeClaimsOfTheDead } from './mail-queue.queries.ts'

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

mailScenario('the mails of a dead process are freed, those of a living one are not', patience, async ({ scene }) => {
  const smtp = await scene.startMail()
  const { desk, world } = await scene.openWorld(smtp.url, { MAIL_RETRY_SECONDS: '3600', SMTP_TIMEOUT_SECONDS: '60' })
  const claimOf = (email: string) =>
    sqlOn(
      desk.databaseUrl,
      `select c.holder, c.claimed_at from email_claims c join emails e using (tenant_id, email_id)
       where e.recipient_email = $1`,
      [email],
    )
  /** Puts the waiting mail to an address into the hand of a process. */
  const claim = (email: string, holder: string, seconds: number) =>
    sqlOn(
      desk.databaseUrl,
      `with due as (
         update emails set due_at = now() where recipient_email = $1 and state in ('queued', 'deferred')
         returning tenant_id, email_id)
       insert into email_claims select tenant_id, email_id, $2, false, now() - make_interval(secs => $3) from due
       on conflict (tenant_id, email_id) do update set claimed_at = excluded.claimed_at`,
      [email, holder, seconds],
    )
  // Carl's mail was claimed by a process that died a minute ago. Ada's was claimed a moment ago. Cleo's has been in the
  // hand of this process for a minute.
  smtp.behave({ carl: '451', ada: '451', cleo: 'hang' })
  await createTicket(world.carl)
  await until('Carl and Ada are put off', async () => (await emails(world.ada, 'state=deferred')).length === 2)
  await claim(world.ada.email, randomUUID(), 0)
  smtp.behave({ cleo: 'hang' })
  expect((await world.nobody.post('/auth/password/forgot', { email: world.cleo.email })).status).toBe(202)
  const attemptsAt = (email: string): number => smtp.attempts.filter((address) => address === email).length
  const before = attemptsAt(world.cleo.email)
  await until('Cleo is being tried', () => attemptsAt(world.cleo.email) > before)
  const [held] = await claimOf(world.cleo.email)
  await claim(world.cleo.email, String(held?.holder), 60)
  const [aged] = await claimOf(world.cleo.email)
  const [fresh] = await claimOf(world.ada.email)
  await claim(world.carl.email, randomUUID(), 60)

  // Another process starts, and looks for the mails of dead processes at once.
  await scene.openDesk(smtp.url, {}, { databaseUrl: desk.databaseUrl })
  await until("Carl's is sent", async () => (await emails(world.ada, 'state=deferred')).length === 1)
  expect(about(smtp, 'TKT0001', world.carl)).toHaveLength(1)
  expect(await claimOf(world.carl.email)).toEqual([])
  expect(await claimOf(world.cleo.email)).toEqual([aged])
  expect(attemptsAt(world.cleo.email)).toBe(before + 1)
  expect(await claimOf(world.ada.email)).toEqual([fresh])
})

mailScenario('a mail that ends its process three times has failed, and is blamed alone', async ({ scene }) => {
  const smtp = await scene.startMail()
  const desk = await scene.openDesk(smtp.url, {}, { withWorker: false })
  const world = await createWorld(desk)
  for (let n = 0; n < 4; n += 1) await createTicket(world.cleo)
  await writeMails(desk)
  const { pool } = desk.app
  const ids = (mails: { email_id: string }[]) => mails.map(({ email_id }) => email_id)
  /** What a process claims that then dies with it. */
  const claimAndDie = async () => {
    const claimed = await claimMails(pool, randomUUID(), 100)
    await sqlOn(desk.databaseUrl, "update email_claims set claimed_at = now() - interval '31 seconds'")
    expect(await claimMails(pool, randomUUID(), 100)).toEqual([])
    return { claimed, blamed: await freeClaimsOfTheDead(pool) }
  }
  const first = await claimAndDie()
  expect(first.claimed.length).toBeGreaterThan(8)
  expect(first.blamed).toBe(first.claimed.length)
  const suspectsIn = (claimed: { email_id: string }[]) => ids(claimed).filter((id) => ids(first.claimed).includes(id))
  let killer: string | undefined
  for (const death of [2, 3]) {
    // From now on a suspect is claimed alone; a new mail that is claimed beside the suspect is not blamed.
    await createTicket(world.carl)
    await writeMails(desk)
    const { claimed, blamed } = await claimAndDie()
    expect(blamed).toBe(1)
    killer ??= suspectsIn(claimed)[0]
    expect(suspectsIn(claimed)).toEqual([killer])
    expect(claimed.length).toBeGreaterThan(2)
    const [mail] = await sqlOn(desk.databaseUrl, 'select deaths, state from emails where email_id = $1', [killer])
    expect(mail).toEqual({ deaths: death, state: death === 3 ? 'failed' : 'queued' })
  }
  expect(suspectsIn((await claimAndDie()).claimed)).toEqual([expect.not.stringMatching(String(killer))])
})

mailScenario(
  'a mail of an earlier version is sent by its job; without one that runs, it has failed',
  patience,
  async ({ scene }) => {
    const smtp = await scene.startMail()
    const { desk, world } = await scene.openWorld(smtp.url, { MAIL_RETRY_SECONDS: '3600' })
    smtp.behave({ carl: '451', ada: '451', cleo: '451' })
    await createTicket(world.carl)
    await createTicket(world.cleo)
    await until('all four are put off', async () => (await emails(world.ada, 'state=deferred')).length === 4)
    // Earlier versions added a job for each mail.
    await sqlOn(desk.databaseUrl, "update emails set due_at = null where state = 'deferred'")
    const addJob = (email: string, maxAttempts: number) =>
      sqlOn(
        desk.databaseUrl,
        `select graphile_worker.add_job('send_email', json_build_object('tenant_id', tenant_id, 'email_id', email_id),
         job_key => 'email ' || email_id, max_attempts => $2, run_at => now() + interval '1 hour')
       from emails where recipient_email = $1 and state = 'deferred'`,
        [email, maxAttempts],
      )
    await addJob(world.carl.email, 25)
    await addJob(world.ada.email, 25)
    await sqlOn(
      desk.databaseUrl,
      `update graphile_worker._private_jobs j set attempts = max_attempts, last_error = 'it was bad'
     from emails e where j.key = 'email ' || e.email_id and e.recipient_email = $1`,
      [world.carl.email],
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
    smtp.behave({})
    await sqlOn(desk.databaseUrl, "update graphile_worker._private_jobs set run_at = now() where key like 'email %'")
    await until('the others are sent', async () => (await emails(world.ada, 'state=deferred')).length === 0)
    expect(about(smtp, 'TKT').map(({ recipient }) => recipient)).toEqual([world.ada.email, world.ada.email])
  },
)

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
    const choice = { mailLog: log, sendsWaiting: false }
    expect((await settleRestored(app, choice)).mails).toEqual({ sent: 1, held: 0, released: 1 })
    expect((await settleRestored(app, choice)).mails).toEqual({ sent: 0, held: 0, released: 1 })

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
  await sqlOn(desk.databaseUrl, 'alter table emails rename column due_at to due_away')
  const ticket = await createTicket(world.cleo)
  await until('the fan-out complains', () => lines.filter((line) => line.includes('42703')).length >= 2)
  await sqlOn(desk.databaseUrl, 'alter table emails rename column due_away to due_at')
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

mailScenario('a job that is done, but could not be marked as done, is marked later', patience, async ({ scene }) => {
  const desk = await scene.openDesk((await scene.startMail()).url)
  const countDone = await placeFuses(
    desk.databaseUrl,
    3,
    'before delete on graphile_worker._private_jobs for each row',
    'old',
  )
  await sqlOn(desk.databaseUrl, `select graphile_worker.add_job('clean_up')`)
  await until('no job is left', async () => {
    return (await sqlOn(desk.databaseUrl, 'select from graphile_worker.jobs')).length === 0
  })
  expect(await countDone()).toBeGreaterThan(3)
})

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

mailScenario(
  'mails whose claim got lost with its answer are given back by the process that lives',
  patience,
  async ({ scene }) => {
    const smtp = await scene.startMail()
    const databaseUrl = await scene.newDatabase()
    const quiet = await scene.openDesk(smtp.url, {}, { databaseUrl, withWorker: false })
    const world = await createWorld(quiet)
    const ticket = await createTicket(world.cleo)
    await writeMails(quiet)
    await scene.openDesk(smtp.url, {}, { databaseUrl })
    await untilBoth('sent', world.ada, ticket)
    // As if the connection had been cut between the commit of a claim and its answer.
    const [{ process_id = '' } = {}] = await sqlOn(databaseUrl, 'select process_id from worker_processes')
    await sqlOn(
      databaseUrl,
      `insert into email_claims select tenant_id, email_id, $1, false from emails where ticket_id = $2 and account_id = $3`,
      [process_id, ticket, world.cleo.id],
    )
    await sqlOn(databaseUrl, "update emails set state = 'queued', sent_at = null where ticket_id = $1", [ticket])
    await untilBoth('sent', world.ada, ticket)
    await until('no mail is claimed', async () => (await sqlOn(databaseUrl, 'select from email_claims')).length === 0)
  },
)
