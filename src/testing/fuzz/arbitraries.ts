import fc, { type Arbitrary } from 'fast-check'
import { hostileText, hostileTexts } from './hostile.ts'
import type { Schema } from './operations.ts'

/** A value that only the running desk knows, such as the id of a ticket. It is looked up when the request is sent. */
export interface Live {
  live: string
  at: number
  /** Whether a value of another tenant is wanted. */
  isForeign: boolean
}

export const isLive = (value: unknown): value is Live => typeof value === 'object' && value !== null && 'live' in value

export const live = (kind: string, isForeign = false): Arbitrary<Live> =>
  fc.record({ live: fc.constant(kind), at: fc.nat(1000), isForeign: fc.constant(isForeign) })

/** The kind of value that a member or parameter takes, where a made-up value would always be refused. */
const liveKinds: Record<string, string> = {
  customerId: 'customer_id',
  customer_id: 'customer_id',
  technicianId: 'technician_id',
  technician_id: 'technician_id',
  ticketId: 'ticket_id',
  ticket_id: 'ticket_id',
  follow_up_of: 'ticket_id',
  otherTicketId: 'ticket_id',
  into: 'ticket_id',
  accountId: 'account_id',
  commentId: 'comment_of_ticket',
  in_reply_to: 'comment_of_ticket',
  attachmentId: 'attachment_of_ticket',
  upload_id: 'upload_of_ticket',
  file_name: 'file_name',
  content_type: 'content_type',
  emailId: 'email_id',
  sessionId: 'session_id',
  tokenId: 'token_id',
  serviceId: 'service_id',
  webhookId: 'webhook_id',
  deliveryId: 'delivery_of_webhook',
  productId: 'product_id',
  product_id: 'product_id',
  orderId: 'order_id',
  refresh_token: 'refresh_token',
  cursor: 'next_cursor',
  after: 'next',
  token: 'reset_token',
  user_id_or_email: 'email',
  email: 'email',
  current_password: 'password',
  password: 'password',
  'X-Tenant': 'slug',
}
/** The kinds of which a value of another tenant may be tried. */
const hasForeign = new Set([
  'customer_id',
  'technician_id',
  'account_id',
  'ticket_id',
  'comment_of_ticket',
  'attachment_of_ticket',
  'upload_of_ticket',
  'email_id',
  'token_id',
  'webhook_id',
  'delivery_of_webhook',
  'product_id',
  'order_id',
  'next_cursor',
  'next',
  'slug',
])

const words = fc.constantFrom(
  'Network',
  'network',
  'Printer',
  'No network in room 12.',
  'Cleo',
  'a',
  '\u00c5ngstr\u00f6m',
)

const textOf = ({ minLength = 0, maxLength = 300 }: Schema): Arbitrary<string> => {
  const fits = (text: string): boolean => [...text].length >= minLength && [...text].length <= maxLength
  const exactly = (length: number): Arbitrary<string> =>
    fc.constantFrom('a', '\u00e9', '\u4e2d', '\u{1f600}').map((unit) => unit.repeat(length))
  return fc.oneof(
    { weight: 12, arbitrary: words.filter(fits) },
    {
      weight: 1,
      arbitrary: fc.string({ unit: 'grapheme', minLength, maxLength: Math.min(maxLength, 40) }).filter(fits),
    },
    { weight: 1, arbitrary: fc.constantFrom(...hostileTexts.filter(fits)) },
    { weight: 1, arbitrary: fc.constantFrom(minLength, maxLength).chain(exactly) },
  )
}

const integerOf = ({ minimum = -(2 ** 31), maximum = 2 ** 31 }: Schema): Arbitrary<number> =>
  fc.oneof(fc.constantFrom(minimum, maximum), fc.integer({ min: minimum, max: maximum }))

const patterns = new Map<string, Arbitrary<string>>()
const matching = ({ pattern = '', maxLength = 200 }: Schema): Arbitrary<string> => {
  const known = patterns.get(pattern) ?? fc.stringMatching(new RegExp(pattern), { size: 'small' })
  patterns.set(pattern, known)
  return known.filter((text) => text.length <= maxLength)
}

/** Addresses that nobody has. The document does not say in a pattern what an address is. */
const newAddress = fc.oneof(
  fc.stringMatching(/^[a-z]{1,12}\.[a-z&=/]{1,12}@[a-z]{1,12}\.example$/, { size: 'small' }),
  fc.stringMatching(/^[a-z]{1,12}@[a-zäöü]{1,12}\.example$/, { size: 'small' }),
)

/** The values that a schema takes. Some names get mostly values that the desk knows. */
export const valid = (schema: Schema, name = ''): Arbitrary<unknown> => {
  const kind = liveKinds[name]
  if (kind !== undefined) {
    const foreign = hasForeign.has(kind) ? [{ weight: 1, arbitrary: live(kind, true) }] : []
    return fc.oneof(
      { weight: kind === 'email' ? 1 : 8, arbitrary: live(kind) },
      { weight: 2, arbitrary: kind === 'email' ? newAddress : plain(schema) },
      ...foreign,
    )
  }
  return plain(schema)
}

