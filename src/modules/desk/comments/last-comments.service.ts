import type { App } from '../../../platform/app-context.ts'
import type { User } from '../../identity/accounts/actor.ts'
import { listLastComments } from './last-comments.queries.ts'
import type { LastComment } from './last-comments.schemas.ts'

/** What was said last on each of some tickets, as far as the actor sees the tickets and may read the comments. */
export const getLastComments = (app: App, actor: User, ticketIds: string[]): Promise<LastComment[]> =>
  listLastComments(app.pool, actor, ticketIds)
