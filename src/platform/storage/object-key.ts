import { z } from 'zod'

/**
 * `0000000012/9b2f…`: the tenant and the object's id, and nothing that anybody has typed. The zeros make the order of keys
 * the order of (tenant, id) in the database.
 */
export const objectKey = (tenantId: number, id: string): string => `${String(tenantId).padStart(10, '0')}/${id}`

const Folder = z.string().regex(/^\d{10}$/)

/** What a key is made of. */
export const KeyParts = z.object({ folder: Folder, object: z.uuid() })

/** What stands for a key, or null when it is none of ours. */
export const readObjectKey = (key: string): { tenantId: number; id: string } | null => {
  const [folder, object, ...rest] = key.split('/')
  const parts = KeyParts.safeParse({ folder, object })
  if (!parts.success || rest.length > 0 || parts.data.object !== parts.data.object.toLowerCase()) return null
  return { tenantId: Number(parts.data.folder), id: parts.data.object }
}

/** What an upload that is on its way, or was cut off, is called beside its final name. */
const draftPattern = /\.[0-9a-f]{12}\.part$/

/** Whether a key is that of a draft: no object, but what may be left of one. */
export const isDraftKey = (key: string): boolean =>
  draftPattern.test(key) && readObjectKey(key.replace(draftPattern, '')) !== null
