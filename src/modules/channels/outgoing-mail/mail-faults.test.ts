import { pino } from 'pino'
import { expect } from 'vitest'
import type { App } from '../../../platform/app-context.ts'
import { listenForMail } from '../../../testing/peers/smtp-server.ts'
import { createTicket } from '../../../testing/support/create-tickets.ts'
import {
  about,
  emails,
  everyRequestAnswers,
  type MailScene,
  mailScenario,
  mailsOf,
  messageIds,
  untilBoth,
  untilOne,
} from '../../../testing/support/mail-scene.ts'
import { createWorld } from '../../../testing/support/people.ts'
import { createApi } from '../../../testing/support/requests.ts'
import { patience } from '../../../testing/support/scene.ts'
import { sqlOn } from '../../../testing/support/sql-on.ts'
import { until } from '../../../testing/support/waiting.ts'
import { startDesk } from '../../../testing/support/workspace.ts'
import { warnOfCleartext } from './queue-runner.service.ts'

// No test measures time: each waits for what has to come, and a pause that must not be cut short is set to a minute.

mailScenario('the mail server is down, and comes back', patience, async ({ scene }) => {
  const smtp = await scene.startMail()
  // Only the return of the mail server can bring the retry forward from a minute.
  const { world } = await scene.openWorld(smtp.url, { MAIL_RETRY_SECONDS: '60' })
  await smtp.stop()

  const ticket = await createTicket(world.cleo)
  await untilBoth('deferred', world.ada, ticket)
  await everyRequestAnswers(world)
  const deferred = await mailsOf(world.ada, ticket)
  for (const person of [world.cleo, world.ada]) {
    expect(deferred(person)).toMatchObject({ attempts: 1, sent_at: null })
    expect(deferred(person).last_error).toContain('ECONNREFUSED')
    expect(Date.parse(deferred(person).next_attempt_at ?? '')).toBeGreaterThan(Date.parse(deferred(person).created_at))
  }

  const again = await scene.startMail(Number(new URL(smtp.url).port))
  const fresh = await createTicket(world.carl) // the first mail that gets through tells that the server is back
  await untilBoth('sent', world.ada, fresh)
  await untilBoth('sent', world.ada, ticket)
  const sent = await mailsOf(world.ada, ticket)
  for (const person of [world.cleo, world.ada]) {
    expect(sent(person)).toMatchObject({
      attempts: 2,
      last_error: null,
      next_attempt_at: null,
      message_id: deferred(person).message_id,
    })
    expect(messageIds(about(again, ticket, person))).toEqual(new Set([sent(person).message_id]))
  }
})

