import { z } from 'zod'
import { AccountStatus, Role } from '../../../contract/enums.ts'
import { pageQuery } from '../../../platform/paging.ts'
import { listParameter, moment, searchText, timestamp, withCanonicalId } from '../../../platform/schemas.ts'

/** The id of an account of any role. An unknown text is the id of no account. */
export const PersonParams = z.object({
  accountId: z
    .string()
    .transform(withCanonicalId(['CUS', 'TEC']))
    .meta({ description: 'An account: CUS0001, TEC0001, or the user id of an admin.', examples: ['TEC0001'] }),
})

/** Somebody with an account. */
export const Person = z
  .object({
    account_id: z.string(),
    role: Role,
    user_id: z.string().meta({ description: 'The sign-in name.' }),
    name: z.string(),
    email: z.string(),
    phone_number: z.string().nullable().meta({ description: 'Of technicians only.' }),
    category: z.string().nullable().meta({ description: 'What a technician works on; null for others.' }),
    available: z
      .boolean()
      .nullable()
      .meta({ description: 'Whether a technician takes new tickets at the moment; null for others.' }),
    status: AccountStatus,
    created_at: timestamp,
  })
  .meta({ id: 'Person' })
export type Person = z.output<typeof Person>

const someRoles = { error: 'must be customer or technician' }

export const PeopleQuery = z.strictObject({
  ...pageQuery,
  q: searchText.optional().meta({ description: 'A part of the name or of the email address, or a whole number.' }),
  role: listParameter(Role, 10).optional().meta({ description: 'Any of these roles.' }),
  status: listParameter(AccountStatus, 10).optional().meta({ description: 'Any of these states.' }),
})
export type PeopleFilter = Partial<Omit<z.output<typeof PeopleQuery>, 'limit' | 'cursor'>>

/** Whom technicians look up. Admins are left out, because the id of an admin is a sign-in name. */
export const DirectoryRole = z
  .enum(['customer', 'technician'], someRoles)
  .meta({ id: 'DirectoryRole', description: 'Whom the directory has.' })

export const DirectoryQuery = z.strictObject({
  ...pageQuery,
  q: searchText.optional().meta({ description: 'A part of the name, or a whole number.', examples: ['Reed'] }),
  role: listParameter(DirectoryRole, 10).optional().meta({ description: 'Any of these roles.' }),
})
export type DirectoryFilter = Partial<Omit<z.output<typeof DirectoryQuery>, 'limit' | 'cursor'>>

/** The key of a list of people: when the account was created, and its id. */
export const PersonKey = z.tuple([moment, z.string()])
export type PersonKey = z.output<typeof PersonKey>

/** The name under which the module of second factors gives whether an account `a` has one. */
export const factorOfPerson = 'has_second_factor'
/** The name under which the module of sign-ins gives when an account `a` was last seen. */
export const lastSeenOfPerson = 'last_seen'

/** How somebody signs in, as admins see it in a list. */
export const signInMembers = {
  second_factor: z.boolean().meta({ description: 'Whether signing in asks for a code, too.' }),
  last_seen_at: timestamp.nullable().meta({
    description:
      'When one of their sessions was last used, within some minutes; null when no session of theirs goes on.',
  }),
}

/** A row of the list of people. */
export const PersonRow = Person.extend({ open_tickets: z.int().nullable(), ...signInMembers })
export type PersonRow = z.output<typeof PersonRow>

/** A row of the directory. */
export const DirectoryRow = z.object({
  account_id: z.string(),
  role: DirectoryRole,
  name: z.string(),
  category: z.string().nullable(),
  open_tickets: z.int().nullable(),
  created_at: timestamp,
})
export type DirectoryRow = z.output<typeof DirectoryRow>
