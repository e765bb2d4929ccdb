import { z } from 'zod'
import { AccountStatus } from '../../../contract/enums.ts'
import { Page, pageQuery } from '../../../platform/paging.ts'
import { line, listParameter, publicId, timestamp } from '../../../platform/schemas.ts'
import { PersonName } from '../accounts/accounts.schemas.ts'

const ServiceId = publicId('SVC').meta({ description: 'A service account, like SVC0001.', examples: ['SVC0001'] })

const ServiceRole = z
  .enum(['admin', 'technician'])
  .meta({ id: 'ServiceRole', description: 'What a service account may do: what this role may do.' })

const ServiceName = PersonName.meta({ description: 'What the program is.', examples: ['Monitoring'] })
const ServiceCategory = line(60).meta({
  description: 'The category whose tickets a service account of the role technician sees. Others have none.',
  examples: ['Network'],
})

export const ServiceAccount = z
  .object({
    account_id: z.string().meta({ description: 'The number of the service account.', examples: ['SVC0001'] }),
    name: z.string().meta({ description: 'What the program is.', examples: ['Monitoring'] }),
    role: ServiceRole,
    category: z
      .string()
      .nullable()
      .meta({
        description: 'The category whose tickets a service account of the role technician sees; null for an admin.',
        examples: ['Network'],
      }),
    status: AccountStatus,
    created_at: timestamp,
  })
  .meta({ id: 'ServiceAccount' })
export type ServiceAccount = z.output<typeof ServiceAccount>

export const CreateServiceAccount = z
  .strictObject({ name: ServiceName, role: ServiceRole, category: ServiceCategory.optional() })
  .superRefine(({ role, category }, { addIssue }) => {
    if (role === 'technician' && category === undefined) {
      addIssue({ code: 'custom', path: ['category'], message: 'is missing' })
    } else if (role === 'admin' && category !== undefined) {
      addIssue({ code: 'custom', path: ['category'], message: 'must be left out for an admin' })
    }
  })
  .meta({
    id: 'CreateServiceAccount',
    examples: [{ name: 'Monitoring', role: 'technician', category: 'Network' }],
  })
export type CreateServiceAccount = z.output<typeof CreateServiceAccount>

export const UpdateServiceAccount = z
  .strictObject({ name: ServiceName.optional(), category: ServiceCategory.optional() })
  .meta({ id: 'UpdateServiceAccount', examples: [{ name: 'Monitoring of the network' }] })
export type ServiceAccountChange = z.output<typeof UpdateServiceAccount>

export const ServiceAccountParams = z.object({ serviceId: ServiceId })

export const ServiceAccountQuery = z.strictObject({
  ...pageQuery,
  status: listParameter(AccountStatus, 10).optional().meta({ description: 'Any of these states.' }),
})
export type ServiceAccountFilter = Pick<z.output<typeof ServiceAccountQuery>, 'status'>

export const ServiceAccountList = z
  .object({
    service_accounts: z.array(ServiceAccount).meta({ description: 'The service accounts of this page.' }),
    page: Page,
  })
  .meta({ id: 'ServiceAccountList' })
