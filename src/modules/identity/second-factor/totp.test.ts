import { expect, test } from 'vitest'
import { codeAtStep, createTotpSecret, otpauthUri, stepAt, stepOfCode } from './totp.ts'

/** The secret of both RFCs, `12345678901234567890` in Base32. */
const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'

test('codes are those of RFC 4226, appendix D', () => {
  const codes = Array.from({ length: 10 }, (_, counter) => codeAtStep(secret, counter))
  expect(codes.join(' ')).toBe('755224 287082 359152 969429 338314 254676 287922 162583 399871 520489')
})

test.each([
  [59, '287082'],
  [1_111_111_109, '081804'],
  [1_111_111_111, '050471'],
  [1_234_567_890, '005924'],
  [2_000_000_000, '279037'],
  [20_000_000_000, '353130'],
])('codes are the last six digits of those of RFC 6238, appendix B: at %d s %s', (seconds, code) => {
  expect(codeAtStep(secret, stepAt(seconds))).toBe(code)
  expect(stepOfCode(secret, code, seconds)).toBe(stepAt(seconds))
})

test('a code is good one step before its time and one step after it, and no longer', () => {
  const step = stepAt(1_111_111_111)
  const code = codeAtStep(secret, step)
  const seconds = [-60, -30, -1, 0, 29, 30, 59, 60].map((off) => step * 30 + off)
  expect(seconds.map((moment) => stepOfCode(secret, code, moment))).toEqual([
    null,
    step,
    step,
    step,
    step,
    step,
    step,
    null,
  ])
})

test.each(['', ' ', '05047', '0504711', '０５０４７１', '05047\0', '050 471', '-50471', '5.0471', 'null', '1e5000'])(
  'what is no code of six digits is never one: %j',
  (text) => {
    expect(stepOfCode(secret, text, 1_111_111_111)).toBeNull()
  },
)

test('secrets have 160 bits and are different; apps read them from an address', () => {
  const secrets = Array.from({ length: 100 }, createTotpSecret)
  expect(new Set(secrets).size).toBe(100)
  for (const made of secrets) expect(made).toMatch(/^[A-Z2-7]{32}$/)
  const uri = new URL(otpauthUri(secret, 'Harbour & Co', 'dana@harbour.example.com'))
  expect([uri.protocol, uri.host, decodeURIComponent(uri.pathname)]).toEqual([
    'otpauth:',
    'totp',
    '/Harbour & Co:dana@harbour.example.com',
  ])
  expect(uri.searchParams.get('secret')).toBe(secret)
  expect(uri.searchParams.get('issuer')).toBe('Harbour & Co')
})
