import type { RelayedEvent } from './relay.schemas.ts'

/** Where a message of the stream stands in the log: the epoch, the tenant and the position. */
export interface MessagePlace {
  epoch: string
  tenantId: number
  position: number
}

/** One message for the stream. */
export interface RelayMessage extends MessagePlace {
  subject: string
  id: string
  headers: Record<string, string>
  body: Uint8Array
}

/** The names that consumers of the systems before know, where they differ from ours but for the colon. */
const names: Record<string, string> = { 'order.expired': 'expiration:complete' }

/** The name of a type of event with a colon, such as `product:created`. */
const colonName = (type: string): string => names[type] ?? type.replace('.', ':')

/**
 * The id of a message: no other message of the stream ever has it.
 * @internal Exported for the tests of the relay.
 */
export const messageIdAt = ({ epoch, tenantId, position }: MessagePlace): string => `${epoch}:${tenantId}:${position}`

const idForm = /^([a-z0-9]{12}):(\d{1,10}):([1-9]\d{0,14})$/

/** What the id of a message says, or null for an id that the relay did not make. */
export const placeIn = (id: string): MessagePlace | null => {
  const [, epoch, tenant, position] = idForm.exec(id) ?? []
  if (epoch === undefined) return null
  return { epoch, tenantId: Number(tenant), position: Number(position) }
}

const encoder = new TextEncoder()
const encode = (body: object): Uint8Array => encoder.encode(JSON.stringify(body))

/**
 * The message of an event. An event that cannot be written, or is larger than the server takes, becomes a tombstone: it
 * keeps its place, its type and its version, so that who counts versions goes on.
 * @param maxBytes how large a message may be, with its headers.
 */
export const messageOf = (event: RelayedEvent, usesNames: boolean, maxBytes: number): RelayMessage => {
  const { slug, type, subject_id, subject_version, changes, details, is_blanked } = event
  const place = { epoch: event.epoch, tenantId: event.tenant_id, position: event.position }
  const frame = {
    tenant: slug,
    epoch: place.epoch,
    position: place.position,
    type,
    subject_id,
    version: subject_version,
    occurred_at: event.occurred_at,
  }
  const headers: Record<string, string> = {
    'Cd-Type': type,
    'Cd-Name': colonName(type),
    ...(subject_version === null ? {} : { 'Cd-Version': String(subject_version) }),
  }
  const message = {
    ...place,
    subject: `cd.${slug}.${usesNames ? colonName(type) : type}`,
    id: messageIdAt(place),
  }
  const whole = (): Uint8Array | null => {
    if (is_blanked) return null
    try {
      const body = encode({ ...frame, actor_id: event.actor_id, actor_role: event.actor_role, changes, details })
      return body.length > maxBytes ? null : body
    } catch {
      return null
    }
  }
  const body = whole()
  if (body !== null) return { ...message, headers, body }
  return { ...message, headers: { ...headers, 'Cd-Tombstone': 'true' }, body: encode({ ...frame, tombstone: true }) }
}
