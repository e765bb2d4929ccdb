import type { Request } from 'express'
import type { Language } from '../../contract/enums.ts'
import type { RefuseUnseen } from '../access.ts'
import type { App } from '../app-context.ts'
import type { IsWithinLimit } from '../attempts.ts'
import { knownPlace, type RequestContext } from './request-context.ts'
import type { Attempt } from './sign-in-limits.ts'

/** What the product gives to the gate of the platform. */
export interface Gate {
  /**
   * Finds the tenant of a request before the sign-in, by the slug in `X-Tenant`. @throws AppError `tenant_not_found`.
   */
  findTenantId(app: App, slug: string | undefined): Promise<number>
  /** The same, also while the tenant is suspended. @throws AppError `tenant_not_found`. */
  findAnyTenantId(app: App, slug: string | undefined): Promise<number>
  /** The tenant that is meant where none is named. */
  defaultSlug: string
  /** The mapped hosts, with the slugs of their tenants. */
  mappedHosts(app: App): Promise<ReadonlyMap<string, string>>
  /** The first language of a tenant, by its slug. @throws AppError `tenant_not_found`. */
  usualLanguage(app: App, slug: string | undefined): Promise<Language>
  refuseUnseen: RefuseUnseen
}

/** The members of a call that only requests before the sign-in have. */
export interface PublicCall {
  /** The tenant of the address, else that in `X-Tenant`, else `default`, whoever is signed in. */
  tenantId: () => Promise<number>
  /** The slug of the tenant of the address; null at `PUBLIC_URL`, where people of every tenant come. */
  placeSlug: string | null
  /** Whether the caller is signed in where the address or `X-Tenant` says. Without either the answer is true. */
  isAtHome: () => Promise<boolean>
  /** Whether the caller is signed in by the session cookie. */
  isByCookie: boolean
  /** Whether a page for people asks. It shows what came of it, and keeps nothing: no session, no token. */
  isByPage: boolean
  /**
   * Counts an attempt at an account for the limit of sign-ins. `isKnown`: whether the account signed in from this
   * address lately. The answer must not show. See `signInLimits`.
   */
  isWithinLimit: IsWithinLimit
}

/** What a call has for requests before the sign-in. The tenant is looked up when it is asked for, and once. */
export const publicPartOf = (
  app: App,
  gate: Gate,
  attempt: Attempt,
  req: Request,
  context: RequestContext,
): PublicCall => {
  const { principal, isByCookie, isPage } = context
  const { slug: placeSlug } = knownPlace(context)
  const named = placeSlug ?? req.get('x-tenant')
  let found: Promise<number> | undefined
  const tenantId = (): Promise<number> => {
    found ??= gate.findTenantId(app, named)
    return found
  }
  return {
    tenantId,
    placeSlug,
    isAtHome: async () => principal === null || named === undefined || principal.tenantId === (await tenantId()),
    isByCookie,
    isByPage: isPage,
    isWithinLimit: attempt.isWithin,
  }
}
