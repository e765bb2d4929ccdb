import { z } from 'zod'
import { isStorable, storable } from '../../../contract/storable.ts'

/** What the link of a mail is for: to set a password, to confirm an address, or to finish a registration. */
const LinkPurpose = z.enum(['password', 'email', 'registration']).meta({
  id: 'LinkPurpose',
  description:
    'What the link of a mail is for: `password` sets one, also the first of an invitation; `email` confirms an address; ' +
    '`registration` makes an account.',
})
export type LinkPurpose = z.output<typeof LinkPurpose>

export const LookAtLink = z
  .strictObject({ purpose: LinkPurpose, token: z.string().min(1).max(300).refine(isStorable, storable) })
  .meta({ id: 'LookAtLink', examples: [{ purpose: 'password', token: 'the token in the link' }] })

const LinkEnd = z.enum(['used', 'expired', 'unknown', 'suspended']).meta({
  id: 'LinkEnd',
  description:
    'Why the link of a mail is over. `unknown`: it is cut off, not ours, or long gone. `suspended`: its tenant is.',
})

const LinkRefusal = z.enum(['registration_closed', 'email_taken']).meta({
  id: 'LinkRefusal',
  description: 'The code with which a registration would be refused.',
})

export const MailedLink = z
  .object({
    end: LinkEnd.nullable().meta({ description: 'Why the link is over; null while it is good.' }),
    tenant: z
      .object({
        slug: z.string().meta({ description: 'The name of the tenant in `X-Tenant`.', examples: ['default'] }),
        name: z.string(),
      })
      .nullable()
      .meta({ description: 'Whose link it is, also when it is over; null for one that is unknown.' }),
    language: z.string().nullable().meta({ description: 'The language that its reader has chosen.' }),
    is_invitation: z
      .boolean()
      .nullable()
      .meta({ description: 'Whether a password is the first one of an invitation.' }),
    sign_in_name: z.string().nullable().meta({ description: 'Whose password it sets.' }),
    email: z.string().nullable().meta({ description: 'The address that is confirmed, or that registers.' }),
    is_new_address: z.boolean().nullable().meta({ description: 'Whether an account changes to the address by it.' }),
    refusal: LinkRefusal.nullable().meta({
      description: 'Why a registration would be refused now; null when it would not.',
    }),
  })
  .meta({
    id: 'MailedLink',
    description:
      'What the link of a mail is about. When it is over, nobody is named: whoever finds an old mail may ask.',
  })
export type MailedLink = z.output<typeof MailedLink>
