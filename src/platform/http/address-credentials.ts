import type { Request } from 'express'
import { AppError, invalidMember } from '../errors.ts'

// A browser cannot send a header with a stream of events, and an address is logged on its way. So a credential of its
// own kind may stand there, which opens nothing else and soon expires, and every other one is refused.

/** Where a credential may stand in the address. */
export interface AddressCredential {
  /** At which paths. */
  at: RegExp
  parameter: string
  /** What to do for who put another credential into the address. */
  advice: string
  /** The sentence for a credential that is not good. It is the same for every fault. */
  refusal: string
}

/** Parameters in which other programs take tokens. */
const tokenNames = ['token', 'access_token', 'api_token', 'api_key', 'apikey', 'jwt', 'authorization', 'auth']

interface Recognizing {
  recognizes: (credential: string) => boolean
  inAddress?: AddressCredential
}

/**
 * The credential in the address of a request, where one may stand, with the authenticator that verifies it; else null.
 * @throws AppError `validation_failed` for a token in the address, `invalid_token` for a credential that is no text.
 */
export const credentialInAddress = <A extends Recognizing>(
  authenticators: A[],
  { path, query }: Request,
): { authenticator: A; credential: string } | null => {
  const authenticator = authenticators.find(({ inAddress }) => inAddress?.at.test(path))
  const { parameter, advice, refusal } = authenticator?.inAddress ?? {}
  if (authenticator === undefined || parameter === undefined) return null
  const name = Object.keys(query).find((one) => tokenNames.includes(one.toLowerCase()))
  if (name !== undefined) {
    throw invalidMember(
      name,
      `does not belong in an address, which is logged on its way: revoke it, then ${advice}`,
      'unknown_member',
    )
  }
  const credential = query[parameter]
  if (credential === undefined) return null
  if (typeof credential !== 'string' || !authenticator.recognizes(credential)) {
    throw new AppError('invalid_token', { detail: refusal })
  }
  return { authenticator, credential }
}
