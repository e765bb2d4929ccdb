import { z } from 'zod'

/**
 * `0000000012/9b2f…`: the tenant and the object's id, and no text of a user. With the zeros, keys have the same order
 * as (tenant, id) in the database.
 */
export const objectKey = (tenantId: number, id: string): string => `${String(tenantId).padStart(10, '0')}/${id}`

const Folder = z.string().regex(/^\d{10}$/)

/** The parts of a key. */
export const KeyParts = z.object({ folder: Folder, object: z.uuid() })

/** The tenant and the id of a key, or null when the text is not a key. */
export const readObjectKey = (key: string): { tenantId: number; id: string } | null => {
  const [folder, object, ...rest] = key.split('/')
  const parts = KeyParts.safeParse({ folder, object })
  if (!parts.success || rest.length > 0 || parts.data.object !== parts.data.object.toLowerCase()) return null
  return { tenantId: Number(parts.data.folder), id: parts.data.object }
}

/** What the name of an unfinished upload has after its final name. */
const draftPattern = /\.[0-9a-f]{12}\.part$/

/**
 * The key at which an S3 store takes an object whose hash nobody has announced, until the program has hashed it. It is
 * the key of a draft.
 */
export const stagedKey = (key: string): string => `${key}.000000000000.part`

/** Whether a key belongs to a draft: an upload that is running, was cut off, or is not hashed yet. */
export const isDraftKey = (key: string): boolean =>
  draftPattern.test(key) && readObjectKey(key.replace(draftPattern, '')) !== null
