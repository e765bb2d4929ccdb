import type { ChangesOf, DetailsOf } from '../../../contract/events.ts'
import type { App } from '../../../platform/app-context.ts'
import { brokenConstraint } from '../../../platform/db/connection-errors.ts'
import type { Receipt } from '../../../platform/db/receipts.ts'
import type { Tx } from '../../../platform/db/sql.ts'
import { transaction } from '../../../platform/db/transaction.ts'
import { AppError, invalidMember } from '../../../platform/errors.ts'
import { eventOf, type NewEvent } from '../../../platform/events/append-events.ts'
import { givenBy } from '../../../platform/module.ts'
import { type PageOf, type PageRequest, pageOf, refuseTooBroad } from '../../../platform/paging.ts'
import {
  beginDeletion,
  endDeletion,
  findTenantRow,
  type GivenUsage,
  getStateBefore,
  type LockedTenant,
  listTenantRows,
  lockTenant,
  type PlatformDeed,
  resumeTenantRow,
  suspendTenantRow,
  updateTenantFacts,
} from './manage-tenants.queries.ts'
import { listLogEntries } from './platform-log.queries.ts'
import type { PlatformLogEntry } from './platform-log.schemas.ts'
import type { OperatorOrigin } from './platform-log.steps.ts'
import { addressOfTenant } from './tenant-address.ts'
import {
  defaultTenantSlug,
  fileBytesOfTenant,
  mailsWaitingOfTenant,
  type Tenant,
  type TenantChange,
  type TenantFilter,
  type TenantRow,
} from './tenants.schemas.ts'

/** Tenants are listed by slug. */
export const tenantOrder = 'slug'
/** Entries of the platform's log are listed by number, the newest first. */
export const logOrder = 'entry_id'

/** What the operator does, by which request. */
export type OperatorAct = OperatorOrigin & { receipt: Receipt | null }

const usageOf = ({ conditions }: App): GivenUsage => ({
  fileBytes: givenBy(conditions, fileBytesOfTenant),
  mailsWaiting: givenBy(conditions, mailsWaitingOfTenant),
})

const shown = ({ config }: App, row: TenantRow): Tenant => ({ ...row, url: addressOfTenant(config, row) })

/**
 * A page of the tenants, each with its usage.
 * @throws AppError `query_too_broad` after `LIST_TIMEOUT_MS`.
 */
export const listTenants = async (
  app: App,
  filter: TenantFilter,
  request: PageRequest<string>,
): Promise<PageOf<Tenant>> => {
  const reading = listTenantRows(app.pool, filter, request, usageOf(app), app.config.LIST_TIMEOUT_MS)
  const rows = await refuseTooBroad(reading, 'Ask for fewer tenants with `limit`.')
  return pageOf(
    rows.map((row) => shown(app, row)),
    request,
    tenantOrder,
    ({ slug }) => slug,
  )
}

const notFound = (slug: string): AppError => new AppError('tenant_not_found', { detail: `There is no tenant ${slug}.` })

/**
 * A tenant with its usage.
 * @throws AppError `tenant_not_found`.
 */
export const getTenantWithUsage = async (app: App, db: Tx | App['pool'], slug: string): Promise<Tenant> => {
  const row = await findTenantRow(db, slug, usageOf(app))
  if (row === null) throw notFound(slug)
  return shown(app, row)
}

/** A page of what the operator did with tenants. */
export const listPlatformLog = async (
  app: App,
  slug: string | undefined,
  request: PageRequest<number>,
): Promise<PageOf<PlatformLogEntry>> =>
  pageOf(await listLogEntries(app.pool, slug, request), request, logOrder, ({ entry_id }) => entry_id)

/** Locks a tenant, lets `change` write it, and answers with what it is then. */
const changing = async (
  app: App,
  { receipt }: OperatorAct,
  slug: string,
  change: (tx: Tx, tenant: LockedTenant) => Promise<unknown>,
): Promise<Tenant> => {
  const changed = await transaction(
    app.pool,
    async (tx) => {
      const tenant = await lockTenant(tx, slug, app.config.TENANT_GRACE_DAYS)
      if (tenant === null) throw notFound(slug)
      await change(tx, tenant)
      return getTenantWithUsage(app, tx, slug)
    },
    receipt,
  )
  app.tenants.clear()
  app.principals.clear()
  return changed
}

const byOperator = { by: 'operator' } as const

type TenantEvent =
  | 'tenant.renamed'
  | 'tenant.host_mapped'
  | 'tenant.suspended'
  | 'tenant.resumed'
  | 'tenant.deletion_requested'
  | 'tenant.restored'

const tenantEvent = <T extends TenantEvent>(
  { tenant_id: tenantId }: LockedTenant,
  { requestId }: OperatorAct,
  type: T,
  parts: { changes?: ChangesOf<T>; details: DetailsOf<T> },
): NewEvent => eventOf({ actor: { tenantId, accountId: null, role: 'system' }, requestId }, type, '-', parts)

/** The deed that a tenant gets another state. */
const stateDeed = (
  { state: from }: LockedTenant,
  what: PlatformDeed['what'],
  to: LockedTenant['state'],
  event: NewEvent,
): PlatformDeed => ({ what, changes: { state: { from, to } }, event })

