import { createHash } from 'node:crypto'
import type { Header } from './release-dump.ts'

// Fills a second tenant, the `annex`, with the kinds of rows that the demo does not have. Everything goes over HTTP, so
// that it works with a program of any version. The mail server treats an address by its name: `slow`, `later`,
// `bounces`.

/**
 * Sends a request, such as `POST /tickets`, and answers with the body.
 * @throws Error when the status is not a success.
 */
export type Caller = (
  what: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<ReturnType<typeof JSON.parse>>

const callerOf =
  (url: string, always: Record<string, string>): Caller =>
  async (what, body, headers = {}) => {
    const [method = '', path = ''] = what.split(' ')
    const response = await fetch(`${url}/api${path}`, {
      method,
      headers: { ...(body === undefined ? {} : { 'Content-Type': 'application/json' }), ...always, ...headers },
      body: JSON.stringify(body),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${what} answers ${response.status}: ${text}`)
    return text === '' ? null : JSON.parse(text)
  }

export const annex = 'annex'
export const annexAdmin = 'olive'
export const addressOf = (name: string): string => `${name}@${annex}.example.com`

export const signIn = async (url: string, password: string, name: string, tenant = annex) => {
  const guest = callerOf(url, { 'X-Tenant': tenant })
  const { token, refresh_token } = await guest('POST /auth/login', { user_id_or_email: name, password })
  return { call: callerOf(url, { Authorization: `Bearer ${token}` }), refreshToken: String(refresh_token) }
}

const announcementOf = (text: string) => ({
  file_name: 'what I see.txt',
  content_type: 'text/plain',
  size: Buffer.byteLength(text),
  sha256: createHash('sha256').update(text).digest('hex'),
})

const attach = async (url: string, call: Caller, ticketId: string, text: string): Promise<string> => {
  const path = `/tickets/${ticketId}/attachments`
  const { upload_id, ...upload } = await call(`POST ${path}/upload-url`, announcementOf(text))
  const { pathname, search } = new URL(upload.url)
  const sent = await fetch(new URL(`${pathname}${search}`, url), {
    method: upload.method,
    headers: upload.headers,
    body: text,
  })
  if (!sent.ok) throw new Error(`the store answers ${sent.status}`)
  return (await call(`POST ${path}`, { upload_id })).attachment_id
}

/** Creates the technicians and customers of the annex, and signs some of them in. */
const gather = async (url: string, password: string) => {
  const guest = callerOf(url, { 'X-Tenant': annex })
  const { call: olive } = await signIn(url, password, annexAdmin)
  const employ = (name: string, category: string, secret?: string) =>
    olive('POST /technicians', {
      name: `${name} of the Annex`,
      email: addressOf(name.toLowerCase()),
      ...{ phone_number: '+44 117 496 0199', category, user_id: name.toLowerCase(), password: secret },
    })
  const tess = await employ('Tess', 'Network', password)
  const tim = await employ('Tim', 'Printer', password)
  const gone = await employ('Gus', 'Printer', password)
  await employ('Ines.slow', 'Network')
  await olive('POST /customers', { name: 'Ida Invited', email: addressOf('ida') })
  for (const name of ['Cora', 'Carl', 'Sam.slow', 'Lena.later', 'Bob.bounces', 'Wim']) {
    const email = addressOf(name.toLowerCase())
    await guest('POST /auth/register', { name: `${name} “Zoë” Customer`, email, password })
  }
  const people = { cora: 'cora', carl: 'carl', sam: 'sam.slow', wim: 'wim' }
  const signedIn = await Promise.all(Object.values(people).map((name) => signIn(url, password, addressOf(name))))
  const [cora, carl, sam, wim] = signedIn.map(({ call }) => call) as [Caller, Caller, Caller, Caller]
  const { call: tessCalls } = await signIn(url, password, 'tess')
  return { guest, olive, tess: tessCalls, cora, carl, sam, wim, ids: { tess, tim, gone } }
}
type Gathering = Awaited<ReturnType<typeof gather>>

const keyed = { key: 'annex-key-1', body: { issue_category: 'Network', issue_description: 'No network in room 4.' } }

/** A ticket with every kind of change, comment and file. It is closed in the end. */
const liveThrough = async (url: string, { olive, tess, cora, ids }: Gathering): Promise<string> => {
  const { ticket_id: id } = await cora('POST /tickets', keyed.body, { 'Idempotency-Key': keyed.key })
  await olive(`PUT /tickets/${id}`, { technician_id: ids.tim.technician_id })
  await olive(`PUT /tickets/${id}`, { technician_id: null, priority: 'high' })
  await olive(`PUT /tickets/${id}`, { technician_id: ids.tess.technician_id, subject: 'Kein “Netz” in Raum 4 🙂' })
  await tess(`PUT /tickets/${id}`, { status: 'in_progress' })
  const file = await attach(url, cora, id, 'Destination host unreachable\n')
  await cora(`POST /tickets/${id}/comments`, { body: 'See the file.', visibility: 'public', attachment_ids: [file] })
  const said = await tess(`POST /tickets/${id}/comments`, { body: 'It is the cable.', visibility: 'public' })
  await tess(`PUT /tickets/${id}/comments/${said.comment_id}`, { body: 'It is the patch cable.' })
  await tess(`POST /tickets/${id}/comments`, { body: 'The third one this week.', visibility: 'internal' })
  const slip = await tess(`POST /tickets/${id}/comments`, { body: 'Wrong ticket.', visibility: 'internal' })
  await tess(`DELETE /tickets/${id}/comments/${slip.comment_id}`)
  await tess(`POST /tickets/${id}/attachments/upload-url`, announcementOf('never sent\n'))
  const extra = await attach(url, tess, id, 'not wanted\n')
  await tess(`DELETE /tickets/${id}/attachments/${extra}`)
  await tess(`PUT /tickets/${id}`, { status: 'waiting' })
  await tess(`PUT /tickets/${id}`, { status: 'in_progress' })
  await tess(`PUT /tickets/${id}`, { status: 'resolved', resolution_summary: 'Changed the cable.' })
  await cora(`POST /tickets/${id}/reopen`)
  await tess(`PUT /tickets/${id}`, { status: 'resolved', resolution_summary: 'Changed the switch as well.' })
  await cora(`POST /tickets/${id}/close`)
  await cora('POST /tickets', { ...keyed.body, follow_up_of: id })
  return id
}

/** Tickets with links, tags, watchers and merges, and a deleted ticket. */
const relate = async ({ olive, carl, sam, ids }: Gathering): Promise<void> => {
  const create = async (call: Caller, subject: string): Promise<string> =>
    (await call('POST /tickets', { subject, issue_category: 'Printer', issue_description: `${subject}, once more.` }))
      .ticket_id
  const all: string[] = []
  for (const subject of ['Paper jam', 'Paper jam again', 'Toner', 'Blank pages', 'By mistake', 'Left behind']) {
    all.push(await create(carl, subject))
  }
  const [jam, again, toner, blank, mistake, left] = all
  await olive(`PUT /tickets/${toner}/links/related/${blank}`)
  await olive(`PUT /tickets/${toner}/links/parent/${jam}`)
  await olive(`PUT /tickets/${blank}/links/duplicate/${jam}`)
  await olive(`PUT /tickets/${left}/links/related/${blank}`)
  await olive(`DELETE /tickets/${left}/links/related/${blank}`)
  for (const tag of ['tray two', 'über'] as const) await olive(`PUT /tickets/${jam}/tags/${encodeURIComponent(tag)}`)
  await olive(`DELETE /tickets/${jam}/tags/${encodeURIComponent('tray two')}`)
  await olive(`PUT /tickets/${jam}/watchers/${ids.tess.technician_id}`)
  await olive(`PUT /tickets/${jam}/watchers/${annexAdmin}`)
  await olive(`DELETE /tickets/${jam}/watchers/${annexAdmin}`)
  await olive(`POST /tickets/${again}/merge`, { into: jam })
  await carl(`POST /tickets/${again}/comments`, { body: 'Written on the merged one.', visibility: 'public' })
  await olive(`POST /tickets/${blank}/merge`, { into: jam })
  await olive(`POST /tickets/${blank}/unmerge`)
  await olive(`DELETE /tickets/${mistake}`)
  await olive(`PUT /tickets/${left}`, { technician_id: ids.gone.technician_id })
  await olive(`DELETE /technicians/${ids.gone.technician_id}`)
  await create(sam, 'The third mail to a slow address')
}

/** Fills the annex, whose admin exists already. Answers with what the upgrade test continues with. */
export const fillAnnex = async (
  url: string,
  password: string,
): Promise<Pick<Header, 'refresh_token' | 'keyed'> & { olive: Caller; cora: Caller }> => {
  const people = await gather(url, password)
  const { guest, olive, cora, carl, wim, ids } = people
  const ticketId = await liveThrough(url, people)
  await relate(people)
  await olive(`PUT /technicians/${ids.tim.technician_id}`, { available: false })
  const { customers } = await olive('GET /customers?q=wim')
  await olive(`PATCH /customers/${customers[0].customer_id}`, { name: 'Wim Who Leaves' })
  await wim('POST /auth/logout')
  await olive(`DELETE /customers/${customers[0].customer_id}`)
  await guest('POST /auth/login', { user_id_or_email: addressOf('cora'), password: 'not-hers-at-all' }).catch(() => {})
  await carl('POST /auth/password/change', { current_password: 'not-his', password }).catch(() => {})
  await carl('POST /auth/password/change', { current_password: password, password })
  await guest('POST /auth/password/forgot', { email: addressOf('sam.slow') })
  const stolen = await signIn(url, password, addressOf('carl'))
  await guest('POST /auth/refresh', { refresh_token: stolen.refreshToken })
  await guest('POST /auth/refresh', { refresh_token: stolen.refreshToken }).catch(() => {})
  const { refreshToken } = await signIn(url, password, addressOf('carl'))
  return {
    refresh_token: refreshToken,
    keyed: { by: addressOf('cora'), ...keyed, ticket_id: ticketId },
    ...{ olive, cora },
  }
}
