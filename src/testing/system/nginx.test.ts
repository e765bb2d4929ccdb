import { spawn, spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http'
import { get } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findFreePort } from '../../platform/free-port.ts'
import { createAuthority } from '../support/certificates.ts'
import { until } from '../support/waiting.ts'

// `scripts/deploy/nginx.conf` in a real nginx, with other ports and a certificate of ours, in front of a server that
// keeps what reached it. Skipped where nginx is not installed.

const isHere = spawnSync('nginx', ['-v'], { stdio: 'ignore' }).error === undefined

describe.skipIf(!isHere)('behind nginx as the example has it', () => {
  const host = 'desk.example.com'
  let folder: string
  let port: number
  let plainPort: number
  let backend: Server
  let nginx: ReturnType<typeof spawn>
  let said = ''
  const reached: { path: string; headers: IncomingHttpHeaders; response: ServerResponse }[] = []
  const address = (path: string, headers: Record<string, string> = {}) =>
    ({
      host: '127.0.0.1',
      port,
      path,
      servername: host,
      rejectUnauthorized: false,
      headers: { host, ...headers },
    }) as const

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'counterdesk-nginx-'))
    backend = createServer((request, response) => {
      reached.push({ path: request.url ?? '', headers: request.headers, response })
      if (request.url?.includes('/stream'))
        response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': here\n\n')
      else response.end('answered')
    })
    await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve))
    port = await findFreePort()
    do plainPort = await findFreePort()
    while (plainPort === port)
    const { certificate, key } = createAuthority('nginx').issue([host])
    await writeFile(join(folder, 'cert.pem'), certificate)
    await writeFile(join(folder, 'key.pem'), key)
    const example = await readFile(new URL('../../../scripts/deploy/nginx.conf', import.meta.url), 'utf8')
    const server = example
      .replace('server 127.0.0.1:5000;', `server 127.0.0.1:${(backend.address() as AddressInfo).port};`)
      .replace('listen 80;', `listen 127.0.0.1:${plainPort};`)
      .replace('listen 443 ssl', `listen 127.0.0.1:${port} ssl`)
      .replace(/ssl_certificate .*;/, `ssl_certificate ${folder}/cert.pem;`)
      .replace(/ssl_certificate_key .*;/, `ssl_certificate_key ${folder}/key.pem;`)
      .replace('/var/log/nginx/access.log', `${folder}/streams.log`)
    const kept = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (name) => `${name}_temp_path ${folder}/${name};`,
    )
    const rest = `worker_processes 1; daemon off; pid ${folder}/pid; error_log stderr; events {}`
    await writeFile(join(folder, 'nginx.conf'), `${rest}\nhttp { access_log off; ${kept.join(' ')}\n${server}}\n`)
    const options = ['-e', 'stderr', '-p', folder, '-c', join(folder, 'nginx.conf')]
    const checked = spawnSync('nginx', ['-t', ...options], { encoding: 'utf8' })
    if (checked.status !== 0) throw new Error(checked.stderr)
    nginx = spawn('nginx', options, { stdio: ['ignore', 'ignore', 'pipe'] })
    nginx.stderr?.on('data', (text) => {
      said += text
    })
    await until('nginx answers', () =>
      ask('/').then(
        () => true,
        () => false,
      ),
    )
  })
  afterAll(async () => {
    if (nginx !== undefined && nginx.exitCode === null) {
      const ended = new Promise((resolve) => nginx.once('exit', resolve))
      nginx.kill('SIGTERM')
      await ended
    }
    backend?.closeAllConnections()
    await new Promise((resolve) => backend.close(resolve))
    await rm(folder, { recursive: true, force: true })
  })

  const ask = (path: string, headers?: Record<string, string>): Promise<number> =>
    new Promise((resolve, reject) => {
      get(address(path, headers), (answer) => {
        answer.resume().once('end', () => resolve(answer.statusCode ?? 0))
      }).once('error', reject)
    })

  test('what a client says of its address does not reach the program', async () => {
    const lies = { 'x-forwarded-for': '198.51.100.9', 'x-forwarded-proto': 'http', forwarded: 'for=198.51.100.9' }
    expect(await ask('/api/lies', lies)).toBe(200)
    const headers = reached.at(-1)?.headers ?? {}
    expect(headers['x-forwarded-for']).toBe('127.0.0.1')
    expect(headers['x-forwarded-proto']).toBe('https')
    expect(headers.forwarded).toBeUndefined()
    expect(headers.host).toBe(host)
  })

  test.each(['/api/events/stream', '/api/v1/events/stream', '/t/acme/api/events/stream'])(
    '%s is passed on as it comes, and its pass is in no log',
    async (path) => {
      const first = await new Promise<string>((resolve, reject) => {
        const request = get(address(`${path}?pass=secret-pass`), (answer) => {
          answer.once('data', (chunk) => {
            resolve(String(chunk))
            request.destroy()
          })
        }).once('error', reject)
        request.setTimeout(10_000, () => request.destroy(new Error('nothing came within ten seconds')))
      })
      // The server has not ended its answer: only a proxy that does not buffer has passed this on.
      expect(first).toBe(': here\n\n')
      expect(reached.at(-1)?.response.writableEnded).toBe(false)
      const log = join(folder, 'streams.log')
      await until('the stream is logged', async () => (await readFile(log, 'utf8')).includes(`GET ${path}"`))
      expect(await readFile(log, 'utf8')).not.toContain('secret-pass')
    },
  )

  test.each(['/metrics', '/metrics/', '/%6detrics', '//metrics', '/x/../metrics'])('%s stays hidden', async (path) => {
    const before = reached.length
    expect(await ask(path)).toBe(404)
    expect(reached).toHaveLength(before)
  })

  test('http leads to https, whatever the Host', async () => {
    const answer = await fetch(`http://127.0.0.1:${plainPort}/tickets?q=1`, { redirect: 'manual' })
    expect([answer.status, answer.headers.get('location')]).toEqual([308, `https://${host}/tickets?q=1`])
    expect(said).not.toMatch(/\[(?:emerg|alert|crit)\]/)
  })
})
