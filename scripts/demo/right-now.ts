import { choosableKinds, notificationKinds } from '../../src/contract/notification-kinds.ts'
import { listOwnNotifications, markOwnRead } from '../../src/modules/channels/notifications/notifications.service.ts'
import { choose } from '../../src/modules/channels/recipients/choices.service.ts'
import { createComment } from '../../src/modules/desk/comments/comments.service.ts'
import { tellPresence } from '../../src/modules/desk/tickets/presence.service.ts'
import { undoable } from '../../src/modules/desk/tickets/undos.service.ts'
import { undoChange } from '../../src/modules/desk/undo/undo.service.ts'
import type { Act, User } from '../../src/modules/identity/accounts/actor.ts'
import type { App } from '../../src/platform/app-context.ts'
import type { Creation, TimedDeed } from './deeds.ts'
import { technicians } from './demo-people.ts'

// What goes on at the end of the history, at the time of today: two people choose how they are told, one ticket is in
// hand, and what is new is unread.

/** The people of the ticket that is in hand, by their addresses, and its place in the order of creation. */
export interface InHand {
  ticket: number
  customer: string
  technician: string
  /** A technician who has nothing to do with the ticket so far. */
  colleague: string
}

const isOver = new Set<TimedDeed['kind']>(['close', 'expire', 'merge', 'delete', 'restore'])

/** The newest ticket that a technician works on, and that nobody has merged or deleted. Null when there is none. */
export const ticketInHand = (deeds: TimedDeed[]): InHand | null => {
  const created = deeds.filter((deed): deed is Creation => deed.kind === 'create').toReversed()
  for (const { ticket, customer } of created) {
    const about = deeds.filter((deed) => 'ticket' in deed && deed.ticket === ticket)
    const changes = about.flatMap((deed) => (deed.kind === 'change' ? [deed] : []))
    const status = changes.flatMap(({ change }) => change.status ?? []).at(-1)
    const technician = changes.flatMap((deed) => deed.technician ?? []).at(-1)
    const isTarget = deeds.some((deed) => deed.kind === 'merge' && deed.into === ticket)
    const colleague = technicians.find(({ email, isAvailable }) => isAvailable && email !== technician)?.email
    if (status !== 'in_progress' || isTarget || about.some(({ kind }) => isOver.has(kind))) continue
    if (technician && colleague) return { ticket, customer, technician, colleague }
  }
  return null
}

/** Marks all notifications of the history as read. */
export const readAll = async (app: App, people: Iterable<User>): Promise<void> => {
  for (const actor of people) {
    const { rows } = await listOwnNotifications(app, actor, {}, { limit: 1, after: null })
    const [newest] = rows
    const act = { actor, requestId: null, receipt: null }
    if (newest) await markOwnRead(app, act, { up_to: newest.notification_id })
  }
}

/** Every kind that the staff choose for, in the console only. */
const consoleOnly = Object.fromEntries(
  choosableKinds
    .filter((kind) => notificationKinds[kind].roles.includes('technician'))
    .map((kind) => [kind, 'console' as const]),
)

/**
 * The technician has a daily digest of what customers write, and the colleague is told in the console only. The
 * customer asks, the technician mentions the colleague in an internal comment, and takes an answer back that went out
 * too early: it is a draft again. `actOf` makes an act of the person with an address.
 */
export const workOn = async (
  app: App,
  ticketId: string,
  { customer, technician, colleague }: InHand,
  actOf: (email: string) => Act<User>,
): Promise<void> => {
  await choose(app, actOf(technician), {
    ways: { ticket_comment: 'daily', ticket_status: 'daily', ticket_file: 'daily' },
    digest_hour: 7,
  })
  await choose(app, actOf(colleague), { ways: consoleOnly })
  await createComment(app, actOf(customer), ticketId, {
    body: 'Is there any news? It happened again this morning.',
    visibility: 'public',
  })
  await createComment(app, actOf(technician), ticketId, {
    body: `@${actOf(colleague).actor.accountId} have you seen this fault before?`,
    visibility: 'internal',
  })
  const tooEarly = await undoable(app, actOf(technician), 30)
  const { undo_token: token } = await createComment(app, tooEarly, ticketId, {
    body: 'It is repaired now. ',
    visibility: 'public',
  })
  if (token === undefined) throw new Error('the demo could not take a comment back')
  await undoChange(app, actOf(technician), token)
}

/** Somebody has the ticket open. That is over after half a minute. */
export const lookAt = async (app: App, ticketId: string, act: Act<User>): Promise<void> => {
  await tellPresence(app, act, ticketId, 'viewing')
}
