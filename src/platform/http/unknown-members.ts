import { z } from 'zod'
import { foreignMembers, membersElsewhere } from '../../contract/foreign-members.ts'

/** The letters of a name, however its words are joined: `customerId`, `customer-id` and `customer_id` are one. */
const lettersOf = (name: string): string => name.replaceAll(/[-_]/g, '').toLowerCase()

/** What a request may have, when its schema is an object; otherwise nothing is known of it. */
export const knownMembers = (schema: z.ZodType): string[] =>
  schema instanceof z.ZodObject ? Object.keys(schema.shape) : []

/**
 * What to write in the place of a name that a request may not have, or undefined: the same in our spelling, or our
 * word.
 */
export const ownNameOf = (name: string, known: string[]): string | undefined => {
  if (name.length > 30) return undefined
  const letters = lettersOf(name)
  const ours = Object.hasOwn(foreignMembers, letters) ? (foreignMembers[letters] ?? []) : []
  const own = known.find((member) => lettersOf(member) === letters) ?? ours.find((member) => known.includes(member))
  return own ?? (Object.hasOwn(membersElsewhere, letters) ? membersElsewhere[letters] : undefined)
}
