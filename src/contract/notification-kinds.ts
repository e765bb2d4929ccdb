import { z } from 'zod'
import type { Role } from './enums.ts'

/** What a person is told of. Each telling has one kind, and a person chooses a way for each kind. */
export const NotificationKind = z
  .enum([
    'ticket_created',
    'ticket_assigned',
    'ticket_status',
    'ticket_comment',
    'ticket_internal_comment',
    'ticket_file',
    'ticket_urgent',
    'ticket_mention',
    'desk',
    'account',
  ])
  .meta({
    id: 'NotificationKind',
    description:
      'What a person is told of. `ticket_created`: a new ticket. `ticket_assigned`: who has a ticket, or whom it is for now. ' +
      '`ticket_status`: a ticket goes on, is resolved, reopened, closed, merged or restored. `ticket_comment`: a public ' +
      'comment, or the end of an order. `ticket_internal_comment`: a comment for the staff. `ticket_file`: a file without a comment. ' +
      '`ticket_urgent`: a ticket was raised to urgent. `ticket_mention`: an internal comment names the person. `desk`: ' +
      'what admins and colleagues learn of the desk. `account`: invitations, passwords and the like.',
  })
export type NotificationKind = z.output<typeof NotificationKind>

/** How a person is told: `mail`, at once; in a digest; in the console only; or not at all. */
export const NotificationWay = z.enum(['mail', 'hourly', 'daily', 'console', 'nothing']).meta({
  id: 'NotificationWay',
  description:
    'How a person is told. `mail`: by a mail at once. `hourly`, `daily`: by a mail that gathers what happened. `console`: ' +
    'in the console only. `nothing`: not at all. The console shows what is mailed, too.',
})
export type NotificationWay = z.output<typeof NotificationWay>

/** The way of every kind that a person has chosen nothing for. */
export const defaultWay: NotificationWay = 'mail'

interface KindDefinition {
  /** Who is told of it. */
  roles: readonly Role[]
  /** The ways that a person may choose. */
  ways: readonly NotificationWay[]
}

const everyone: readonly Role[] = ['admin', 'technician', 'customer']
const staff: readonly Role[] = ['admin', 'technician']
const anyWay = NotificationWay.options
/** What is urgent waits for no digest. */
const atOnce = ['mail', 'console', 'nothing'] as const
const fixed = ['mail'] as const

/** Who is told of each kind, and how they may choose to be told. */
export const notificationKinds: Record<NotificationKind, KindDefinition> = {
  ticket_created: { roles: ['admin', 'customer'], ways: anyWay },
  ticket_assigned: { roles: everyone, ways: anyWay },
  ticket_status: { roles: everyone, ways: anyWay },
  ticket_comment: { roles: everyone, ways: anyWay },
  ticket_internal_comment: { roles: staff, ways: anyWay },
  ticket_file: { roles: everyone, ways: anyWay },
  ticket_urgent: { roles: staff, ways: atOnce },
  ticket_mention: { roles: staff, ways: anyWay },
  desk: { roles: staff, ways: anyWay },
  account: { roles: everyone, ways: fixed },
}

/** Whether a person may choose how they are told of a kind. */
const isChoosable = (kind: NotificationKind): boolean => notificationKinds[kind].ways.length > 1

/** The kinds that a person may choose a way for. */
export const choosableKinds: NotificationKind[] = NotificationKind.options.filter(isChoosable)

/** What an event says that a person chose. `by`: with the one-click unsubscription of a mail. */
export const notificationsChanged = {
  changes: {
    ...(Object.fromEntries(choosableKinds.map((kind) => [kind, NotificationWay])) as {
      [Kind in NotificationKind]?: typeof NotificationWay
    }),
    digest_hour: z.int(),
  },
  details: { by: z.literal('unsubscription').optional() },
}
