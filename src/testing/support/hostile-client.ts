import { Agent, request as httpRequest, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http'
import { text as readText } from 'node:stream/consumers'
import { expect } from 'vitest'
import { z } from 'zod'
import { errorCodes } from '../../contract/error-codes.ts'
import type { Endpoint } from '../../platform/http/endpoint.ts'
import { createLog } from '../../platform/log.ts'
import { createProduct, orderProduct } from './catalogue.ts'
import { comment, createTickets } from './create-tickets.ts'
import { textFile, upload } from './files.ts'
import { createSamples } from './hostile-samples.ts'
import { createWorld } from './people.ts'
import { expectSuccess } from './requests.ts'
import { tenantFor } from './tenant-requests.ts'
import { createWebhook, makeDelivery } from './webhook-requests.ts'
import { type Desk, startDesk } from './workspace.ts'
import { writeMails } from './write-mails.ts'

/** An answer as it came over the wire. */
export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  text: string
}

/** What a hostile client sends. */
interface Hostile {
  headers?: OutgoingHttpHeaders
  body?: string | Buffer
}

/** Whether an answer is what a test expects. */
export type Expected = (answer: Answer) => boolean

/** The parts between the bars. */
export const parts = (text: string): string[] => text.split(' | ')

const ProblemBody = z.object({
  code: z.string(),
  status: z.int(),
  request_id: z.string(),
  detail: z.string(),
  errors: z.array(z.object({ message: z.string().min(1) })).min(1),
})

/** How many bytes a refusal may have, whatever the request says: a client must not be able to fill answers and logs. */
const longestRefusal = 2_500

const leak =
  /\bat .+:\d+:\d+|node_modules|\bselect\b.+\bfrom\b|syntax error|relation "|constraint|invalid byte|SyntaxError/i

/** What is wrong with an answer: every error must be a problem with a known code that tells nothing of the inside. */
export const faultsOf = (method: string, { status, headers, text }: Answer): string[] => {
  if (status < 400) return []
  const found = status >= 500 ? [`it answers ${status} ${text}`] : []
  if (!/^application\/problem\+json(;|$)/.test(headers['content-type'] ?? '')) found.push(`${headers['content-type']}`)
  if (method === 'HEAD') return found
  const length = Buffer.byteLength(text) + Buffer.byteLength(JSON.stringify(headers))
  if (length > longestRefusal + 1_500) found.push(`it has ${length} bytes`)
  if (Buffer.byteLength(text) > longestRefusal) found.push(`its body has ${Buffer.byteLength(text)} bytes`)
  const problem = ProblemBody.safeParse(text === '' ? null : JSON.parse(text))
  if (!problem.success) return [...found, `it is no problem: ${text}`]
  const { code, request_id, status: written } = problem.data
  if (request_id !== headers['x-request-id']) found.push(`${request_id} is not ${headers['x-request-id']}`)
  const known: Record<string, { status: number }> = errorCodes
  if (written !== status || known[code]?.status !== status) found.push(`${code} and ${written} with status ${status}`)
  if (leak.test(text)) found.push(`it tells too much: ${text.slice(0, 400)}`)
  return found
}

export const codeOf = ({ text }: Answer): string => ProblemBody.safeParse(JSON.parse(text)).data?.code ?? text

export const is = (status: number, code: string) => (answer: Answer) =>
  answer.status === status && codeOf(answer) === code

export const among =
  (...statuses: number[]) =>
  (answer: Answer) =>
    statuses.includes(answer.status)

/** A refusal that names a field, or a member of it. */
export const naming = (field: string) => (answer: Answer) =>
  answer.status === 400 &&
  (field === '' ||
    JSON.parse(answer.text).errors?.some((error: { field?: string }) => `${error.field}.`.startsWith(`${field}.`)))

/** A refusal of a field, with its code. */
export const refusing = (field: string, code: string) => (answer: Answer) =>
  naming(field)(answer) && JSON.parse(answer.text).errors.some((error: { code: string }) => error.code === code)

const nameOf = ({ method, path }: Endpoint): string => `${method.toUpperCase()} ${path}`

/** An endpoint with its name, for the title of a test. */
export const named = (list: Endpoint[]): [string, Endpoint][] => list.map((endpoint) => [nameOf(endpoint), endpoint])

export const jsonType = { 'Content-Type': 'application/json' }

