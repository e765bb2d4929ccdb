import { isDeepStrictEqual } from 'node:util'
import type { Language } from '../../../contract/enums.ts'
import type { Changes, ChangesOf } from '../../../contract/events.ts'
import { type Warning, withWarnings } from '../../../contract/warnings.ts'
import type { App } from '../../../platform/app-context.ts'
import type { Config } from '../../../platform/config.ts'
import type { Receipt } from '../../../platform/db/receipts.ts'
import type { Tx } from '../../../platform/db/sql.ts'
import { transaction } from '../../../platform/db/transaction.ts'
import { AppError, invalidMember } from '../../../platform/errors.ts'
import { type EventOrigin, eventOf } from '../../../platform/events/append-events.ts'
import type { TenantSettingsRow } from '../../../platform/tenant-facts.ts'
import {
  type ChosenSettings,
  chosenIn,
  defaultsOf,
  maySendFrom,
  sendingDomains,
  settingNames,
  type TenantSettings,
} from './known-settings.schemas.ts'
import { getSettingsRow, listSettingsChangedSince, lockSettingsRow, updateSettings } from './tenant-settings.queries.ts'
import type { FirstSettings, Settings, SettingsChange } from './tenant-settings.schemas.ts'
import { getTenantId } from './tenants.service.ts'

/** The row of a tenant, as of the last second. */
export const getKeptSettings = (app: App, tenantId: number): Promise<TenantSettingsRow> =>
  app.tenantSettings.get(String(tenantId), () => getSettingsRow(app.pool, tenantId))

/**
 * The settings that hold for a tenant. A change holds in this process at once, and in every process within about a
 * second.
 */
export const settingsOf = async (app: App, tenantId: number): Promise<TenantSettings> => {
  const kept = await getKeptSettings(app, tenantId)
  return { ...defaultsOf(app.config, kept), ...chosenIn(app.config, kept.settings) }
}

/** The first language of a tenant, for who says none. @throws AppError `tenant_not_found`. */
export const usualLanguage = async (app: App, slug: string | undefined): Promise<Language> => {
  const { languages } = await settingsOf(app, await getTenantId(app, slug))
  return languages[0] ?? 'en'
}

const warningsOf = (
  { SMTP_URL }: Config,
  settings: TenantSettings,
  { mail_sender: sender }: ChosenSettings,
): Warning[] => {
  const { registration, registration_domains: domains } = settings
  const warnings: Warning[] = []
  if (registration === 'by_domain' && domains.length === 0)
    warnings.push({ code: 'no_registration_domains', detail: 'Nobody can register, because no domain is listed.' })
  if (sender !== undefined && SMTP_URL === undefined)
    warnings.push({
      code: 'sender_without_server',
      detail: 'There is no mail server, so no mail is sent from this sender: the operator sets SMTP_URL.',
    })
  return warnings
}

/** Refuses a sender in the name of somebody else. */
const refuseForeignSender = ({ config }: App, { mail_sender: sender }: SettingsChange): void => {
  if (sender == null || maySendFrom(config, sender.address)) return
  const domains = sendingDomains(config).join(', ')
  throw invalidMember(
    'mail_sender.address',
    `must be of a domain that mails are sent from: ${domains}`,
    'foreign_domain',
  )
}

const shown = ({ config }: App, row: TenantSettingsRow): Settings => {
  const defaults = defaultsOf(config, row)
  const chosen = chosenIn(config, row.settings)
  const settings = Object.fromEntries(
    settingNames.map((name) => [
      name,
      { value: chosen[name] ?? defaults[name], default: defaults[name], is_set: chosen[name] !== undefined },
    ]),
  ) as Settings['settings']
  return withWarnings(
    { version: row.settings_version, settings },
    warningsOf(config, { ...defaults, ...chosen }, chosen),
  )
}

/** Every setting of a tenant, with its value and its default. */
export const readSettings = async (app: App, tenantId: number): Promise<Settings> =>
  shown(app, await getSettingsRow(app.pool, tenantId))

