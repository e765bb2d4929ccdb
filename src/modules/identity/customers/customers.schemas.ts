import { z } from 'zod'
import { NewPassword } from '../../../contract/credentials.ts'
import { AccountStatus, RegistrationMode } from '../../../contract/enums.ts'
import { Page, pageQuery } from '../../../platform/paging.ts'
import { listParameter, publicId, searchText, timestamp } from '../../../platform/schemas.ts'
import { Email, PersonName } from '../accounts/accounts.schemas.ts'
import { CookieSignIn, SignedInPerson, sessionWith, WantedSession } from '../sign-in/sign-in.schemas.ts'

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

/** Without a name, the part of the address before the @ becomes the name. */
const optionalName = PersonName.optional().meta({
  description: 'When left out: the part of the email address before the @.',
})

/** Required where the account is made at once, which only the service knows. */
const passwordWhereOpen = NewPassword.optional().meta({
  description:
    'Required where `registration` is `open`. Elsewhere it is passed over: who follows the link in the mail chooses one. 8 to ' +
    '72 bytes in UTF-8, and none of the most common passwords.',
})

export const Register = z.strictObject({ name: optionalName, email: Email, password: passwordWhereOpen }).meta({
  id: 'RegisterCustomer',
  examples: [{ name: 'Ada Byron', email: 'ada.byron@harbour.example.com', password: 'seven quiet rivers' }],
})
const registered = { customer: z.object({ customer_id: z.string(), name: z.string(), email: z.string() }) }
export const Registered = sessionWith(registered).meta({ id: 'Registered' })

/** The answer to a registration that was confirmed: tokens, or only who it is when the session is in the cookie. */
export const RegistrationFinished = z.union([Registered, SignedInPerson.extend(registered)]).meta({
  id: 'RegistrationFinished',
  description: 'Tokens, or, with the session in the cookie, who is signed in.',
})

export const CookieSignUp = z
  .strictObject({
    ...CookieSignIn.shape,
    email: Email,
    password: passwordWhereOpen,
    name: optionalName,
  })
  .meta({
    id: 'SignUpWithCookie',
    examples: [{ email: 'grace.hopper@harbour.example.com', password: 'seven quiet rivers' }],
  })

/** The same answer whether the address has an account or not. */
export const RegistrationAsked = z
  .object({ message: z.string().meta({ description: 'What happens next, for people.' }) })
  .meta({ id: 'RegistrationAsked', description: 'A mail says how the registration goes on. Nobody is signed in.' })

export const ConfirmRegistration = z
  .strictObject({
    token: z.string().min(1).max(300),
    name: PersonName.optional().meta({
      description: 'When left out: the name that was given with the address, or the part of the address before the @.',
    }),
    password: NewPassword,
    session: WantedSession.optional(),
  })
  .meta({
    id: 'ConfirmRegistration',
    examples: [{ token: 'the token in the link', name: 'Ada Byron', password: 'seven quiet rivers' }],
  })

export const RegistrationWay = z
  .object({ mode: RegistrationMode, tenant_name: z.string().meta({ description: 'What the tenant is called.' }) })
  .meta({ id: 'RegistrationWay', description: 'How people register as customers of the tenant.' })

/**
 * What is mailed to an address that registers: a link that makes the account (`confirm`), that an account has the
 * address (`known`), or that addresses of its domain may not register (`elsewhere`).
 */
export type RegistrationKind = 'confirm' | 'known' | 'elsewhere'
