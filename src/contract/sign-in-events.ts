import { z } from 'zod'
import { AccountStatus, Language, ProductsBy, RegistrationMode, Role } from './enums.ts'
import { define, type EventDefinition, fact, origin } from './event-definition.ts'

const nothing = {}
const apiToken = { token_id: z.uuid() }
/** The length of a text in code points, and its SHA-256 in hexadecimal digits. */
const sizeOfText = z.object({ length: z.int(), sha256: fact })
const session = { session_id: z.uuid() }

/** The part of the catalogue about signing in, tokens, quotas and the settings of a tenant: see `events.ts`. */
export const signInEventTypes = {
  /** Noted once a day and account. `count` is an estimate. */
  'quota.half_used': define('account', {
    details: { quota: z.literal('tickets_read'), limit: z.int(), count: z.int() },
  }),

  'session.started': define('account', { details: { ...origin, ...session } }),
  'session.ended': define('account', { details: session }),
  'session.revoked': define('account', {
    details: { ...origin, ...session, reason: z.enum(['expired', 'refresh_token_reused', 'too_many_sessions']) },
  }),
  /** The subject is `-` when no account has the name that was tried. The name itself is not kept. */
  'sign_in.failed': define('account', {
    details: {
      ...origin,
      reason: z.enum(['unknown_name', 'wrong_password', 'invited', 'deactivated', 'too_many_attempts']),
    },
  }),
  'password.reset_requested': define('account', { details: { reset_id: z.uuid(), expires_minutes: z.int() } }),
  /** `first`: the account was invited, and this is its first password. */
  'password.reset': define('account', { details: { ...origin, first: z.literal(true).optional() } }),
  'password.changed': define('account', { details: origin }),
  /** Written by earlier versions, when the current password was wrong. Now it is `password.proof_failed`. */
  'password.change_failed': define('account', { details: { ...origin, ...session } }),
  /** A signed-in person was asked for the password again, and gave a wrong one. */
  'password.proof_failed': define('account', { details: { ...origin, session_id: z.uuid().nullable() } }),

  /** `replaced`: another second factor took the place of the one before. */
  'second_factor.enabled': define('account', { details: { ...origin, replaced: z.boolean() } }),
  'second_factor.disabled': define('account', { details: origin }),
  /** Somebody else took the second factor away: an admin, or the operator. */
  'second_factor.reset': define('account', nothing),
  /** `left`: how many recovery codes are left. */
  'second_factor.recovery_code_used': define('account', { details: { ...origin, left: z.int() } }),
  'second_factor.recovery_codes_made': define('account', { details: origin }),
  /** A sign-in whose password was right was asked for a code. */
  'second_factor.asked': define('account', { details: origin }),
  /** A code was refused. The code itself is not kept. `used_code`: it was right, and is spent. */
  'second_factor.failed': define('account', {
    details: {
      ...origin,
      reason: z.enum(['wrong_code', 'no_code', 'used_code', 'wrong_recovery_code', 'blocked', 'unreadable']),
    },
  }),
  /** Too many wrong codes: none is looked at for some time, but for recovery codes. */
  'second_factor.blocked': define('account', { details: { ...origin, address: fact } }),

  /** The settings of the tenant. Null: the setting follows the environment. */
  'tenant.settings_changed': define('tenant', {
    changes: {
      name: fact,
      languages: z.array(Language),
      time_zone: fact,
      accent_colour: fact,
      registration: RegistrationMode,
      registration_domains: z.array(fact).max(50),
      second_factor_required: z.boolean(),
      mail_sender: z.object({ name: fact.nullable(), address: fact }),
      mail_signature: z.string().max(1_000),
      auto_close_days: z.int(),
      comment_edit_minutes: z.int(),
      undo_seconds: z.int(),
      deleted_days: z.int(),
      mail_parameters_days: z.int(),
      products_by: ProductsBy,
    },
  }),

  /** The logo of the tenant is another. Null: there was none, or is none any more. */
  'tenant.logo_changed': define('tenant', { changes: { sha256: fact, size: z.int() } }),

  /** What a mail says was changed. The texts stay in their row; null is the built-in text. */
  'tenant.mail_template_changed': define('tenant', {
    changes: { subject: sizeOfText, text: sizeOfText },
    details: { template: fact, language: Language },
  }),

  /** The subject is the account that the token acts for. */
  'api_token.created': define('account', {
    details: { ...origin, ...apiToken, name: fact, hint: fact, scopes: z.array(fact), expires_at: z.iso.datetime() },
  }),
  'api_token.updated': define('account', { changes: { name: fact }, details: apiToken }),
  'api_token.revoked': define('account', { details: { ...apiToken, name: fact, hint: fact } }),
  /** The token came from an address that it does not allow. Recorded once in an hour for each token. */
  'api_token.refused': define('account', { details: { ...apiToken, address: fact } }),

  'service_account.created': define('account', { details: { name: fact, role: Role } }),
  'service_account.updated': define('account', { changes: { name: fact, category: fact } }),
  'service_account.deactivated': define('account', { changes: { status: AccountStatus } }),
} as const satisfies Record<string, EventDefinition>
