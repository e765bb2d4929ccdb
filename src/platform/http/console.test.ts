import { mkdir, mkdtemp, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createApp, middleware } from '../../app.ts'
import { endpoints, gate, pages } from '../../modules.ts'
import { spellings } from '../../testing/fuzz/spellings.ts'
import { createWorld } from '../../testing/support/people.ts'
import { createRawClient } from '../../testing/support/raw-requests.ts'
import { type Desk, platformToken, startDesk } from '../../testing/support/workspace.ts'
import type { App } from '../app-context.ts'
import { readConfig } from '../config.ts'
import { serveConsole, stateOfConsole } from './console.ts'
import { startServer, type WebServer } from './server.ts'

// How the build of the console is served. The build here is a small one of the test's own.

const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'
const script = `console.log('started')${' '.repeat(2_000)}`
const index = '<!doctype html><html lang="en"><head><base href="/"><title>Desk</title></head><body></body></html>'

let folder: string
let desk: Desk
const servers: WebServer[] = []

/** A web program on the desk's database with other settings and another folder of the build; its address. */
const serve = async (settings: Partial<App['config']> = {}, built = folder): Promise<string> => {
  const app = { ...desk.app, config: { ...desk.app.config, CONSOLE: true, ...settings } }
  const steps = middleware.map((step) =>
    step.name === 'console' ? { ...step, handler: (own: App) => serveConsole(own, gate, pages, built) } : step,
  )
  const server = await startServer(createApp(app, steps), '127.0.0.1', 0)
  servers.push(server)
  return `http://127.0.0.1:${server.port}`
}

let url: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'counterdesk-console-'))
  await mkdir(join(folder, 'assets'))
  const files = { 'index.html': index, 'icon.svg': '<svg/>', '.hidden': 'x', 'assets/main-1a2b3c4d.js': script }
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  await writeFile(join(folder, 'assets/main-1a2b3c4d.js.br'), brotliCompressSync(script))
  await writeFile(join(folder, 'assets/main-1a2b3c4d.js.gz'), gzipSync(script))
  desk = await startDesk({ withWorker: false, settings: { CORS_ORIGINS: 'https://www.example.com' } })
  url = await serve()
})
afterAll(async () => {
  for (const server of servers) await server.stop(0)
  await desk?.stop()
  await rm(folder, { recursive: true })
})

interface Raw {
  status: number
  headers: IncomingMessage['headers']
  bytes: Buffer
  text: string
}

/** Asks without the decompression of `fetch`, and with any Host. */
const ask = (path: string, headers: Record<string, string> = {}, method = 'GET', at = url): Promise<Raw> =>
  new Promise((resolve, reject) => {
    const sent = httpRequest(`${at}${path}`, { method, headers }, async (response) => {
      const bytes = await buffer(response)
      resolve({ status: response.statusCode ?? 0, headers: response.headers, bytes, text: bytes.toString() })
    })
    sent.once('error', reject).end()
  })

const shown = (path: string, headers: Record<string, string> = {}, at = url): Promise<Raw> =>
  ask(path, { Accept: browser, ...headers }, 'GET', at)

const isConsole = ({ status, text }: Raw): boolean => status === 200 && text.includes('<title>Desk</title>')

