import { isDeepStrictEqual } from 'node:util'
import { invalidRequest } from './errors.ts'

type Members = Record<string, unknown>

/** Null stands for a member that is not there. */
const isAsIs = (value: unknown, present: unknown): boolean => isDeepStrictEqual(value ?? null, present ?? null)

/**
 * Refuses members that a caller sent back of what they had read, which cannot be changed and are not as they are now.
 * The caller has locked the row, so that it is compared with what it is. `elsewhere`: what changes a member instead.
 * @throws AppError `validation_failed`, which names the members.
 */
export const refuseReadOnly = (
  echoed: Members,
  present: object,
  elsewhere: Readonly<Record<string, string>> = {},
): void => {
  const changed = Object.entries(echoed).filter(([member, value]) => !isAsIs(value, (present as Members)[member]))
  if (changed.length === 0) return
  const message = 'cannot be changed here: leave it out, or send it as it is now'
  throw invalidRequest(
    'validation_failed',
    changed.map(([field]) => {
      const way = elsewhere[field]
      return { field, message: way === undefined ? message : `${message}; ${way} changes it`, code: 'read_only' }
    }),
  )
}

/** The members of a change that are not as they are now. Those that a caller only sent back ask for nothing. */
export const changedOnly = <Change extends object>(change: Change, present: object): Change =>
  Object.fromEntries(
    Object.entries(change).filter(([member, value]) => !isAsIs(value, (present as Members)[member])),
  ) as Change
