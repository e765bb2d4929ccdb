import { generateSecret, generateSync, generateURI } from 'otplib'
import { isEqual } from '../../../platform/secrets.ts'

/** RFC 6238 as every app knows it: SHA-1, six digits, steps of 30 seconds. */
const periodSeconds = 30
const digits = 6

/** How many steps a clock may be off, in both directions. */
const window = 1

/**
 * The time step of a moment in seconds since 1970.
 * @internal Exported for tests, which are the app.
 */
export const stepAt = (seconds: number): number => Math.floor(seconds / periodSeconds)

/** Whether a text has the form of a code. */
export const isAppCode = (text: string): boolean => /^[0-9]{6}$/.test(text)

/** A new secret: 160 random bits in Base32. */
export const createTotpSecret = (): string => generateSecret({ length: 20 })

/**
 * The code of a secret at a time step.
 * @internal Exported for tests, which are the app.
 */
export const codeAtStep = (secret: string, step: number): string =>
  generateSync({ secret, digits, algorithm: 'sha1', period: periodSeconds, epoch: step * periodSeconds })

/**
 * The step of which a text is the code, among the steps that count at a moment; null when it is none of them. All codes
 * are compared, each in a time that does not tell how many digits are equal.
 */
export const stepOfCode = (secret: string, code: string, seconds: number): number | null => {
  const tried = Buffer.from(code)
  const steps = Array.from({ length: 2 * window + 1 }, (_, place) => stepAt(seconds) - window + place)
  const right = steps.filter((step) => step >= 0 && isEqual(tried, Buffer.from(codeAtStep(secret, step))))
  return right.at(-1) ?? null
}

/** The address that an authenticator app reads, mostly from a QR code. */
export const otpauthUri = (secret: string, issuer: string, label: string): string =>
  generateURI({ issuer, label, secret, digits, algorithm: 'sha1', period: periodSeconds })