describe('the page', () => {
  test('stands at every address of the console, for whoever asks for HTML', async () => {
    const addresses = [
      '/',
      '/signin',
      '/tickets',
      '/tickets/',
      '/tickets/TKT0001?view=mine',
      '/password/reset?token=a.b',
      '/a/b/c',
    ]
    for (const address of addresses) expect(isConsole(await shown(address)), address).toBe(true)
    for (const accept of ['application/json', '*/*', 'application/problem+json', 'text/css']) {
      const { status, headers, text } = await ask('/tickets', { Accept: accept })
      expect([status, headers['content-type'], JSON.parse(text).code], accept).toEqual([
        404,
        'application/problem+json; charset=utf-8',
        'route_not_found',
      ])
    }
  })

  test('answers HEAD, and no other method', async () => {
    const { status, headers, bytes } = await ask('/board', { Accept: browser }, 'HEAD')
    expect([status, headers['content-type'], bytes.length]).toEqual([200, 'text/html; charset=utf-8', 0])
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
      expect((await ask('/', { Accept: browser }, method)).status, method).toBe(405)
      expect((await ask('/board', { Accept: browser }, method)).status, method).toBe(404)
    }
  })

  test('has the strictest policy, and is asked for again each time', async () => {
    const { headers } = await shown('/')
    expect(headers).toMatchObject({
      'cache-control': 'no-cache',
      'referrer-policy': 'no-referrer',
      'x-frame-options': 'DENY',
    })
    expect(String(headers['content-security-policy']).split('; ')).toEqual([
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "img-src 'self' blob:",
      "connect-src 'self'",
      "manifest-src 'self'",
      "base-uri 'self'",
      "form-action 'self'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
      'trusted-types svelte-trusted-html',
    ])
    expect(headers.vary).toBe('Origin, Accept, Accept-Encoding')
    const again = await shown('/', { 'If-None-Match': headers.etag ?? '' })
    expect([again.status, again.bytes.length]).toEqual([304, 0])
  })

  test('may send files to the store that is set, and show pictures of it', async () => {
    const at = await serve({ S3_ENDPOINT: 'https://s3.example.com:9000/some/path' })
    const policy = String((await shown('/', {}, at)).headers['content-security-policy'])
    expect(policy).toContain("img-src 'self' blob: https://s3.example.com:9000;")
    expect(policy).toContain("connect-src 'self' https://s3.example.com:9000;")
  })

  test('comes packed', async () => {
    const plain = (await shown('/')).text
    const unpack = { br: brotliDecompressSync, gzip: gunzipSync }
    for (const [encoding, open] of Object.entries(unpack)) {
      const { headers, bytes } = await shown('/', { 'Accept-Encoding': encoding })
      expect([headers['content-encoding'], open(bytes).toString()]).toEqual([encoding, plain])
    }
  })

  test('counts for the limit of requests by the address, and says so as a page', async () => {
    const at = await serve({ RATE_LIMIT_REQUESTS_PER_MINUTE: 2 })
    expect([isConsole(await shown('/', {}, at)), isConsole(await shown('/tickets', {}, at))]).toEqual([true, true])
    for (const _ of [1, 2, 3]) expect((await ask('/assets/main-1a2b3c4d.js', {}, 'GET', at)).status).toBe(200)
    const { status, headers, text } = await shown('/', {}, at)
    expect([status, headers['content-type']]).toEqual([429, 'text/html; charset=utf-8'])
    expect(text).toContain('Too many attempts')
  })
})

