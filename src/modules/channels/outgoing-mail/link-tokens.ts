import type { App } from '../../../platform/app-context.ts'
import { writeConfirmationToken } from '../../identity/accounts/confirmation-tokens.ts'
import { writeResetToken } from '../../identity/accounts/reset-tokens.ts'
import { writeRegistrationToken } from '../../identity/customers/registration-tokens.ts'
import type { MailedLink } from './templates/letter.ts'

/** Makes the token of each kind of link, from the id of its row. */
const writers: Record<MailedLink, (app: App, tenantId: number, rowId: string) => string> = {
  password: writeResetToken,
  email: writeConfirmationToken,
  registration: writeRegistrationToken,
}

/** The token of a link in a mail of a tenant. */
export const writeLinkToken = (app: App, tenantId: number, link: MailedLink, rowId: string): string =>
  writers[link](app, tenantId, rowId)
