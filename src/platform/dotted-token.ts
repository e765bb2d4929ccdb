import type { ErrorCode } from '../contract/error-codes.ts'
import type { App } from './app-context.ts'
import { AppError } from './errors.ts'
import { hmac, isEqual } from './secrets.ts'

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const tenantNumber = /^[1-9]\d{0,8}$/

/** The parts of a token: the tenant and the row that it belongs to, and the secret that proves it. */
export interface DottedToken {
  tenantId: number
  /** A UUID. */
  rowId: string
  secret: string
}

/** The text `<tenant>.<row>.<secret>`, for links and refresh tokens. */
export const writeDottedToken = ({ tenantId, rowId, secret }: DottedToken): string => `${tenantId}.${rowId}.${secret}`

/** Reads the parts of a token, or null when it has another form. The caller checks the secret. */
export const readDottedToken = (token: string): DottedToken | null => {
  const [tenantId = '', rowId = '', secret = '', ...rest] = token.split('.')
  if (!tenantNumber.test(tenantId) || !uuid.test(rowId) || secret === '' || rest.length > 0) return null
  return { tenantId: Number(tenantId), rowId, secret }
}

/** The tokens of one kind of mailed link. */
export interface LinkTokens {
  /** Makes the token of a row. */
  write: (app: App, tenantId: number, rowId: string) => string
  /** @throws AppError the error code of the kind, when this program did not make the token. */
  read: (app: App, token: string) => RowOfTenant
  /** What `read` answers, or null when this program did not make the token. */
  find: (app: App, token: string) => RowOfTenant | null
}

interface RowOfTenant {
  tenantId: number
  rowId: string
}

/**
 * The tokens of the links of one purpose: an HMAC over the purpose, the tenant and the row. A token is made when the
 * mail is rendered, because the database must not hold it. The purpose never changes, because links of before go on to
 * work.
 */
export const linkTokens = (purpose: string, refusal: ErrorCode): LinkTokens => {
  const macOf = (app: App, tenantId: number, rowId: string): string =>
    hmac(app.secrets.links, `${purpose} ${tenantId} ${rowId}`).toString('base64url')
  const find = (app: App, token: string): RowOfTenant | null => {
    const parts = readDottedToken(token)
    if (parts === null) return null
    const { tenantId, rowId, secret } = parts
    return isEqual(Buffer.from(secret), Buffer.from(macOf(app, tenantId, rowId))) ? { tenantId, rowId } : null
  }
  return {
    write: (app, tenantId, rowId) => writeDottedToken({ tenantId, rowId, secret: macOf(app, tenantId, rowId) }),
    find,
    read(app, token) {
      const row = find(app, token)
      if (row === null) throw new AppError(refusal)
      return row
    },
  }
}
