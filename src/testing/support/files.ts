import { createHash } from 'node:crypto'
import { type Api, expectStatus, type Reply } from './requests.ts'

/** A program that a test reaches at another address than its public one. */
interface Reached {
  url: string
  app: { config: { PUBLIC_URL: string } }
}

/** A file on a person's own computer. */
export interface HomeFile {
  name: string
  type: string
  bytes: Buffer
}

export const textFile = (name = 'notes.txt', text = 'It burns.\n'): HomeFile => ({
  name,
  type: 'text/plain',
  bytes: Buffer.from(text),
})

/** What a client announces of a file before it sends the bytes. */
export const announcementOf = ({ name, type, bytes }: HomeFile) => ({
  file_name: name,
  content_type: type,
  size: bytes.length,
  sha256: createHash('sha256').update(bytes).digest('hex'),
})

/** What a client announces that cannot hash. */
export const unhashed = (file: HomeFile) => ({ ...announcementOf(file), sha256: undefined })

/** Replaces the public address of the desk in a link by the address at which the test reaches the desk. */
export const reachable = (desk: Reached, url: string): string => url.replace(desk.app.config.PUBLIC_URL, desk.url)

/** Sends bytes to the address that the desk answered with. */
export const sendBytes = (
  desk: Reached,
  { url, method, headers }: { url: string; method: string; headers: Record<string, string> },
  bytes: Buffer,
): Promise<Response> => fetch(reachable(desk, url), { method, headers, body: new Uint8Array(bytes) })

/** Announces a file and sends it; answers with the upload's id. */
export const upload = async (desk: Reached, person: Api, ticketId: string, file: HomeFile): Promise<string> => {
  const announced = await person.post(`/tickets/${ticketId}/attachments/upload-url`, announcementOf(file))
  const { body } = expectStatus(announced, 201)
  const sent = await sendBytes(desk, body, file.bytes)
  if (!sent.ok) throw new Error(`the store answers ${sent.status}: ${await sent.text()}`)
  return body.upload_id
}

/** Announces a file, sends it and attaches it; answers with the attachment. */
export const attach = async (
  desk: Reached,
  person: Api,
  ticketId: string,
  file: HomeFile = textFile(),
  visibility?: 'public' | 'internal',
): Promise<Reply['body']> => {
  const upload_id = await upload(desk, person, ticketId, file)
  return expectStatus(await person.post(`/tickets/${ticketId}/attachments`, { upload_id, visibility }), 201).body
}

/** Downloads an attachment by the address that the desk gives. */
export const download = async (
  desk: Reached,
  person: Api,
  ticketId: string,
  attachmentId: string,
): Promise<Response> => {
  const { body } = expectStatus(await person.get(`/tickets/${ticketId}/attachments/${attachmentId}`), 200)
  return fetch(reachable(desk, body.download_url))
}
