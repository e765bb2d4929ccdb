import { endpoint } from '../../identity/accounts/declare-endpoint.ts'
import { TechnicianParams } from '../../identity/technicians/technicians.schemas.ts'
import { deactivateTechnician } from './people.service.ts'

export const peopleRoutes = [
  endpoint({
    id: 'deactivateTechnician',
    method: 'delete',
    path: '/technicians/:technicianId',
    can: 'technician:deactivate',
    tag: 'Technicians',
    summary: 'Deactivate a technician',
    description: 'Their sign-in ends at once. Their unresolved tickets go back to `new`, without a technician.',
    params: TechnicianParams,
    responds: { 204: null },
    fails: ['technician_not_found'],
    handle: (call) => deactivateTechnician(call.app, call, call.params.technicianId),
  }),
]
