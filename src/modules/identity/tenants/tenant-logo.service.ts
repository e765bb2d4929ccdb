import { createHash, randomUUID } from 'node:crypto'
import type { App } from '../../../platform/app-context.ts'
import type { Receipt } from '../../../platform/db/receipts.ts'
import type { Tx } from '../../../platform/db/sql.ts'
import { transaction } from '../../../platform/db/transaction.ts'
import { AppError } from '../../../platform/errors.ts'
import { type EventOrigin, eventOf } from '../../../platform/events/append-events.ts'
import { objectKey } from '../../../platform/storage/object-key.ts'
import type { TenantSettingsRow } from '../../../platform/tenant-facts.ts'
import { logoAtMost, pictureIn } from './logo-bytes.ts'
import { type Logo, updateLogo } from './tenant-logo.queries.ts'
import { lockSettingsRow } from './tenant-settings.queries.ts'
import { getKeptSettings } from './tenant-settings.service.ts'

/** The logo in a row of settings. */
const logoIn = ({ logo_id, logo_sha256, logo_bytes, logo_type }: TenantSettingsRow): Logo | null =>
  logo_id === null || logo_sha256 === null || logo_bytes === null || logo_type === null
    ? null
    : { id: logo_id, sha256: logo_sha256, bytes: logo_bytes, contentType: logo_type }

/** The logo of a tenant, as of the last second; null when it has none. */
export const findLogo = async (app: App, tenantId: number): Promise<Logo | null> =>
  logoIn(await getKeptSettings(app, tenantId))

/**
 * The bytes of the logo of a tenant. A process reads a logo from the store once in ten minutes at most.
 * @throws AppError `logo_not_found`; `storage_unavailable`.
 */
export const readLogo = async (app: App, tenantId: number): Promise<Logo & { content: Buffer }> => {
  const logo = await findLogo(app, tenantId)
  if (logo === null) throw new AppError('logo_not_found')
  const content = await app.logos.get(logo.id, () => app.store.read(objectKey(tenantId, logo.id), logoAtMost.bytes))
  if (content === null) throw new AppError('logo_not_found')
  return { ...logo, content }
}

/**
 * What is kept of a file as a logo. @throws AppError `file_too_large`, `file_type_not_allowed`.
 */
const judge = (file: Buffer): Logo & { content: Buffer } => {
  const { bytes, pixels } = logoAtMost
  if (file.length > bytes) throw new AppError('file_too_large', { detail: `A logo has at most ${bytes} bytes.` })
  const picture = pictureIn(file)
  if (picture === null)
    throw new AppError('file_type_not_allowed', { detail: 'A logo is a PNG or a JPEG, and nothing else.' })
  const { contentType, width, height, content } = picture
  if (Math.min(width, height) < 1 || Math.max(width, height) > pixels)
    throw new AppError('file_too_large', {
      detail: `A logo is 1 to ${pixels} pixels wide and high, not ${width} × ${height}.`,
    })
  const sha256 = createHash('sha256').update(content).digest('hex')
  return { id: randomUUID(), sha256, bytes: content.length, contentType, content }
}

/** Writes another logo, with its event. Answers with the one before, or with `null` for no change. */
const exchange = async (tx: Tx, act: EventOrigin, logo: Logo | null): Promise<{ before: Logo | null } | null> => {
  const before = logoIn(await lockSettingsRow(tx, act.actor.tenantId))
  if (before?.sha256 === logo?.sha256) return null
  const changes = {
    sha256: { from: before?.sha256 ?? null, to: logo?.sha256 ?? null },
    size: { from: before?.bytes ?? null, to: logo?.bytes ?? null },
  }
  await updateLogo(tx, logo, eventOf(act, 'tenant.logo_changed', '-', { changes }))
  return { before }
}

/** Removes an object that belongs to nothing by now. The nightly comparison of the store removes what stays here. */
const removeObject = async (app: App, tenantId: number, id: string): Promise<void> => {
  try {
    await app.store.remove([objectKey(tenantId, id)])
  } catch (error) {
    app.log.warn({ error, tenant_id: tenantId }, 'a logo that is not used any more could not be removed')
  }
}

/**
 * Gives the actor's tenant a logo. Its bytes decide what it is.
 * @throws AppError `file_too_large` beyond 256 kB or 2,000 pixels; `file_type_not_allowed`; `storage_unavailable`.
 */
export const setLogo = async (app: App, act: EventOrigin, file: Buffer): Promise<void> => {
  const { tenantId } = act.actor
  const { content, ...logo } = judge(file)
  await app.store.put(objectKey(tenantId, logo.id), content, logo.contentType)
  const changed = await transaction(app.pool, (tx) => exchange(tx, act, logo))
  app.tenantSettings.clear()
  const unused = changed === null ? logo : changed.before
  if (unused !== null) await removeObject(app, tenantId, unused.id)
}

/** Takes the logo away; without one, nothing happens. */
export const removeLogo = async (app: App, act: EventOrigin & { receipt: Receipt | null }): Promise<void> => {
  const changed = await transaction(app.pool, (tx) => exchange(tx, act, null), act.receipt)
  app.tenantSettings.clear()
  if (changed?.before) await removeObject(app, act.actor.tenantId, changed.before.id)
}
