import type { Warning } from '../../../contract/warnings.ts'
import type { Tx } from '../../../platform/db/sql.ts'
import type { User } from '../accounts/actor.ts'
import { endpoint } from '../accounts/declare-endpoint.ts'
import { hasFactor } from '../second-factor/check-code.service.ts'
import { ChangeSettings, Settings } from '../tenants/tenant-settings.schemas.ts'
import { changeSettings, readSettings } from '../tenants/tenant-settings.service.ts'

const tag = 'Settings'

/** Warns an admin who asks the staff for a second factor and has none. Programs are not asked for one. */
const warningsFor = async (tx: Tx, actor: User, { settings }: Settings): Promise<Warning[]> => {
  if (!settings.second_factor_required.value || actor.token !== null || (await hasFactor(tx, actor))) return []
  const detail = 'You have no second factor yourself: set it up with POST /me/second-factor before you go on.'
  return [{ code: 'own_second_factor_missing', detail }]
}

export const settingsRoutes = [
  endpoint({
    id: 'getSettings',
    method: 'get',
    path: '/settings',
    can: 'settings:read',
    tag,
    summary: 'Read the settings of the tenant',
    description: 'Each with its value, its default, and whether an admin has chosen it.',
    responds: { 200: Settings },
    handle: ({ app, actor }) => readSettings(app, actor.tenantId),
  }),
  endpoint({
    id: 'updateSettings',
    method: 'patch',
    path: '/settings',
    can: 'settings:update',
    needsSession: true,
    tag,
    summary: 'Change settings of the tenant',
    description:
      'Settings that are left out stay as they are; null lets a setting follow its default again. A change holds everywhere ' +
      'within two seconds.',
    body: ChangeSettings,
    takesIfMatch: true,
    responds: { 200: Settings },
    fails: ['stale_version'],
    handle: (call) =>
      changeSettings(call.app, call, call.body, call.ifMatch, (tx, after) => warningsFor(tx, call.actor, after)),
  }),
]
