import fc, { type Arbitrary } from 'fast-check'
import { projector } from '../support/catalogue.ts'
import { newWebhook } from '../support/webhook-requests.ts'
import { anything, doubtful, isLive, type Live, live, mutatedObject, valid } from './arbitraries.ts'
import { brokenBytes, headerText, strayHeader } from './broken-parts.ts'
import { hostileText } from './hostile.ts'
import type { Operation, Parameter, Schema } from './operations.ts'
import { bodyOf, pathOf } from './paths.ts'

/** A request before the desk's own values are put in. */
export interface Draft {
  path: Record<string, unknown>
  query: [string, unknown][]
  headers: Record<string, unknown>
  /** JSON, or bytes that are mostly no JSON. */
  body: { json: unknown } | { bytes: Buffer } | null
  carrier: 'bearer' | 'cookie'
}

/** A request as it is sent. */
export interface Request {
  method: string
  /** Below the server's address, encoded. */
  url: string
  headers: Record<string, string>
  body: Buffer | null
  /** The names in the path before they were encoded, which ajv judges. */
  path: Record<string, string>
  query: [string, string][]
}

/** Operations that only tickets, accounts or orders in a certain state take. */
const takers: [RegExp, string][] = [
  [/\{ticketId\}\/(?:reopen|close)$/, 'resolved_ticket'],
  [/\{ticketId\}\/unmerge$/, 'merged_ticket'],
  [/\{ticketId\}\/restore$/, 'deleted_ticket'],
  [/\{accountId\}\/invitation$/, 'invited_account'],
  [/\{orderId\}\/return$/, 'lent_order'],
  [/^GET .*\/drafts\/\{draftKind\}$/, 'drafted_ticket'],
]

/** Bodies that fit, of operations for which made-up texts hardly ever do. */
const fittingBodies: Record<string, object> = {
  'PUT /mail-templates/{template}/{language}': { subject: '[{{ticket_id}}] News', text: '{{greeting}}' },
  'POST /webhooks': newWebhook,
  'PATCH /webhooks/{webhookId}': { is_ordered: true },
  'POST /products': projector,
  'PUT /products/{productId}': { price: 5 },
  'PATCH /products/{productId}': { price: 7 },
}

const validBody = (operation: Operation, schema: Schema): Arbitrary<unknown> => {
  const { [operation.name]: fitting } = fittingBodies
  return fitting === undefined ? valid(schema) : fc.oneof(fc.constant(fitting), valid(schema))
}

const validValue = (operation: Operation, { name, schema }: Parameter): Arbitrary<unknown> => {
  const usual =
    name === 'If-Match'
      ? fc.oneof({ weight: 6, arbitrary: fc.constantFrom('*', '*', '*', '*', '"1"', '"2"') }, headerText)
      : valid(schema, name)
  const value =
    name === 'Idempotency-Key'
      ? fc.oneof(fc.stringMatching(/^[!-~]{1,40}$/), fc.constantFrom('same', 'a'.repeat(255)))
      : name === 'template'
        ? fc.constantFrom('ticket_closed', 'comment_public')
        : usual
  const [, taker] = takers.find(([which]) => which.test(operation.name)) ?? []
  if (taker === undefined || !['ticketId', 'accountId', 'orderId'].includes(name)) return value
  return fc.oneof({ weight: 4, arbitrary: live(taker) }, value)
}

const validDraft = (operation: Operation): Arbitrary<Draft> => {
  const among = (place: Parameter['in']) => {
    const parameters = operation.parameters.filter((parameter) => parameter.in === place)
    const values = parameters.map((parameter) => [parameter.name, validValue(operation, parameter)])
    const requiredKeys = parameters.filter(({ required }) => required).map(({ name }) => name)
    return fc.record(Object.fromEntries(values), { requiredKeys }) as Arbitrary<Record<string, unknown>>
  }
  // Few optional parameters at once, because each may turn a success into a refusal.
  const some = (record: Record<string, unknown>, at: number): [string, unknown][] =>
    Object.entries(record).filter((_, index) => at % 4 === 0 || index % 4 === at % 4)
  const required = new Set(operation.parameters.filter((one) => one.required).map(({ name }) => name))
  const { body } = operation
  const json = body === null ? fc.constant(null) : validBody(operation, body.schema).map((value) => ({ json: value }))
  return fc.record({
    path: among('path'),
    query: fc.tuple(among('query'), fc.nat(3)).map(([record, at]) => some(record, at)),
    headers: fc
      .tuple(among('header'), fc.nat(11))
      .map(([record, at]) =>
        Object.fromEntries(Object.entries(record).filter(([name]) => required.has(name) || at < 3)),
      ),
    body: body?.isRequired === false ? fc.option(json, { freq: 3 }) : json,
    carrier: fc.constantFrom('bearer', 'bearer', 'bearer', 'cookie'),
  })
}

