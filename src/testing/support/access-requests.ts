import type { Status } from '../../contract/enums.ts'
import type { Asking, Principal, Stage } from './access-cast.ts'
import { catalogueRequests } from './catalogue-requests.ts'
import { assignTicket, createTicket, issue, mergeTicket, moveTicket } from './create-tickets.ts'
import { fileRequests } from './file-requests.ts'
import { mailTemplateRequests } from './mail-template-requests.ts'
import { type Person, password } from './people.ts'
import { aboutOf, peopleRequests } from './people-requests.ts'
import { expectSuccess } from './requests.ts'
import { askedRegistration, confirmationToken, forgetPassword, newSessionId } from './sign-in-requests.ts'
import { tenantRequests } from './tenant-requests.ts'
import { tokenRequests } from './token-requests.ts'
import { unsubscribeToken } from './unsubscribe-token.ts'
import { webhookRequests } from './webhook-requests.ts'
import { writeMails } from './write-mails.ts'

/** Builds the requests that are asked of every endpoint, by `METHOD /path`. */
export const createAccessRequests = ({ desk, world, cast, clerk, mailId }: Stage): Record<string, Asking> => {
  /**
   * Creates a ticket of Cora's. Tilda has it, unless the caller is a technician of its category: then nobody has it
   * yet.
   */
  const create = async (who: Principal, ...moves: Status[]): Promise<{ id: string; version: number }> => {
    const id = await createTicket(clerk, { customer_id: cast['its customer'].id })
    if (who === 'of its category') return { id, version: 1 }
    await assignTicket(clerk, id, cast['its technician'])
    await moveTicket(clerk, id, ...moves)
    return { id, version: 2 + moves.length }
  }
  let made = 0
  /** The token in a link of a mail, for a new account each time. */
  const resetToken = async (): Promise<string> => {
    made += 1
    return forgetPassword(desk, world, await world.customer(`Reset${made}`))
  }
  const about = aboutOf(cast)
  const newPerson = (more: object = {}): object => {
    made += 1
    return { name: `Person ${made}`, email: `person${made}@${world.slug}.example.com`, ...more }
  }
  const ticketIn =
    (...moves: Status[]): Asking =>
    async (who) => ({ id: (await create(who, ...moves)).id })
  const updateTicket: Asking = async (who) => {
    // Customers correct the texts of a new ticket.
    const isCorrection = who === 'its customer' || who === 'other customer'
    const { id, version } = await create(isCorrection ? 'of its category' : who)
    const others = isCorrection ? { subject: 'No network in room 12' } : { priority: 'high' }
    const body = who === 'of its category' ? { technician_id: cast[who].id } : others
    return { id, body, headers: { 'If-Match': `"${version}"` } }
  }
  const remark = { body: 'It is still down.', visibility: 'public' }
  /** A comment of the caller's own when the caller may write any, else a comment of the clerk's. */
  const commentOn = async (who: Principal, person: Person | null): Promise<string[]> => {
    const { id } = await create(who)
    const own = await person?.post(`/tickets/${id}/comments`, remark)
    const { body } = own?.status === 201 ? own : await clerk.post(`/tickets/${id}/comments`, remark)
    return [id, body.comment_id]
  }
  /** What takes back a comment of the caller's own when the caller may write any, else one of the clerk's. */
  const undoOf: Asking = async (who, person) => {
    const { id } = await create(who)
    const body = { ...remark, undo_seconds: 30 }
    const own = await person?.post(`/tickets/${id}/comments`, body)
    const said = own?.status === 201 ? own : await clerk.post(`/tickets/${id}/comments`, body)
    return { body: { token: said.body.undo_token } }
  }
  const linkOf: Asking = async (who) => ({ id: [(await create(who)).id, 'related', (await create(who)).id] })
  const tagOf: Asking = async (who) => ({ id: [(await create(who)).id, 'vpn'] })
  const watcherOf: Asking = async (who) => ({ id: [(await create(who)).id, cast['its technician'].id] })
  /** A valid request for each endpoint. An endpoint without one fails the test. */
  return {
    'POST /auth/login': () => ({ body: { user_id_or_email: cast['its customer'].email, password } }),
    'GET /registration': () => ({}),
    'POST /auth/register/confirm': async () => {
      made += 1
      const email = `registered${made}@${world.slug}.example.com`
      return { body: { token: await askedRegistration(desk, world, email), password } }
    },
    'POST /auth/register': () => ({ body: newPerson({ password }) }),
    'GET /auth/me': () => ({}),
    'POST /auth/refresh': async (_, person) => ({
      body: { refresh_token: (person ?? (await world.signIn(world.cleo.email, password))).refreshToken },
    }),
    'POST /auth/logout': () => ({}),
    'POST /auth/password/forgot': () => ({ body: { email: cast['its customer'].email } }),
    'POST /auth/password/reset': async () => ({ body: { token: await resetToken(), password } }),
    'POST /auth/link': async () => ({ body: { purpose: 'password', token: await resetToken() } }),
    'POST /auth/email/confirm': async () => ({
      body: { token: await confirmationToken(desk, world, cast['its customer']) },
    }),
    'POST /auth/password/change': () => ({ body: { current_password: password, password } }),
    'GET /me': () => ({}),
    'GET /me/sessions': () => ({}),
    'DELETE /me/sessions/others': () => ({}),
    'DELETE /me/sessions/:sessionId': async (who) => ({
      id: await newSessionId(world, cast[who === 'admin' ? who : 'its customer'].email),
    }),
    'PATCH /me': () => ({ body: { name: 'Renamed Person' } }),
    'GET /me/notifications': () => ({}),
    'PATCH /me/notifications': () => ({ body: { ways: { ticket_comment: 'daily' }, digest_hour: 7 } }),
    'POST /unsubscribe': async () => ({ body: { token: await unsubscribeToken(desk, world) } }),
    'POST /me/email': (who) => ({
      body: { email: `${who.replaceAll(' ', '-')}@elsewhere.example.com`, current_password: password },
    }),
    'POST /auth/login/second-factor': () => ({ body: { challenge: 'wrong', code: 'wrong' } }),
    'GET /me/second-factor': () => ({}),
    'POST /me/second-factor': () => ({ body: { current_password: password } }),
    // Nobody of the cast switches one on, because signing in would then ask for its codes.
    'POST /me/second-factor/confirm': () => ({ body: { code: 'wrong' } }),
    'POST /me/second-factor/recovery-codes': () => ({ body: { second_factor_code: 'wrong' } }),
    'POST /me/second-factor/disable': () => ({ body: { current_password: password } }),
    'POST /users/signup': () => ({ body: newPerson({ password }) }),
    'POST /users/signin': () => ({ body: { email: cast['its customer'].email, password } }),
    'POST /users/signout': () => ({}),
    'GET /users/currentuser': () => ({}),

    ...peopleRequests({ cast, clerk }, newPerson),
    ...tokenRequests(world, clerk, cast['its customer']),
    ...webhookRequests(desk, world, clerk, cast['its technician']),
    ...catalogueRequests(clerk, cast['its customer']),
    'GET /categories': () => ({}),
    'GET /attachment-rules': () => ({}),
    'GET /last-comments': () => ({}),
    'POST /tickets': (who) => ({
      body: who.endsWith(' customer') ? issue : { ...issue, customer_id: cast['its customer'].id },
    }),
    'POST /tickets/customer/:customerId': about('its customer', issue),
    'GET /tickets': () => ({}),
    'GET /tickets/counts': () => ({}),
    'GET /tickets/board': () => ({}),
    'GET /tickets/customer/:customerId': about('its customer'),
    'GET /tickets/technician/:technicianId': about('its technician'),
    'GET /tickets/:ticketId': ticketIn(),
    'GET /tickets/:ticketId/history': ticketIn(),
    'PUT /tickets/:ticketId': updateTicket,
    'PATCH /tickets/:ticketId': updateTicket,
    'POST /tickets/:ticketId/reopen': ticketIn('in_progress', 'resolved'),
    'POST /tickets/:ticketId/close': ticketIn('in_progress', 'resolved'),
    'POST /undo': undoOf,
    'DELETE /tickets/:ticketId': ticketIn(),
    'POST /tickets/:ticketId/restore': async (who) => {
      const { id } = await create(who)
      expectSuccess(await clerk.delete(`/tickets/${id}`))
      return { id }
    },

    'POST /tickets/:ticketId/move': async (who) => ({
      id: (await create(who)).id,
      body: { customer_id: cast['other customer'].id },
    }),
    'POST /tickets/:ticketId/merge': async (who) => ({
      id: (await create(who)).id,
      body: { into: (await create(who)).id },
    }),
    'POST /tickets/:ticketId/unmerge': async (who) => {
      const [{ id }, { id: into }] = [await create(who), await create(who)]
      await mergeTicket(clerk, id, into)
      return { id }
    },
    'GET /tickets/:ticketId/links': ticketIn(),
    'PUT /tickets/:ticketId/links/:kind/:otherTicketId': linkOf,
    'DELETE /tickets/:ticketId/links/:kind/:otherTicketId': linkOf,
    'PUT /tickets/:ticketId/tags/:tag': tagOf,
    'DELETE /tickets/:ticketId/tags/:tag': tagOf,
    'GET /tags': () => ({}),
    'GET /tickets/:ticketId/watchers': ticketIn(),
    'PUT /tickets/:ticketId/watchers/:accountId': watcherOf,
    'DELETE /tickets/:ticketId/watchers/:accountId': watcherOf,

    'GET /tickets/:ticketId/presence': ticketIn(),
    'PUT /tickets/:ticketId/presence': async (who) => ({ id: (await create(who)).id, body: { state: 'viewing' } }),
    'DELETE /tickets/:ticketId/presence': ticketIn(),

    'POST /tickets/:ticketId/comments': async (who) => ({ id: (await create(who)).id, body: remark }),
    'GET /tickets/:ticketId/comments': ticketIn(),
    'PUT /tickets/:ticketId/comments/:commentId': async (who, person) => ({
      id: await commentOn(who, person),
      body: { body: 'It has been down since nine.' },
    }),
    'DELETE /tickets/:ticketId/comments/:commentId': async (who, person) => ({ id: await commentOn(who, person) }),

    'GET /drafts': () => ({}),
    'GET /tickets/:ticketId/drafts/:draftKind': async (who, person) => {
      const { id } = await create(who)
      await person?.put(`/tickets/${id}/drafts/reply`, { body: 'Not sent yet' })
      return { id: [id, 'reply'] }
    },
    'PUT /tickets/:ticketId/drafts/:draftKind': async (who) => ({
      id: [(await create(who)).id, 'reply'],
      body: { body: 'Not sent yet' },
    }),
    'DELETE /tickets/:ticketId/drafts/:draftKind': async (who) => ({ id: [(await create(who)).id, 'reply'] }),
    'GET /tickets/:ticketId/recipients': ticketIn(),

    ...fileRequests(desk, clerk, create),

    'GET /emails': () => ({}),
    'GET /emails/:emailId': () => ({ id: mailId }),
    'POST /emails/:emailId/resend': async (who) => {
      const { id } = await create(who)
      await writeMails(desk)
      const { emails } = expectSuccess(await clerk.get(`/emails?ticket_id=${id}`)).body
      return { id: emails[0].email_id }
    },
    'GET /tickets/:ticketId/emails': ticketIn(),
    'GET /notifications': () => ({}),
    'POST /notifications/read': () => ({ body: { up_to: '0123456789abcdef0123456789abcdef' } }),
    ...tenantRequests(desk, world),
    'GET /settings': () => ({}),
    'PATCH /settings': () => ({ body: { second_factor_required: false } }),
    ...mailTemplateRequests,
    'GET /events': () => ({}),
    'GET /events/stream': () => ({}),
    'POST /events/passes': () => ({}),
    'GET /audit': () => ({}),
    'GET /audit/verify': () => ({}),

    'GET /health': () => ({}),
    'GET /ready': () => ({}),
    'GET /openapi.json': () => ({}),
  }
}
