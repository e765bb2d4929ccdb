import { z } from 'zod'
import { pageRequest } from '../../../platform/paging.ts'
import { endpoint } from '../accounts/declare-endpoint.ts'
import {
  CreateTechnician,
  Technician,
  TechnicianList,
  TechnicianParams,
  TechnicianQuery,
  UpdateTechnician,
} from './technicians.schemas.ts'
import {
  createTechnician,
  getTechnician,
  listVisibleTechnicians,
  technicianOrder,
  updateTechnician,
} from './technicians.service.ts'

const tag = 'Technicians'

/** PUT and PATCH do the same: members that are left out stay as they are. */
const updateEndpoint = (method: 'put' | 'patch') =>
  endpoint({
    id: method === 'patch' ? 'updateTechnician' : 'putTechnician',
    method,
    path: '/technicians/:technicianId',
    can: 'technician:update',
    tag,
    summary: 'Change a technician',
    description:
      'Members that are left out stay as they are. The technician may be sent back whole. Technicians may change their own ' +
      'phone number and whether they are available. An address is changed by an admin who has signed in.',
    params: TechnicianParams,
    body: UpdateTechnician,
    echoes: Technician,
    responds: { 200: Technician },
    fails: ['technician_not_found', 'email_taken', 'session_required'],
    handle: (call) => updateTechnician(call.app, call, call.params.technicianId, call.body, call.echoed),
  })

export const technicianRoutes = [
  endpoint({
    id: 'listTechnicians',
    method: 'get',
    path: '/technicians',
    can: 'technician:list',
    tag,
    summary: 'List technicians',
    description: 'In the order of their numbers, with how many unresolved tickets each has.',
    query: TechnicianQuery,
    responds: { 200: TechnicianList },
    fails: ['query_too_broad'],
    handle: async ({ app, actor, query }) => {
      const request = pageRequest(query, technicianOrder, z.int())
      const { rows, page } = await listVisibleTechnicians(app, actor, query, request)
      return { technicians: rows, page }
    },
  }),
  endpoint({
    id: 'createTechnician',
    method: 'post',
    path: '/technicians',
    can: 'technician:create',
    needsSession: true,
    tag,
    summary: 'Create a technician',
    description: 'Without a password, a link to set one is mailed to the technician.',
    body: CreateTechnician,
    responds: { 201: Technician },
    responseHeaders: { Location: 'The path of the new technician.' },
    fails: ['email_taken', 'sign_in_name_taken'],
    handle: (call) => createTechnician(call.app, call, call.body),
    answer: (technician) => ({
      status: 201,
      body: technician,
      headers: { Location: `/api/technicians/${technician.technician_id}` },
    }),
  }),
  endpoint({
    id: 'getTechnician',
    method: 'get',
    path: '/technicians/:technicianId',
    can: 'technician:read',
    tag,
    summary: 'Read a technician',
    params: TechnicianParams,
    responds: { 200: Technician },
    fails: ['technician_not_found'],
    handle: ({ app, actor, params }) => getTechnician(app.pool, actor, params.technicianId),
  }),
  updateEndpoint('put'),
  updateEndpoint('patch'),
]
