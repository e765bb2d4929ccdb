import { randomBytes } from 'node:crypto'
import type { App } from '../../../platform/app-context.ts'
import type { Db, Tx } from '../../../platform/db/sql.ts'
import { readDottedToken, writeDottedToken } from '../../../platform/dotted-token.ts'
import { AppError } from '../../../platform/errors.ts'
import { eventOf, recordEvents } from '../../../platform/events/append-events.ts'
import { isEqual, sha256 } from '../../../platform/secrets.ts'
import { type Origin, placeOf, systemOf } from '../accounts/actor.ts'
import {
  deleteChallenge,
  deleteChallengesOf,
  deleteExpiredChallenges,
  findChallenge,
  insertChallenge,
  lockChallenge,
  updateWrongOf,
} from './challenges.queries.ts'
import type { CodeOutcome, Owner } from './check-code.service.ts'

/** How long a challenge waits for its code. */
const challengeSeconds = 300

/** How many wrong codes end a challenge. */
const wrongAtMost = 5

/** What a sign-in is answered with whose password was right and whose code is missing. */
export interface OpenChallenge {
  challenge: string
  expires_in: number
}

/**
 * Opens a challenge for an account whose password was right. The caller has locked the account. Only the hash of the
 * challenge is kept.
 */
export const openChallenge = async (
  app: App,
  tx: Tx,
  owner: Owner & { version: number },
  origin: Origin,
): Promise<OpenChallenge> => {
  const { tenantId, accountId, version } = owner
  const secret = randomBytes(32).toString('base64url')
  const expiresAt = new Date(app.clock.now() + challengeSeconds * 1_000)
  const rowId = await insertChallenge(tx, owner, { version, hash: sha256(secret), expiresAt })
  const act = { actor: systemOf(tenantId), requestId: origin.requestId }
  await recordEvents(tx, [eventOf(act, 'second_factor.asked', accountId, { details: placeOf(origin) })])
  return { challenge: writeDottedToken({ tenantId, rowId, secret }), expires_in: challengeSeconds }
}

/** The error for a challenge that does not count, whatever the reason is. */
export const invalidChallenge = (): AppError =>
  new AppError('invalid_challenge', {
    detail: 'The challenge is not known, or has ended. Sign in with the password again.',
  })

/** Whose sign-in a challenge belongs to. */
export type ChallengeOwner = Owner & { challengeId: string; version: number }

/**
 * Finds whose sign-in a challenge belongs to.
 * @throws AppError `invalid_challenge` when this program did not make it, or when it has ended: the same for every
 * fault.
 */
export const getChallengeOwner = async (app: App, db: Db, token: string): Promise<ChallengeOwner> => {
  const parts = readDottedToken(token)
  const now = new Date(app.clock.now())
  const found = parts && (await findChallenge(db, parts.tenantId, parts.rowId, now))
  if (parts === null || found === null || !isEqual(sha256(parts.secret), found.secret_hash)) {
    throw invalidChallenge()
  }
  const { tenantId, rowId: challengeId } = parts
  return { tenantId, challengeId, accountId: found.account_id, version: found.token_version }
}

/**
 * Locks a challenge. The caller has locked the account.
 * @returns how many wrong codes it had.
 * @throws AppError `invalid_challenge` when it has ended meanwhile.
 */
export const lockOpenChallenge = async (tx: Tx, { tenantId, challengeId }: ChallengeOwner): Promise<number> => {
  const wrong = await lockChallenge(tx, tenantId, challengeId)
  if (wrong === null) throw invalidChallenge()
  return wrong
}

/** Ends a challenge after the right code, or after the fifth wrong one. The caller has locked it. */
export const settleChallenge = async (
  tx: Tx,
  { tenantId, challengeId }: ChallengeOwner,
  wrong: number,
  outcome: CodeOutcome,
): Promise<void> => {
  const isOver = outcome.is === 'right' || outcome.is === 'none' || (outcome.is === 'wrong' && wrong + 1 >= wrongAtMost)
  if (isOver) await deleteChallenge(tx, tenantId, challengeId)
  else if (outcome.is === 'wrong') await updateWrongOf(tx, tenantId, challengeId, wrong + 1)
}

/** Ends the challenges of an account, whose password has changed. */
export const endChallenges = (tx: Tx, tenantId: number, accountId: string): Promise<number> =>
  deleteChallengesOf(tx, tenantId, accountId)

/** Removes at most `limit` challenges that expired a day ago, and answers with their number. */
export const deleteOldChallenges = (app: App, limit: number): Promise<number> =>
  deleteExpiredChallenges(app.pool, limit)
