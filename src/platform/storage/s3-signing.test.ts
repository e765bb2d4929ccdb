import { describe, expect, test } from 'vitest'
import { faultOf, type Keys, type Signed } from '../../testing/peers/s3-signatures.ts'
import { presign, type S3Access, signHeaders } from './s3-signing.ts'

// The examples that AWS publishes: "Signature Calculations for the Authorization Header: Transferring Payload in a
// Single Chunk", and "Authenticating Requests: Using Query Parameters", in the S3 API reference.
const keys: Keys = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' }
const access: S3Access = { ...keys, region: 'us-east-1' }
const at = new Date('2013-05-24T00:00:00Z')
const host = 'examplebucket.s3.amazonaws.com'
const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

const vectors: [string, string, string, Record<string, string>, string, string][] = [
  [
    'GET Object',
    'GET',
    '/test.txt',
    { Range: 'bytes=0-9' },
    empty,
    'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
  ],
  [
    'PUT Object',
    'PUT',
    '/test%24file.text',
    { Date: 'Fri, 24 May 2013 00:00:00 GMT', 'x-amz-storage-class': 'REDUCED_REDUNDANCY' },
    '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072',
    '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
  ],
  [
    'GET Bucket Lifecycle',
    'GET',
    '/?lifecycle',
    {},
    empty,
    'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
  ],
  [
    'GET Bucket (List Objects)',
    'GET',
    '/?max-keys=2&prefix=J',
    {},
    empty,
    '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
  ],
]

const presigned = 'aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404'

describe('AWS’s published examples', () => {
  test.each(vectors)(
    '%s is signed as AWS signs it, and read as AWS reads it',
    async (_, method, target, given, hash, signature) => {
      const headers = await signHeaders(access, { method, url: `https://${host}${target}`, headers: given }, hash, at)
      expect(headers.authorization).toContain(`Signature=${signature}`)
      const request: Signed = { method, target, headers: { ...headers, host } }
      expect(faultOf(request, keys, at.getTime())).toBeNull()
      const forged = { ...headers, authorization: headers.authorization?.replace(/.$/, '0'), host }
      expect(faultOf({ ...request, headers: forged }, keys, at.getTime())).toBe('SignatureDoesNotMatch')
    },
  )

  test('a presigned URL', async () => {
    const url = await presign(access, { method: 'GET', url: `https://${host}/test.txt` }, 86_400, at)
    expect(new URL(url).searchParams.get('X-Amz-Signature')).toBe(presigned)
    const target = url.slice(`https://${host}`.length)
    const request: Signed = { method: 'GET', target, headers: { host } }
    expect(faultOf(request, keys, at.getTime())).toBeNull()
    expect(faultOf(request, keys, at.getTime() + 86_401_000)).toBe('AccessDenied')
    expect(faultOf({ ...request, method: 'PUT' }, keys, at.getTime())).toBe('SignatureDoesNotMatch')
  })
})

test('a URL to upload to is good for the headers that it was signed with, and no others', async () => {
  const headers = { 'Content-Length': '12', 'Content-Type': 'text/plain', 'x-amz-checksum-sha256': 'abc=' }
  const url = await presign(access, { method: 'PUT', url: `https://${host}/a/b`, headers }, 300, at)
  expect(new URL(url).searchParams.get('X-Amz-SignedHeaders')).toBe(
    'content-length;content-type;host;x-amz-checksum-sha256',
  )
  const target = url.slice(`https://${host}`.length)
  const sent = { host, 'content-length': '12', 'content-type': 'text/plain', 'x-amz-checksum-sha256': 'abc=' }
  const verdict = (more: Record<string, string | undefined>) =>
    faultOf({ method: 'PUT', target, headers: { ...sent, ...more } }, keys, at.getTime() + 1_000)
  expect(verdict({})).toBeNull()
  for (const wrong of [
    { 'content-length': '13' },
    { 'content-type': 'text/html' },
    { 'x-amz-checksum-sha256': 'abd=' },
  ]) {
    expect(verdict(wrong)).toBe('SignatureDoesNotMatch')
  }
  expect(verdict({ 'x-amz-acl': 'public-read' })).toBe('AccessDenied')
})

test('what a URL says of a download keeps its spaces, quotes and percent signs', async () => {
  const url = new URL(`https://${host}/a/b`)
  const disposition = `attachment; filename="a b+c_.txt"; filename*=UTF-8''a%20b%2Bc%25.txt`
  url.searchParams.set('response-content-disposition', disposition)
  const signed = await presign(access, { method: 'GET', url: url.toString() }, 300, at)
  expect(signed).not.toContain('+')
  expect(new URL(signed).searchParams.get('response-content-disposition')).toBe(disposition)
  const request: Signed = { method: 'GET', target: signed.slice(`https://${host}`.length), headers: { host } }
  expect(faultOf(request, keys, at.getTime())).toBeNull()
})
