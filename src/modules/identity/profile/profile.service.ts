import type { App } from '../../../platform/app-context.ts'
import { transaction } from '../../../platform/db/transaction.ts'
import { changedOnly, refuseReadOnly } from '../../../platform/unchanged.ts'
import type { Act, User } from '../accounts/actor.ts'
import { askForAddress, changeOwnAccount, lockOwn, type OwnChange } from '../accounts/own-account.service.ts'
import { changeAddressWithinQuota, mailWithinQuota } from '../accounts/quotas.service.ts'
import { refuseEndedSession } from '../sign-in/own-sessions.service.ts'
import { proveAgain } from '../sign-in/prove-again.service.ts'
import { getOwn } from './profile.queries.ts'
import type { ChangeEmail, Me } from './profile.schemas.ts'

/** The actor's own account. */
export const getMe = (app: App, actor: User): Promise<Me> => getOwn(app.pool, actor)

const changedElsewhere = { email: 'POST /me/email' }

/**
 * Changes the actor's own name, time zone or language. `echoed`: what the caller sent back of the account that cannot
 * be changed here.
 * @throws AppError `validation_failed` for read-only members.
 */
export const updateMe = async (
  app: App,
  act: Act<User>,
  asked: OwnChange,
  echoed: Record<string, unknown>,
): Promise<Me> => {
  const changed = await transaction(
    app.pool,
    async (tx) => {
      const own = await lockOwn(tx, act)
      const present = await getOwn(tx, act.actor)
      refuseReadOnly(echoed, present, changedElsewhere)
      await changeOwnAccount(tx, act, own, changedOnly(asked, present))
      return getOwn(tx, act.actor)
    },
    act.receipt,
  )
  app.principals.clear()
  return changed
}

/**
 * Mails a link to a new address. The account keeps its address until the link is followed. The answer is the same for
 * an address that another account has, and for one that has had its mails of the day.
 * @throws AppError as `proveAgain`; `quota_exceeded`.
 */
export const requestEmailChange = async (app: App, act: Act<User>, asked: ChangeEmail): Promise<void> => {
  const { tenantId } = act.actor
  await proveAgain(app, act, { password: asked.current_password, code: asked.second_factor_code })
  await changeAddressWithinQuota(app, act.actor, () =>
    mailWithinQuota(app, tenantId, asked.email, (mayMail) =>
      transaction(
        app.pool,
        async (tx) => {
          const own = await lockOwn(tx, act)
          await refuseEndedSession(tx, act)
          return { isMailed: await askForAddress(tx, act, own, asked.email, mayMail) }
        },
        act.receipt,
      ),
    ),
  )
}
