import type { App } from '../../../platform/app-context.ts'
import type { Tx } from '../../../platform/db/sql.ts'
import { networkOf } from '../../../platform/network-address.ts'
import { hmac } from '../../../platform/secrets.ts'
import type { Origin } from '../accounts/actor.ts'
import { deleteOldPlaces, upsertPlace } from './sign-in-places.queries.ts'

/**
 * The place that a request comes from, as it is remembered: an HMAC of its network, because an address is personal
 * data. Null when the address is unknown.
 */
export const signInPlaceOf = ({ secrets }: App, { address = '' }: Origin): Buffer | null => {
  const network = networkOf(address)
  return network === 'unknown' ? null : hmac(secrets.places, network)
}

/**
 * Remembers where an account signs in, for 30 days. It has a count of failed sign-ins of its own there. The caller has
 * locked the account.
 */
export const rememberPlace = async (
  app: App,
  tx: Tx,
  tenantId: number,
  accountId: string,
  origin: Origin,
): Promise<void> => {
  const place = signInPlaceOf(app, origin)
  if (place !== null) await upsertPlace(tx, tenantId, accountId, place)
}

/** Forgets at most `limit` places where nobody signed in for 30 days, and answers with their number. */
export const forgetOldPlaces = (app: App, limit: number): Promise<number> => deleteOldPlaces(app.pool, limit)
