import type { Place } from '../../../platform/events/log-epoch.ts'
import { openText, sealText } from '../../../platform/sealed-texts.ts'
import type { Secrets } from '../../../platform/secrets.ts'
import type { FeedReader } from './feed-reader.ts'

/** Whose a sealed place is. The epoch belongs to it, so that nobody can move a place to another log. */
const ownerOf = ({ tenantId, accountId }: FeedReader, epoch: string): string => `feed ${tenantId} ${accountId} ${epoch}`

/** Every sealed position has the same length, which would tell how many events there are. */
const digits = 16

/**
 * The cursor of a place: `<epoch>:<position>` for those who see the whole tenant. For all others the position is
 * sealed, because a gap between two would tell how much happens that they do not see. Equal places look different.
 */
export const writeCursor = (
  { sealing }: Pick<Secrets, 'sealing'>,
  reader: FeedReader,
  { epoch, position }: Place,
): string => {
  if (reader.seesAll) return `${epoch}:${position}`
  return `${epoch}:${sealText(sealing, ownerOf(reader, epoch), String(position).padStart(digits, '0'))}`
}

const form = /^([a-z0-9]{12}):(.+)$/
const plainForm = /^(?:0|[1-9]\d{0,14})$/

/**
 * The place of a cursor. Null for any other text, for a sealed place of somebody else, and for a plain position from
 * a reader who does not see the whole tenant: they could find out with it where the log ends.
 */
export const readCursor = ({ sealing }: Pick<Secrets, 'sealing'>, reader: FeedReader, text: string): Place | null => {
  const [, epoch, place] = form.exec(text) ?? []
  if (epoch === undefined || place === undefined) return null
  if (plainForm.test(place)) return reader.seesAll ? { epoch, position: Number(place) } : null
  // Somebody who became an admin may still have a sealed cursor.
  const position = openText(sealing, ownerOf(reader, epoch), place)
  return position === null ? null : { epoch, position: Number(position) }
}
