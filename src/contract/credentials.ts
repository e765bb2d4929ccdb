import { z } from 'zod'
import { isStorable, storable } from './storable.ts'

/**
 * The form in which passwords are hashed and compared (RFC 8265, OpaqueString): other spaces become U+0020, and
 * composed and decomposed letters are the same. Keyboards differ in both. Upper and lower case stay.
 */
export const opaqueForm = (password: string): string => password.replaceAll(/\p{Zs}/gu, ' ').normalize('NFC')

/**
 * What OpaqueString has no place for: controls, surrogates, private and unassigned characters, characters that show
 * nothing, and the letters of which old Hangul is composed. Of the invisible ones RFC 8264 allows two joiners behind
 * certain letters; here they are refused everywhere.
 */
const disallowed = /[\p{C}\p{Default_Ignorable_Code_Point}\u1100-\u11ff\ua960-\ua97f\ud7b0-\ud7ff]/u

/** How long a password is, as the rule counts it: the bytes of its form. */
export const passwordLength = (password: string): number => Buffer.byteLength(opaqueForm(password))

/**
 * A new password: 8 to 72 bytes in UTF-8, in its form. A longer one is refused, because bcrypt reads only 72 bytes. As
 * it is typed it may be longer, because a composed letter has up to four parts.
 */
export const NewPassword = z
  .string()
  .min(1)
  .max(288)
  .refine((password) => passwordLength(password) >= 8, {
    error: 'must have at least 8 bytes',
    params: { code: 'too_small' },
  })
  .refine((password) => passwordLength(password) <= 72, {
    error: 'must have at most 72 bytes',
    params: { code: 'too_big' },
  })
  .refine(isStorable, storable)
  .refine((password) => !disallowed.test(opaqueForm(password)), {
    error: 'must have no control characters, no invisible characters and none that Unicode does not know',
  })
  .meta({
    description:
      '8 to 72 bytes in UTF-8; no invisible characters; not one character all over, not a name or address of the account, ' +
      'and none of the most common passwords. Letters that look the same and are composed in other ways are the same.',
  })

/**
 * The form of every sign-in name that was chosen, now or in an earlier version. It has no @, so it cannot be the email
 * address of another account, and it does not look like the number of an account.
 */
export const KnownSignInName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{1,62}$/, { error: 'must be 2 to 63 letters, digits, dots, dashes or underscores' })
  .refine((name) => !/^(CUS|TEC)\d+$/i.test(name), { error: 'must not look like the number of an account' })

/** Words that stand for somebody else than an account, or for nobody, in filters, keys and texts. */
const reservedWords = new Set([
  'all',
  'any',
  'anybody',
  'anyone',
  'everybody',
  'everyone',
  'me',
  'nobody',
  'none',
  'null',
  'self',
  'system',
  'undefined',
  'unassigned',
  'unknown',
])

/** The numbers of accounts are refused by the form already. */
const otherNumber = /^(?:TKT|PRD|ORD|SVC|WHK)\d+$/i
const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/**
 * A sign-in name that a person may choose now. The sign-in name of an admin is the id of the account, so it does not
 * look like the id of anything else, and is no word with a meaning of its own.
 */
export const SignInName = KnownSignInName.refine((name) => !otherNumber.test(name) && !uuid.test(name), {
  error: 'must not look like the id of something else',
}).refine((name) => !reservedWords.has(name.toLowerCase()), { error: 'is a reserved word' })
