import { z } from 'zod'
import { Role } from '../../../contract/enums.ts'
import { email, knownEmail, line } from '../../../platform/schemas.ts'

/** What is not seen of a text, so that no sign between the letters hides what the eye reads. */
const unseen = /[\p{Cf}\p{M}\p{Default_Ignorable_Code_Point}]/gu
/** The number of an account, as in a mention: `TEC0001`, `@tec1`, `Max (TEC0001)`. */
const numberOfAccount = /(?<![\p{L}\p{N}])(?:TEC|CUS|SVC)\p{Nd}+(?![\p{L}\p{N}])/iu

const namesAccount = (name: string): boolean => numberOfAccount.test(name.normalize('NFKC').replace(unseen, ''))

/** The name of a person. With the number of an account in it, a mention of one person would read as one of another. */
export const PersonName = line(100).refine((name) => !namesAccount(name), {
  error: 'must not have the number of an account, such as TEC0001',
  params: { code: 'names_account' },
})
export const Email = email
export const KnownEmail = knownEmail

export const User = z
  .object({ id: z.string(), role: Role, name: z.string(), email: z.string(), tenant: z.string() })
  .meta({ id: 'User', description: 'Who is signed in.' })
