import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Config } from '../config.ts'

// The address of the database carries how its connections are encrypted, in the parameters that `pg` has for that, so
// every pool, script and process that gets the address connects alike.

const isCertificate = (file: string): boolean => {
  try {
    return new X509Certificate(readFileSync(file)).subject !== ''
  } catch {
    return false
  }
}

/**
 * The address with what `DATABASE_SSL` and `DATABASE_SSL_CA` ask for.
 * @throws Error when `DATABASE_SSL_CA` is no file with a certificate.
 */
export const withTls = (url: string, { DATABASE_SSL, DATABASE_SSL_CA }: Config): string => {
  if (DATABASE_SSL === 'false') return url
  const address = new URL(url)
  address.searchParams.set('sslmode', DATABASE_SSL === 'true' ? 'verify-full' : 'no-verify')
  if (DATABASE_SSL_CA !== undefined) {
    if (!isCertificate(DATABASE_SSL_CA))
      throw new Error(`DATABASE_SSL_CA: ${DATABASE_SSL_CA} is no file with a certificate in PEM form`)
    address.searchParams.set('sslrootcert', DATABASE_SSL_CA)
  }
  return address.href
}

const encryptions: Record<string, string> = {
  'verify-full': 'over TLS, whose certificate is verified',
  'no-verify': 'over TLS, whose certificate is not verified',
}

/** Where a database is, for the operator: without the password. */
export const describeDatabase = (url: string): string => {
  const { host, hostname, pathname, username, searchParams } = new URL(url)
  const mode = searchParams.get('sslmode')
  const encryption = encryptions[mode ?? ''] ?? (mode === null ? 'without TLS' : `with sslmode=${mode}`)
  const where = host === '' ? (searchParams.get('host') ?? 'localhost') : host
  const user = username === '' ? '' : ` as ${decodeURIComponent(username)}`
  return `${decodeURIComponent(pathname.slice(1))} at ${where}${user}${hostname === '' ? '' : `, ${encryption}`}`
}
