import { z } from 'zod'
import { type Capability, scopes } from '../../../contract/capabilities.ts'
import { networkForm } from '../../../platform/network-address.ts'
import { Page, pageQuery } from '../../../platform/paging.ts'
import { line, timeFilter, timestamp, withCanonicalId } from '../../../platform/schemas.ts'
import { TriedCode } from '../second-factor/second-factor.schemas.ts'

/** How many living tokens an account may have. */
export const tokensAtMost = 50

/** How long a token is good for when nothing is said, and at most. */
export const daysByDefault = 90
export const daysAtMost = 366

const TokenName = line(100).meta({ description: 'What the token is for.', examples: ['Night report'] })

const Scope = z
  .enum(scopes as [Capability, ...Capability[]])
  .meta({ id: 'Scope', description: 'What an API token may do: the capability that an operation names.' })

const Scopes = z
  .array(Scope)
  .min(1)
  .max(scopes.length)
  .transform((listed) => [...new Set(listed)].sort())
  .meta({
    description: 'What the token may do, as far as the account may do it.',
    examples: [['ticket:list', 'ticket:read']],
  })

const AllowedAddress = z
  .string()
  .max(50)
  .transform((text, context) => {
    const form = networkForm(text.trim())
    if (form !== null) return form
    context.addIssue({ code: 'custom', message: 'must be an IP address or a network such as 192.0.2.0/24' })
    return z.NEVER
  })
  .meta({ id: 'AllowedAddress', description: 'An IP address, or a network such as `192.0.2.0/24` or `2001:db8::/32`.' })

const AllowedAddresses = z
  .array(AllowedAddress)
  .max(20)
  .transform((listed) => [...new Set(listed)])
  .meta({
    description: 'From where the token may be used. Empty: from everywhere.',
    examples: [['192.0.2.0/24']],
  })

export const ApiToken = z
  .object({
    token_id: z.uuid().meta({ description: 'The id of the token. It is no secret.' }),
    account_id: z.string(),
    name: z.string().meta({ description: 'What the token is for.', examples: ['Night report'] }),
    hint: z
      .string()
      .meta({ description: 'The beginning and the end of the token, to know it by.', examples: ['cdk_1_…4f7Q'] }),
    scopes: z.array(z.string()).meta({
      description: 'What the token may do, as far as the account may do it.',
      examples: [['ticket:list', 'ticket:read']],
    }),
    allowed_addresses: z
      .array(z.string())
      .meta({ description: 'From where the token may be used. Empty: from everywhere.', examples: [['192.0.2.0/24']] }),
    created_at: timestamp,
    created_by: z.string().meta({ description: 'The account that made the token.', examples: ['dana'] }),
    expires_at: timestamp.meta({ description: 'When the token expires.' }),
    last_used_at: timestamp.nullable().meta({
      description: 'When the token was last used, within some five minutes; null when it never was.',
    }),
  })
  .meta({ id: 'ApiToken' })
export type ApiToken = z.output<typeof ApiToken>

export const CreatedApiToken = ApiToken.extend({
  token: z.string().nullable().meta({
    description:
      'The token: `Authorization: Bearer <token>`. It is shown once and not kept, so it is null in a repeated answer.',
  }),
}).meta({ id: 'CreatedApiToken' })
export type CreatedApiToken = z.output<typeof CreatedApiToken>

export const CreateApiToken = z
  .strictObject({
    name: TokenName,
    scopes: Scopes,
    expires_at: timeFilter.optional().meta({
      description: `When the token expires: in ${daysByDefault} days when left out, in ${daysAtMost} at most.`,
    }),
    allowed_addresses: AllowedAddresses.optional(),
    second_factor_code: TriedCode.optional(),
  })
  .meta({
    id: 'CreateApiToken',
    examples: [{ name: 'Night report', scopes: ['ticket:list', 'ticket:read'], allowed_addresses: ['192.0.2.0/24'] }],
  })
export type CreateApiToken = z.output<typeof CreateApiToken>

export const UpdateApiToken = z
  .strictObject({ name: TokenName })
  .meta({ id: 'UpdateApiToken', examples: [{ name: 'Monthly report' }] })

export const ApiTokenParams = z.object({ tokenId: z.uuid().meta({ description: 'A token, by its id.' }) })

export const ApiTokenQuery = z.strictObject({
  ...pageQuery,
  account_id: line(100)
    .transform(withCanonicalId(['CUS', 'TEC', 'SVC']))
    .optional()
    .meta({
      description: 'The tokens of this account. Only admins may ask for those of others.',
      examples: ['TEC0001'],
    }),
  everyone: z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .optional()
    .meta({ description: 'The tokens of all accounts, for admins.' }),
})
export type ApiTokenFilter = Omit<z.output<typeof ApiTokenQuery>, 'limit' | 'cursor'>

export const ApiTokenList = z
  .object({ api_tokens: z.array(ApiToken).meta({ description: 'The tokens of this page.' }), page: Page })
  .meta({ id: 'ApiTokenList' })
