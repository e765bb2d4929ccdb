const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const tenantNumber = /^[1-9]\d{0,8}$/

/** What a token of ours says in the open, which row it belongs to, and the secret that proves it. */
export interface DottedToken {
  tenantId: number
  /** A UUID. */
  rowId: string
  secret: string
}

/** `<tenant>.<row>.<secret>`, for links and refresh tokens. */
export const writeDottedToken = ({ tenantId, rowId, secret }: DottedToken): string => `${tenantId}.${rowId}.${secret}`

/** Takes a token apart; null when it has another form. Whether the secret is right is for the caller to check. */
export const readDottedToken = (token: string): DottedToken | null => {
  const [tenantId = '', rowId = '', secret = '', ...rest] = token.split('.')
  if (!tenantNumber.test(tenantId) || !uuid.test(rowId) || secret === '' || rest.length > 0) return null
  return { tenantId: Number(tenantId), rowId, secret }
}