describe('the base of its addresses', () => {
  test.each([
    ['https://desk.example.com', '/'],
    ['https://www.example.com/help', '/help/'],
    ['https://www.example.com/a&b/"c', '/a&amp;b/%22c/'],
  ])('of %s is %s', async (PUBLIC_URL, base) => {
    const { text } = await shown('/tickets/TKT0001', {}, await serve({ PUBLIC_URL }))
    expect(text.match(/<base [^>]*>/g)).toEqual([`<base href="${base}">`])
    expect(text).toMatch(/<head>\s*<base /)
  })

  test('is that of the tenant below its address, which the page is told, and each place has a page of its own', async () => {
    const { slug, tenantId } = await createWorld(desk)
    const at = await serve({ PUBLIC_URL: 'https://www.example.com/help' })
    const meta = `<meta name="counterdesk-tenant" content="${slug}">`
    const below = await shown(`/t/${slug}/tickets`, {}, at)
    expect(below.text).toContain(`<base href="/help/t/${slug}/">\n    ${meta}`)
    await desk.owner.query('update tenants set host = $2 where tenant_id = $1', [tenantId, `${slug}.example`])
    desk.app.tenants.clear()
    const atHost = await shown('/tickets', { Host: `${slug}.example` }, at)
    expect(atHost.text).toContain(`<base href="/">\n    ${meta}`)
    const usual = await shown('/tickets', {}, at)
    expect([usual.text.includes('<base href="/help/">'), usual.text.includes('counterdesk-tenant')]).toEqual([
      true,
      false,
    ])
    expect(new Set([below, atHost, usual].map(({ headers }) => headers.etag)).size).toBe(3)
    expect(new Set([below, atHost, usual].map(({ headers }) => headers.vary))).toEqual(new Set([usual.headers.vary]))
    expect((await ask(`/t/${slug}/assets/main-1a2b3c4d.js`, {}, 'GET', at)).status).toBe(200)
    for (const path of ['/t/nobody/', '/t/nobody/tickets', '/t/', '/t', '/T/x/', `/t/${slug}/t/${slug}/`]) {
      expect((await shown(path, {}, at)).status, path).toBe(404)
    }
  })

  test('has the word that the operator has a token, at the address of the program alone', async () => {
    const { slug } = await createWorld(desk)
    const word = '<meta name="counterdesk-operator" content="served">'
    const at = await serve({ PLATFORM_TOKEN: platformToken })
    expect((await shown('/platform', {}, at)).text).toContain(word)
    expect((await shown(`/t/${slug}/platform`, {}, at)).text).not.toContain('counterdesk-operator')
    expect((await shown('/platform', {}, await serve({ PLATFORM_TOKEN: undefined }))).text).not.toContain(
      'counterdesk-operator',
    )
  })

  test('has the word that no mail leaves beside it, where no mail server is set', async () => {
    const pageWith = async (settings: Record<string, string>) => (await shown('/', {}, await serve(settings))).text
    expect(await pageWith({})).toContain('<meta name="counterdesk-mails" content="kept">')
    expect(await pageWith({ SMTP_URL: 'smtp://127.0.0.1:1' })).not.toContain('counterdesk-mails')
  })

  test('comes from the settings, whatever a request says of its host, and a cache cannot be given another', async () => {
    const usual = await shown('/')
    const evil = 'evil.example'
    const lies: Record<string, string>[] = [
      { Host: evil },
      { 'X-Forwarded-Host': evil, 'X-Forwarded-Proto': 'http', 'X-Forwarded-Prefix': '/evil' },
      { 'X-Forwarded-Server': evil, 'X-Host': evil, 'X-Original-Host': evil },
      { Forwarded: `host=${evil};proto=http` },
      { 'X-Original-URL': `//${evil}/`, 'X-Rewrite-URL': `//${evil}/` },
      { Origin: 'https://www.example.com' },
      { Origin: `https://${evil}` },
      { Cookie: 'counterdesk_session=x', Authorization: 'Bearer x' },
      { 'X-Tenant': evil },
      { 'Accept-Language': 'de' },
      { 'X-HTTP-Method-Override': 'DELETE' },
    ]
    for (const headers of lies) {
      const { status, text, headers: answered } = await shown('/', headers)
      expect([status, text], JSON.stringify(headers)).toEqual([200, usual.text])
      expect(JSON.stringify(answered), JSON.stringify(headers)).not.toContain(evil)
      expect(answered['set-cookie']).toBeUndefined()
    }
    const { status, text } = await shown('/', { Host: `desk.example.com@${evil}` })
    expect(status).toBe(400)
    expect(text).not.toContain(evil)
  })
})

