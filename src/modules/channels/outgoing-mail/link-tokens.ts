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

/** The token of a link in a mail. A test of a template has none: it may be filled as the mail of somebody else. */
export const tokenOf = (
  app: App,
  { tenant_id, is_test }: { tenant_id: number; is_test: boolean },
  link: MailedLink,
  rowId: string,
): string => (is_test ? 'masked' : tokens[link].write(app, tenant_id, rowId))
