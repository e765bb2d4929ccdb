import { hmac, openNumber, type Secrets, sealNumber } from '../../../platform/secrets.ts'

/** Which event is told to which webhook. */
export interface Message {
  tenantId: number
  webhookNumber: number
  /** The epoch of the log in which the event got its position. */
  epoch: string
  position: number
}

/** Each webhook has a key of its own, so that two of them do not see that they are told of the same event. */
const keyOf = ({ webhooks }: Secrets, { tenantId, webhookNumber }: Omit<Message, 'epoch' | 'position'>): Buffer =>
  hmac(webhooks, `${tenantId} ${webhookNumber}`)

/**
 * The id of a message: `evt_<epoch>_<tenant>_<position>`. It is the same for each attempt, and no other message of the
 * webhook ever has it, also after the database was restored. For a webhook of a technician the position is sealed,
 * because gaps would tell how much happens that they do not see. It has no dot, because the signature separates by
 * dots.
 */
export const messageIdOf = (secrets: Secrets, message: Message, showsPosition: boolean): string => {
  const { tenantId, epoch, position } = message
  const place = showsPosition ? String(position) : sealNumber(keyOf(secrets, message), tenantId, position)
  return `evt_${epoch}_${tenantId}_${place}`
}

const form = /^evt_([a-z0-9]{12})_(\d{1,10})_([0-9a-f]{32}|[1-9]\d{0,14})$/

/**
 * The position in the id of a message of a webhook. Null for a text that is none, or of another tenant. A plain
 * position counts when `showsPosition` only: others could find out with it what they do not see.
 */
export const positionIn = (
  secrets: Secrets,
  webhook: Omit<Message, 'epoch' | 'position'>,
  text: string,
  showsPosition: boolean,
): number | null => {
  const [, , tenant, place = ''] = form.exec(text) ?? []
  if (Number(tenant) !== webhook.tenantId) return null
  if (place.length === 32) return openNumber(keyOf(secrets, webhook), webhook.tenantId, place)
  return showsPosition ? Number(place) : null
}
