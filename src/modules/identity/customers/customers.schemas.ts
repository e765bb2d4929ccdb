import { z } from 'zod'
import { NewPassword } from '../../../contract/credentials.ts'
import { AccountStatus } from '../../../contract/enums.ts'
import { Page, pageQuery } from '../../../platform/paging.ts'
import { listParameter, publicId, searchText, timestamp } from '../../../platform/schemas.ts'
import { Email, PersonName } from '../accounts/accounts.schemas.ts'
import { CookieSignIn, sessionWith } from '../sign-in/sign-in.schemas.ts'

export const CustomerId = publicId('CUS').meta({ description: 'A customer, like CUS0001.', examples: ['CUS0001'] })

export const Customer = z
  .object({
    customer_id: z.string(),
    name: z.string(),
    email: z.string(),
    status: AccountStatus,
    created_at: timestamp,
  })
  .meta({ id: 'Customer' })
export type Customer = z.output<typeof Customer>

export const CustomerParams = z.object({ customerId: CustomerId })
export const CustomerQuery = z.strictObject({
  ...pageQuery,
  q: searchText.optional().meta({ description: 'A part of the name or of the email address.' }),
  status: listParameter(AccountStatus, 10).optional().meta({ description: 'Any of these states.' }),
})
export const CustomerList = z.object({ customers: z.array(Customer), page: Page }).meta({ id: 'CustomerList' })

export const CreateCustomer = z
  .strictObject({ name: PersonName, email: Email })
  .meta({ id: 'CreateCustomer', examples: [{ name: 'Alan Perlis', email: 'alan.perlis@harbour.example.com' }] })
export const UpdateCustomer = z
  .strictObject({ name: PersonName.optional(), email: Email.optional() })
  .meta({ id: 'UpdateCustomer', examples: [{ name: 'Hannah Reed-Jones' }] })
export type CustomerChange = z.output<typeof UpdateCustomer>

export const Register = z.strictObject({ name: PersonName, email: Email, password: NewPassword }).meta({
  id: 'RegisterCustomer',
  examples: [{ name: 'Ada Byron', email: 'ada.byron@harbour.example.com', password: 'seven quiet rivers' }],
})
export const Registered = sessionWith({
  customer: z.object({ customer_id: z.string(), name: z.string(), email: z.string() }),
}).meta({ id: 'Registered' })

/** Without a name, the part of the address before the @ becomes the name. */
export const CookieSignUp = z
  .strictObject({
    ...CookieSignIn.shape,
    email: Email,
    password: NewPassword,
    name: PersonName.optional(),
  })
  .meta({
    id: 'SignUpWithCookie',
    examples: [{ email: 'grace.hopper@harbour.example.com', password: 'seven quiet rivers' }],
  })
