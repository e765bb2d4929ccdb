import type { App } from '../../../platform/app-context.ts'
import { readDottedToken, writeDottedToken } from '../../../platform/dotted-token.ts'
import { AppError } from '../../../platform/errors.ts'
import { hmac, isEqual } from '../../../platform/secrets.ts'

const linkMac = (app: App, tenantId: number, resetId: string): string =>
  hmac(app.secrets.links, `password reset ${tenantId} ${resetId}`).toString('base64url')

/**
 * The token of a link that sets a password. It is made when the mail is rendered, because the database must not hold
 * it.
 */
export const writeResetToken = (app: App, tenantId: number, resetId: string): string =>
  writeDottedToken({ tenantId, rowId: resetId, secret: linkMac(app, tenantId, resetId) })

/** @throws AppError `invalid_reset_token` when this program did not make the token. */
export const readResetToken = (app: App, token: string): { tenantId: number; resetId: string } => {
  const parts = readDottedToken(token)
  const mac = parts && linkMac(app, parts.tenantId, parts.rowId)
  if (parts === null || mac === null || !isEqual(Buffer.from(parts.secret), Buffer.from(mac))) {
    throw new AppError('invalid_reset_token')
  }
  return { tenantId: parts.tenantId, resetId: parts.rowId }
}
