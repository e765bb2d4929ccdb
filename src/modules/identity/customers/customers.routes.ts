import { z } from 'zod'
import { pageRequest } from '../../../platform/paging.ts'
import { endpoint, publicEndpoint } from '../accounts/declare-endpoint.ts'
import { registerWithinQuotas } from '../accounts/quotas.service.ts'
import { olderCookieAnswer } from '../sign-in/cookie-answer.ts'
import { CookieUser } from '../sign-in/sign-in.schemas.ts'
import { endReplacedSession } from '../sign-in/sign-in.service.ts'
import {
  CookieSignUp,
  CreateCustomer,
  Customer,
  CustomerList,
  CustomerParams,
  CustomerQuery,
  Register,
  Registered,
  UpdateCustomer,
} from './customers.schemas.ts'
import {
  createCustomer,
  customerOrder,
  deactivateCustomer,
  getCustomer,
  listVisibleCustomers,
  registerCustomer,
  updateCustomer,
} from './customers.service.ts'

const tag = 'Customers'

export const registrationRoutes = [
  publicEndpoint({
    id: 'registerCustomer',
    method: 'post',
    path: '/auth/register',
    can: 'anyone',
    tag: 'Sign-in',
    summary: 'Register as a customer',
    description: 'Signs the new customer in, and mails them a welcome without the password.',
    body: Register,
    responds: { 201: Registered },
    mixesSecrets: true,
    fails: ['email_taken', 'quota_exceeded'],
    signInLimit: { account: 'email', kind: 'registration' },
    handle: async (call) => {
      const tenantId = await call.tenantId()
      return registerWithinQuotas(call.app, { tenantId, address: call.address }, call.body.email, () =>
        registerCustomer(call.app, tenantId, call, 'bearer', call.body),
      )
    },
  }),
  publicEndpoint({
    id: 'signUpWithCookie',
    method: 'post',
    path: '/users/signup',
    can: 'anyone',
    tag: 'Sign-in with a cookie',
    summary: 'Register as a customer and get the session cookie',
    body: CookieSignUp,
    responds: { 201: CookieUser },
    mixesSecrets: true,
    responseHeaders: { 'Set-Cookie': 'The session cookie: HttpOnly, SameSite=Lax, and Secure in production.' },
    fails: ['email_taken', 'quota_exceeded'],
    signInLimit: { account: 'email', kind: 'registration' },
    setsCookie: true,
    handle: async (call) => {
      const tenantId = await call.tenantId()
      const session = await registerWithinQuotas(call.app, { tenantId, address: call.address }, call.body.email, () =>
        registerCustomer(call.app, tenantId, call, 'cookie', call.body),
      )
      await endReplacedSession(call.app, call)
      return session
    },
    answer: (session) => olderCookieAnswer(201, session),
  }),
]

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
    description: 'The customer may be sent back whole. Customers may change their own name.',
    params: CustomerParams,
    body: UpdateCustomer,
    echoes: Customer,
    responds: { 200: Customer },
    fails: ['customer_not_found', 'email_taken'],
    handle: (call) => updateCustomer(call.app, call, call.params.customerId, call.body, call.echoed),
  }),
  endpoint({
    id: 'deactivateCustomer',
    method: 'delete',
    path: '/customers/:customerId',
    can: 'customer:deactivate',
    tag,
    summary: 'Deactivate a customer',
    description: 'Their sign-in ends at once; their tickets stay.',
    params: CustomerParams,
    responds: { 204: null },
    fails: ['customer_not_found'],
    handle: (call) => deactivateCustomer(call.app, call, call.params.customerId),
  }),
]
