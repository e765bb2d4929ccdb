import type { App } from '../../../platform/app-context.ts'
import { transaction } from '../../../platform/db/transaction.ts'
import { type Origin, systemOf } from '../accounts/actor.ts'
import {
  getChallengeOwner,
  invalidChallenge,
  lockOpenChallenge,
  settleChallenge,
} from '../second-factor/challenges.service.ts'
import { checkCode, refuseCode } from '../second-factor/check-code.service.ts'
import { lockAccountOfVersion } from './sign-in.queries.ts'
import type { SessionKind, SessionsByKind } from './sign-in.schemas.ts'
import { startSession } from './sign-in.service.ts'
import { rememberPlace } from './sign-in-places.service.ts'

/**
 * Signs in with the challenge of a sign-in whose password was right, and a code of the app or a recovery code. The
 * fifth wrong code ends the challenge; so do its right code, a new password, and a deactivation. No Idempotency-Key
 * keeps the answer, because a code is good once.
 * @throws AppError `invalid_challenge`, `wrong_second_factor`, `second_factor_blocked`, `second_factor_unavailable`.
 */
export const finishSignIn = async <Kind extends SessionKind>(
  app: App,
  origin: Origin,
  challenge: string,
  code: string,
  kind: Kind,
): Promise<SessionsByKind[Kind]> => {
  const owner = await getChallengeOwner(app, app.pool, challenge)
  const { tenantId, accountId, version } = owner
  const { session, outcome } = await transaction(app.pool, async (tx) => {
    const account = await lockAccountOfVersion(tx, tenantId, accountId, version)
    if (account === null) throw invalidChallenge()
    const wrong = await lockOpenChallenge(tx, owner)
    const act = { ...origin, actor: systemOf(tenantId) }
    const outcome = await checkCode(app, tx, act, owner, code)
    await settleChallenge(tx, owner, wrong, outcome)
    if (outcome.is !== 'right') return { session: null, outcome }
    await rememberPlace(app, tx, tenantId, accountId, origin)
    return { session: await startSession(app, tx, tenantId, accountId, origin, kind), outcome }
  })
  refuseCode(app, owner, outcome)
  // The second factor was reset after the challenge was made, so the challenge has ended, too.
  if (session === null) throw invalidChallenge()
  return session
}
