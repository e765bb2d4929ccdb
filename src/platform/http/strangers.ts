import type { Request } from 'express'
import { sha256 } from '../secrets.ts'
import { addressKey } from './client-address.ts'
import type { Endpoint } from './endpoint.ts'
import type { Principal } from './request-context.ts'

/** The first text among members of a body. */
const textIn = (body: unknown, members: string | string[] | null | undefined): string | null => {
  const values = [members ?? []].flat().map((member) => (body as Record<string, unknown> | undefined)?.[member])
  return values.find((value) => typeof value === 'string') ?? null
}

/**
 * The account name in the body, as the key of a counter. Names that are spelled with other letters of the same look or
 * meaning, such as `admİn` and `cuſ0002`, count as the plain one. NULs and lone surrogates cannot be stored.
 */
export const accountNamedBy = (body: unknown, members: string | string[] | null): string | null =>
  textIn(body, members)
    ?.toWellFormed()
    .trim()
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .slice(0, 254)
    .replaceAll('\0', '\ufffd')
    .toWellFormed() ?? null

/**
 * Whether the Idempotency-Key of a request belongs to whom the body names, and not to the account that is signed in,
 * which may be of another tenant.
 */
export const isByStranger = ({ can, secret, signInLimit }: Endpoint, principal: Principal | null): boolean =>
  principal === null || (can === 'anyone' && (secret !== undefined || signInLimit !== undefined))

/**
 * Whose a key is before the sign-in. A secret in the body says it. Else it is the account that the body names, tried
 * from one address: a stranger who takes the keys `1`, `2`, `3` takes nobody else's, nor the answer to somebody else's
 * request.
 */
export const strangersScope = (req: Request, { secret, signInLimit }: Endpoint, body: unknown): string => {
  const named = accountNamedBy(body, signInLimit?.account ?? null)
  const owner = textIn(body, secret) ?? [named, addressKey(req)]
  return `anyone ${sha256(JSON.stringify(owner)).toString('base64url')}`
}
