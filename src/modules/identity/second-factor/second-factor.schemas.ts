import { z } from 'zod'
import { isStorable, storable } from '../../../contract/storable.ts'

/** A code that is tried: of the app, or a recovery code. It need not have the form of either. */
export const TriedCode = z
  .string()
  .max(64)
  .trim()
  .min(1)
  .refine(isStorable, storable)
  .meta({ description: 'The six digits that the app shows, or a recovery code.', examples: ['492039'] })

export const SecondFactorState = z
  .object({
    enabled: z.boolean().meta({ description: 'Whether signing in asks for a code.' }),
    enabled_at: z.iso.datetime().nullable().meta({ description: 'Since when; null when it is off.' }),
    recovery_codes_left: z.int().meta({ description: 'How many recovery codes have not been used.' }),
    required: z.boolean().meta({ description: 'Whether the tenant asks the account for a second factor.' }),
  })
  .meta({ id: 'SecondFactorState', description: 'The second factor of an account.' })
export type SecondFactorState = z.output<typeof SecondFactorState>

export const NewSecondFactor = z
  .object({
    secret: z.string().meta({
      description: 'The secret for the app, in Base32. It is shown this once.',
      examples: ['JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'],
    }),
    otpauth_uri: z.string().meta({
      description: 'The same as an address that apps read, mostly from a QR code.',
      examples: ['otpauth://totp/Counterdesk:dana?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Counterdesk'],
    }),
    expires_in: z.int().meta({ description: 'Seconds within which the first code must come.', examples: [3600] }),
  })
  .meta({ id: 'NewSecondFactor', description: 'A second factor that waits for its first code.' })
export type NewSecondFactor = z.output<typeof NewSecondFactor>

export const RecoveryCodes = z
  .object({
    recovery_codes: z.array(z.string()).meta({
      description:
        'Ten codes, each good once in place of the app. They are shown this once; earlier ones are not good any more.',
      examples: [['x7k2m-9pqrs-4tvwx-yz3ab']],
    }),
  })
  .meta({ id: 'RecoveryCodes' })
export type RecoveryCodes = z.output<typeof RecoveryCodes>
