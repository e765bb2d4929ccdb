import { request as httpRequest, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import type { World } from './people.ts'
import type { Desk } from './workspace.ts'

/** An answer as it came, redirects too. */
export interface HostAnswer {
  status: number
  headers: IncomingMessage['headers']
  text: string
  /** The code of a problem. */
  code: string | undefined
  /** The names of the cookies that the answer sets or clears. */
  cookies: string[]
}

interface Asking {
  method?: string
  headers?: Record<string, string>
  /** Sent as JSON, or as it is when it is a text. */
  body?: unknown
  /** From which address of this machine it is asked. */
  localAddress?: string
}

/** Asks for a path in its own spelling. */
export type Asker = (path: string, asking?: Asking) => Promise<HostAnswer>

/** Asks a desk with any header `Host`, which `fetch` does not send. */
export const askerOf = (desk: Pick<Desk, 'url'>): Asker => {
  const { hostname, port } = new URL(desk.url)
  return (path, { method, headers = {}, body, localAddress } = {}) =>
    new Promise((resolve, reject) => {
      const content = body === undefined || typeof body === 'string' ? body : JSON.stringify(body)
      const type = content === undefined ? {} : { 'Content-Type': 'application/json' }
      const usual = content === undefined ? 'GET' : 'POST'
      // A URL would be put into its plain spelling.
      const target = { hostname, port, path, localAddress, method: method ?? usual, headers: { ...type, ...headers } }
      const sent = httpRequest(target, async (response) => {
        const read = await text(response)
        const isJson = /json/.test(response.headers['content-type'] ?? '')
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: read,
          code: isJson ? JSON.parse(read).code : undefined,
          cookies: (response.headers['set-cookie'] ?? []).map((cookie) => cookie.split('=')[0] ?? ''),
        })
      })
      sent.once('error', reject).end(content)
    })
}

/** Maps a host to a tenant, or takes its host away. */
export const mapHost = async (desk: Desk, { tenantId }: World, host: string | null): Promise<void> => {
  await desk.owner.query('update tenants set host = $2 where tenant_id = $1', [tenantId, host])
  desk.app.tenants.clear()
}
