import { createAdminOf } from '../../modules/identity/accounts/first-admin.service.ts'
import { endpoints, followersOf } from '../../modules.ts'
import { exec, sql } from '../../platform/db/sql.ts'
import { fanOutOnce } from '../../platform/events/fan-out.ts'
import type { Stage } from './access-cast.ts'
import { createAccessRequests } from './access-requests.ts'
import { assignTicket, createTicket } from './create-tickets.ts'
import { createWorld, password, type World } from './people.ts'
import { expectStatus } from './requests.ts'
import { type Desk, platformToken } from './workspace.ts'

/** Prepares the people and rows that requests to every endpoint are about, and another tenant. */
export const createStage = async (desk: Desk): Promise<{ stage: Stage; other: World }> => {
  const world = await createWorld(desk)
  const other = await createWorld(desk)
  // Cora, Tilda and her ticket have numbers that do not exist in the other tenant.
  await exec(desk.app.pool, sql`update counters set value = 500 where tenant_id = ${world.tenantId}`)
  const admin = { userId: 'clerk', name: 'Clerk', email: `clerk@${world.slug}.example.com`, password }
  await createAdminOf(desk.app, world.slug, admin)
  const clerk = await world.signIn('clerk', password)
  const cora = await world.customer('Cora')
  const tilda = await world.technician('Tilda', 'Network')
  const tina = await world.technician('Tina', 'network')
  const dora = await world.customer('Dora')
  expectStatus(await world.ada.delete(`/customers/${dora.id}`), 204)
  const cast = {
    admin: world.ada,
    'its technician': tilda,
    'of its category': tina,
    'other technician': world.tom,
    'its customer': cora,
    'other customer': world.carl,
    deactivated: dora,
    'other tenant': other.ada,
  }
  const id = await createTicket(clerk, { customer_id: cora.id })
  await assignTicket(clerk, id, tilda)
  await fanOutOnce(desk.app.pool, followersOf(desk.app), 500)
  const { body } = await clerk.get('/emails')
  return { stage: { desk, world, cast, clerk, mailId: body.emails[0].email_id }, other }
}

/** A path with values for its parameters, in their order. */
export const withIds = (path: string, ids: string[]): string => {
  const rest = [...ids]
  return path.replaceAll(/:\w+/g, () => rest.shift() ?? 'unnamed')
}

/** A request that an admin may send. */
export interface AdminRequest {
  method: string
  path: string
  body: unknown
  headers: Record<string, string>
}

/** Whether an endpoint is for whoever runs the program. */
const isOperators = (method: string, path: string): boolean =>
  endpoints.some((one) => one.can === 'operator' && one.method.toUpperCase() === method && one.path === path)

/** Makes requests of an admin, or of the operator, to an endpoint, each about new rows where it changes them. */
export const adminRequests = (stage: Stage) => {
  const requests = createAccessRequests(stage)
  return async (method: string, path: string): Promise<AdminRequest> => {
    const valid = requests[`${method} ${path}`]
    if (valid === undefined) throw new Error(`say in access-requests.ts how to ask ${method} ${path}`)
    const { id = '', body, headers = {} } = await valid('admin', stage.world.ada)
    const own: Record<string, string> = isOperators(method, path) ? { Authorization: `Bearer ${platformToken}` } : {}
    return { method, path: withIds(path, [id].flat()), body, headers: { ...headers, ...own } }
  }
}
