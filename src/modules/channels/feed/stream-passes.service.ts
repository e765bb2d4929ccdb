import type { App } from '../../../platform/app-context.ts'
import { inTurn, type WhenGone } from '../../../platform/db/connection-turns.ts'
import { AppError } from '../../../platform/errors.ts'
import { addressRule } from '../../../platform/network-address.ts'
import type { User } from '../../identity/accounts/actor.ts'
import type { StreamPass } from './stream.schemas.ts'
import { holderOf, keyOf } from './stream-holder.ts'
import { findStandings } from './stream-holders.service.ts'
import { isPass, passSeconds, readPass, writePass } from './stream-passes.ts'

/** Makes a pass of the caller's session or token. */
export const createPass = (app: App, actor: User): StreamPass => {
  const { pass, endsAt } = writePass(app, holderOf(actor))
  return { pass, expires_at: new Date(endsAt * 1_000).toISOString(), expires_in: passSeconds }
}

/** The same for every fault, so that nobody learns which it is. */
const refusal =
  'This is no pass, or it has ended: POST /events/passes makes passes, which open streams for ten minutes, as long as ' +
  'their session or API token lives. Make another. A token does not belong in an address: revoke one that was sent.'
const badPass = (): AppError => new AppError('invalid_token', { detail: refusal })

interface Facts {
  address: string
  addressKey: string
}

/** The requests with a pass share nothing, but a look is not ended half way. */
const waitsAlways: WhenGone = () => () => {}

/**
 * Finds the caller of a pass: that of the session or the token that it was made by, as it stands now.
 * @throws AppError `invalid_token`, the same for every fault; `address_not_allowed`; `too_many_at_once`.
 */
const findByPass = async (app: App, text: string, { address, addressKey }: Facts): Promise<User> => {
  const holder = readPass(app, text)
  if (holder === null) throw badPass()
  const standings = await inTurn(app.turns, { address: addressKey }, waitsAlways, () => findStandings(app, [holder]))
  const standing = standings.get(keyOf(holder))
  if (standing === undefined) throw badPass()
  if (!addressRule(standing.allowedAddresses)(address)) {
    throw new AppError('address_not_allowed', { detail: 'The API token may not be used from your address.' })
  }
  return standing.user
}

/** The sign-in of a stream by a pass in its address. */
export const passAuthenticator = {
  name: 'stream-pass',
  recognizes: isPass,
  isGoodCookie: null,
  inAddress: {
    at: /\/events\/stream\/?$/,
    parameter: 'pass',
    advice: 'send another as `Authorization: Bearer`, or make a pass with POST /events/passes and send that as `pass`',
    refusal,
  },
  verify: findByPass,
}
