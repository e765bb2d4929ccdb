import { z } from 'zod'
import { Language, Role } from '../../../contract/enums.ts'
import { TimeZone } from '../../../contract/time-zones.ts'
import { timestamp } from '../../../platform/schemas.ts'
import { KnownEmail, PersonName } from '../accounts/accounts.schemas.ts'
import { TriedCode } from '../second-factor/second-factor.schemas.ts'
import { TriedPassword } from '../sign-in/sign-in.schemas.ts'

const timeZone = TimeZone.nullable().meta({ description: 'A time zone of the IANA database; null for none chosen.' })
const language = Language.nullable()

export const Me = z
  .object({
    id: z.string(),
    role: Role,
    name: z.string(),
    email: z.string(),
    email_confirmed_at: timestamp.nullable(),
    pending_email: z.string().nullable(),
    sign_in_name: z.string(),
    category: z.string().nullable().meta({ description: 'The category of a technician; null for everybody else.' }),
    time_zone: timeZone,
    language,
    second_factor: z.boolean().meta({ description: 'Whether signing in asks for a code, too.' }),
    tenant: z.string(),
    created_at: timestamp,
  })
  .meta({ id: 'Me', description: 'The own account.' })
export type Me = z.output<typeof Me>

export const UpdateMe = z
  .strictObject({ name: PersonName.optional(), time_zone: timeZone.optional(), language: language.optional() })
  .meta({ id: 'UpdateMe', examples: [{ time_zone: 'Europe/Berlin', language: 'de' }] })

const address = KnownEmail.meta({
  description: 'The new address, whose domain may be in Unicode; or the own address, whatever its form.',
})

export const ChangeEmail = z
  .strictObject({ email: address, current_password: TriedPassword, second_factor_code: TriedCode.optional() })
  .meta({
    id: 'ChangeEmail',
    examples: [{ email: 'dana.whitfield@harbour.example.com', current_password: 'the password of the demo' }],
  })
export type ChangeEmail = z.output<typeof ChangeEmail>

export const ConfirmEmail = z
  .strictObject({ token: z.string().min(1).max(300) })
  .meta({ id: 'ConfirmEmail', examples: [{ token: 'the token in the link' }] })
