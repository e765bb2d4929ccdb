import { once } from 'node:events'
import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { grantTime } from './request-time.ts'
import { startServer } from './server.ts'

test('a body that may be a large file has longer than others to come, and not for ever', async () => {
  const soon = { headerMs: 200, requestMs: 300, uploadMs: 60_000, idleMs: 60_000, checkMs: 50 }
  const server = await startServer(
    async (req, res) => {
      if (req.url === '/file') grantTime(req)
      const body = await text(req).catch(() => 'cut off')
      res.end(`got ${body}`)
    },
    '127.0.0.1',
    0,
    soon,
  )
  const begin = (path: string) => {
    const client = request({
      port: server.port,
      host: '127.0.0.1',
      path,
      method: 'PUT',
      headers: { 'Content-Length': 6 },
    })
    client.write('abc')
    return { client, reply: once(client, 'response') }
  }
  const [file, form] = [begin('/file'), begin('/form')]
  const [late] = await form.reply
  expect(late.statusCode).toBe(408)
  expect(JSON.parse(await text(late)).code).toBe('request_too_slow')
  file.client.end('def')
  const [inTime] = await file.reply
  expect([inTime.statusCode, await text(inTime)]).toEqual([200, 'got abcdef'])
  await server.stop(0)
})
