// The rules between the settings of the database.

const saysTls = (url: string): boolean => [...new URL(url).searchParams.keys()].some((name) => name.startsWith('ssl'))

/** What is wrong with the settings of TLS to the database, by their names. */
const tlsFaults = (given: {
  NODE_ENV?: string
  DATABASE_URL?: string
  DATABASE_SSL?: string
  DATABASE_SSL_CA?: string
}): [key: string, fault: string][] => {
  const { NODE_ENV, DATABASE_URL: url, DATABASE_SSL: ssl = 'false', DATABASE_SSL_CA: ca } = given
  const faults: [string, string][] = []
  if (ca !== undefined && ssl !== 'true') faults.push(['DATABASE_SSL_CA', 'needs DATABASE_SSL=true'])
  if (ssl === 'false') return faults
  if (url === undefined)
    faults.push(['DATABASE_SSL', 'needs DATABASE_URL: the embedded database stays on this machine'])
  else if (URL.canParse(url) && saysTls(url))
    faults.push(['DATABASE_SSL', 'DATABASE_URL has parameters for TLS already: leave out one of the two'])
  if (ssl === 'no-verify' && NODE_ENV === 'production')
    faults.push(['DATABASE_SSL', 'no-verify is for development: set DATABASE_SSL=true and DATABASE_SSL_CA'])
  return faults
}

/** What is wrong with the addresses of the database, by their names. */
const addressFaults = (given: {
  DATABASE_URL?: string
  DATABASE_POOLED?: boolean
  MIGRATION_DATABASE_URL?: string
}): [key: string, fault: string][] => {
  const { DATABASE_URL: url, DATABASE_POOLED: isPooled, MIGRATION_DATABASE_URL: direct } = given
  if (url === undefined && direct !== undefined)
    return [['MIGRATION_DATABASE_URL', 'needs DATABASE_URL: the embedded database has one address']]
  if (isPooled !== true) return []
  if (url === undefined)
    return [['DATABASE_POOLED', 'needs DATABASE_URL: no pooler stands before the embedded database']]
  if (direct === undefined)
    return [
      ['MIGRATION_DATABASE_URL', 'is required with DATABASE_POOLED=true: the address past the pooler, of the owner'],
    ]
  return direct === url ? [['MIGRATION_DATABASE_URL', 'must lead past the pooler, so it cannot be DATABASE_URL']] : []
}

/** What is wrong with the settings of the database together, by their names. */
export const databaseFaults = (
  given: Parameters<typeof tlsFaults>[0] & Parameters<typeof addressFaults>[0],
): [key: string, fault: string][] => [...tlsFaults(given), ...addressFaults(given)]
