import { isDeepStrictEqual } from 'node:util'
import type { Changes, ChangesOf } from '../../../contract/events.ts'
import { type Warning, withWarnings } from '../../../contract/warnings.ts'
import type { App } from '../../../platform/app-context.ts'
import type { Config } from '../../../platform/config.ts'
import type { Receipt } from '../../../platform/db/receipts.ts'
import type { Tx } from '../../../platform/db/sql.ts'
import { transaction } from '../../../platform/db/transaction.ts'
import { AppError } from '../../../platform/errors.ts'
import { type EventOrigin, eventOf, recordEvents } from '../../../platform/events/append-events.ts'
import { getSettingsRow, listSettingsChangedSince, lockSettingsRow, updateSettings } from './tenant-settings.queries.ts'
import {
  type ChosenSettings,
  type Settings,
  type SettingsChange,
  settingNames,
  type TenantSettings,
  tenantSettings,
} from './tenant-settings.schemas.ts'

/** What is chosen, as far as this version of the program knows it. */
const chosenIn = (stored: Record<string, unknown>): ChosenSettings =>
  Object.fromEntries(
    settingNames.flatMap((name) => {
      const { success, data } = tenantSettings[name].kept.safeParse(stored[name])
      return success ? [[name, data]] : []
    }),
  )

const defaultsOf = (config: Config): TenantSettings =>
  Object.fromEntries(settingNames.map((name) => [name, tenantSettings[name].byDefault(config)])) as TenantSettings

/**
 * The settings that hold for a tenant. A change holds in this process at once, and in every process within about a
 * second.
 */
export const settingsOf = async (app: App, tenantId: number): Promise<TenantSettings> => {
  const load = async (): Promise<Record<string, unknown>> => (await getSettingsRow(app.pool, tenantId)).settings
  return { ...defaultsOf(app.config), ...chosenIn(await app.tenantSettings.get(String(tenantId), load)) }
}

const warningsOf = ({ registration, registration_domains: domains }: TenantSettings): Warning[] =>
  registration === 'by_domain' && domains.length === 0
    ? [{ code: 'no_registration_domains', detail: 'Nobody can register, because no domain is listed.' }]
    : []

const shown = ({ config }: App, chosen: ChosenSettings, version: number): Settings => {
  const defaults = defaultsOf(config)
  const settings = Object.fromEntries(
    settingNames.map((name) => [
      name,
      { value: chosen[name] ?? defaults[name], default: defaults[name], is_set: chosen[name] !== undefined },
    ]),
  ) as Settings['settings']
  return withWarnings({ version, settings }, warningsOf({ ...defaults, ...chosen }))
}

/** Every setting of a tenant, with its value and its default. */
export const readSettings = async (app: App, tenantId: number): Promise<Settings> => {
  const { settings, settings_version: version } = await getSettingsRow(app.pool, tenantId)
  return shown(app, chosenIn(settings), version)
}

/**
 * Whether a change would let the staff sign in without a second factor, which they need at the moment. Read at once,
 * not by what this process remembers.
 */
export const relaxesSignIn = async (app: App, tenantId: number, asked: SettingsChange): Promise<boolean> => {
  const { second_factor_required: to } = asked
  if (to === undefined) return false
  const byDefault = defaultsOf(app.config).second_factor_required
  if (to ?? byDefault) return false
  const { settings } = await getSettingsRow(app.pool, tenantId)
  return chosenIn(settings).second_factor_required ?? byDefault
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

/** By which request an admin changes the settings. */
type Changing = EventOrigin & { receipt: Receipt | null }

/**
 * Changes settings of the actor's tenant; null lets a setting follow its default again. The row is locked first, so
 * that of two changes at once none is lost. What is so already is no change. `moreOf` finds what modules behind this
 * one know to be odd about the new settings.
 * @throws AppError `stale_version` when `ifMatch` is another version.
 */
export const changeSettings = async (
  app: App,
  act: Changing,
  asked: SettingsChange,
  ifMatch: number | null,
  moreOf: (tx: Tx, after: Settings) => Promise<Warning[]>,
): Promise<Settings> => {
  const { tenantId } = act.actor
  const changed = await transaction(
    app.pool,
    async (tx) => {
      const { settings, settings_version: version } = await lockSettingsRow(tx, tenantId)
      const changes = changesOf(chosenIn(settings), asked)
      const names = Object.keys(changes)
      if (ifMatch !== null && ifMatch !== version) await refuseStale(tx, tenantId, version, ifMatch, names)
      if (names.length > 0) {
        const chosen = names.flatMap((name) => (changes[name]?.to == null ? [] : [[name, changes[name].to]]))
        await updateSettings(tx, tenantId, { set: Object.fromEntries(chosen), unset: names })
        const event = { version: version + 1, changes: changes as ChangesOf<'tenant.settings_changed'> }
        await recordEvents(tx, [eventOf(act, 'tenant.settings_changed', '-', event)])
      }
      const after = await getSettingsRow(tx, tenantId)
      const answer = shown(app, chosenIn(after.settings), after.settings_version)
      return withWarnings(answer, [...(answer.warnings ?? []), ...(await moreOf(tx, answer))])
    },
    act.receipt,
  )
  app.tenantSettings.clear()
  // Who must set up a second factor is known of each session.
  app.principals.clear()
  return changed
}
