import { randomUUID } from 'node:crypto'
import { Agent, request as httpRequest, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http'
import { text as readText } from 'node:stream/consumers'
import { expect } from 'vitest'
import { z } from 'zod'
import { rolesThatMay } from '../../contract/capabilities.ts'
import { errorCodes } from '../../contract/error-codes.ts'
import type { Endpoint } from '../../platform/http/endpoint.ts'
import { createLog } from '../../platform/log.ts'
import { comment, createTickets } from './create-tickets.ts'
import { textFile, upload } from './files.ts'
import { createWorld, password, type World } from './people.ts'
import { expectSuccess } from './requests.ts'
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

const Property = z.looseObject({
  type: z.union([z.string(), z.array(z.string())]).optional(),
  anyOf: z.array(z.looseObject({ type: z.string().optional() })).optional(),
})

const Shape = z.looseObject({ properties: z.record(z.string(), Property).default({}) })

/** Without their ids, so that every schema stands where it is used. */
const noMeta = z.registry<{ id?: string }>()

const read = new Map<z.ZodType, [string, string[]][]>()

/** The members of a body or a query, and which JSON types each may have. */
export const membersOf = (schema: z.ZodType | undefined): [string, string[]][] => {
  if (schema === undefined) return []
  const known = read.get(schema)
  if (known) return known
  const { properties } = Shape.parse(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', metadata: noMeta }))
  const members = Object.entries(properties).map(([name, { type, anyOf }]): [string, string[]] => [
    name,
    [type ?? [], (anyOf ?? []).map((one) => one.type ?? [])].flat(2),
  ])
  read.set(schema, members)
  return members
}

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

/** A value for each member there is; a new one of another name gets one by its type. */
const sampleOf = (uploadId: string, member: string, [type]: string[]): unknown => {
  const unique = randomUUID().slice(0, 18)
  const samples: Record<string, unknown> = {
    email: `${unique}@example.com`,
    user_id: `u${unique}`,
    user_id_or_email: 'ada',
    password,
    role: 'technician',
    current_password: password,
    phone_number: '030 1234',
    time_zone: 'Europe/Berlin',
    language: 'de',
    priority: 'low',
    status: 'new',
    customer_id: 'CUS0001',
    technician_id: undefined,
    source: 'phone',
    tags: undefined,
    reason: undefined,
    follow_up_of: undefined,
    attachment_ids: undefined,
    in_reply_to: undefined,
    upload_id: uploadId,
    file_name: 'notes.txt',
    content_type: 'text/plain',
    sha256: 'a'.repeat(64),
    scopes: ['ticket:read'],
    allowed_addresses: undefined,
    expires_at: undefined,
    into: 'TKT0003',
    visibility: 'public',
    session: 'bearer',
    state: 'viewing',
    recovery_code: undefined,
    registration: 'open',
    registration_domains: ['example.com'],
    second_factor_required: false,
    ways: { ticket_file: 'daily' },
  }
  return member in samples ? samples[member] : type === 'boolean' ? true : type === 'integer' ? 1 : 'text'
}

/** Valid requests for every endpoint: paths, headers and bodies. */
const createSamples = (world: World, uploadId: string, ids: Record<'commentId' | 'emailId' | 'tokenId', string>) => {
  const pathValues: Record<string, string> = {
    customerId: 'CUS0001',
    technicianId: 'TEC0001',
    ticketId: 'TKT0001',
    ...ids,
    serviceId: 'SVC0001',
    attachmentId: randomUUID(),
    sessionId: randomUUID(),
    kind: 'related',
    draftKind: 'reply',
    otherTicketId: 'TKT0003',
    accountId: 'TEC0001',
    tag: 'vpn',
  }
  const pathOf = ({ path }: Endpoint, values = pathValues): string =>
    `/api${path.replaceAll(/:(\w+)/g, (_, name) => values[name] ?? 'x')}`
  /**
   * The headers of a caller who may use the endpoint: a caller without a sign-in for open endpoints, a new customer for
   * endpoints that end sessions, else the admin.
   */
  const headersFor = async ({ can, needsIfMatch }: Endpoint): Promise<OutgoingHttpHeaders> => {
    const version = needsIfMatch ? { 'If-Match': '*' } : {}
    if (rolesThatMay(can) === null) return { 'X-Tenant': world.slug, ...version }
    const who = can === 'session:own' ? await world.customer(`c-${randomUUID().slice(0, 13)}`) : world.ada
    return { ...who.headers, ...version }
  }
  const bodyFor = ({ body }: Endpoint): Record<string, unknown> => {
    const members = membersOf(body)
    // Of the two names of an account at the sign-in, a request has one.
    const isOther = (member: string) => member === 'email' && members.some(([name]) => name === 'user_id_or_email')
    const taken = members.filter(([member]) => !isOther(member))
    return Object.fromEntries(taken.map(([member, types]) => [member, sampleOf(uploadId, member, types)]))
  }
  return { pathValues, pathOf, headersFor, bodyFor }
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
  const { agent, ask, probe, noFaults } = createProbe(desk, errorLines)
  const samples = createSamples(world, uploadId, {
    commentId: said.body.comment_id,
    emailId: emails[0].email_id,
    tokenId: token.body.token_id,
  })
  /** Everything that a hostile request could have changed; that a sign-in failed is meant to be recorded. */
  const snapshot = async (): Promise<unknown> => {
    const { rows } = await desk.app.pool.query(`
      select (select md5(string_agg(t::text, ',' order by t.tenant_id, t.ticket_number)) from tickets t) as tickets,
        (select md5(string_agg(a::text, ',' order by a.tenant_id, a.account_id)) from accounts a) as accounts,
        (select md5(string_agg(w::text, ',' order by w.tenant_id, w.technician_number)) from technicians w) as technicians,
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
