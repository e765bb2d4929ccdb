import type { Warning } from '../../../contract/warnings.ts'
import type { Tx } from '../../../platform/db/sql.ts'
import type { User } from '../accounts/actor.ts'
import { endpoint } from '../accounts/declare-endpoint.ts'
import { hasFactor } from '../second-factor/check-code.service.ts'
import { proofErrors, proveByBody } from '../sign-in/prove-again.service.ts'
import { proofMembers } from '../sign-in/second-factor-bodies.schemas.ts'
import { ChangeSettings, Settings } from '../tenants/tenant-settings.schemas.ts'
import { changeSettings, readSettings, relaxesSignIn } from '../tenants/tenant-settings.service.ts'

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
      'within two seconds. To switch `second_factor_required` off, send your own password, and a code when you have a ' +
      'second factor.',
    body: ChangeSettings.extend(proofMembers).meta({
      id: 'ChangeSettings',
      examples: [{ registration: 'by_domain', registration_domains: ['harbour.example.com'] }],
    }),
    takesIfMatch: true,
    responds: { 200: Settings },
    fails: ['stale_version', ...proofErrors],
    signInLimit: { account: null, kind: 'proof' },
    handle: async (call) => {
      const { current_password, second_factor_code, ...asked } = call.body
      const isLoss = await relaxesSignIn(call.app, call.actor.tenantId, asked)
      if (isLoss) await proveByBody(call.app, call, { current_password, second_factor_code })
      return changeSettings(call.app, call, asked, call.ifMatch, (tx, after) => warningsFor(tx, call.actor, after))
    },
  }),
]
