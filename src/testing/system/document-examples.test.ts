import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openApiDocument } from '../../api-document.ts'
import { unsubscribeAddress } from '../../modules/channels/outgoing-mail/unsubscribe.service.ts'
import { createOperator, ensureDefaultTenant } from '../support/operator-client.ts'
import { type Api, createApi, expectSuccess, type Reply } from '../support/requests.ts'
import { runScript } from '../support/run-script.ts'
import { logIn } from '../support/sign-in-requests.ts'
import { makeDelivery } from '../support/webhook-requests.ts'
import { type Desk, startDesk } from '../support/workspace.ts'

// Somebody tries the examples of the API document on the demo desk, one operation after the other.

type Json = Record<string, unknown>
interface Operation {
  operationId: string
  description: string
  parameters?: Json[]
  requestBody?: { content: Record<string, { schema: Json }> }
}
interface Try {
  id: string
  method: string
  path: string
  roles: string[]
  values: Record<string, string>
  /** The examples of the parameters, each as it is written after the `?`. */
  queries: string[]
  /** The parameters that an operation needs, after the `?`. */
  needed: string
  bodies: unknown[]
}

const document = openApiDocument('https://desk.example.com')

const targetOf = ({ $ref }: Json): Json =>
  typeof $ref === 'string'
    ? ($ref
        .split('/')
        .slice(1)
        .reduce<unknown>((node, name) => Object(node)[name], document) as Json)
    : {}

/** The examples of a schema, or the last of its values. */
const examplesOf = (schema: Json): unknown[] => {
  const { examples, enum: values } = { ...targetOf(schema), ...schema }
  return Array.isArray(examples) ? examples : Array.isArray(values) ? values.slice(-1) : []
}

/** `?` and the examples of a parameter: a list is written with commas. */
const queriesOf = ({ name, schema }: Json): string[] =>
  examplesOf(Object(schema)).map((example) => `?${name}=${encodeURIComponent(String(example))}`)

const tries: Try[] = Object.entries(document.paths as Record<string, Record<string, Operation>>).flatMap(
  ([path, item]) =>
    Object.entries(item).map(([method, { operationId: id, description, parameters = [], requestBody }]) => {
      const inPath = parameters.filter((one) => one.in === 'path')
      const values = inPath.map(({ name, example, schema }) => [name, String(example ?? examplesOf(Object(schema))[0])])
      const schema = requestBody?.content['application/json']?.schema
      const [, roles = 'nobody'] = /Roles: ([a-z, ]+)\./.exec(description) ?? []
      return {
        id,
        method,
        path,
        roles: path.startsWith('/tenants') ? ['operator'] : roles.split(', ').toReversed(),
        values: Object.fromEntries(values),
        queries: parameters.filter((one) => one.in === 'query' && one.required !== true).flatMap(queriesOf),
        needed: parameters.filter((one) => one.in === 'query' && one.required === true).flatMap(queriesOf)[0] ?? '',
        bodies: schema ? examplesOf(schema) : [],
      }
    }),
)

/** The files themselves go to addresses that are signed; a token of a link is in a mail only; codes are on a phone. */
const onPhone = ['signInWithSecondFactor', 'confirmSecondFactor', 'renewRecoveryCodes']
const apart = [
  'uploadFile',
  'downloadFile',
  'setLogo',
  'getLogo',
  'resetPassword',
  'confirmEmail',
  'confirmRegistration',
  ...onPhone,
]
/** They take away what the others are tried with, so they come last, in this order. */
const last = [
  'deleteWebhook',
  'deleteTicket',
  'updatePerson',
  'endSessionsOfPerson',
  'deactivateTechnician',
  'deactivatePerson',
  'deactivateCustomer',
  'changePassword',
  'signOut',
]
const placeOf = ({ id, method }: Try): number =>
  last.includes(id) ? 9 + last.indexOf(id) : ['get', 'post', 'put', 'patch', 'delete'].indexOf(method)

const isSuccess = (reply: Reply | undefined): boolean => reply !== undefined && reply.status < 300
const isPatch = (method: string): boolean => method === 'patch'

