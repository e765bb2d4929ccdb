import type { App } from '../../../platform/app-context.ts'
import { readDottedToken, writeDottedToken } from '../../../platform/dotted-token.ts'
import { AppError } from '../../../platform/errors.ts'
import { hmac, isEqual } from '../../../platform/secrets.ts'

const confirmationMac = (app: App, tenantId: number, confirmationId: string): string =>
  hmac(app.secrets.links, `email confirmation ${tenantId} ${confirmationId}`).toString('base64url')

/**
 * The token of a link that confirms an address. It is made when the mail is rendered, because the database must not hold
 * it.
 */
export const writeConfirmationToken = (app: App, tenantId: number, confirmationId: string): string =>
  writeDottedToken({ tenantId, rowId: confirmationId, secret: confirmationMac(app, tenantId, confirmationId) })

/** @throws AppError `invalid_confirmation_token` when this program did not make the token. */
export const readConfirmationToken = (app: App, token: string): { tenantId: number; confirmationId: string } => {
  const parts = readDottedToken(token)
  const mac = parts && confirmationMac(app, parts.tenantId, parts.rowId)
  if (parts === null || mac === null || !isEqual(Buffer.from(parts.secret), Buffer.from(mac))) {
    throw new AppError('invalid_confirmation_token')
  }
  return { tenantId: parts.tenantId, confirmationId: parts.rowId }
}
