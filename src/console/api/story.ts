import { type ApiClient, createApiClient } from './api-client.ts'

/** Somebody who signs in. */
export interface Visitor {
  tenant: string
  name: string
  password: string
}

/** The answer of a request that must succeed. */
const answer = <T>({ data, error }: { data?: T; error?: { detail: string } }): T => {
  if (data === undefined) throw new Error(error?.detail ?? 'There was no answer.')
  return data
}

const signIn = async (baseUrl: string, { tenant, name, password }: Visitor): Promise<ApiClient> => {
  const reply = await createApiClient(baseUrl).POST('/auth/login', {
    params: { header: { 'X-Tenant': tenant } },
    body: { user_id_or_email: name, password },
  })
  const session = answer(reply)
  if (!('token' in session)) throw new Error('The session is in a cookie.')
  return createApiClient(baseUrl, { Authorization: `Bearer ${session.token}` })
}

/** Why a change was refused, by the code of the problem. Each code has its own members. */
const refusal = async (api: ApiClient, ticketId: string, etag: string): Promise<string> => {
  const { error } = await api.PATCH('/tickets/{ticketId}', {
    params: { path: { ticketId }, header: { 'If-Match': etag } },
    body: { priority: 'low' },
  })
  if (error?.code === 'stale_version') {
    const { current_version, changed } = error
    return `version ${current_version} has another ${changed.map(({ field }) => field).join()}`
  }
  if (error?.code === 'illegal_transition') return `no way from ${error.from} to ${error.to}`
  return error?.detail ?? 'nothing was refused'
}

/** A customer creates a ticket, an admin finds and changes it, and the customer comments. Says what everybody read. */
export const tellStory = async (baseUrl: string, customer: Visitor, admin: Visitor) => {
  const cleo = await signIn(baseUrl, customer)
  const created = answer(
    await cleo.POST('/tickets', {
      params: { header: { 'Idempotency-Key': crypto.randomUUID() } },
      body: { issue_category: 'Network', issue_description: 'The network is slow.', priority: 'normal' },
    }),
  )
  const ticketId = created.ticket_id

  const ada = await signIn(baseUrl, admin)
  const query = { status: ['new' as const, 'assigned' as const], merged: false, limit: 5 }
  const { tickets, page } = answer(await ada.GET('/tickets', { params: { query } }))
  const read = await ada.GET('/tickets/{ticketId}', { params: { path: { ticketId } } })
  const etag = read.response.headers.get('ETag') ?? ''
  const change = { params: { path: { ticketId }, header: { 'If-Match': etag } }, body: { priority: 'high' as const } }
  const changed = answer(await ada.PATCH('/tickets/{ticketId}', change))
  const refused = await refusal(ada, ticketId, etag)

  const body = { body: 'Since the new router came.', visibility: 'public' as const }
  const comment = answer(await cleo.POST('/tickets/{ticketId}/comments', { params: { path: { ticketId } }, body }))
  const { history } = answer(
    await cleo.GET('/tickets/{ticketId}/history', { params: { path: { ticketId }, query: { limit: 10 } } }),
  )
  const types = history.map(({ type }) => type)
  return { ticketId, listed: tickets.map(({ ticket_id }) => ticket_id), page, changed, refused, comment, types }
}