let desk: Desk
let folder: string
let password: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'counterdesk-examples-'))
  desk = await startDesk({ withWorker: false })
  const { out } = await runScript(desk.databaseUrl, folder, 'demo/demo')
  password = /everybody is\s+(\S+)/.exec(out)?.[1] ?? ''
})
afterAll(async () => {
  await desk.stop()
  await rm(folder, { recursive: true, force: true })
})

test('every example of the API document works on the demo desk', async () => {
  const nobody = createApi(desk.url)
  const operator = createOperator(desk)
  await ensureDefaultTenant(desk)
  const people: Record<string, Api> = { nobody, operator }
  const names = { admin: 'dana', technician: 'TEC0001', customer: 'CUS0001' }
  const refreshTokens: string[] = []
  for (const [role, name] of Object.entries(names)) {
    const { body } = await logIn(nobody, name, password)
    refreshTokens.push(String(body.refresh_token))
    people[role] = createApi(desk.url, { Authorization: `Bearer ${body.token}` })
  }
  const { admin = nobody, customer = nobody } = people
  await logIn(nobody, names.admin, password)
  const { sessions } = (await admin.get('/me/sessions')).body
  const sessionId = sessions.find((one: Json) => one.is_current === false).session_id

  const example = tries.find(({ id }) => id === 'createTicket')?.bodies[0]
  const fresh = async (): Promise<string> => (await customer.post('/tickets', example)).body.ticket_id
  const [ticketId, deleted] = [await fresh(), await fresh()]
  await admin.delete(`/tickets/${deleted}`)
  const comment = await customer.post(`/tickets/${ticketId}/comments`, { body: 'Thanks.', visibility: 'public' })
  const announced = await customer.post(
    `/tickets/${ticketId}/attachments/upload-url`,
    tries.find(({ id }) => id === 'createUploadUrl')?.bodies[0],
  )
  const path = new URL(announced.body.url)
  await fetch(`${desk.url}${path.pathname}${path.search}`, {
    method: 'PUT',
    headers: announced.body.headers,
    body: 'hello',
  })
  const newcomer = { role: 'customer', name: 'Nina Olsen', email: 'nina.olsen@harbour.example.com' }
  const invited = await admin.post('/people', newcomer)
  const emails = await admin.get('/emails?limit=100&state=captured')
  const emailId = String(emails.body.emails.find((one: Json) => one.ticket_id !== null).email_id)

  const { rows } = await desk.app.pool.query('select tenant_id, email_id from emails where stops is not null limit 1')
  const unsubscription = new URL(unsubscribeAddress(desk.app, desk.url, rows[0].tenant_id, rows[0].email_id))

  const wanted = tries.find(({ id }) => id === 'createApiToken')?.bodies[0]
  const tokenIds = [await admin.post('/api-tokens', wanted), await admin.post('/api-tokens', wanted)].map(({ body }) =>
    String(body.token_id),
  )

  const service = tries.find(({ id }) => id === 'createServiceAccount')?.bodies[0]
  const serviceId = String((await admin.post('/service-accounts', service)).body.account_id)
  const ended = String((await admin.post('/service-accounts', service)).body.account_id)

  const own = await customer.post('/tickets', { issue_category: 'Network', issue_description: 'No network.' })
  const undoable = await customer.post(`/tickets/${own.body.ticket_id}/comments`, { body: 'Hm.', undo_seconds: 30 })

  const organisation = tries.find(({ id }) => id === 'createTenant')?.bodies[0]
  for (const slug of ['harbour', 'gone'])
    expectSuccess(await operator.post('/tenants', { ...Object(organisation), slug }))
  expectSuccess(await operator.delete('/tenants/gone?confirm=gone'))
  const hook = expectSuccess(await admin.post('/webhooks', tries.find(({ id }) => id === 'createWebhook')?.bodies[0]))
  const webhookId = String(hook.body.webhook_id)
  const deliveryId = await makeDelivery(desk, { tenantId: rows[0].tenant_id }, admin, webhookId)

  const lent = await customer.post('/orders', { product_id: 'PRD0001' })
  const orderId = String(lent.body.order_id)
  expectSuccess(await customer.post(`/orders/${orderId}/complete`))

  /** What no document can know: secrets, ids that are made at random, and tickets in the state that a request needs. */
  const known: Record<string, { values?: Record<string, string>; body?: Json }> = {
    signIn: { body: { password } },
    signInWithCookie: { body: { password } },
    refreshTokens: { body: { refresh_token: refreshTokens[0] } },
    changePassword: { body: { current_password: password } },
    invitePerson: { body: { current_password: password } },
    resetSecondFactor: { body: { current_password: password } },
    endOwnSession: { values: { sessionId } },
    changeEmail: { body: { current_password: password } },
    beginSecondFactor: { body: { current_password: password } },
    disableSecondFactor: { body: { current_password: password } },
    getEmail: { values: { emailId } },
    resendEmail: { values: { emailId } },
    getApiToken: { values: { tokenId: tokenIds[0] ?? '' } },
    renameApiToken: { values: { tokenId: tokenIds[0] ?? '' } },
    revokeApiToken: { values: { tokenId: tokenIds[1] ?? '' } },
    createServiceToken: { values: { serviceId } },
    getServiceAccount: { values: { serviceId } },
    updateServiceAccount: { values: { serviceId } },
    deactivateServiceAccount: { values: { serviceId: ended } },
    unsubscribeByMail: { body: { token: unsubscription.searchParams.get('token') } },
    undoChange: { body: { token: undoable.body.undo_token } },
    createTenant: { body: { slug: 'harbour-two' } },
    restoreTenant: { values: { slug: 'gone' } },
    getWebhookDelivery: { values: { webhookId, deliveryId } },
    resendWebhookDelivery: { values: { webhookId, deliveryId } },
    returnOrder: { values: { orderId } },
    restoreTicket: { values: { ticketId: deleted } },
    sendInvitation: { values: { accountId: invited.body.account_id } },
    addAttachment: { values: { ticketId }, body: { upload_id: announced.body.upload_id } },
    getAttachment: { values: { ticketId } },
    deleteAttachment: { values: { ticketId } },
    updateComment: { values: { ticketId, commentId: comment.body.comment_id } },
    deleteComment: { values: { ticketId, commentId: comment.body.comment_id } },
  }
  const registered = await customer.post(`/tickets/${ticketId}/attachments`, { upload_id: announced.body.upload_id })
  for (const id of ['getAttachment', 'deleteAttachment']) {
    Object.assign(known[id]?.values ?? {}, { attachmentId: registered.body.attachment_id })
  }

  expect(tries.flatMap(({ id, queries }) => queries.map((query) => `${id}${query}`))).toEqual(
    expect.arrayContaining([
      'listTickets?status=new%2Cassigned',
      'listTickets?zone=Europe%2FBerlin',
      'listTickets?sort=-updated_at',
      'countTickets?by=status%2Ctechnician',
      'listComments?since=2026-11-01T09%3A30%3A00.000Z',
      'listAuditEvents?type=ticket.*',
      'listEmails?template=ticket_assigned_technician',
      'listEmails?state=captured',
    ]),
  )
  const failed: string[] = []
  const tried = tries.filter(({ id }) => !apart.includes(id)).toSorted((one, other) => placeOf(one) - placeOf(other))
  for (const { id, method, path, roles, values, queries, needed, bodies } of tried) {
    const more = known[id] ?? {}
    const filled = { ...values, ...more.values }
    const target = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(filled[name] ?? ''))
    const sent = bodies.map((body) => (more.body === undefined ? body : { ...Object(body), ...more.body }))
    const asks = [
      ...(sent.length === 0 ? [undefined] : sent).map((body) => ({ query: needed, body })),
      ...queries.map((query) => ({ query, body: undefined })),
    ]
    for (const { query, body } of asks) {
      const replies: Reply[] = []
      for (const role of roles) {
        if (isSuccess(replies.at(-1))) break
        const { [role]: person = nobody } = people
        const headers: Record<string, string> = isPatch(method) ? { 'If-Match': '*' } : {}
        replies.push(await person.send(method.toUpperCase(), `${target}${query}`, body, { headers }))
      }
      const said = replies.map((reply) => `${reply.status} ${reply.body?.code} ${reply.body?.detail}`)
      if (!isSuccess(replies.at(-1))) failed.push(`${id} ${target}${query}: ${said.join('; ')}`)
    }
  }
  expect(failed).toEqual([])
})
