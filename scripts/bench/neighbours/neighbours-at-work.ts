import { createHash, randomBytes } from 'node:crypto'
import { seedWatchers } from '../../../src/testing/support/seed-crowd.ts'
import { seedTickets } from '../../../src/testing/support/seed-tickets.ts'
import { signIn } from '../../lib/sign-in.ts'
import { password } from '../bench-database.ts'
import type { Bench } from '../open-bench.ts'
import type { NeighbourLoad, NeighbourRequest } from './neighbour-process.ts'

/** Where a neighbour prepares its work: a tenant and an account that no neighbour before has used. */
export interface Place {
  bench: Bench
  /** The program that is measured, with its default limits. */
  url: string
  tenant: { tenantId: number; slug: string }
  /** The headers of a customer of the tenant. */
  customer: Record<string, string>
  /** 0, 1, 2 …: how often this neighbour has worked before. */
  round: number
}

/** One bad neighbour: what it does, and what has to be there before. */
export interface Neighbour {
  name: string
  prepare(place: Place): Promise<Pick<NeighbourLoad, 'connections' | 'requests' | 'isBurst'>>
}

const longText = 'The network in room 12 has been away since this morning; the printer there too. '.repeat(125)
const ticket = { subject: 'Neighbour @n', issue_category: 'Network', issue_description: 'No network.' }

/** Sends JSON to the program, and answers with JSON. @throws Error when the answer is no success. */
const call = async (
  { url, customer }: Place,
  method: string,
  path: string,
  body?: object,
): Promise<Record<string, string>> => {
  const headers = { ...customer, 'content-type': 'application/json' }
  const response = await fetch(`${url}/api${path}`, { method, headers, body: JSON.stringify(body) })
  if (!response.ok) throw new Error(`${method} ${path} answers ${response.status}: ${await response.text()}`)
  return (await response.json()) as Record<string, string>
}

const createTicket = async (place: Place): Promise<string> =>
  (await call(place, 'POST', '/tickets', ticket)).ticket_id ?? ''

/** Announces a file, and answers with its address and headers. */
const announce = async (place: Place, ticketId: string, bytes: Buffer, type: string, name: string) => {
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const file = { file_name: name, content_type: type, size: bytes.length, sha256 }
  const answer = await call(place, 'POST', `/tickets/${ticketId}/attachments/upload-url`, file)
  const { pathname, search } = new URL(answer.url ?? '')
  const headers = answer.headers as unknown as Record<string, string>
  return { uploadId: answer.upload_id ?? '', path: `${pathname}${search}`, headers }
}

const post = (path: string, headers: Record<string, string>, body: Record<string, string>): NeighbourRequest => ({
  method: 'POST',
  path: `/api${path}`,
  headers,
  body,
})
const read = (path: string, headers: Record<string, string>): NeighbourRequest => ({
  method: 'GET',
  path: `/api${path}`,
  headers,
})

const watchers: Neighbour = {
  name: 'long comments to 50 watchers',
  async prepare(place) {
    const id = await createTicket(place)
    await seedWatchers(place.bench.database.pool, place.tenant.tenantId, Number(id.slice(3)), 50)
    const comment = { body: longText.slice(0, 10_000), visibility: 'public' }
    return { connections: 8, requests: [post(`/tickets/${id}/comments`, place.customer, comment)] }
  },
}

/** The plan for a customer with few tickets is kept, and then a customer with most of a tenant's tickets lists them. */
const keptPlans: Neighbour = {
  name: 'sorted lists of a customer with many tickets',
  async prepare({ bench, tenant, customer }) {
    const { pool, tenants } = bench.database
    const { rows } = await pool.query(`select value from counters where tenant_id = $1 and name = 'ticket'`, [
      tenants[0]?.tenantId,
    ])
    await seedTickets(pool, tenant.tenantId, Math.ceil(rows[0].value * 0.3), 1)
    const few = read('/tickets?sort=-priority', bench.customer)
    return {
      connections: 4,
      requests: [...Array<NeighbourRequest>(5).fill(few), read('/tickets?sort=-priority', customer)],
    }
  },
}

const expensiveLists: Neighbour = {
  name: 'lists that filter away what they read',
  async prepare({ bench, round }) {
    const [large] = bench.database.tenants
    const { token } = await signIn(bench.product.url, large?.slug ?? '', `TEC000${1 + round}`, password)
    const headers = { authorization: `Bearer ${token}` }
    const paths = [
      '/tickets?technician_id=none&sort=-priority',
      '/tickets?status=new&sort=-priority',
      '/tickets?q=%22the%20room%20has%20been%20away%20since%22%20-network&sort=-priority',
      '/tickets?q=-room',
      '/tickets?priority=urgent&status=waiting&issue_category=Phone',
    ]
    return { connections: 10, requests: paths.map((path) => read(path, headers)) }
  },
}

const burst: Neighbour = {
  name: '600 comments on one ticket at once',
  async prepare(place) {
    const id = await createTicket(place)
    const comment = { body: 'Still down.', visibility: 'public' }
    return { connections: 600, isBurst: true, requests: [post(`/tickets/${id}/comments`, place.customer, comment)] }
  },
}

const apiDocument: Neighbour = {
  name: 'the API document, 16 connections',
  prepare: async () => ({ connections: 16, requests: [read('/openapi.json', {})] }),
}

const puts: Neighbour = {
  name: '25 unfinished PUTs to one address',
  async prepare(place) {
    const size = 10_000_000
    const { path, headers } = await announce(
      place,
      await createTicket(place),
      Buffer.alloc(size, 'a'),
      'text/plain',
      'a.txt',
    )
    return { connections: 25, requests: [{ method: 'PUT', path, headers, unfinishedBytes: size }] }
  },
}

const misfit: Neighbour = {
  name: 'a misfit of 25 MB, registered again and again',
  async prepare(place) {
    const id = await createTicket(place)
    const bytes = Buffer.alloc(25_000_000, 'a')
    const { uploadId, path, headers } = await announce(place, id, bytes, 'image/png', 'a.png')
    const sent = await fetch(`${place.url}${path}`, { method: 'PUT', headers, body: bytes })
    if (!sent.ok && sent.status !== 422) throw new Error(`the upload answers ${sent.status}`)
    return { connections: 12, requests: [post(`/tickets/${id}/attachments`, place.customer, { upload_id: uploadId })] }
  },
}

const longPages: Neighbour = {
  name: 'pages of 100 long tickets',
  async prepare({ bench, tenant, customer }) {
    const { pool } = bench.database
    await seedTickets(pool, tenant.tenantId, 100, 1)
    await pool.query('update tickets set issue_description = $2 where tenant_id = $1', [
      tenant.tenantId,
      randomBytes(7_500).toString('base64'),
    ])
    return { connections: 8, requests: [read('/tickets?limit=100', customer)] }
  },
}

const storage: Neighbour = {
  name: 'tickets of 10,000 random characters, with keys',
  async prepare({ customer }) {
    const random = { ...ticket, issue_description: '@random' }
    return { connections: 8, requests: [{ ...post('/tickets', customer, random), isKeyed: true }] }
  },
}

/** Everything that one neighbour could do to the others, each by itself. */
export const neighboursAtWork: Neighbour[] = [
  watchers,
  keptPlans,
  expensiveLists,
  burst,
  apiDocument,
  puts,
  misfit,
  longPages,
  storage,
]
