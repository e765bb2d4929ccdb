import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

// How a store checks AWS Signature Version 4, written from AWS's specification ("Signature calculations for the
// authorization header", "Authenticating requests: using query parameters") and not from the code that signs.

/** A request as it came: path and query are not decoded, the names of headers are in lower case. */
export interface Signed {
  method: string
  target: string
  headers: Record<string, string | undefined>
}
export interface Keys {
  accessKeyId: string
  secretAccessKey: string
}

const sha256 = (data: string): string => createHash('sha256').update(data).digest('hex')
const hmac = (key: string | Buffer, data: string): Buffer => createHmac('sha256', key).update(data).digest()

/** UriEncode: all but the unreserved characters of RFC 3986, in capital hexadecimal digits. */
const encode = (text: string): string =>
  [...Buffer.from(text)]
    .map((byte) => {
      const char = String.fromCharCode(byte)
      return /[A-Za-z0-9._~-]/.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
    })
    .join('')

const canonicalQuery = (query: string): string =>
  query
    .split('&')
    .filter((pair) => pair !== '' && !pair.startsWith('X-Amz-Signature='))
    .map((pair) => {
      const [name = '', value = ''] = pair.split('=', 2).map(decodeURIComponent)
      return [encode(name), encode(value)]
    })
    .sort(([a = '', b = ''], [c = '', d = '']) => (a === c ? (b < d ? -1 : 1) : a < c ? -1 : 1))
    .map((pair) => pair.join('='))
    .join('&')

const isSame = (left: string, right: string): boolean =>
  left.length === right.length && timingSafeEqual(Buffer.from(left), Buffer.from(right))

interface Claim {
  credential: string
  signedHeaders: string
  signature: string
  date: string
  payload: string
}

const claimIn = (query: URLSearchParams, headers: Signed['headers']): Claim => {
  const inQuery = query.has('X-Amz-Signature')
  const authorization = headers.authorization ?? ''
  const part = (name: string): string => new RegExp(`${name}=([^,\\s]+)`).exec(authorization)?.[1] ?? ''
  return {
    credential: inQuery ? (query.get('X-Amz-Credential') ?? '') : part('Credential'),
    signedHeaders: inQuery ? (query.get('X-Amz-SignedHeaders') ?? '') : part('SignedHeaders'),
    signature: inQuery ? (query.get('X-Amz-Signature') ?? '') : part('Signature'),
    date: (inQuery ? query.get('X-Amz-Date') : headers['x-amz-date']) ?? '',
    payload: headers['x-amz-content-sha256'] ?? 'UNSIGNED-PAYLOAD',
  }
}

const timeOf = (date: string): number =>
  Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'))

/** The error code of S3 for a request whose signature is wrong at a moment; null when the signature is right. */
export const faultOf = ({ method, target, headers }: Signed, keys: Keys, now: number): string | null => {
  const [path = '', search = ''] = target.split('?', 2)
  const query = new URLSearchParams(search)
  const { credential, signedHeaders, signature, date, payload } = claimIn(query, headers)
  if (signature === '') return 'AccessDenied'
  const [id, day, region = '', service = '', end] = credential.split('/')
  if (id !== keys.accessKeyId) return 'InvalidAccessKeyId'
  if (day !== date.slice(0, 8) || service !== 's3' || end !== 'aws4_request') return 'AuthorizationHeaderMalformed'
  const names = signedHeaders.split(';')
  // The host and all headers x-amz-* must be signed.
  const needed = ['host', ...Object.keys(headers).filter((name) => name.startsWith('x-amz-'))]
  if (!needed.every((name) => names.includes(name))) return 'AccessDenied'

  const canonicalHeaders = names.map((name) => `${name}:${(headers[name] ?? '').trim().replaceAll(/ +/g, ' ')}\n`)
  const canonicalPath = path.split('/').map(decodeURIComponent).map(encode).join('/')
  const request = [method, canonicalPath, canonicalQuery(search), canonicalHeaders.join(''), signedHeaders, payload]
  const scope = [day, region, service, end].join('/')
  const stringToSign = ['AWS4-HMAC-SHA256', date, scope, sha256(request.join('\n'))].join('\n')
  const key = [region, service, 'aws4_request'].reduce(hmac, hmac(`AWS4${keys.secretAccessKey}`, day ?? ''))
  if (!isSame(hmac(key, stringToSign).toString('hex'), signature)) return 'SignatureDoesNotMatch'

  const age = (now - timeOf(date)) / 1_000
  if (!query.has('X-Amz-Signature')) return Math.abs(age) > 900 ? 'RequestTimeTooSkewed' : null
  return age < -900 || age > Number(query.get('X-Amz-Expires')) ? 'AccessDenied' : null
}
