import { randomUUID } from 'node:crypto'
import type { OutgoingHttpHeaders } from 'node:http'
import { z } from 'zod'
import { rolesThatMay } from '../../contract/capabilities.ts'
import type { Endpoint } from '../../platform/http/endpoint.ts'
import { password, type World } from './people.ts'
import { deadUrl } from './webhook-requests.ts'
import { platformToken } from './workspace.ts'

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

/** A value for each member there is; a new one of another name gets one by its type. */
const sampleOf = (uploadId: string, member: string, [type]: string[]): unknown => {
  const unique = randomUUID().slice(0, 18)
  const samples: Record<string, unknown> = {
    purpose: 'password',
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
    // The subject of a mail template must have it.
    subject: 'News of {{ticket_id}}',
    slug: `t${unique}`,
    admin: { user_id: 'ada', name: 'Ada', email: `${unique}@example.com` },
    host: `${unique}.example.com`,
    url: deadUrl,
    types: ['ticket.*'],
    from: undefined,
    from_position: undefined,
    since: '2026-01-01',
    // Without a mail, a preview shows a sample.
    email_id: undefined,
    recovery_code: undefined,
    registration: 'open',
    registration_domains: ['example.com'],
    second_factor_required: false,
    languages: ['de', 'en'],
    accent_colour: '#0b6e4f',
    mail_sender: { name: 'Harbour desk', address: 'desk@localhost' },
    mail_signature: 'Harbour office',
    auto_close_days: 14,
    comment_edit_minutes: 30,
    undo_seconds: 20,
    deleted_days: 60,
    mail_parameters_days: 60,
    products_by: 'staff',
    product_id: 'PRD0001',
    currency: 'EUR',
    kind: 'one_off',
    units: 500,
    ways: { ticket_file: 'daily' },
    // Instead of `up_to`.
    notification_ids: undefined,
  }
  return member in samples ? samples[member] : type === 'boolean' ? true : type === 'integer' ? 1 : 'text'
}

/** Valid requests for every endpoint: paths, headers and bodies. */
export const createSamples = (
  world: World,
  uploadId: string,
  ids: Record<
    'commentId' | 'emailId' | 'tokenId' | 'webhookId' | 'deliveryId' | 'productId' | 'orderId' | 'slug',
    string
  >,
  deletedSlug: string,
) => {
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
    template: 'ticket_urgent',
    language: 'de',
  }
  const pathOf = ({ path }: Pick<Endpoint, 'path'>): string => {
    const slug = path === '/tenants/:slug/restore' ? deletedSlug : ids.slug
    const values: Record<string, string> = { ...pathValues, slug }
    return `/api${path.replaceAll(/:(\w+)/g, (_, name) => values[name] ?? 'x')}`
  }
  /** The query without which an endpoint does nothing, or an empty text. */
  const neededQuery = ({ query }: Endpoint): string =>
    query === undefined || query.safeParse({}).success ? '' : `?confirm=${ids.slug}`
  /**
   * The headers of a caller who may use the endpoint: a caller without a sign-in for open endpoints, a new customer for
   * endpoints that end sessions, else the admin.
   */
  const headersFor = async ({ can, needsIfMatch }: Endpoint): Promise<OutgoingHttpHeaders> => {
    const version = needsIfMatch ? { 'If-Match': '*' } : {}
    if (can === 'operator') return { Authorization: `Bearer ${platformToken}`, ...version }
    if (rolesThatMay(can) === null) return { 'X-Tenant': world.slug, ...version }
    const who = can === 'session:own' ? await world.customer(`c-${randomUUID().slice(0, 13)}`) : world.ada
    return { ...who.headers, ...version }
  }
  const bodyFor = ({ body }: Endpoint): Record<string, unknown> => {
    const members = membersOf(body)
    // Of the two names of an account at the sign-in, a request has one.
    const isOther = (member: string) => member === 'email' && members.some(([name]) => name === 'user_id_or_email')
    const taken = members.filter(([member]) => !isOther(member))
    const sample = Object.fromEntries(taken.map(([member, types]) => [member, sampleOf(uploadId, member, types)]))
    return 'state' in sample && 'url' in sample ? { ...sample, state: 'enabled' } : sample
  }
  return { pathValues, pathOf, neededQuery, headersFor, bodyFor }
}
