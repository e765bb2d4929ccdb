import { eventTypesWhere } from '../../../contract/events.ts'
import type { App } from '../../../platform/app-context.ts'
import { shownDetails } from '../../../platform/events/blanking.ts'
import { fitPage } from '../../../platform/page-budget.ts'
import { type PageOf, type PageRequest, pageOf, refuseTooBroad } from '../../../platform/paging.ts'
import { peopleNamedIn } from '../../desk/tickets/ticket-events.policy.ts'
import type { User } from '../../identity/accounts/actor.ts'
import { withNamesForAdmins } from '../history/people-names.service.ts'
import { listEvents } from './audit.queries.ts'
import type { AuditEvent, AuditFilter, AuditKey, AuditRow } from './audit.schemas.ts'

/** Events are listed by the time at which they happened. */
export const auditOrder = 'occurred_at'

const ofAccounts = new Set<string>(eventTypesWhere(({ subject }) => subject === 'account'))

/** The people whom an event names beside its actor. The subject `-` is no account. */
const peopleIn = (event: AuditRow): string[] => [
  ...(ofAccounts.has(event.type) ? [event.subject_id] : []),
  ...peopleNamedIn(event),
]

/**
 * A page of the tenant's events that have their position, newest first.
 * @throws AppError `query_too_broad` after `LIST_TIMEOUT_MS`.
 */
export const listAudit = async (
  app: App,
  actor: User,
  filter: AuditFilter,
  request: PageRequest<AuditKey>,
): Promise<PageOf<AuditEvent>> => {
  const reading = listEvents(app.pool, actor, filter, request, app.config.LIST_TIMEOUT_MS)
  const events = await refuseTooBroad(
    reading,
    'Filter by `actor` and `type`, and by part of the time with `from` and `to`.',
  )
  const shown = events.map((event) => ({ ...event, details: shownDetails(event.details) }))
  const found = pageOf(shown, request, auditOrder, ({ occurred_at, position }) => [occurred_at, position])
  const rows = await withNamesForAdmins(app.pool, actor, found.rows, peopleIn)
  return { ...found, rows: fitPage(rows, ['changes', 'details']) }
}
