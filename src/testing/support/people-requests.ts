import type { Asking, Principal, Stage } from './access-cast.ts'
import { password } from './people.ts'
import { expectSuccess } from './requests.ts'

type Known = Exclude<Principal, 'nobody'>

/** Builds requests about one of the cast. */
export const aboutOf =
  (cast: Stage['cast']) =>
  (who: Known, body?: unknown): Asking =>
  () => ({ id: cast[who].id, body })

const work = { phone_number: '+49 30 123', category: 'Network' }

/**
 * Builds the requests about people that are asked of every caller. `newPerson` answers with the members of somebody
 * new.
 */
export const peopleRequests = (
  { cast, clerk }: Pick<Stage, 'cast' | 'clerk'>,
  newPerson: (more?: object) => object,
): Record<string, Asking> => {
  const about = aboutOf(cast)
  /** An account that is created to be deleted when an admin asks, because admins may; else an account of the cast. */
  const spare =
    (path: string, key: string, otherwise: Known): Asking =>
    async (who) => {
      if (who !== 'admin') return { id: cast[otherwise].id }
      const { body } = await clerk.post(path, newPerson(path === '/technicians' ? work : {}))
      return { id: body[key] }
    }
  /** A person who is invited, and in another state when `then` says so, for an admin to change. */
  const sparePerson =
    (then: 'invited' | 'deactivated' = 'invited'): Asking =>
    async (who) => {
      if (who !== 'admin') return { id: cast['its customer'].id }
      const { account_id: id } = expectSuccess(await clerk.post('/people', newPerson({ role: 'customer' }))).body
      if (then === 'deactivated') expectSuccess(await clerk.delete(`/people/${id}`))
      return { id }
    }
  return {
    'GET /people': () => ({}),
    'POST /people': () => ({ body: newPerson({ role: 'technician', ...work }) }),
    'GET /people/:accountId': about('its technician'),
    'GET /people/:accountId/sign-in': about('its technician'),
    'PATCH /people/:accountId': about('its technician', { name: 'Tilda Corrected' }),
    'DELETE /people/:accountId': sparePerson(),
    'POST /people/:accountId/reactivate': sparePerson('deactivated'),
    'DELETE /people/:accountId/sessions': sparePerson(),
    'POST /people/:accountId/invitation': sparePerson(),
    'GET /directory': () => ({}),
    'POST /people/:accountId/second-factor/reset': about('its technician', { current_password: password }),
    'GET /customers': () => ({}),
    'POST /customers': () => ({ body: newPerson() }),
    'GET /customers/:customerId': about('its customer'),
    'PATCH /customers/:customerId': about('its customer', { name: 'Cora Corrected' }),
    'DELETE /customers/:customerId': spare('/customers', 'customer_id', 'its customer'),
    'GET /technicians': () => ({}),
    'POST /technicians': () => ({ body: newPerson(work) }),
    'GET /technicians/:technicianId': about('its technician'),
    'PUT /technicians/:technicianId': about('its technician', { phone_number: '+49 30 456' }),
    'PATCH /technicians/:technicianId': about('its technician', { available: true }),
    'DELETE /technicians/:technicianId': spare('/technicians', 'technician_id', 'its technician'),
  }
}