/** Sends requests to a desk and collects what is wrong with the answers, so that one run shows all of it. */
const createProbe = (desk: Desk, errorLines: string[]) => {
  const agent = new Agent({ keepAlive: true })
  let faults: string[] = []
  /** Sends a request as it is given. */
  const ask = (method: string, path: string, { headers = {}, body }: Hostile = {}): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const length =
        body === undefined || headers['Transfer-Encoding'] ? {} : { 'Content-Length': Buffer.byteLength(body) }
      const request = httpRequest(desk.url, { method, path, agent, headers: { ...length, ...headers } }, (response) => {
        const { statusCode: status = 0, headers: answered } = response
        readText(response).then((text) => resolve({ status, headers: answered, text }), reject)
      })
      request.once('error', reject).end(body)
    })
  /** Asks, and notes what is wrong with the answer. An answer that is not expected is wrong, too. */
  const probe = async (
    what: string,
    method: string,
    path: string,
    sending: Hostile,
    expected: (answer: Answer) => boolean,
  ): Promise<Answer> => {
    const answer = await ask(method, path, sending)
    const found = faultsOf(method, answer)
    if (found.length === 0 && !expected(answer)) found.push(`it answers ${answer.status} ${answer.text.slice(0, 400)}`)
    faults.push(...found.map((fault) => `${method} ${path} with ${what}: ${fault}`))
    return answer
  }
  return {
    ask,
    probe,
    agent,
    /** Expects that no answer since the last call had a fault, and that the desk logged no error of its own. */
    noFaults(): void {
      const found = faults
      faults = []
      expect(found.slice(0, 20)).toEqual([])
      expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
      expect(errorLines.splice(0)).toEqual([])
    },
  }
}

/** A desk, a world on it, and a client that sends what no well-behaved client would. */
export const startHostileClient = async () => {
  const errorLines: string[] = []
  // The limits count here, and are never reached.
  const limits = { RATE_LIMIT_REQUESTS_PER_MINUTE: '1000000', RATE_LIMIT_SIGN_INS_PER_MINUTE: '1000000' }
  const log = createLog('error', { write: (line) => void errorLines.push(line) })
  const settings = { ...limits, CORS_ORIGINS: 'https://www.example.com' }
  const desk = await startDesk({ withWorker: false, log, settings })
  const world = await createWorld(desk)
  await createTickets(world.cleo, 3)
  const said = await comment(world.ada, 'TKT0001', 'Still stuck')
  // A file that Ada may attach.
  const uploadId = await upload(desk, world.ada, 'TKT0001', textFile())
  await writeMails(desk)
  const { emails } = expectSuccess(await world.ada.get('/emails?limit=1')).body
  const token = expectSuccess(await world.ada.post('/api-tokens', { name: 'Report', scopes: ['ticket:read'] }))
  const monitoring = { name: 'Monitoring', role: 'technician', category: 'Network' }
  expectSuccess(await world.ada.post('/service-accounts', monitoring))
  const webhookId = await createWebhook(desk, world, world.ada)
  const productId = await createProduct(world.ada, { kind: 'one_off', units: 500 })
  const { agent, ask, probe, noFaults } = createProbe(desk, errorLines)
  const ids = {
    commentId: said.body.comment_id,
    emailId: emails[0].email_id,
    tokenId: token.body.token_id,
    webhookId,
    deliveryId: await makeDelivery(desk, world, world.ada, webhookId),
    productId,
    orderId: await orderProduct(world.cleo, productId),
    slug: await tenantFor(desk, 'change'),
  }
  const samples = createSamples(world, uploadId, ids, await tenantFor(desk, 'restore'))
  /** Everything that a hostile request could have changed; that a sign-in failed is meant to be recorded. */
  const snapshot = async (): Promise<unknown> => {
    const { rows } = await desk.app.pool.query(`
      select (select md5(string_agg(t::text, ',' order by t.tenant_id, t.ticket_number)) from tickets t) as tickets,
        (select md5(string_agg(a::text, ',' order by a.tenant_id, a.account_id)) from accounts a) as accounts,
        (select md5(string_agg(w::text, ',' order by w.tenant_id, w.technician_number)) from technicians w) as technicians,
        (select md5(string_agg(n::text, ',' order by n.tenant_id)) from tenants n) as tenants,
        (select md5(string_agg(m::text, ',' order by m.tenant_id, m.template, m.language)) from mail_templates m)
          as mail_templates,
        (select md5(string_agg(h::text, ',' order by h.tenant_id, h.webhook_number)) from webhooks h) as webhooks,
        (select md5(string_agg(p::text, ',' order by p.tenant_id, p.product_number)) from products p) as products,
        (select md5(string_agg(o::text, ',' order by o.tenant_id, o.order_number)) from orders o) as orders,
        (select count(*) from events e where e.type not like '%failed') as events,
        (select count(*) from idempotency_keys) as keys`)
    return rows
  }
  /** An endpoint as a target. It gets a body, or bytes that the headers describe, from a caller who may use it. */
  const aimAt = async (endpoint: Endpoint) => {
    const headers = await samples.headersFor(endpoint)
    const [method, path] = [endpoint.method.toUpperCase(), samples.pathOf(endpoint)]
    return {
      post: (what: string, body: unknown, expected: Expected, more: OutgoingHttpHeaders = jsonType) => {
        const bytes = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body)
        return probe(what, method, path, { headers: { ...headers, ...more }, body: bytes }, expected)
      },
      query: (what: string, expected: Expected) =>
        probe('this query', method, `${path}?${what}`, { headers }, expected),
    }
  }
  const stop = async (): Promise<void> => {
    agent.destroy()
    await desk.stop()
  }
  return { ...samples, desk, world, ask, probe, noFaults, snapshot, aimAt, stop }
}
export type HostileClient = Awaited<ReturnType<typeof startHostileClient>>