describe('the files', () => {
  const path = '/assets/main-1a2b3c4d.js'

  test('with a hash in their name are kept for ever by every cache, packed', async () => {
    for (const [accepted, encoding] of [
      ['br, gzip', 'br'],
      ['gzip', 'gzip'],
      ['br;q=0, gzip', 'gzip'],
      ['', undefined],
    ]) {
      const { status, headers } = await ask(path, { 'Accept-Encoding': accepted ?? '' })
      expect([
        status,
        headers['content-encoding'],
        headers['content-type'],
        headers['cache-control'],
        headers.vary,
      ]).toEqual([200, encoding, 'text/javascript', 'public, max-age=31536000, immutable', 'Accept-Encoding'])
      expect(headers['x-content-type-options']).toBe('nosniff')
    }
    const { headers } = await ask('/icon.svg')
    expect([headers['cache-control'], headers['content-type']]).toEqual(['no-cache', 'image/svg+xml'])
  })

  test('are the same for everybody, because a cache keeps them: for no origin, with no cookie', async () => {
    const { headers } = await ask(path, { Origin: 'https://www.example.com', Cookie: 'counterdesk_session=x' })
    expect(Object.keys(headers).filter((name) => /^access-control-allow|set-cookie/.test(name))).toEqual([])
  })

  test('answer HEAD and conditions, whole, whatever range is asked for', async () => {
    const head = await ask(path, {}, 'HEAD')
    expect([head.status, head.headers['content-length'], head.bytes.length]).toEqual([200, String(script.length), 0])
    expect((await ask(path, { 'If-None-Match': head.headers.etag ?? '' })).status).toBe(304)
    for (const range of ['bytes=0-4', 'bytes=9-2', 'bytes=-5', 'bytes=99999-', 'bytes=a-b', 'x']) {
      expect([(await ask(path, { Range: range })).bytes.length, range]).toEqual([script.length, range])
    }
  })

  test('that are not there, are not files or are not spelled plainly are a problem, and never the page', async () => {
    const none = [
      '/assets/nope.js',
      '/assets/',
      '/assets',
      '/assets/main-1a2b3c4d.js.br',
      '/assets/main-1a2b3c4d.js.gz',
      '/nope.js',
      '/assets//main-1a2b3c4d.js',
      '/assets/main-1a2b3c4d%2ejs',
      '/assets/%2e%2e/index.html',
      '/assets/..%2findex.html',
      '/.hidden',
      '/index.html',
      '/index.html/',
      '/index%2ehtml',
      '/.env',
      '/.git/config',
      '/package.json',
      '/..%2f..%2fpackage.json',
      '/favicon.ico',
      '/.well-known/security.txt',
      '/tickets/x.php',
    ]
    for (const address of none) {
      for (const accept of [browser, '*/*']) {
        const answer = await ask(address, { Accept: accept })
        expect([answer.status, isConsole(answer), answer.text.includes('started')], address).toEqual([
          404,
          false,
          false,
        ])
        expect(answer.headers['cache-control'], address).toBe('no-store')
      }
    }
    expect(JSON.parse((await ask('/assets/nope.js', { Accept: '*/*' })).text).code).toBe('route_not_found')
  })

  test('of a build that was replaced in place are missing, and never another or a part of it', async () => {
    const own = await mkdtemp(join(tmpdir(), 'counterdesk-console-'))
    await mkdir(join(own, 'assets'))
    const names = ['gone', 'shorter', 'longer', 'same']
    const hashed = names.map((name) => `assets/${name}-5e6f7a8b.js`)
    for (const name of [...hashed, 'first-paint.js', 'gone.js']) await writeFile(join(own, name), script)
    await writeFile(join(own, 'assets/shorter-5e6f7a8b.js.br'), brotliCompressSync(script))
    await writeFile(join(own, 'index.html'), index)
    const at = await serve({}, own)
    await rename(join(own, 'assets/gone-5e6f7a8b.js'), join(own, 'assets/moved.js'))
    await rm(join(own, 'gone.js'))
    for (const name of ['assets/shorter-5e6f7a8b.js', 'assets/shorter-5e6f7a8b.js.br'])
      await truncate(join(own, name), 9)
    await writeFile(join(own, 'assets/longer-5e6f7a8b.js'), `${script}${script}`)
    await writeFile(join(own, 'first-paint.js'), 'x')
    for (const encoding of ['', 'br']) {
      const answers: Record<string, [number, string]> = {}
      for (const path of [...hashed, 'assets/moved.js', 'first-paint.js', 'gone.js']) {
        const { status, text } = await ask(`/${path}`, { 'Accept-Encoding': encoding }, 'GET', at)
        answers[path] = [status, status === 200 ? text : JSON.parse(text).code]
      }
      const missing = [404, 'route_not_found']
      expect(answers).toEqual({
        ...Object.fromEntries([...hashed, 'assets/moved.js'].map((path) => [path, missing])),
        'assets/same-5e6f7a8b.js': [200, script],
        'first-paint.js': [200, script],
        'gone.js': [200, script],
      })
    }
    expect(isConsole(await shown('/', {}, at))).toBe(true)
    await rm(own, { recursive: true })
  })
})

