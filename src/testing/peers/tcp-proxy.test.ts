import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts'

let server: Server
let proxy: TcpProxy
/** The bytes that the server got, over all connections. */
let received: string
let lineEnded: Promise<void>

const open = async (): Promise<Socket> => {
  const socket = connect(proxy.port, '127.0.0.1').setEncoding('utf8')
  await once(socket, 'connect')
  return socket
}

beforeEach(async () => {
  received = ''
  const { promise, resolve } = Promise.withResolvers<void>()
  lineEnded = promise
  server = createServer((socket) => {
    socket.setEncoding('utf8')
    socket.on('error', () => {})
    socket.on('data', (text: string) => {
      received += text
      socket.write(text.toUpperCase())
    })
    socket.once('close', () => resolve())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  proxy = await startTcpProxy('127.0.0.1', (server.address() as AddressInfo).port)
})

afterEach(async () => {
  await proxy.stop()
  server.close()
})

test('a proxy that delays hands on everything, late and in its order', async () => {
  const [late, prompt] = [await open(), await open()]
  await proxy.become({ delayMs: 500 })
  late.write('late ')
  await sleep(100)
  await proxy.become('pass')
  late.write('and in order')
  prompt.write('prompt, ')
  while (received.length < 25) await sleep(10)
  expect(received).toBe('prompt, late and in order')
  for (const socket of [late, prompt]) socket.destroy()
})

test('a proxy that cuts after so many bytes hands on those, and resets the line', async () => {
  const socket = await open()
  await proxy.become({ cutAfterBytes: 5 })
  const failure = once(socket, 'error')
  socket.write('12345678')
  expect(await failure).toMatchObject([{ code: 'ECONNRESET' }])
  await lineEnded
  expect(received).toBe('12345')
})

test('a proxy that looks for something hands it on and cuts the line before the answer', async () => {
  const socket = await open()
  await proxy.become({ cutOn: (part) => part.includes('COMMIT') })
  socket.write('BEGIN ')
  expect(await once(socket, 'data')).toEqual(['BEGIN '])
  let answered = ''
  socket.on('data', (text: string) => {
    answered += text
  })
  const failure = once(socket, 'error')
  socket.write('COMMIT')
  expect(await failure).toMatchObject([{ code: 'ECONNRESET' }])
  await lineEnded
  expect([received, answered]).toEqual(['BEGIN COMMIT', ''])
})