const refuseOwnHost = ({ config }: App, host: string): void => {
  if (host !== new URL(config.PUBLIC_URL).hostname) return
  throw invalidMember('host', 'is the host of PUBLIC_URL, at which the default tenant is', 'invalid_value')
}

/** What is to be another name or host than it is, as deeds. */
const deedsOf = (tenant: LockedTenant, act: OperatorAct, { name, host }: TenantChange): PlatformDeed[] => {
  const deeds: PlatformDeed[] = []
  if (name !== undefined && name !== tenant.name) {
    const changes = { name: { from: tenant.name, to: name } }
    deeds.push({
      what: 'renamed',
      changes,
      event: tenantEvent(tenant, act, 'tenant.renamed', { changes, details: byOperator }),
    })
  }
  if (host !== undefined && host !== tenant.host) {
    const changes = { host: { from: tenant.host, to: host } }
    deeds.push({
      what: 'host_mapped',
      changes,
      event: tenantEvent(tenant, act, 'tenant.host_mapped', { changes, details: byOperator }),
    })
  }
  return deeds
}

/**
 * Gives a tenant another name or host. What is so already is no change.
 * @throws AppError `tenant_not_found`, `host_taken`; `validation_failed` for the host of `PUBLIC_URL`.
 */
export const changeTenant = (app: App, act: OperatorAct, slug: string, change: TenantChange): Promise<Tenant> => {
  if (typeof change.host === 'string') refuseOwnHost(app, change.host)
  return changing(app, act, slug, async (tx, tenant) => {
    const deeds = deedsOf(tenant, act, change)
    if (deeds.length === 0) return
    try {
      await updateTenantFacts(tx, tenant.tenant_id, change, deeds, act)
    } catch (error) {
      throw brokenConstraint(error) === 'tenants_host_key' ? new AppError('host_taken') : error
    }
  })
}

const refuseDefault = (slug: string): void => {
  if (slug === defaultTenantSlug) throw new AppError('default_tenant_stays')
}

const refuseDeleting = ({ state }: LockedTenant): void => {
  if (state !== 'deleting') return
  throw new AppError('tenant_deleting', { detail: 'Take the deletion back first.' })
}

/**
 * Suspends a tenant: within two seconds nobody gets in and nothing happens in it. Its data stays. A tenant that is
 * suspended already stays so.
 * @throws AppError `tenant_not_found`, `default_tenant_stays`, `tenant_deleting`.
 */
export const suspendTenant = (app: App, act: OperatorAct, slug: string): Promise<Tenant> => {
  refuseDefault(slug)
  return changing(app, act, slug, async (tx, tenant) => {
    refuseDeleting(tenant)
    if (tenant.state === 'suspended') return
    const event = tenantEvent(tenant, act, 'tenant.suspended', { details: byOperator })
    await suspendTenantRow(tx, tenant.tenant_id, stateDeed(tenant, 'suspended', 'suspended', event), act)
  })
}

/**
 * Lets a suspended tenant go on; an active one stays so.
 * @throws AppError `tenant_not_found`, `tenant_deleting`.
 */
export const resumeTenant = (app: App, act: OperatorAct, slug: string): Promise<Tenant> =>
  changing(app, act, slug, async (tx, tenant) => {
    refuseDeleting(tenant)
    if (tenant.state === 'active') return
    const event = tenantEvent(tenant, act, 'tenant.resumed', { details: byOperator })
    await resumeTenantRow(tx, tenant.tenant_id, stateDeed(tenant, 'resumed', 'active', event), act)
  })

/**
 * Suspends a tenant until its data is deleted, after `TENANT_GRACE_DAYS`. A tenant that is being deleted already keeps
 * its time.
 * @throws AppError `tenant_not_found`, `default_tenant_stays`; `validation_failed` when `confirmed` is not the slug.
 */
export const requestDeletion = (app: App, act: OperatorAct, slug: string, confirmed: string): Promise<Tenant> => {
  refuseDefault(slug)
  return changing(app, act, slug, async (tx, tenant) => {
    if (confirmed !== slug) throw invalidMember('confirm', 'must be the slug of the tenant to delete', 'invalid_value')
    if (tenant.state === 'deleting') return
    const details = { ...byOperator, deleted_after: tenant.grace_ends_at }
    const event = tenantEvent(tenant, act, 'tenant.deletion_requested', { details })
    const deed = stateDeed(tenant, 'deletion_requested', 'deleting', event)
    await beginDeletion(tx, tenant.tenant_id, tenant.grace_ends_at, deed, act)
  })
}

/**
 * Takes a deletion back, until its time is over. The tenant is active or suspended, as it was before.
 * @throws AppError `tenant_not_found`, `tenant_not_deleting`, `tenant_gone`.
 */
export const restoreTenant = (app: App, act: OperatorAct, slug: string): Promise<Tenant> =>
  changing(app, act, slug, async (tx, tenant) => {
    if (tenant.state !== 'deleting') throw new AppError('tenant_not_deleting')
    if (tenant.is_over) throw new AppError('tenant_gone', { detail: 'Its data is being deleted.' })
    const to = (await getStateBefore(tx, slug)) === 'active' ? 'active' : 'suspended'
    const event = tenantEvent(tenant, act, 'tenant.restored', { details: byOperator })
    await endDeletion(tx, tenant.tenant_id, to, stateDeed(tenant, 'restored', to, event), act)
  })
