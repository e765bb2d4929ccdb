import type { RefreshToken } from './refresh-tokens.ts'

/** A session that a refresh token names, locked. It was not revoked. */
export interface RefreshedSession {
  refresh_hash: Buffer | null
  previous_refresh_hash: Buffer | null
  unmarked_refresh_hash: Buffer | null
  /** When it was refreshed last, in milliseconds of the program's clock. */
  refreshed_ms: number
  /** Whether it has not expired, and the account is active. */
  is_living: boolean
}

/** For how long after a refresh the token that it replaced gets the same answer again. */
const againMs = 30_000

const isHash = (stored: Buffer | null, hash: Buffer): boolean => stored?.equals(hash) ?? false

/**
 * What a refresh token does. The newest gets a new pair (`renew`). The one before it gets the same pair again (`repeat`),
 * for a moment and until the newest is used, because two tabs may refresh at once and an answer may be lost. Another one
 * that was right once ends the session (`end`; RFC 9700, 4.14.2). One that was never right changes nothing (`refuse`).
 */
export const judgeRefresh = (
  session: RefreshedSession,
  { hash, isMarked }: Pick<RefreshToken, 'hash' | 'isMarked'>,
  nowMs: number,
): 'renew' | 'repeat' | 'end' | 'refuse' => {
  const isNewest = isHash(session.refresh_hash, hash)
  const isPrevious = isHash(session.previous_refresh_hash, hash)
  if (session.is_living && isNewest) return 'renew'
  if (session.is_living && isPrevious && nowMs - session.refreshed_ms <= againMs) return 'repeat'
  return isMarked || isNewest || isPrevious || isHash(session.unmarked_refresh_hash, hash) ? 'end' : 'refuse'
}
