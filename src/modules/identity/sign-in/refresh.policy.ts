import type { RefreshToken } from './refresh-tokens.ts'

/** A session that a refresh token names, locked. It was not revoked. */
export interface RefreshedSession {
  refresh_hash: Buffer | null
  previous_refresh_hash: Buffer | null
  unmarked_refresh_hash: Buffer | null
  /** Whether the last refresh was within the last 30 seconds. */
  is_just_refreshed: boolean
  /** Whether it has not expired, and the account is active. */
  is_living: boolean
}

const isHash = (stored: Buffer | null, hash: Buffer): boolean => stored?.equals(hash) ?? false

/**
 * What a refresh token does. The newest gets a new pair (`renew`). The one before it gets the same pair again
 * (`repeat`), for a moment and until the newest is used, because two tabs may refresh at once and an answer may be
 * lost. Another one that was right once ends the session (`end`; RFC 9700, 4.14.2). One that was never right changes
 * nothing (`refuse`).
 */
export const judgeRefresh = (
  session: RefreshedSession,
  { hash, isMarked }: Pick<RefreshToken, 'hash' | 'isMarked'>,
): 'renew' | 'repeat' | 'end' | 'refuse' => {
  const isNewest = isHash(session.refresh_hash, hash)
  const isPrevious = isHash(session.previous_refresh_hash, hash)
  if (session.is_living && isNewest) return 'renew'
  if (session.is_living && isPrevious && session.is_just_refreshed) return 'repeat'
  return isMarked || isNewest || isPrevious || isHash(session.unmarked_refresh_hash, hash) ? 'end' : 'refuse'
}
