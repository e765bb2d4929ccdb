import { pageRequest } from '../../../platform/paging.ts'
import { NoBody } from '../../../platform/schemas.ts'
import { endpoint } from '../../identity/accounts/declare-endpoint.ts'
import {
  DirectoryQuery,
  PeopleQuery,
  Person,
  PersonKey,
  PersonParams,
} from '../../identity/accounts/people-accounts.schemas.ts'
import {
  directoryOrder,
  getPerson,
  peopleOrder,
  reactivatePerson,
  sendInvitation,
} from '../../identity/accounts/people-accounts.service.ts'
import { endSessionsOf } from '../../identity/sign-in/end-sign-ins.service.ts'
import { proofErrors } from '../../identity/sign-in/prove-again.service.ts'
import { TechnicianParams } from '../../identity/technicians/technicians.schemas.ts'
import { changePerson } from './change-person.service.ts'
import { DirectoryList, InvitePerson, PersonList, UpdatePerson } from './people.schemas.ts'
import {
  deactivateAnybody,
  deactivateTechnician,
  invitePerson,
  listDirectoryEntries,
  listEverybody,
  personOf,
} from './people.service.ts'

const tag = 'People'

export const peopleRoutes = [
  endpoint({
    id: 'listPeople',
    method: 'get',
    path: '/people',
    can: 'person:list',
    tag,
    summary: 'List people',
    description: 'Everybody with an account, in the order in which they were created.',
    query: PeopleQuery,
    responds: { 200: PersonList },
    fails: ['query_too_broad'],
    handle: async ({ app, actor, query }) => {
      const { rows, page } = await listEverybody(app, actor, query, pageRequest(query, peopleOrder, PersonKey))
      return { people: rows, page }
    },
  }),
  endpoint({
    id: 'invitePerson',
    method: 'post',
    path: '/people',
    can: 'person:create',
    needsSession: true,
    tag,
    summary: 'Invite an admin, a technician or a customer',
    description:
      'A link to set a password is mailed to them. To invite an admin, send your own password, and a code when you have a ' +
      'second factor.',
    body: InvitePerson,
    responds: { 201: Person },
    responseHeaders: { Location: 'The path of the new person.' },
    fails: ['email_taken', 'sign_in_name_taken', ...proofErrors],
    signInLimit: { account: null, kind: 'proof' },
    handle: (call) => invitePerson(call.app, call, call.body),
    answer: (invited) => {
      const person = personOf(invited)
      return { status: 201, body: person, headers: { Location: `/api/people/${person.account_id}` } }
    },
  }),
  endpoint({
    id: 'getPerson',
    method: 'get',
    path: '/people/:accountId',
    can: 'person:read',
    tag,
    summary: 'Read a person',
    params: PersonParams,
    responds: { 200: Person },
    fails: ['account_not_found'],
    handle: ({ app, actor, params }) => getPerson(app.pool, actor.tenantId, params.accountId),
  }),
  endpoint({
    id: 'updatePerson',
    method: 'patch',
    path: '/people/:accountId',
    can: 'person:update',
    needsSession: true,
    tag,
    summary: 'Change a person, or their role',
    description:
      'The person may be sent back whole. With another role their sessions end, and the unresolved tickets of a technician ' +
      'who becomes an admin go back to `new`. The last active admin stays one. Somebody who is invited is invited again ' +
      'at a new address. Your own address changes with `POST /me/email`. To make somebody an admin, or to give an admin another address, ' +
      'send your own password, and a code when you have a second factor.',
    params: PersonParams,
    body: UpdatePerson,
    echoes: Person,
    responds: { 200: Person },
    fails: ['account_not_found', 'email_taken', 'last_admin', 'role_not_possible', 'admin_by_user_id', ...proofErrors],
    signInLimit: { account: null, kind: 'proof' },
    handle: (call) => {
      const { current_password, second_factor_code, ...asked } = call.body
      const proof = { current_password, second_factor_code }
      return changePerson(call.app, call, call.params.accountId, asked, { echoed: call.echoed, proof })
    },
  }),
  endpoint({
    id: 'deactivatePerson',
    method: 'delete',
    path: '/people/:accountId',
    can: 'person:deactivate',
    needsSession: true,
    tag,
    summary: 'Deactivate a person',
    description:
      'Their sign-in ends at once. The unresolved tickets of a technician go back to `new`; those of a customer stay. You ' +
      'may deactivate yourself. The last active admin stays active.',
    params: PersonParams,
    responds: { 204: null },
    fails: ['account_not_found', 'last_admin'],
    handle: (call) => deactivateAnybody(call.app, call, call.params.accountId),
  }),
  endpoint({
    id: 'reactivatePerson',
    method: 'post',
    path: '/people/:accountId/reactivate',
    can: 'person:reactivate',
    needsSession: true,
    tag,
    summary: 'Reactivate a person',
    description:
      'A deactivated person is active again, with the same number, address and password, and is told so by mail. Somebody ' +
      'who never had a password is invited again. Tickets do not come back by that.',
    params: PersonParams,
    body: NoBody,
    bodyOptional: true,
    responds: { 200: Person },
    fails: ['account_not_found'],
    handle: (call) => reactivatePerson(call.app, call, call.params.accountId),
  }),
  endpoint({
    id: 'endSessionsOfPerson',
    method: 'delete',
    path: '/people/:accountId/sessions',
    can: 'person:end-sessions',
    needsSession: true,
    tag,
    summary: 'Sign a person out everywhere',
    description: 'All sessions and access tokens of the person end, also your own when you are the person.',
    params: PersonParams,
    responds: { 204: null },
    fails: ['account_not_found'],
    handle: (call) => endSessionsOf(call.app, call, call.params.accountId),
  }),
  endpoint({
    id: 'sendInvitation',
    method: 'post',
    path: '/people/:accountId/invitation',
    can: 'person:invite',
    needsSession: true,
    tag,
    summary: 'Send the invitation again',
    description: 'Mails a new link to somebody who is invited, at most ten times a day. The links before end.',
    params: PersonParams,
    body: NoBody,
    bodyOptional: true,
    responds: { 204: null },
    fails: ['account_not_found', 'not_invited', 'quota_exceeded'],
    handle: (call) => sendInvitation(call.app, call, call.params.accountId),
  }),
  endpoint({
    id: 'listDirectory',
    method: 'get',
    path: '/directory',
    can: 'directory:list',
    tag,
    summary: 'Look up customers and technicians',
    description:
      'For the staff: who is not deactivated, in the order in which they were created, without addresses and sign-in names.',
    query: DirectoryQuery,
    responds: { 200: DirectoryList },
    fails: ['query_too_broad'],
    handle: async ({ app, actor, query }) => {
      const request = pageRequest(query, directoryOrder, PersonKey)
      const { rows, page } = await listDirectoryEntries(app, actor, query, request)
      return { people: rows, page }
    },
  }),
  endpoint({
    id: 'deactivateTechnician',
    method: 'delete',
    path: '/technicians/:technicianId',
    can: 'technician:deactivate',
    needsSession: true,
    tag: 'Technicians',
    summary: 'Deactivate a technician',
    description: 'Their sign-in ends at once. Their unresolved tickets go back to `new`, without a technician.',
    params: TechnicianParams,
    responds: { 204: null },
    fails: ['technician_not_found'],
    handle: (call) => deactivateTechnician(call.app, call, call.params.technicianId),
  }),
]
