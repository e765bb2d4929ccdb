import { generateKeyPairSync, type KeyObject, randomInt, sign } from 'node:crypto'
import { isIPv4 } from 'node:net'

// Certificates for tests, written as X.509 wants them (RFC 5280, DER), because Node can read certificates but not make
// them.

const tlv = (tag: number, ...contents: Buffer[]): Buffer => {
  const content = Buffer.concat(contents)
  const { length } = content
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}
const sequence = (...parts: Buffer[]): Buffer => tlv(0x30, ...parts)
const bits = (content: Buffer): Buffer => tlv(0x03, Buffer.from([0]), content)

/** An object identifier, of the bytes that stand for it. */
const oid = (hex: string): Buffer => tlv(0x06, Buffer.from(hex, 'hex'))
const ecdsaWithSha256 = sequence(oid('2a8648ce3d040302'))
const commonName = (name: string): Buffer => sequence(tlv(0x31, sequence(oid('550403'), tlv(0x0c, Buffer.from(name)))))
const time = (at: Date): Buffer => tlv(0x17, Buffer.from(`${at.toISOString().replaceAll(/[-:T]/g, '').slice(2, 14)}Z`))

const isAuthority = sequence(
  oid('551d13'),
  tlv(0x01, Buffer.from([255])),
  tlv(0x04, sequence(tlv(0x01, Buffer.from([255])))),
)
const namedBy = (names: string[]): Buffer => {
  const general = names.map((name) =>
    isIPv4(name) ? tlv(0x87, Buffer.from(name.split('.').map(Number))) : tlv(0x82, Buffer.from(name)),
  )
  return sequence(oid('551d11'), tlv(0x04, sequence(...general)))
}

const pem = (der: Buffer): string =>
  `-----BEGIN CERTIFICATE-----\n${der
    .toString('base64')
    .replaceAll(/(.{64})/g, '$1\n')
    .trimEnd()}\n-----END CERTIFICATE-----\n`

const day = 86_400_000

const certify = (subject: string, issuer: string, key: KeyObject, by: KeyObject, extension: Buffer): string => {
  const body = sequence(
    tlv(0xa0, tlv(0x02, Buffer.from([2]))),
    tlv(0x02, Buffer.from([randomInt(1, 127), randomInt(256)])),
    ecdsaWithSha256,
    commonName(issuer),
    sequence(time(new Date(Date.now() - day)), time(new Date(Date.now() + 30 * day))),
    commonName(subject),
    key.export({ type: 'spki', format: 'der' }),
    tlv(0xa3, sequence(extension)),
  )
  return pem(sequence(body, ecdsaWithSha256, bits(sign('sha256', body, by))))
}

/** A certificate authority. */
export interface Authority {
  certificate: string
  /** Makes a key and its certificate for a server with these host names and addresses. */
  issue(names: string[]): { key: string; certificate: string }
}

/** Makes a certificate authority, which nobody knows. */
export const createAuthority = (name: string): Authority => {
  const own = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return {
    certificate: certify(name, name, own.publicKey, own.privateKey, isAuthority),
    issue(names) {
      const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      const certificate = certify(names[0] ?? '', name, publicKey, own.privateKey, namedBy(names))
      return { certificate, key: String(privateKey.export({ type: 'pkcs8', format: 'pem' })) }
    },
  }
}
