import type { App } from '../../../platform/app-context.ts'
import { type LinkTokens, linkTokens } from '../../../platform/dotted-token.ts'
import { confirmationTokens, registrationTokens, resetTokens } from '../../identity/accounts/mailed-links.ts'
import type { MailedLink } from './templates/letter.ts'

/**
 * The tokens of unsubscriptions (RFC 8058). A token names a mail, whose row says whom it is to and what is stopped.
 */
export const unsubscribeTokens = linkTokens('unsubscription', 'invalid_unsubscribe_token')

const tokens: Record<MailedLink, LinkTokens> = {
  password: resetTokens,
  email: confirmationTokens,
  registration: registrationTokens,
  unsubscription: unsubscribeTokens,
}

/** The token of a link in a mail of a tenant. */
export const writeLinkToken = (app: App, tenantId: number, link: MailedLink, rowId: string): string =>
  tokens[link].write(app, tenantId, rowId)
