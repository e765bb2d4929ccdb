import type { App } from '../../../platform/app-context.ts'
import { type PageOf, type PageRequest, pageOf } from '../../../platform/paging.ts'
import type { User } from '../../identity/accounts/actor.ts'
import { listEvents } from './audit.queries.ts'
import type { AuditEvent, AuditFilter, AuditKey } from './audit.schemas.ts'

/** Events are listed by the time at which they happened. */
export const auditOrder = 'occurred_at'

/** A page of the tenant's events that have their position, newest first. */
export const listAudit = async (
  app: App,
  actor: User,
  filter: AuditFilter,
  request: PageRequest<AuditKey>,
): Promise<PageOf<AuditEvent>> =>
  pageOf(await listEvents(app.pool, actor, filter, request), request, auditOrder, (event) => [
    event.occurred_at,
    event.position,
  ])
