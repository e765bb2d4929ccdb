import type { Role } from '../../../contract/enums.ts'
import type { ChangesOf, DetailsOf } from '../../../contract/events.ts'
import {
  choosableKinds,
  defaultWay,
  NotificationKind,
  type NotificationWay,
  notificationKinds,
} from '../../../contract/notification-kinds.ts'
import { type Warning, withWarnings } from '../../../contract/warnings.ts'
import type { App } from '../../../platform/app-context.ts'
import type { Db, Tx } from '../../../platform/db/sql.ts'
import { transaction } from '../../../platform/db/transaction.ts'
import { invalidMember } from '../../../platform/errors.ts'
import { eventOf, recordEvents } from '../../../platform/events/append-events.ts'
import type { Act, User } from '../../identity/accounts/actor.ts'
import { lockOwn } from '../../identity/accounts/own-account.service.ts'
import { type Chosen, forgetDigestHour, getChosen, writeDigestHour, writeWays } from './choices.queries.ts'
import type { ChoiceChange, NotificationChoices } from './choices.schemas.ts'
import { defaultDigestHour } from './digest-times.steps.ts'

const wayIn = ({ ways }: Chosen, kind: NotificationKind): NotificationWay =>
  (choosableKinds.includes(kind) ? ways[kind] : undefined) ?? defaultWay

/** The way of every kind that is in force for an account. */
export const chosenWays = async (db: Db, actor: User): Promise<Record<NotificationKind, NotificationWay>> => {
  const chosen = await getChosen(db, actor)
  return Object.fromEntries(NotificationKind.options.map((kind) => [kind, wayIn(chosen, kind)])) as Record<
    NotificationKind,
    NotificationWay
  >
}

const isToldOf = (role: Role, kind: NotificationKind): boolean => notificationKinds[kind].roles.includes(role)

/** What keeps mails from somebody who wants them. */
const warningsOf = ({ config }: App, { is_unconfirmed }: Chosen, ways: NotificationWay[]): Warning[] =>
  is_unconfirmed && config.QUOTA_STRANGER_MAILS_PER_DAY > 0 && ways.some((way) => way === 'hourly' || way === 'daily')
    ? [
        {
          code: 'address_not_confirmed',
          detail:
            `Nobody has confirmed your address, so at most ${config.QUOTA_STRANGER_MAILS_PER_DAY} mails about tickets, ` +
            'digests among them, come within 24 hours, and the others never. Confirm it by the link in our welcome, or ' +
            'by one that POST /api/me/email with your address sends.',
        },
      ]
    : []

const shown = (app: App, { role }: User, chosen: Chosen): NotificationChoices => {
  const kinds = NotificationKind.options.filter((kind) => isToldOf(role, kind))
  const ways = kinds.map((kind) => wayIn(chosen, kind))
  const answer = {
    choices: kinds.map((kind) => ({
      kind,
      way: wayIn(chosen, kind),
      default_way: defaultWay,
      ways: [...notificationKinds[kind].ways],
    })),
    digest_hour: chosen.digest_hour,
    time_zone: chosen.time_zone,
    next_hourly_at: ways.includes('hourly') ? chosen.next_hourly_at : null,
    next_daily_at: ways.includes('daily') ? chosen.next_daily_at : null,
    waiting: chosen.waiting,
  }
  return withWarnings(answer, warningsOf(app, chosen, ways))
}

/** How the actor is told of each kind of event that their role is told of. */
export const getChoices = async (app: App, actor: User): Promise<NotificationChoices> =>
  shown(app, actor, await getChosen(app.pool, actor, app.config.TIME_ZONE))

/**
 * Refuses kinds that the role of the actor is not told of, and ways that a kind does not have.
 * @throws AppError `validation_failed`.
 */
const refuseOthers = ({ role }: User, ways: ChoiceChange['ways'] = {}): void => {
  for (const kind of NotificationKind.options) {
    const way = ways[kind]
    if (way === undefined || way === null) continue
    if (!isToldOf(role, kind))
      throw invalidMember(`ways.${kind}`, 'is nothing that your role is told of', 'invalid_value')
    const { ways: possible } = notificationKinds[kind]
    if (!possible.includes(way))
      throw invalidMember(`ways.${kind}`, `must be one of ${possible.join(', ')}`, 'invalid_value')
  }
}

/**
 * Changes how the actor is told, in the caller's transaction, which has locked the account, and records what changed.
 * What waits for a digest follows the event.
 */
export const changeChoices = async (
  tx: Tx,
  act: Act<User>,
  { ways = {}, digest_hour }: ChoiceChange,
  details: DetailsOf<'account.notifications_changed'> = {},
): Promise<void> => {
  const { actor } = act
  const before = await getChosen(tx, actor)
  const chosen = NotificationKind.options.flatMap((kind): [NotificationKind, NotificationWay][] => {
    const way = ways[kind] === null ? defaultWay : ways[kind]
    return way === undefined || way === wayIn(before, kind) ? [] : [[kind, way]]
  })
  const wanted = digest_hour === null ? defaultDigestHour : digest_hour
  const hour = wanted === undefined || wanted === before.digest_hour ? null : wanted
  if (chosen.length === 0 && hour === null) return
  const changes: ChangesOf<'account.notifications_changed'> = Object.fromEntries(
    chosen.map(([kind, to]) => [kind, { from: wayIn(before, kind), to }]),
  )
  if (chosen.length > 0) await writeWays(tx, actor, chosen)
  if (hour !== null) {
    changes.digest_hour = { from: before.digest_hour, to: hour }
    if (digest_hour === null) await forgetDigestHour(tx, actor)
    else await writeDigestHour(tx, actor, hour)
  }
  await recordEvents(tx, [eventOf(act, 'account.notifications_changed', actor.accountId, { changes, details })])
}

/**
 * Changes how the actor is told.
 * @throws AppError `validation_failed` for a kind that the role is not told of, or a way that the kind does not have;
 * `invalid_token` when the account was deactivated since the request came.
 */
export const choose = (app: App, act: Act<User>, change: ChoiceChange): Promise<NotificationChoices> =>
  transaction(
    app.pool,
    async (tx) => {
      refuseOthers(act.actor, change.ways)
      await lockOwn(tx, act)
      await changeChoices(tx, act, change)
      return shown(app, act.actor, await getChosen(tx, act.actor, app.config.TIME_ZONE))
    },
    act.receipt,
  )
