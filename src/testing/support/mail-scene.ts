import { expect } from 'vitest'
import type { Email } from '../../modules/channels/outgoing-mail/outgoing-mail.schemas.ts'
import { type Delivered, type MailServer, startMailServer } from '../peers/smtp-server.ts'
import { issue } from './create-tickets.ts'
import { createWorld, type Person, type World } from './people.ts'
import type { Api } from './requests.ts'
import { type Undo, undoing } from './scene.ts'
import { createTestDatabase } from './test-database.ts'
import { until } from './waiting.ts'
import { type Desk, type DeskOptions, startDesk } from './workspace.ts'

/** What a test of mails that meet with faults works with. */
export interface MailScene {
  startMail(port?: number): Promise<MailServer>
  openDesk(smtpUrl: string, settings?: Record<string, string>, options?: DeskOptions): Promise<Desk>
  /** Opens a desk, creates a world on it, and waits until the first mails are out. */
  openWorld(
    smtpUrl: string,
    settings?: Record<string, string>,
    options?: DeskOptions,
  ): Promise<{ desk: Desk; world: World }>
  /** Creates a database that several desks may use, at the same time or one after the other. */
  newDatabase(): Promise<string>
  undo: Undo
}

const createScene = (undo: Undo): MailScene => {
  const openDesk: MailScene['openDesk'] = async (smtpUrl, settings = {}, options = {}) => {
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

/** A test with a desk, a database and a mail server of its own, which it closes. Such tests run side by side. */
export const mailScenario = undoing.extend<{ scene: MailScene }>({
  scene: ({ undo }, use) => use(createScene(undo)),
}).concurrent

/** The mails that the API lists for a query. */
export const emails = async (admin: Api, query: string): Promise<Email[]> => {
  const reply = await admin.get(`/emails?limit=100&${query}`)
  expect(reply.status).toBe(200)
  return reply.body.emails
}

/** What the API says of the mails of a ticket, by recipient. */
export const mailsOf = async (admin: Api, ticketId: string) => {
  const found = await emails(admin, `ticket_id=${ticketId}`)
  return (person: { email: string }): Email => {
    const [mail, ...more] = found.filter(({ recipient_email }) => recipient_email === person.email)
    if (mail === undefined || more.length > 0) throw new Error(`${more.length} more mails than one to ${person.email}`)
    return mail
  }
}

/** Waits until both mails of a ticket, to the customer and to Ada, are in a state. */
export const untilBoth = (state: Email['state'], admin: Api, ticketId: string): Promise<void> =>
  until(`the mails of ${ticketId} are ${state}`, async () => {
    const found = await emails(admin, `ticket_id=${ticketId}`)
    return found.length === 2 && found.every((mail) => mail.state === state)
  })

/** Waits until the mail of a ticket to a person is in a state. */
export const untilOne = (state: Email['state'], admin: Api, ticketId: string, person: Person): Promise<void> =>
  until(`${person.id} is ${state} of ${ticketId}`, async () => {
    const found = await emails(admin, `ticket_id=${ticketId}&state=${state}`)
    return found.some((mail) => mail.account_id === person.id)
  })

/** The mails about a ticket that were delivered, to a person or to all. */
export const about = (smtp: MailServer, ticketId: string, person?: Person): Delivered[] =>
  smtp.delivered.filter(
    ({ message, recipient }) =>
      message.subject?.includes(ticketId) && (person === undefined || recipient === person.email),
  )

export const messageIds = (mails: Delivered[]): Set<string | undefined> =>
  new Set(mails.map((mail) => mail.message.messageId))

/** Expects requests of every kind to be answered as usual while mails fail. */
export const everyRequestAnswers = async ({ ada, cleo, nobody }: World): Promise<void> => {
  const replies = await Promise.all([
    cleo.post('/tickets', issue),
    cleo.get('/tickets'),
    ada.get('/emails'),
    ada.get('/tickets'),
    nobody.post('/auth/password/forgot', { email: cleo.email }),
    nobody.get('/ready'),
  ])
  expect(replies.map(({ status }) => status)).toEqual([201, 200, 200, 200, 202, 200])
}

/** The value of a header of a mail; header names are in lower case. */
export const headerOf = (mail: Delivered | undefined, name: string): string | undefined =>
  mail?.message.headers.find(({ key }) => key === name)?.value
