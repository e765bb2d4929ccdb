import { z } from 'zod'
import { SignInName } from '../../../contract/credentials.ts'
import { Role } from '../../../contract/enums.ts'
import { Page } from '../../../platform/paging.ts'
import { Email, PersonName } from '../../identity/accounts/accounts.schemas.ts'
import { DirectoryRole, Person, signInMembers } from '../../identity/accounts/people-accounts.schemas.ts'
import { proofMembers } from '../../identity/sign-in/second-factor-bodies.schemas.ts'
import { Category, openTicketsAtMost, PhoneNumber } from '../../identity/technicians/technicians.schemas.ts'

const openTicketCount = z
  .int()
  .min(0)
  .max(openTicketsAtMost)
  .nullable()
  .meta({
    description: `How many unresolved tickets the technician has; null for others. ${openTicketsAtMost} means that many, or more.`,
  })

const ListedPerson = Person.extend({ open_tickets: openTicketCount, ...signInMembers }).meta({ id: 'ListedPerson' })
export const PersonList = z.object({ people: z.array(ListedPerson), page: Page }).meta({ id: 'PersonList' })

/** What the staff sees of somebody whom they look up: no address, no number of a telephone, no sign-in name. */
const DirectoryEntry = z
  .object({
    account_id: z.string(),
    role: DirectoryRole,
    name: z.string(),
    category: z.string().nullable().meta({ description: 'What a technician works on; null for customers.' }),
    open_tickets: openTicketCount,
  })
  .meta({ id: 'DirectoryEntry' })
export type DirectoryEntry = z.output<typeof DirectoryEntry>
export const DirectoryList = z.object({ people: z.array(DirectoryEntry), page: Page }).meta({ id: 'DirectoryList' })

const membersOfTechnician = ['phone_number', 'category'] as const

/** Which members the role of a new person needs, and which it does not have. */
const fitsRole = ({ role, ...given }: Invited, context: z.RefinementCtx): void => {
  const say = (member: string, message: string, code: string): void =>
    context.addIssue({ code: 'custom', path: [member], message, params: { code } })
  const needed: readonly string[] = role === 'technician' ? membersOfTechnician : role === 'admin' ? ['user_id'] : []
  const unknown: readonly string[] =
    role === 'technician' ? [] : role === 'admin' ? membersOfTechnician : [...membersOfTechnician, 'user_id']
  for (const member of needed) {
    if (given[member as keyof typeof given] === undefined) say(member, `is missing for the role ${role}`, 'missing')
  }
  for (const member of unknown) {
    if (given[member as keyof typeof given] !== undefined)
      say(member, `is not known for the role ${role}`, 'unknown_member')
  }
}

interface Invited {
  role: z.output<typeof Role>
  phone_number?: string | undefined
  category?: string | undefined
  user_id?: string | undefined
}

export const InvitePerson = z
  .strictObject({
    role: Role,
    name: PersonName,
    email: Email,
    user_id: SignInName.optional().meta({
      description: 'The sign-in name. Admins need one, and it is their id; a technician has the address when left out.',
    }),
    phone_number: PhoneNumber.optional().meta({ description: 'Technicians need one; others have none.' }),
    category: Category.optional().meta({ description: 'What a technician works on. Technicians need one.' }),
    ...proofMembers,
  })
  .superRefine(fitsRole)
  .meta({
    id: 'InvitePerson',
    examples: [
      {
        role: 'admin',
        name: 'Mary Jackson',
        email: 'mary.jackson@desk.example.com',
        user_id: 'mary',
        current_password: 'the password of the demo',
      },
      {
        role: 'technician',
        name: 'Barbara Liskov',
        email: 'barbara.liskov@desk.example.com',
        phone_number: '+44 117 496 0107',
        category: 'Network',
      },
    ],
  })
export type InvitePerson = z.output<typeof InvitePerson>

/** A person may be sent back whole, and most have null there. */
const nullOfOthers = 'Null only of who is no technician.'

export const UpdatePerson = z
  .strictObject({
    name: PersonName.optional(),
    email: Email.optional(),
    phone_number: PhoneNumber.nullable()
      .optional()
      .meta({ description: `The telephone number. ${nullOfOthers}` }),
    category: Category.nullable()
      .optional()
      .meta({ description: `What the technician works on. ${nullOfOthers}` }),
    available: z
      .boolean()
      .nullable()
      .optional()
      .meta({ description: `As in the person. ${nullOfOthers}` }),
    role: Role.optional().meta({
      description:
        'A technician becomes an admin, and a technician again under the same number. Customers stay customers, and an ' +
        'admin whose id is a user id stays an admin.',
    }),
    ...proofMembers,
  })
  .meta({ id: 'UpdatePerson', examples: [{ name: 'Noor Haddad-Lee' }] })
export type PersonChange = Omit<z.output<typeof UpdatePerson>, keyof typeof proofMembers>