mailScenario('451 is tried again with growing pauses; 550 is tried once', patience, async ({ scene }) => {
  const smtp = await scene.startMail()
  const { world } = await scene.openWorld(smtp.url)
  smtp.behave({ cleo: '451', ada: '550' })
  const before = smtp.attempts.length

  const ticket = await createTicket(world.cleo)
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

mailScenario(
  'a deferred mail is not tried sooner because other recipients are reached',
  patience,
  async ({ scene }) => {
    const smtp = await scene.startMail()
    const { desk, world } = await scene.openWorld(smtp.url, { MAIL_RETRY_SECONDS: '60' })
    smtp.behave({ cleo: '451' })
    const ticket = await createTicket(world.cleo)
    await untilOne('deferred', world.ada, ticket, world.cleo)
    const fresh = await createTicket(world.carl)
    await untilBoth('sent', world.ada, fresh)

    const [mail] = await sqlOn(
      desk.databaseUrl,
      `select due_at > now() + interval '30 seconds' as is_patient from emails where state = 'deferred'`,
    )
    expect(mail).toEqual({ is_patient: true })
  },
)

mailScenario(
  'the line is cut after the final dot: the mail comes again, under the same Message-ID',
  patience,
  async ({ scene }) => {
    const smtp = await scene.startMail()
    const { world } = await scene.openWorld(smtp.url)
    smtp.behave({ cleo: 'cut-after-dot' })
    const ticket = await createTicket(world.cleo)
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

mailScenario(
  'a recipient that hangs holds up nobody else, and the desk stops without waiting for it',
  patience,
  async ({ scene }) => {
    const smtp = await scene.startMail()
    const databaseUrl = await scene.newDatabase()
    // Longer than the test waits: if anything waits for the recipient that hangs, the test fails.
    const settings = { SMTP_TIMEOUT_SECONDS: '60' }
    const desk = await startDesk({ settings: { SMTP_URL: smtp.url, ...settings }, databaseUrl })
    const world = await createWorld(desk)
    await desk.settled()
    smtp.behave({ cleo: 'hang' })
    const before = smtp.attempts.length
    const hanging = await Promise.all(Array.from({ length: 30 }, () => createTicket(world.cleo)))
    await until('Cleo is being tried', () => smtp.attempts.slice(before).includes(world.cleo.email))

    await everyRequestAnswers(world)
    const others = await Promise.all(Array.from({ length: 10 }, () => createTicket(world.carl)))
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

/** A mail server that refuses every sign-in and every sender until a test says otherwise. */
const startGuardedServer = async ({ undo }: MailScene) => {
  const refused = { isSignIn: true, isSender: true }
  const accepted: string[] = []
  const { port, stop } = await listenForMail(0, {
    refusesSignIn: () => (refused.isSignIn ? 535 : null),
    refusesSender: () => (refused.isSender ? 550 : null),
    async take(_raw, recipients) {
      accepted.push(...recipients)
    },
  })
  undo(stop)
  return { url: `smtp://desk:secret-of-the-desk@127.0.0.1:${port}`, refused, accepted }
}

mailScenario(
  'after a refused sign-in or a refused sender the mail waits until the settings are corrected',
  async ({ scene }) => {
    const smtp = await startGuardedServer(scene)
    const desk = await scene.openDesk(smtp.url)
    const world = await createWorld(desk)
    const ticket = await createTicket(world.cleo)
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

mailScenario('with tls=required nothing is sent over a line that stays open', patience, async ({ scene }) => {
  const smtp = await scene.startMail()
  const lines: string[] = []
  const log = pino({ level: 'warn' }, { write: (line) => void lines.push(line) })
  const desk = await scene.openDesk(`${smtp.url}?tls=required`, {}, { log })
  const world = await createWorld(desk)
  const ticket = await createTicket(world.cleo)
  await untilBoth('deferred', world.ada, ticket)
  const [mail] = await emails(world.ada, `ticket_id=${ticket}`)
  expect(mail?.last_error).toMatch(/TLS/)
  expect(smtp.attempts).toEqual([])
  const atStart = async (SMTP_URL: string, NODE_ENV: string): Promise<number> => {
    const before = lines.length
    await warnOfCleartext({ ...desk.app, config: { ...desk.app.config, SMTP_URL, NODE_ENV } as App['config'] })
    return lines.length - before
  }
  expect(await atStart('smtp://mail.example.com', 'production')).toBe(1)
  expect(await atStart('smtp://mail.example.com', 'development')).toBe(0)
  expect(await atStart('smtp://mail.example.com/?tls=required', 'production')).toBe(0)
  expect(await atStart('smtps://mail.example.com', 'production')).toBe(0)
})

mailScenario(
  'what a mail server says is kept as one line of text that PostgreSQL takes',
  patience,
  async ({ scene }) => {
    const refusals = [
      { code: 550, words: 'no\u0000thanks' },
      { code: 550, words: '\u001b[31mred\u009b2J' },
      { code: 550, words: 'long '.repeat(2_000) },
      { code: 451, words: 'try\u0000later' },
    ]
    let made = 0
    const { port, stop } = await listenForMail(0, {
      refusesRecipient: () => refusals[made++ % refusals.length] ?? null,
      take: async () => {},
    })
    scene.undo(stop)
    const desk = await scene.openDesk(`smtp://127.0.0.1:${port}`)
    const world = await createWorld(desk)
    await createTicket(world.cleo)
    await createTicket(world.cleo)
    await until('every mail has an outcome', async () => {
      const mails = await emails(world.ada, '')
      return mails.length >= 4 && mails.every(({ last_error }) => last_error !== null)
    })
    for (const { last_error } of await emails(world.ada, '')) {
      expect(last_error).not.toMatch(/\p{C}/u)
      expect(last_error?.length).toBeLessThanOrEqual(500)
    }
  },
)

mailScenario('a deactivated person gets no more mails, not even a waiting one', patience, async ({ scene }) => {
  const smtp = await scene.startMail()
  const { desk, world } = await scene.openWorld(smtp.url)
  smtp.behave({ carl: '451' })
  const ticket = await createTicket(world.carl)
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

mailScenario('two hundred mails at once arrive, each of them once', patience, async ({ scene }) => {
  const smtp = await scene.startMail()
  const { world } = await scene.openWorld(smtp.url)
  const tickets = await Promise.all(Array.from({ length: 100 }, () => createTicket(world.cleo)))
  expect(new Set(tickets).size).toBe(100)
  await until('all are there', () => about(smtp, 'TKT').length >= 200)
  await until('all are known to be sent', async () => (await emails(world.ada, 'state=queued')).length === 0)
  expect(about(smtp, 'TKT')).toHaveLength(200)
  expect(messageIds(about(smtp, 'TKT')).size).toBe(200)
  expect(about(smtp, 'TKT', world.cleo)).toHaveLength(100)
  expect(about(smtp, 'TKT', world.ada)).toHaveLength(100)
  for (const mail of await emails(world.ada, 'state=sent')) expect(mail.attempts).toBe(1)
})
