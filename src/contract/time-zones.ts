import { z } from 'zod'

/** Names that JavaScript knows and PostgreSQL does not: SQL that counts days by them would fail. */
const unknownToDatabase: ReadonlySet<string> = new Set(
  'US/Pacific-New Canada/East-Saskatchewan AET AGT BET CAT CNT CTT ECT IET MIT NET PLT PNT PRT SST VST'
    .toLowerCase()
    .split(' '),
)

const isTimeZone = (name: string): boolean => {
  if (unknownToDatabase.has(name.toLowerCase())) return false
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}

/** The name of a time zone in the IANA database. */
export const TimeZone = z
  .string()
  .max(64)
  .regex(/^[A-Za-z][\w+/-]*$/, { error: 'must be a time zone such as Europe/Berlin' })
  .refine(isTimeZone, { error: 'must be a time zone such as Europe/Berlin' })
