import { z } from 'zod'
import { NewPassword, SignInName } from '../../../contract/credentials.ts'
import { AccountStatus } from '../../../contract/enums.ts'
import { Page, pageQuery } from '../../../platform/paging.ts'
import { line, listParameter, publicId, searchText, timestamp } from '../../../platform/schemas.ts'
import { Email, PersonName } from '../accounts/accounts.schemas.ts'

export const TechnicianId = publicId('TEC').meta({ description: 'A technician, like TEC0001.', examples: ['TEC0001'] })

/** The subject of tickets and the field of technicians: `Network`, `Printer`. Upper and lower case are equal. */
export const Category = line(60)

export const PhoneNumber = z
  .string()
  .regex(/^\s*\+?[0-9][0-9 ()./-]{2,28}[0-9()./-]\s*$/, {
    error: 'must be a phone number: digits, spaces and ( ) . / -, + in front',
  })
  .trim()

export const Technician = z
  .object({
    technician_id: z.string(),
    user_id: z.string().meta({ description: 'The sign-in name.' }),
    name: z.string(),
    email: z.string(),
    phone_number: z.string(),
    category: z.string(),
    available: z.boolean(),
    status: AccountStatus,
    created_at: timestamp,
  })
  .meta({ id: 'Technician' })
export type Technician = z.output<typeof Technician>

export const TechnicianParams = z.object({ technicianId: TechnicianId })
export const TechnicianQuery = z.strictObject({
  ...pageQuery,
  q: searchText.optional().meta({ description: 'A part of the name or of the email address.' }),
  status: listParameter(AccountStatus, 10).optional().meta({ description: 'Any of these states.' }),
  category: Category.optional(),
  available: z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .optional(),
})
export type TechnicianFilter = Partial<Omit<z.output<typeof TechnicianQuery>, 'limit' | 'cursor'>>

/** How many unresolved tickets of a technician a list counts. */
export const openTicketsAtMost = 100
/** The name under which the module of tickets gives the number of unresolved tickets of a technician `w`. */
export const openTickets = 'open_tickets'

/** A row of a list. */
export const ListedTechnician = Technician.extend({
  open_tickets: z
    .int()
    .min(0)
    .max(openTicketsAtMost)
    .meta({
      description: `How many unresolved tickets the technician has. ${openTicketsAtMost} means that many, or more.`,
    }),
}).meta({ id: 'ListedTechnician' })
export type ListedTechnician = z.output<typeof ListedTechnician>
export const TechnicianList = z
  .object({ technicians: z.array(ListedTechnician), page: Page })
  .meta({ id: 'TechnicianList' })

export const CreateTechnician = z
  .strictObject({
    name: PersonName,
    email: Email,
    phone_number: PhoneNumber,
    category: Category,
    user_id: SignInName.optional().meta({ description: 'The sign-in name; the email address when left out.' }),
    password: NewPassword.optional(),
  })
  .meta({
    id: 'CreateTechnician',
    examples: [
      {
        name: 'Ken Iverson',
        email: 'ken.iverson@desk.example.com',
        phone_number: '+44 117 496 0107',
        category: 'Network',
      },
    ],
  })
export type CreateTechnician = z.output<typeof CreateTechnician>

export const UpdateTechnician = z
  .strictObject({
    name: PersonName.optional(),
    email: Email.optional(),
    phone_number: PhoneNumber.optional(),
    category: Category.optional(),
    available: z.boolean().optional(),
  })
  .meta({ id: 'UpdateTechnician', examples: [{ phone_number: '+44 117 496 0108', available: true }] })
export type TechnicianChange = z.output<typeof UpdateTechnician>
