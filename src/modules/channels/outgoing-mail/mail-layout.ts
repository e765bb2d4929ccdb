import type { Config } from '../../../platform/config.ts'
import { chosenIn, defaultsOf, type TenantSettings } from '../../identity/tenants/known-settings.schemas.ts'
import type { MailLayout } from './templates/letter.ts'
import { prose } from './templates/user-text.ts'

/** The settings of the tenant of a mail, which are read with the mail. So handing it over asks the database nothing. */
export const settingsOfMail = (
  config: Config,
  { tenant_name: name, tenant_settings: settings }: { tenant_name: string; tenant_settings: Record<string, unknown> },
): TenantSettings => ({ ...defaultsOf(config, { name }), ...chosenIn(config, settings) })

/** How the mails of a tenant look. */
export const layoutOf = ({
  accent_colour: colour,
  mail_signature: signature,
}: Pick<TenantSettings, 'accent_colour' | 'mail_signature'>): MailLayout => ({
  colour,
  logoUrl: null,
  signature: signature === null ? null : prose(signature) || null,
})
