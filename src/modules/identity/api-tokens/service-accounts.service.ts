import type { ChangesOf } from '../../../contract/events.ts'
import { requireRead } from '../../../platform/access.ts'
import type { App } from '../../../platform/app-context.ts'
import type { Db } from '../../../platform/db/sql.ts'
import { transaction } from '../../../platform/db/transaction.ts'
import { AppError, invalidMember } from '../../../platform/errors.ts'
import { eventOf, recordEvents } from '../../../platform/events/append-events.ts'
import { type PageOf, type PageRequest, pageOf } from '../../../platform/paging.ts'
import type { Act, User } from '../accounts/actor.ts'
import { withHealedCounter } from '../tenants/tenants.service.ts'
import type { CreateApiToken, CreatedApiToken } from './api-tokens.schemas.ts'
import { createTokenFor } from './api-tokens.service.ts'
import {
  endService,
  findService,
  insertService,
  listServices,
  lockService,
  renameService,
  serviceCounter,
  updateServiceCategory,
} from './service-accounts.queries.ts'
import type {
  CreateServiceAccount,
  ServiceAccount,
  ServiceAccountChange,
  ServiceAccountFilter,
} from './service-accounts.schemas.ts'

/** Service accounts are listed by their number. */
export const serviceOrder = 'service_number'

/** Creates a service account: an account without a person, for programs. */
export const createService = (app: App, act: Act<User>, wanted: CreateServiceAccount): Promise<ServiceAccount> =>
  withHealedCounter(app, act.actor.tenantId, serviceCounter, () =>
    transaction(app.pool, (tx) => insertService(tx, act, wanted), act.receipt),
  )

/** @throws AppError `service_account_not_found`. */
export const getService = async (db: Db, { tenantId }: User, serviceId: string): Promise<ServiceAccount> =>
  requireRead(await findService(db, tenantId, serviceId), 'service_account_not_found')

/** A page of the service accounts. */
export const listAllServices = async (
  app: App,
  { tenantId }: User,
  filter: ServiceAccountFilter,
  page: PageRequest<number>,
): Promise<PageOf<ServiceAccount>> => {
  const found = pageOf(
    await listServices(app.pool, tenantId, filter, page),
    page,
    serviceOrder,
    (row) => row.service_number,
  )
  return { ...found, rows: found.rows.map(({ service_number: _, ...service }) => service) }
}

const changesOf = (service: ServiceAccount, { name, category }: ServiceAccountChange) => {
  const changes: ChangesOf<'service_account.updated'> = {}
  if (name !== undefined && name !== service.name) changes.name = { from: service.name, to: name }
  if (category !== undefined && category !== service.category) {
    changes.category = { from: service.category, to: category }
  }
  return changes
}

/**
 * Changes the name of a service account, or the category of one of the role technician.
 * @throws AppError `service_account_not_found`, `validation_failed` for the category of an admin.
 */
export const updateService = async (
  app: App,
  act: Act<User>,
  serviceId: string,
  change: ServiceAccountChange,
): Promise<ServiceAccount> => {
  const { tenantId } = act.actor
  const updated = await transaction(
    app.pool,
    async (tx) => {
      const service = requireRead(await lockService(tx, tenantId, serviceId), 'service_account_not_found')
      if (service.role === 'admin' && change.category !== undefined) {
        throw invalidMember('category', 'must be left out for an admin', 'not_yours')
      }
      const changes = changesOf(service, change)
      if (changes.name) await renameService(tx, tenantId, serviceId, changes.name.to ?? service.name)
      if (changes.category) await updateServiceCategory(tx, tenantId, serviceId, changes.category.to ?? '')
      if (Object.keys(changes).length > 0) {
        await recordEvents(tx, [eventOf(act, 'service_account.updated', serviceId, { changes })])
      }
      return { ...service, name: change.name ?? service.name, category: change.category ?? service.category }
    },
    act.receipt,
  )
  app.principals.clear()
  return updated
}

/** Deactivates a service account, and ends its tokens at once. @throws AppError `service_account_not_found`. */
export const deactivateService = async (app: App, act: Act<User>, serviceId: string): Promise<void> => {
  const { tenantId } = act.actor
  await transaction(
    app.pool,
    async (tx) => {
      const { status: from } = requireRead(await lockService(tx, tenantId, serviceId), 'service_account_not_found')
      if (from === 'deactivated') return
      await endService(tx, tenantId, serviceId)
      const changes = { status: { from, to: 'deactivated' as const } }
      await recordEvents(tx, [eventOf(act, 'service_account.deactivated', serviceId, { changes })])
    },
    act.receipt,
  )
  app.principals.clear()
}

/**
 * Makes a token for a service account, and gives it away once.
 * @throws AppError `service_account_not_found`, `service_account_deactivated`, and what `createTokenFor` throws.
 */
export const createServiceToken = async (
  app: App,
  act: Act<User>,
  serviceId: string,
  wanted: CreateApiToken,
): Promise<CreatedApiToken> => {
  const { status } = await getService(app.pool, act.actor, serviceId)
  if (status === 'deactivated') throw new AppError('service_account_deactivated')
  return createTokenFor(app, act, serviceId, wanted, 'service_account_deactivated')
}
