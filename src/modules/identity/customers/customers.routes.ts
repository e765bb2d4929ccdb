import { z } from 'zod'
import { pageRequest } from '../../../platform/paging.ts'
import { endpoint } from '../accounts/declare-endpoint.ts'
import {
  CreateCustomer,
  Customer,
  CustomerList,
  CustomerParams,
  CustomerQuery,
  UpdateCustomer,
} from './customers.schemas.ts'
import {
  createCustomer,
  customerOrder,
  deactivateCustomer,
  getCustomer,
  listVisibleCustomers,
  updateCustomer,
} from './customers.service.ts'

const tag = 'Customers'

export const customerRoutes = [
  endpoint({
    id: 'listCustomers',
    method: 'get',
    path: '/customers',
    can: 'customer:list',
    tag,
    summary: 'List customers',
    description: 'In the order of their numbers. `q` finds a part of the name or of the email address.',
    query: CustomerQuery,
    responds: { 200: CustomerList },
    fails: ['query_too_broad'],
    handle: async ({ app, actor, query }) => {
      const { rows, page } = await listVisibleCustomers(app, actor, query, pageRequest(query, customerOrder, z.int()))
      return { customers: rows, page }
    },
  }),
  endpoint({
    id: 'createCustomer',
    method: 'post',
    path: '/customers',
    can: 'customer:create',
    tag,
    summary: 'Create a customer and mail an invitation',
    body: CreateCustomer,
    responds: { 201: Customer },
    responseHeaders: { Location: 'The path of the new customer.' },
    fails: ['email_taken'],
    handle: (call) => createCustomer(call.app, call, call.body),
    answer: (customer) => ({
      status: 201,
      body: customer,
      headers: { Location: `/api/customers/${customer.customer_id}` },
    }),
  }),
  endpoint({
    id: 'getCustomer',
    method: 'get',
    path: '/customers/:customerId',
    can: 'customer:read',
    tag,
    summary: 'Read a customer',
    description: 'Customers read themselves, technicians read the customers of their tickets.',
    params: CustomerParams,
    responds: { 200: Customer },
    fails: ['customer_not_found'],
    handle: ({ app, actor, params }) => getCustomer(app, actor, params.customerId),
  }),
  endpoint({
    id: 'updateCustomer',
    method: 'patch',
    path: '/customers/:customerId',
    can: 'customer:update',
    tag,
    summary: 'Change a customer',
    description:
      'The customer may be sent back whole. Customers may change their own name. An address is changed by an admin who has ' +
      'signed in, and the own one with `POST /me/email`.',
    params: CustomerParams,
    body: UpdateCustomer,
    echoes: Customer,
    responds: { 200: Customer },
    fails: ['customer_not_found', 'email_taken', 'session_required'],
    handle: (call) => updateCustomer(call.app, call, call.params.customerId, call.body, call.echoed),
  }),
  endpoint({
    id: 'deactivateCustomer',
    method: 'delete',
    path: '/customers/:customerId',
    can: 'customer:deactivate',
    needsSession: true,
    tag,
    summary: 'Deactivate a customer',
    description: 'Their sign-in ends at once; their tickets stay.',
    params: CustomerParams,
    responds: { 204: null },
    fails: ['customer_not_found'],
    handle: (call) => deactivateCustomer(call.app, call, call.params.customerId),
  }),
]
