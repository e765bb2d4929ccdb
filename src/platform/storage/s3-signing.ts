import { AwsV4Signer } from 'aws4fetch'

/** The region of a store, and the keys to sign requests with. */
export interface S3Access {
  region: string
  accessKeyId: string
  secretAccessKey: string
}

/** A request to be signed. */
export interface S3Request {
  method: string
  url: string
  headers?: Record<string, string>
}

/** The time in the form of signatures: `20130524T000000Z`. */
const stamp = (at: Date): string => at.toISOString().replaceAll(/[-:]|\.\d{3}/g, '')

const signed = async (
  access: S3Access,
  request: S3Request,
  at: Date,
  signQuery: boolean,
): Promise<{ url: string; headers: Headers }> => {
  // All given headers are signed. The store refuses a request in which one of them differs or is missing.
  const signer = new AwsV4Signer({
    ...access,
    ...request,
    service: 's3',
    datetime: stamp(at),
    signQuery,
    allHeaders: true,
  })
  const { url, headers } = await signer.sign()
  // A space in a query is `%20`, because only readers of forms read `+` as a space.
  return { url: url.toString().replaceAll('+', '%20'), headers }
}

/**
 * Signs a request in its headers (AWS Signature Version 4). `bodySha256` is the hash of its body in hex.
 * @returns the headers to send, `Authorization` among them.
 */
export const signHeaders = async (
  access: S3Access,
  request: S3Request,
  bodySha256: string,
  at: Date,
): Promise<Record<string, string>> => {
  const headers = { ...request.headers, 'X-Amz-Content-Sha256': bodySha256 }
  return Object.fromEntries((await signed(access, { ...request, headers }, at, false)).headers)
}

/** A URL that anyone may use for `seconds`, with exactly the headers of the request and any body that they allow. */
export const presign = async (access: S3Access, request: S3Request, seconds: number, at: Date): Promise<string> => {
  const url = new URL(request.url)
  url.searchParams.set('X-Amz-Expires', String(seconds))
  return (await signed(access, { ...request, url: url.toString() }, at, true)).url
}
