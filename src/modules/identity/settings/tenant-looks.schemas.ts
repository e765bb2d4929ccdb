import { z } from 'zod'
import { Language, RegistrationMode } from '../../../contract/enums.ts'

/** What anybody may know of a tenant: what a console needs to look like its own. */
export const TenantLooks = z
  .object({
    name: z.string().meta({ description: 'What the organisation is called.', examples: ['Harbour office'] }),
    languages: z.array(Language).meta({ description: 'The languages that the desk speaks, the usual one first.' }),
    accent_colour: z.string().meta({ description: 'The colour of buttons and links.', examples: ['#0b6e4f'] }),
    logo: z
      .string()
      .nullable()
      .meta({
        description: 'The SHA-256 of the logo, which `GET /tenant/logo` gives; null when there is none.',
        examples: [null],
      }),
    registration: RegistrationMode,
  })
  .meta({ id: 'TenantLooks' })
