import { type Person, password, type World } from './people.ts'
import { expectStatus, expectSuccess } from './requests.ts'

/** A valid request: the value for the name in the path, and the body. */
type Asking = () => Valid | Promise<Valid>
interface Valid {
  id?: string
  body?: unknown
}

/** Builds the requests about API tokens and service accounts that are asked of every caller. */
export const tokenRequests = (world: World, clerk: Person, customer: Person): Record<string, Asking> => {
  const newToken = { name: 'Report', scopes: ['ticket:read'] }
  /**
   * A token of Cora's, whom admins and she herself may ask about. A new session makes it, because hers may have ended,
   * and ends then.
   */
  const tokenOf: Asking = async () => {
    const cora = await world.signIn(customer.email, password)
    const { token_id: id } = expectStatus(await cora.post('/api-tokens', newToken), 201).body
    // A person has so many sessions at most, and hers must not end.
    expectStatus(await cora.post('/auth/logout'), 204)
    return { id }
  }
  const newService = { name: 'Monitoring', role: 'technician', category: 'Network' }
  const service: Asking = async () => ({
    id: expectStatus(await clerk.post('/service-accounts', newService), 201).body.account_id,
  })

  return {
    'GET /service-accounts': () => ({}),
    'POST /service-accounts': () => ({ body: newService }),
    'GET /service-accounts/:serviceId': service,
    'PATCH /service-accounts/:serviceId': async () => ({
      ...(await service()),
      body: { name: 'Alarms' },
    }),
    'DELETE /service-accounts/:serviceId': service,
    'POST /service-accounts/:serviceId/api-tokens': async () => ({
      ...(await service()),
      body: newToken,
    }),
    'GET /api-tokens': () => ({}),
    'POST /api-tokens': () => ({ body: newToken }),
    'GET /api-tokens/:tokenId': tokenOf,
    'PATCH /api-tokens/:tokenId': async () => ({
      ...(await tokenOf()),
      body: { name: 'Report 2' },
    }),
    'DELETE /api-tokens/:tokenId': tokenOf,
  }
}

/** The ids of two new API tokens of a person. */
export const newTokens = async (person: Person, name: string): Promise<string[]> => {
  const made = [1, 2].map(() => person.post('/api-tokens', { name, scopes: ['ticket:read'] }))
  return (await Promise.all(made)).map((reply) => expectSuccess(reply).body.token_id)
}

/** The ids of two new service accounts. */
export const newServices = async (admin: Person, name: string): Promise<string[]> => {
  const made = [1, 2].map(() => admin.post('/service-accounts', { name, role: 'admin' }))
  return (await Promise.all(made)).map((reply) => expectSuccess(reply).body.account_id)
}
