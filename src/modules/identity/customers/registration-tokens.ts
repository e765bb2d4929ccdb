import type { App } from '../../../platform/app-context.ts'
import { readDottedToken, writeDottedToken } from '../../../platform/dotted-token.ts'
import { AppError } from '../../../platform/errors.ts'
import { hmac, isEqual } from '../../../platform/secrets.ts'

const registrationMac = (app: App, tenantId: number, registrationId: string): string =>
  hmac(app.secrets.links, `registration ${tenantId} ${registrationId}`).toString('base64url')

/** The token of a link that finishes a registration. It is made when the mail is rendered, because the database must not hold it. */
export const writeRegistrationToken = (app: App, tenantId: number, registrationId: string): string =>
  writeDottedToken({ tenantId, rowId: registrationId, secret: registrationMac(app, tenantId, registrationId) })

/** @throws AppError `invalid_registration_token` when this program did not make the token. */
export const readRegistrationToken = (app: App, token: string): { tenantId: number; registrationId: string } => {
  const parts = readDottedToken(token)
  const mac = parts && registrationMac(app, parts.tenantId, parts.rowId)
  if (parts === null || mac === null || !isEqual(Buffer.from(parts.secret), Buffer.from(mac))) {
    throw new AppError('invalid_registration_token')
  }
  return { tenantId: parts.tenantId, registrationId: parts.rowId }
}
