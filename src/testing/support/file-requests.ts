import { announcementOf, attach, reachable, textFile, upload } from './files.ts'
import type { Person } from './people.ts'
import { pngOf } from './pictures.ts'
import { expectSuccess } from './requests.ts'
import type { Desk } from './workspace.ts'

/** A valid request: the values for the names in the path, and the body. */
interface Valid {
  id?: string | string[]
  body?: unknown
}
type Asking<Who> = (who: Who, person: Person | null) => Valid | Promise<Valid>

const once = <T>(make: () => Promise<T>): (() => Promise<T>) => {
  let made: Promise<T> | undefined
  return () => {
    made ??= make()
    return made
  }
}

/**
 * Builds the requests about files that are asked of every caller. `create` creates a ticket for a caller to ask about.
 */
export const fileRequests = <Who extends string>(
  desk: Desk,
  clerk: Person,
  create: (who: Who | 'admin') => Promise<{ id: string }>,
): Record<string, Asking<Who>> => {
  /** Uploads a file of the caller's when the caller may attach any. */
  const uploadTo = async (who: Who, person: Person | null): Promise<Valid> => {
    const { id } = await create(who)
    const mine = person && (await upload(desk, person, id, textFile()).catch(() => null))
    return { id, body: { upload_id: mine ?? crypto.randomUUID() } }
  }
  /** An attachment of the caller's own when the caller may attach any, else an attachment of the clerk's. */
  const attachmentOn = async (who: Who, person: Person | null): Promise<Valid> => {
    const { id } = await create(who)
    const mine = person && (await attach(desk, person, id).catch(() => null))
    const { attachment_id } = mine ?? (await attach(desk, clerk, id, textFile(), 'public'))
    return { id: [id, attachment_id] }
  }
  /** The file is JSON, so that it is sent like any body. */
  const file = { name: 'a.json', type: 'application/json', bytes: Buffer.from('{"a":1}') }
  const idsIn = (address: string): string[] => reachable(desk, address).split('/').slice(-2)
  /** An address of its own for each caller, because an address takes the file from one request at a time. */
  const addressToUpload = async (): Promise<Valid> => {
    const { id } = await create('admin')
    const { body } = await clerk.post(`/tickets/${id}/attachments/upload-url`, announcementOf(file))
    return { id: idsIn(body.url), body: { a: 1 } }
  }
  /** An address that is the same for every caller. */
  const addressOfFile = once(async (): Promise<Valid> => {
    const { id } = await create('admin')
    const { attachment_id } = await attach(desk, clerk, id, file)
    return { id: idsIn((await clerk.get(`/tickets/${id}/attachments/${attachment_id}`)).body.download_url) }
  })
  return {
    'POST /tickets/:ticketId/attachments/upload-url': async (who) => ({
      id: (await create(who)).id,
      body: announcementOf(textFile()),
    }),
    'POST /tickets/:ticketId/attachments': uploadTo,
    'GET /tickets/:ticketId/attachments': async (who) => ({ id: (await create(who)).id }),
    'GET /tickets/:ticketId/attachments/:attachmentId': attachmentOn,
    'DELETE /tickets/:ticketId/attachments/:attachmentId': attachmentOn,
    'PUT /objects/:folder/:object': addressToUpload,
    'GET /objects/:folder/:object': addressOfFile,
    'GET /tenant': () => ({}),
    // No request of this list sends a picture.
    'GET /tenant/logo': () => ({}),
    'PUT /settings/logo': () => ({ body: { a: 1 } }),
    'DELETE /settings/logo': async (who, person) => {
      if (who === 'admin' && person) expectSuccess(await person.put('/settings/logo', undefined, { raw: pngOf(8, 8) }))
      return {}
    },
  }
}
