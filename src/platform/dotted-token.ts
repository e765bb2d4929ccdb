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