/** Objects with some of the optional members, or with one. Of many members nearly always one is refused. */
const objectOf = (properties: Record<string, Schema>, required: string[]): Arbitrary<Record<string, unknown>> => {
  const record = (names: string[], requiredKeys: string[]): Arbitrary<Record<string, unknown>> => {
    const model: Record<string, Arbitrary<unknown>> = {}
    for (const name of names) model[name] = valid(properties[name] ?? {}, name)
    return fc.record(model, { requiredKeys })
  }
  const names = Object.keys(properties)
  const optional = names.filter((name) => !required.includes(name))
  const few = optional.map((name) => record([...required, name], [...required, name]))
  return fc.oneof(record(names, required), ...(few.length > 1 ? [fc.oneof(...few)] : []))
}

const plain = (schema: Schema): Arbitrary<unknown> => {
  const { type, anyOf, properties, required, items, pattern } = schema
  if (schema.const !== undefined) return fc.constant(schema.const)
  if (schema.enum) return fc.constantFrom(...schema.enum)
  if (anyOf) return fc.oneof(...anyOf.map((one) => plain(one)))
  if (Array.isArray(type)) return fc.oneof(...type.map((one) => plain({ ...schema, type: one })))
  switch (type) {
    case 'null':
      return fc.constant(null)
    case 'boolean':
      return fc.boolean()
    case 'integer':
    case 'number':
      return integerOf(schema)
    case 'array':
      return fc.array(plain(items ?? {}), { minLength: 1, maxLength: 4 })
    case 'object':
      return objectOf(properties ?? {}, required ?? [])
  }
  return pattern === undefined ? textOf(schema) : matching(schema)
}

/** Values at, just below and just above the bounds of a schema. */
const aroundBounds = ({ minLength, maxLength, minimum, maximum }: Schema): unknown[] => [
  ...[minLength, maxLength].flatMap((at) =>
    at === undefined ? [] : [at - 1, at, at + 1].map((n) => 'b'.repeat(Math.max(n, 0))),
  ),
  ...[minimum, maximum].flatMap((at) => (at === undefined ? [] : [at - 1, at, at + 1])),
  ...(maxLength === undefined ? [] : [` ${'c'.repeat(maxLength)} `, '\u{1f600}'.repeat(maxLength)]),
]

const polluting = { polluted: true, prototype: { polluted: true } }

/** Any JSON at all, polluting prototypes where it can. */
export const anything: Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(
    null,
    true,
    false,
    0,
    -0,
    -1,
    1.5,
    2 ** 53,
    1e308,
    '',
    [],
    {},
    [[]],
    [null],
    { $ne: null },
    { polluted: true },
  ),
  fc.constant(
    Object.fromEntries([
      ['__proto__', polluting],
      ['constructor', polluting],
    ]),
  ),
  fc.jsonValue({ maxDepth: 2 }),
  hostileText,
)

/**
 * A value that replaces a fitting value: near a bound, hostile, or of another type. ajv says whether the value still
 * fits.
 */
export const doubtful = (schema: Schema): Arbitrary<unknown> => {
  const bounds = [schema, ...(schema.anyOf ?? [])].flatMap(aroundBounds)
  const near = bounds.length === 0 ? hostileText : fc.constantFrom(...bounds)
  return fc.oneof(
    { weight: 2, arbitrary: near },
    { weight: 3, arbitrary: hostileText },
    { weight: 1, arbitrary: anything },
  )
}

const extraNames = fc.oneof(
  fc.constantFrom(
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'tenant_id',
    'tenant',
    'role',
    'status',
    'version',
    'id',
    'is_admin',
  ),
  hostileText,
)

/** An object that fits, with one thing done to it: a member dropped, added, or replaced by a doubtful value. */
export const mutatedObject = (schema: Schema): Arbitrary<unknown> => {
  const members = Object.entries(schema.properties ?? {})
  const base = plain(schema).map((value) => Object(value) as object)
  const change = (entries: (value: [string, unknown][]) => [string, unknown][]) => (value: object) =>
    Object.fromEntries(entries(Object.entries(value)))
  const added = fc
    .tuple(base, extraNames, anything)
    .map(([value, name, extra]) => change((all) => [...all, [name, extra]])(value))
  if (members.length === 0) return added
  const replaced = fc
    .tuple(
      base,
      fc.constantFrom(...members).chain(([name, member]) => fc.tuple(fc.constant(name), doubtful(member))),
    )
    .map(([value, entry]) => change((all) => [...all, entry])(value))
  const names = [...(schema.required ?? []), ...members.map(([name]) => name)]
  const dropped = fc
    .tuple(base, fc.constantFrom(...names))
    .map(([value, name]) => change((all) => all.filter(([key]) => key !== name))(value))
  return fc.oneof(
    { weight: 4, arbitrary: replaced },
    { weight: 1, arbitrary: dropped },
    { weight: 2, arbitrary: added },
  )
}
