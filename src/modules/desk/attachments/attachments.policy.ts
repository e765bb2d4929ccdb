import type { Visibility } from '../../../contract/enums.ts'
import type { User } from '../../identity/accounts/actor.ts'

/**
 * The visibility of a file when the request names none. Files of the staff are internal, because they can be shown
 * later.
 */
export const usualVisibility = (actor: User): Visibility => (actor.role === 'customer' ? 'public' : 'internal')

/** How long an upload waits to be registered. */
export const registerMinutes = 60