/**
 * Whether a change would let the staff sign in without a second factor, which they need at the moment. Read at once,
 * not by what this process remembers.
 */
export const relaxesSignIn = async (app: App, tenantId: number, asked: SettingsChange): Promise<boolean> => {
  const { second_factor_required: to } = asked
  if (to === undefined) return false
  const byDefault = app.config.SECOND_FACTOR_REQUIRED
  if (to ?? byDefault) return false
  const { settings } = await getSettingsRow(app.pool, tenantId)
  return chosenIn(app.config, settings).second_factor_required ?? byDefault
}

/** What is asked that is not so yet, before and after. Null: the setting follows its default. */
const changesOf = (chosen: ChosenSettings, asked: SettingsChange): Changes =>
  Object.fromEntries(
    settingNames.flatMap((name) => {
      const [from, to] = [chosen[name] ?? null, asked[name]]
      return to === undefined || isDeepStrictEqual(from, to) ? [] : [[name, { from, to }]]
    }),
  )

/** Refuses a change that is meant for another version, and names what changed since. */
const refuseStale = async (
  tx: Tx,
  tenantId: number,
  current: number,
  stale: number,
  names: string[],
): Promise<never> => {
  const changed = await listSettingsChangedSince(tx, tenantId, stale)
  throw new AppError('stale_version', {
    detail: `The settings are at version ${current}, not ${stale}. Read them again.`,
    extra: { current_version: current, changed, overlaps: changed.some(({ field }) => names.includes(field)) },
    headers: { ETag: `"${current}"` },
  })
}

/** Writes what changes, with its event. The row must be locked, or new in this transaction. */
const writeChanges = async (tx: Tx, act: EventOrigin, changes: Changes, version: number): Promise<void> => {
  const names = Object.keys(changes)
  if (names.length === 0) return
  const chosen = names.flatMap((name) => (changes[name]?.to == null ? [] : [[name, changes[name].to]]))
  const parts = { version: version + 1, changes: changes as ChangesOf<'tenant.settings_changed'> }
  const event = eventOf(act, 'tenant.settings_changed', '-', parts)
  await updateSettings(tx, { set: Object.fromEntries(chosen), unset: names }, event)
}

/** Chooses settings of a tenant that the same transaction has created. What is left out follows its default. */
export const chooseFirstSettings = (tx: Tx, act: EventOrigin, { languages, time_zone }: FirstSettings): Promise<void> =>
  writeChanges(tx, act, changesOf({}, { languages, time_zone }), 1)

/** By which request an admin changes the settings. */
type Changing = EventOrigin & { receipt: Receipt | null }

/**
 * Changes settings of the actor's tenant; null lets a setting follow its default again. The row is locked first, so
 * that of two changes at once none is lost. What is so already is no change. `moreOf` finds what modules behind this
 * one know to be odd about the new settings.
 * @throws AppError `stale_version` when `ifMatch` is another version; `validation_failed` for a sender of a domain that
 * mails are not sent from.
 */
export const changeSettings = async (
  app: App,
  act: Changing,
  asked: SettingsChange,
  ifMatch: number | null,
  moreOf: (tx: Tx, after: Settings) => Promise<Warning[]>,
): Promise<Settings> => {
  refuseForeignSender(app, asked)
  const { tenantId } = act.actor
  const changed = await transaction(
    app.pool,
    async (tx) => {
      const { settings, settings_version: version } = await lockSettingsRow(tx, tenantId)
      const changes = changesOf(chosenIn(app.config, settings), asked)
      const names = Object.keys(changes)
      if (ifMatch !== null && ifMatch !== version) await refuseStale(tx, tenantId, version, ifMatch, names)
      await writeChanges(tx, act, changes, version)
      const answer = shown(app, await getSettingsRow(tx, tenantId))
      return withWarnings(answer, [...(answer.warnings ?? []), ...(await moreOf(tx, answer))])
    },
    act.receipt,
  )
  app.tenantSettings.clear()
  // The name stands there.
  app.tenants.clear()
  // Who must set up a second factor is known of each session.
  app.principals.clear()
  return changed
}
