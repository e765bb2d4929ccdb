import type { App } from '../../../platform/app-context.ts'
import { refuseTooBroad } from '../../../platform/paging.ts'
import type { User } from '../../identity/accounts/actor.ts'
import { listLastComments } from './last-comments.queries.ts'
import type { LastComment } from './last-comments.schemas.ts'

/**
 * What was said last on each of some tickets, as far as the actor sees the tickets and may read the comments.
 * @throws AppError `query_too_broad` after `LIST_TIMEOUT_MS`.
 */
export const getLastComments = (app: App, actor: User, ticketIds: string[]): Promise<LastComment[]> =>
  refuseTooBroad(listLastComments(app.pool, actor, ticketIds, app.config.LIST_TIMEOUT_MS), 'Ask about fewer tickets.')
