import type { App } from '../../../platform/app-context.ts'
import type { LinkTokens } from '../../../platform/dotted-token.ts'
import { confirmationTokens, registrationTokens, resetTokens } from '../../identity/accounts/mailed-links.ts'
import type { MailedLink } from './templates/letter.ts'

const tokens: Record<MailedLink, LinkTokens> = {
  password: resetTokens,
  email: confirmationTokens,
  registration: registrationTokens,
}

/** The token of a link in a mail of a tenant. */
export const writeLinkToken = (app: App, tenantId: number, link: MailedLink, rowId: string): string =>
  tokens[link].write(app, tenantId, rowId)
