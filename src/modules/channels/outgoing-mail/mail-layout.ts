import type { Config } from '../../../platform/config.ts'
import { chosenIn, defaultsOf, type TenantSettings } from '../../identity/tenants/known-settings.schemas.ts'
import type { MailLayout } from './templates/letter.ts'
import { prose } from './templates/user-text.ts'

/** The settings of the tenant of a mail, which are read with the mail. So handing it over asks the database nothing. */
export const settingsOfMail = (
  config: Config,
  { tenant_name: name, tenant_settings: settings }: { tenant_name: string; tenant_settings: Record<string, unknown> },
): TenantSettings => ({ ...defaultsOf(config, { name }), ...chosenIn(config, settings) })

/** Addresses that only the machine of the program itself reaches, as a trial has one. */
const isOnlyHere = (address: string): boolean =>
  /^(?:localhost|.*\.localhost|127(?:\.\d+){3}|\[::1\])$/.test(new URL(address).hostname)

/** The address of a logo, by the address of its tenant. */
const logoAtAddress = (address: string): string => `${address}/api/tenant/logo`

/**
 * How the mails of a tenant look. `logoAt`: the address of the tenant, when it has a logo. A mail has no logo that its
 * reader's mail program cannot load.
 */
export const layoutOf = (
  { accent_colour: colour, mail_signature: signature }: Pick<TenantSettings, 'accent_colour' | 'mail_signature'>,
  logoAt: string | null,
): MailLayout => ({
  colour,
  logoUrl: logoAt === null || isOnlyHere(logoAt) ? null : logoAtAddress(logoAt),
  signature: signature === null ? null : prose(signature) || null,
})

/** The same for a preview. Who looks at it reaches the program, and so sees the logo at any address. */
export const layoutOfPreview = (settings: Parameters<typeof layoutOf>[0], logoAt: string | null): MailLayout => ({
  ...layoutOf(settings, null),
  logoUrl: logoAt === null ? null : logoAtAddress(logoAt),
})
