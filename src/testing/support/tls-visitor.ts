import type { IncomingHttpHeaders } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { buffer } from 'node:stream/consumers'
import type { TlsProxy } from '../peers/tls-proxy.ts'

/** An answer as a visitor got it. */
export interface Visited {
  status: number
  headers: IncomingHttpHeaders
  bytes: Buffer
  text: string
  /** Parsed JSON, or null. */
  body: ReturnType<typeof JSON.parse>
}

interface Going {
  method?: string
  headers?: Record<string, string>
  /** Sent as JSON, or as it is when it is bytes. */
  body?: unknown
}

/**
 * What goes to whole addresses as a browser does, and shows no picture: each host has cookies of its own, a request
 * that changes something says its `Origin`, and a cookie with `__Host-` is taken by the rule of that prefix only.
 */
export interface Visitor {
  /** Goes to an address. Redirects are not followed. */
  go(url: string, going?: Going): Promise<Visited>
  /** What calls the API that belongs to the page at an address, as its `<base href>` says. */
  opened(url: string): Promise<VisitedPage>
  /** The names of the cookies that the visitor keeps for a host. */
  cookies(host: string): string[]
}

/** A page, and the API below its address. */
export interface VisitedPage extends Visited {
  /** The address that `<base href>` says, with a slash at its end. */
  base: string
  /** Asks for a path below `/api`, from the origin of the page. */
  api(path: string, going?: Going): Promise<Visited>
}

type Jar = Map<string, string>

/** Keeps a cookie as a browser does (RFC 6265bis, 5.7). @throws Error for a cookie that a browser would drop. */
const keep = (jar: Jar, line: string): void => {
  const [pair = '', ...attributes] = line.split(/;\s*/)
  const [name = '', value = ''] = pair.split('=', 2)
  const has = (wanted: string): boolean => attributes.some((one) => one.toLowerCase() === wanted)
  const isOfHost = has('secure') && has('path=/') && !attributes.some((one) => /^domain=/i.test(one))
  if (name.startsWith('__Host-') && !isOfHost) throw new Error(`a browser drops the cookie ${line}`)
  if (value === '') jar.delete(name)
  else jar.set(name, value)
}

/** Makes a visitor who reaches every host through the proxy. */
export const createVisitor = (proxy: TlsProxy, always: Record<string, string> = {}): Visitor => {
  const jars = new Map<string, Jar>()
  const go: Visitor['go'] = (url, { method, headers = {}, body } = {}) =>
    new Promise((resolve, reject) => {
      const { hostname, host, origin, pathname, search } = new URL(url)
      const jar = jars.get(host) ?? new Map()
      jars.set(host, jar)
      const content = body === undefined || Buffer.isBuffer(body) ? body : JSON.stringify(body)
      const how = method ?? (content === undefined ? 'GET' : 'POST')
      const cookie = [...jar].map((pair) => pair.join('=')).join('; ')
      const sent = {
        Host: host,
        ...(cookie === '' ? {} : { Cookie: cookie }),
        ...(how === 'GET' ? {} : { Origin: origin, 'Sec-Fetch-Site': 'same-origin' }),
        ...(content === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...always,
        ...headers,
      }
      const way = { host: '127.0.0.1', port: proxy.port, servername: hostname, ca: proxy.authority, agent: false }
      const asked = httpsRequest(
        { ...way, method: how, path: `${pathname}${search}`, headers: sent },
        async (answer) => {
          try {
            for (const line of answer.headers['set-cookie'] ?? []) keep(jar, line)
            const bytes = await buffer(answer)
            const text = bytes.toString('utf8')
            const isJson = text !== '' && /json/.test(answer.headers['content-type'] ?? '')
            const parsed = isJson ? JSON.parse(text) : null
            resolve({ status: answer.statusCode ?? 0, headers: answer.headers, bytes, text, body: parsed })
          } catch (error) {
            reject(error)
          }
        },
      )
      asked.once('error', reject).end(content)
    })
  return {
    go,
    async opened(url) {
      const page = await go(url, { headers: { Accept: 'text/html' } })
      const [, href = './'] = /<base href="([^"]*)"/.exec(page.text) ?? []
      const base = new URL(href, url).href
      return { ...page, base, api: (path, going) => go(new URL(`api${path}`, base).href, going) }
    },
    cookies: (host) => [...(jars.get(host)?.keys() ?? [])],
  }
}
