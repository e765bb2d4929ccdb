import type { Request, Response } from 'express'
import type { App } from '../app-context.ts'
import { AppError } from '../errors.ts'
import { isEqual, sha256 } from '../secrets.ts'
import type { Endpoint } from './endpoint.ts'
import { nothingHere } from './nothing-here.ts'
import { contextOf, knownPlace, type Place } from './request-context.ts'
import type { SignInLimits } from './sign-in-limits.ts'

/** Whether an endpoint is for whoever runs the program, who has `PLATFORM_TOKEN` and no account. */
export const isOperators = ({ can }: Pick<Endpoint, 'can'>): boolean => can === 'operator'

/** Whether an endpoint is there at all. Without `PLATFORM_TOKEN` there is nothing at the addresses of the operator. */
export const isServed = ({ config }: App, endpoint: Pick<Endpoint, 'can'>): boolean =>
  config.PLATFORM_TOKEN !== undefined || !isOperators(endpoint)

/** Whose the Idempotency-Keys of the operator are. No account has such an id. */
export const operatorsScope = 'the operator'

/** Where the operator's endpoints are not: at the address of a tenant. */
const refuseAtTenants = ({ slug }: Place): void => {
  if (slug !== null) throw nothingHere()
}

/** The counters of wrong tokens: those of an address. */
const limit = { can: 'anyone', signInLimit: { account: null, kind: 'platform_token' } } as const

/**
 * Lets whoever sends `PLATFORM_TOKEN` pass. What is compared are hashes, in a time that tells nothing of the token. A
 * session or an API token opens nothing here, whatever the role is. Only wrong tokens are counted, so nobody who
 * guesses from the same address locks the operator out.
 * @throws AppError `not_signed_in` without a token, `invalid_token` for a wrong one, `forbidden` for somebody who is
 * signed in, `cross_site_request`, `rate_limited` after too many of them from an address; `route_not_found` at the
 * address of a tenant.
 */
export const admitOperator = async (app: App, req: Request, res: Response, limits: SignInLimits): Promise<void> => {
  const { principal, refusal, place } = contextOf(res)
  refuseAtTenants(knownPlace({ place }))
  if (refusal?.code === 'cross_site_request') throw refusal
  const { PLATFORM_TOKEN: token } = app.config
  // Whoever runs the program belongs to no tenant.
  delete req.headers['x-tenant']
  const header = req.get('authorization')
  const [, given = ''] = /^Bearer +(\S+)$/i.exec(header ?? '') ?? []
  if (token !== undefined && isEqual(sha256(given), sha256(token))) return
  const attempt = await limits.begin(req, res, limit, null)
  await attempt.judge(async () => {
    if (header === undefined && principal === null) throw new AppError('not_signed_in')
    if (principal === null) throw new AppError('invalid_token')
    throw new AppError('forbidden', { detail: 'This is for whoever runs the program, who has a token of their own.' })
  })
}