/** Drafts with one part, sometimes two, made doubtful. */
const mutated = (operation: Operation, drafts: Arbitrary<Draft>): Arbitrary<Draft> => {
  const inPlace = (place: Parameter['in']): Parameter[] => operation.parameters.filter((one) => one.in === place)
  const pick = (place: Parameter['in']) =>
    fc.constantFrom(...inPlace(place)).chain(({ name, schema }) => fc.tuple(fc.constant(name), doubtful(schema)))
  const mutations: Arbitrary<(draft: Draft) => Draft>[] = [
    strayHeader.map(([name, value]) => (draft) => ({ ...draft, headers: { ...draft.headers, [name]: value } })),
    fc.tuple(hostileText, hostileText).map(([name, value]) => (draft) => ({
      ...draft,
      query: [...draft.query, [name, value]],
    })),
  ]
  if (inPlace('path').length > 0) {
    const ids = pick('path').map(([name, value]) => (draft: Draft) => ({
      ...draft,
      path: { ...draft.path, [name]: value },
    }))
    mutations.push(ids, ids)
  }
  if (inPlace('query').length > 0) {
    const values = pick('query').map(
      ([name, value]) =>
        (draft: Draft): Draft => ({
          ...draft,
          query: [...draft.query.filter(([known]) => known !== name), [name, value]],
        }),
    )
    const twice = pick('query').map(
      ([name, value]) =>
        (draft: Draft): Draft => ({ ...draft, query: [...draft.query, [name, value], [name, value]] }),
    )
    mutations.push(values, values, values, twice)
  }
  const { body } = operation
  if (body) {
    const json = mutatedObject(body.schema).map(
      (value) =>
        (draft: Draft): Draft => ({ ...draft, body: { json: value } }),
    )
    const whole = fc.oneof(
      anything.map((value) => ({ json: value })),
      brokenBytes.map((value) => ({ bytes: value })),
      fc.constant(null),
    )
    mutations.push(
      json,
      json,
      json,
      json,
      whole.map((value) => (draft) => ({ ...draft, body: value })),
    )
  }
  const once = fc.oneof(...mutations)
  return fc
    .tuple(drafts, once, fc.option(once, { freq: 5 }))
    .map(([draft, first, second]) => (second ?? ((same: Draft) => same))(first(draft)))
}

/** Requests to an operation: about half as the document wants them, the rest with something doubtful in them. */
export const draftsOf = (operation: Operation): Arbitrary<Draft> => {
  const drafts = validDraft(operation)
  return fc.oneof({ weight: 5, arbitrary: drafts }, { weight: 4, arbitrary: mutated(operation, drafts) })
}

/** Percent-encodes a text, also one with a lone surrogate. */
const encode = (text: string): string =>
  [...text].map((sign) => (sign.isWellFormed() ? encodeURIComponent(sign) : '%ED%A0%80')).join('')

/** Percent-encodes a part of a path. Hostile texts such as `%zz`, which encode nothing, stay as they are. */
const encodeSegment = (text: string): string => (/^%[\w%]*$/.test(text) ? text : encode(text)) || '%20'

const asText = (value: unknown): string => {
  if (Array.isArray(value)) return value.map(asText).join(',')
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value)
}

const fill = (value: unknown, find: (live: Live) => string): unknown => {
  if (isLive(value)) return find(value)
  if (Array.isArray(value)) return value.map((item) => fill(item, find))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, fill(member, find)]))
}

/** The seconds that a call of the feed shall wait: none where there would be any. What is no such number stays. */
const unwaited = (text: string): string => (/^0*(?:[1-9]|1\d|2[0-5])$/.test(text) ? '0' : text)

/** Makes a request of a draft: looks up live values, and encodes path and query. No call of the feed waits. */
export const requestOf = (
  operation: Operation,
  draft: Draft,
  credentials: Record<string, string>,
  find: (live: Live) => string,
): Request => {
  const text = (value: unknown): string => asText(fill(value, find))
  const { body } = draft
  const filled = body !== null && 'json' in body ? bodyOf(fill(body.json, find)) : null
  const path = pathOf(draft.path, text, filled?.ticketId ?? null)
  const query = draft.query.map(([name, value]): [string, string] => [
    name,
    name === 'wait' ? unwaited(text(value)) : text(value),
  ])
  const json = body === null ? undefined : 'bytes' in body ? body.bytes : JSON.stringify(filled?.json)
  const given = Object.entries(draft.headers).map(([name, value]) => [name, text(value)])
  const search = query.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&')
  const location = operation.path.replaceAll(/\{(\w+)\}/g, (_, name) => encodeSegment(path[name] ?? ''))
  return {
    method: operation.method,
    url: `/api${location}${search && '?'}${search}`,
    headers: {
      ...(json === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...credentials,
      ...Object.fromEntries(given),
    },
    body: json === undefined ? null : Buffer.from(json),
    path,
    query,
  }
}