describe('what is not the console', () => {
  /** Where something else stands, each as it is and with what may follow. */
  const others = [
    '/api',
    '/health',
    '/ready',
    '/metrics',
    '/openapi.json',
    '/docs',
    '/version',
    '/api-docs',
    '/unsubscribe',
  ]

  test('stands where it stood, for a browser, too', async () => {
    const types: Record<string, string> = { '/unsubscribe': 'text/html', '/metrics': 'text/plain' }
    for (const address of ['/health', '/openapi.json', '/version', '/api/docs', '/unsubscribe', '/metrics']) {
      const answer = await shown(address)
      expect(isConsole(answer), address).toBe(false)
      expect(answer.headers['content-type'], address).toContain(
        types[address] ?? (address === '/api/docs' ? 'html' : 'json'),
      )
    }
    for (const first of others) {
      for (const address of [`${first}/nothing`, `${first}/`, first.toUpperCase(), `${first.toUpperCase()}/x`]) {
        expect(isConsole(await shown(address)), address).toBe(false)
      }
    }
  })

  test('includes all of the API in every spelling', async () => {
    const client = createRawClient(Number(new URL(url).port))
    const wrong: string[] = []
    for (const [name, spell] of Object.entries(spellings)) {
      for (const path of ['/api/tickets', '/api/nothing', '/api']) {
        const head = `GET ${spell(path)} HTTP/1.1\r\nHost: desk.example.com\r\nAccept: ${browser}\r\n\r\n`
        const { body } = await client.ask(head)
        if (body.includes('<title>Desk</title>')) wrong.push(`${name}: ${path}`)
      }
    }
    client.close()
    expect(wrong).toEqual([])
  })

  test('includes every address outside the API that the program serves', async () => {
    const outside = endpoints.filter(({ standing }) => standing !== undefined).map(({ path }) => path)
    const beside = pages.filter(({ isBesideConsole }) => isBesideConsole).map(({ path }) => path)
    expect(outside.length).toBeGreaterThan(2)
    expect(beside).toEqual(['/unsubscribe'])
    for (const path of [...outside, ...beside]) expect(isConsole(await shown(path)), path).toBe(false)
  })

  test('includes the small pages, for whoever sends a form of one', async () => {
    const answer = await ask('/password/forgot', { Accept: '*/*' })
    expect([answer.status, answer.headers['content-type'], isConsole(answer)]).toEqual([
      200,
      'text/html; charset=utf-8',
      false,
    ])
  })
})

describe('without the console', () => {
  test('a build that is missing is said at the root, with the command, and all else goes on', async () => {
    const at = await serve({}, join(folder, 'nothing'))
    const { status, text } = await shown('/', {}, at)
    expect([status, text.includes('npm run build:console')]).toEqual([200, true])
    expect((await shown('/?lang=de', {}, at)).text).toContain('Die Oberfläche ist nicht gebaut')
    expect((await ask('/health', {}, 'GET', at)).status).toBe(200)
    expect((await ask('/', { Accept: 'application/json' }, 'GET', at)).status).toBe(404)
    expect((await shown('/password/forgot', {}, at)).text).toContain('<form')
    expect(stateOfConsole({ ...desk.app.config, CONSOLE: true }, join(folder, 'nothing'))).toBe('not built')
  })

  test('CONSOLE=false leaves the small pages where they are', async () => {
    const at = await serve({ CONSOLE: false })
    expect((await shown('/', {}, at)).text).toContain('This is a helpdesk')
    expect((await ask('/assets/main-1a2b3c4d.js', {}, 'GET', at)).status).toBe(404)
    expect(stateOfConsole(desk.app.config, folder)).toBe('off')
    expect(readConfig({}).CONSOLE).toBe(true)
    expect(() => readConfig({ CONSOLE: 'no' })).toThrow(/^CONSOLE: /)
  })
})
