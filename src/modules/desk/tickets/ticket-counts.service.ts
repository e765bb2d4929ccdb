import { Priority, Status } from '../../../contract/enums.ts'
import type { App } from '../../../platform/app-context.ts'
import { invalidMember } from '../../../platform/errors.ts'
import { refuseTooBroad } from '../../../platform/paging.ts'
import { daysWithin, startOfDay, type ZonedDay } from '../../../platform/zoned-days.ts'
import type { User } from '../../identity/accounts/actor.ts'
import { settingsOf } from '../../identity/tenants/tenant-settings.service.ts'
import { countGroups } from './ticket-counts.queries.ts'
import {
  type CountedBy,
  type CountedGroup,
  countedAtMost,
  daysAtMost,
  groupsAtMost,
  type TicketCounts,
  type TicketCountsQuery,
  TicketView,
} from './ticket-counts.schemas.ts'
import type { Days } from './ticket-counts.steps.ts'
import { withMoments } from './ticket-days.ts'
import type { TicketFilter } from './ticket-query.schemas.ts'
import { adviceFor, deletedDaysOf, refuseFiltersOfOthers, withOwnId } from './tickets.service.ts'

/**
 * The days of a breakdown by day. @throws AppError `validation_failed` when an end is missing, or there are too many.
 */
const daysNamed = (filter: TicketFilter, time: 'raised' | 'resolved', zone: string): ZonedDay[] => {
  const { [`${time}_from` as const]: from, [`${time}_to` as const]: to } = filter
  for (const [name, value] of [
    [`${time}_from`, from],
    [`${time}_to`, to],
  ] as const) {
    if (value === undefined) throw invalidMember(name, `is missing, because by has ${time}_day`, 'missing')
  }
  const days = daysWithin(from ?? '', to ?? '', zone, daysAtMost)
  if (days === null) {
    throw invalidMember(`${time}_to`, `must be at most ${daysAtMost} days after ${time}_from`, 'too_big')
  }
  return days
}

const timesOfDays = ['raised_from', 'raised_to', 'resolved_from', 'resolved_to'] as const

/** The days until today, in a zone. */
const lastDays = ({ clock }: App, days: number, zone: string): ZonedDay[] => {
  const now = clock.now()
  const today = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short' }).format(now)
  const first = new Date(Date.parse(today) - (days - 1) * 86_400_000).toISOString().slice(0, 10)
  return daysWithin(startOfDay(first, zone), startOfDay(today, zone, 1), zone, days) ?? []
}

/**
 * The days of each breakdown by day.
 * @throws AppError `validation_failed` for days that are missing or too many, or named twice.
 */
const daysOf = (
  app: App,
  { by, last_days, zone }: { by: CountedBy[]; last_days: number | undefined; zone: string },
  filter: TicketFilter,
): Days => {
  const twice = timesOfDays.find((time) => last_days !== undefined && filter[time] !== undefined)
  if (twice !== undefined) throw invalidMember(twice, 'must not stand beside last_days', 'not_together')
  const last = last_days === undefined ? null : lastDays(app, last_days, zone)
  const of = (time: 'raised' | 'resolved'): ZonedDay[] =>
    by.includes(`${time}_day`) ? (last ?? daysNamed(filter, time, zone)) : []
  return { raised_day: of('raised'), resolved_day: of('resolved') }
}

type Group = CountedGroup & { value: string }

const byName = (one: { value: string; name?: string | null }, other: typeof one): number =>
  (one.name ?? one.value).localeCompare(other.name ?? other.value, 'en')

const counted = ({ value, count, is_cut }: Pick<Group, 'value' | 'count' | 'is_cut'>) => ({
  value,
  count: Math.min(count, countedAtMost),
  at_least: is_cut || count > countedAtMost,
})

/** Every value once, in their order: also those that no ticket has. */
const each = <Value extends string>(values: readonly Value[], groups: Group[]) => {
  const is_cut = groups[0]?.is_cut ?? false
  return values.map((value) => {
    const group = groups.find((one) => one.value === value) ?? { value, count: 0, is_cut }
    return { ...counted(group), value }
  })
}

/** The groups that have tickets, at most so many as there may be. */
const some = (groups: Group[]): Group[] => groups.filter(({ count }) => count > 0).slice(0, groupsAtMost)

const answerOf: { [By in CountedBy]: (groups: Group[], filter: TicketFilter, days: Days) => TicketCounts['counts'] } = {
  status: (groups, { status }) => ({
    status: each(
      Status.options.filter((one) => status?.includes(one) ?? true),
      groups,
    ),
  }),
  priority: (groups, { priority }) => ({
    priority: each(
      Priority.options.filter((one) => priority?.includes(one) ?? true),
      groups,
    ),
  }),
  technician: (groups) => {
    const isNobody = ({ value }: Group): boolean => value === 'none'
    const named = (group: Group) => {
      const { value, ...rest } = counted(group)
      return { value, name: group.name, ...rest }
    }
    const people = some(groups.filter((group) => !isNobody(group)))
    return { technician: [...people.map(named).sort(byName), ...some(groups.filter(isNobody)).map(named)] }
  },
  category: (groups) => ({
    category: some(groups)
      .map((group) => ({
        ...counted(group),
        ...(group.is_attended === null ? {} : { unattended: !group.is_attended }),
      }))
      .sort(byName),
  }),
  view: (groups) => ({
    view: each(
      TicketView.options.filter((view) => groups.some(({ value }) => value === view)),
      groups,
    ),
  }),
  raised_day: (groups, _, { raised_day }) => ({
    raised_day: each(
      raised_day.map(({ day }) => day),
      groups,
    ),
  }),
  resolved_day: (groups, _, { resolved_day }) => ({
    resolved_day: each(
      resolved_day.map(({ day }) => day),
      groups,
    ),
  }),
}

/**
 * Counts the tickets that the actor sees and a filter leaves, by each of some breakdowns.
 * @throws AppError `validation_failed` for a filter of others, or for days that are missing or too many;
 * `query_too_broad` after `LIST_TIMEOUT_MS`.
 */
export const countTickets = async (
  app: App,
  actor: User,
  { by = ['status'], zone: askedZone, last_days, ...asked }: TicketCountsQuery,
): Promise<TicketCounts> => {
  refuseFiltersOfOthers(actor, asked)
  if (actor.role === 'customer' && by.includes('view')) {
    throw invalidMember('by', 'may have view for the staff only', 'unknown_member')
  }
  const zone = askedZone ?? (await settingsOf(app, actor.tenantId)).time_zone
  const filter = withOwnId(actor, withMoments({ ...asked, zone }))
  const days = daysOf(app, { by, last_days, zone }, filter)
  const reading = countGroups(app.pool, { actor, filter, days, isOfLastDays: last_days !== undefined }, by, {
    timeoutMs: app.config.LIST_TIMEOUT_MS,
    conditions: app.conditions,
    deletedDays: await deletedDaysOf(app, actor, filter),
  })
  const found = await refuseTooBroad(reading, adviceFor(actor, filter))
  const groups = Map.groupBy(
    found.map((group): Group => ({ ...group, value: group.value ?? 'none' })),
    (group) => group.by,
  )
  const counts = by.map((name) => answerOf[name](groups.get(name) ?? [], filter, days))
  const more = by.filter(
    (name) => (groups.get(name) ?? []).filter(({ value }) => value !== 'none').length > groupsAtMost,
  )
  return { counts: Object.assign({}, ...counts), more }
}
