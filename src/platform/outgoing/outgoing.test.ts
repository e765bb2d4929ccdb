import { createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import ipaddr from 'ipaddr.js'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startWebhookReceiver, type WebhookReceiver } from '../../testing/peers/webhook-receiver.ts'
import { readConfig } from '../config.ts'
import { createOutgoing, type Outgoing } from './outgoing.ts'
import { faultOfUrl, isPublicAddress, outgoingRules } from './outgoing-rules.ts'

let receiver: WebhookReceiver
let allowed: Outgoing
let strict: Outgoing
beforeAll(async () => {
  receiver = await startWebhookReceiver()
  const settings = { JWT_SECRET: 'pq8Zr4-only-for-tests-8Wm2Yc6Tn0Lx5Kb9', WEBHOOK_PORTS: `443,${receiver.port}` }
  strict = createOutgoing(readConfig(settings))
  allowed = createOutgoing(readConfig({ ...settings, WEBHOOK_ALLOW_HOSTS: '127.0.0.1' }))
})
afterAll(async () => {
  await strict?.close()
  await allowed?.close()
  await receiver?.stop()
})

test.each(['nonsense', '', 'http://', '//127.0.0.1'])(
  'what is no URL is an outcome as well, and no fault is thrown: %j',
  async (url) => {
    expect(await allowed.post('1', url, {}, '{}')).toMatchObject({ status: null, fault: 'forbidden_address' })
  },
)

/** The last address of a network. */
const lastOf = ([address, bits]: [ipaddr.IPv4 | ipaddr.IPv6, number]): ipaddr.IPv4 | ipaddr.IPv6 =>
  ipaddr.fromByteArray(
    address.toByteArray().map((byte, index) => {
      const own = Math.min(Math.max(bits - index * 8, 0), 8)
      return byte | (0xff >> own)
    }),
  )

/** Ways to write an address of this machine, or of a network of the inside. */
const inward = [
  '127.0.0.1',
  '127.1',
  '127.0.1',
  '2130706433',
  '0x7f000001',
  '0x7f.1',
  '0177.0.0.1',
  '127.0.0.1.',
  '0',
  '0.0.0.0',
  '①②⑦.⓪.⓪.①',
  '127。0。0。1',
  'localhost',
  'LOCALHOST',
  'localhost.',
  'sub.localhost',
  '[::1]',
  '[::]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[0:0:0:0:0:ffff:127.0.0.1]',
  '[::127.0.0.1]',
  '[::7f00:1]',
  '[64:ff9b::7f00:1]',
  '[64:ff9b:1::7f00:1]',
  '[2002:7f00:1::]',
  '[2001:0:7f00:1::]',
  '[fc00::1]',
  '[fd00:ec2::254]',
  '[fe80::1]',
  '[fec0::1]',
  '[ff02::1]',
  '[4000::1]',
  '10.0.0.1',
  '100.64.0.1',
  '168.63.129.16',
  '[::ffff:168.63.129.16]',
  '192.80.8.124',
  '169.254.169.254',
  '172.16.0.1',
  '192.168.0.1',
  '192.0.0.1',
  '198.18.0.1',
  '224.0.0.1',
  '255.255.255.255',
]

test('no spelling of an inward address leads to a connection', async () => {
  const before = receiver.connections()
  for (const host of inward) {
    for (const scheme of ['http', 'https']) {
      const url = `${scheme}://${host}:${receiver.port}/`
      if (!URL.canParse(url)) continue
      const { status, fault } = await strict.post('1', url, {}, '{}')
      expect([url, status, fault]).toEqual([url, null, 'forbidden_address'])
    }
  }
  expect(receiver.connections()).toBe(before)
  expect((await allowed.post('1', receiver.url, {}, '{}')).status).toBe(200)
  expect(receiver.connections()).toBe(before + 1)
})

test('addresses are judged by what they are', () => {
  for (const good of ['8.8.8.8', '2606:4700::1111', '::ffff:8.8.8.8'])
    expect([good, isPublicAddress(good)]).toEqual([good, true])
  for (const bad of ['127.0.0.1', '::7f00:1', '4000::1', '64:ff9b::808:808', 'fe80::1%eth0', '', 'localhost']) {
    expect([bad, isPublicAddress(bad)]).toEqual([bad, false])
  }
})

/** The networks that Microsoft's library AntiSSRF refuses, and where clouds answer their machines. */
const specialNetworks = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '168.63.129.16/32', '169.254.0.0/16', '172.16.0.0/12'],
  ...['192.0.0.0/24', '192.0.2.0/24', '192.31.196.0/24', '192.52.193.0/24', '192.88.99.0/24', '192.168.0.0/16'],
  ...['192.175.48.0/24', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4'],
  ...['::1/128', '::/128', '64:ff9b::/96', '64:ff9b:1::/48', '100::/64', '100:0:0:1::/64', '2001::/23', '2001:1::/32'],
  ...['2001:2::/48', '2001:3::/32', '2001:4:112::/48', '2001:10::/28', '2001:20::/28', '2001:30::/28', '2001:db8::/32'],
  ...['2002::/16', '2620:4f:8000::/48', '3fff::/20', '5f00::/16', 'fc00::/7', 'fe80::/10', 'fec0::/10', 'ff00::/8'],
  // Equinix Metal, Alibaba, Oracle, Amazon, Google, Scaleway.
  ...['192.80.8.124/32', '100.100.100.200/32', '192.0.0.192/32', 'fd00:ec2::254/128', 'fd20:ce::254/128'],
  'fd00:42::42/128',
]

test('no network with a special purpose is public, from its first address to its last', () => {
  for (const network of specialNetworks) {
    const parsed = ipaddr.parseCIDR(network)
    const kind = parsed[0].kind() === 'ipv4' ? ipaddr.IPv4 : ipaddr.IPv6
    const ends = [kind.networkAddressFromCIDR(network), lastOf(parsed)]
    for (const address of ends) expect([network, isPublicAddress(address.toString())]).toEqual([network, false])
  }
})

test('a URL is refused by what it says itself', () => {
  const rules = outgoingRules({ hosts: ['chat.internal', '10.20.0.0/16'], ports: [443, 8443] })
  const ok = [
    'https://hooks.example.com/',
    'https://hooks.example.com:8443/x?y=1',
    'http://chat.internal:99/',
    'http://10.20.1.2/',
  ]
  const no = [
    'http://hooks.example.com/',
    'https://hooks.example.com:22/',
    'https://user@hooks.example.com/',
    'https://:secret@hooks.example.com/',
    'https://hooks.example.com/#part',
    'ftp://hooks.example.com/',
    'file:///etc/passwd',
    'https://10.21.1.2/',
    'https://localhost/',
    'https://[::1]/',
  ]
  for (const url of ok) expect([url, faultOfUrl(new URL(url), rules)]).toEqual([url, null])
  for (const url of no) expect([url, faultOfUrl(new URL(url), rules)]).toEqual([url, expect.any(String)])
})

test('whatever a receiver does, a call ends in time, and keeps little of what it said', async () => {
  const endless = async (response: { write: (chunk: string) => boolean; destroyed: boolean }): Promise<void> => {
    for (let sent = 0; sent < 1_600 && !response.destroyed; sent += 1) {
      response.write('x'.repeat(65_536))
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  const cases: [name: string, answer: Parameters<WebhookReceiver['answer']>[0], wanted: object, ms: number][] = [
    ['100 MB', (_, r) => void endless(r.writeHead(200)), { status: 200, answer: 'x'.repeat(1_024) }, 5_000],
    [
      'drips',
      (_, r) => {
        r.writeHead(200).write('a')
        setInterval(() => r.write('b'), 100).unref()
      },
      { status: 200 },
      5_000,
    ],
    [
      'a redirect inwards',
      (_, r) => r.writeHead(302, { Location: 'http://127.0.0.1:1/' }).end(),
      { status: 302 },
      5_000,
    ],
    ['dies', (_, r) => r.socket?.destroy(), { status: null, fault: 'connection_lost' }, 5_000],
    [
      'dies in the middle',
      (_, r) => {
        r.writeHead(500).write('half')
        setTimeout(() => r.socket?.destroy(), 50)
      },
      { status: 500, answer: 'half' },
      5_000,
    ],
    [
      'control characters',
      (_, r) => r.writeHead(500).end('a\u0000b\u001b[31mc\u202ed\ud800'),
      { status: 500, answer: expect.stringMatching(/^a b \[31mc d/) },
      5_000,
    ],
  ]
  for (const [name, answer, wanted, ms] of cases) {
    receiver.answer(answer)
    const heard = await allowed.post('1', receiver.url, {}, '{}')
    expect([name, heard]).toEqual([name, expect.objectContaining(wanted)])
    expect(heard.durationMs, name).toBeLessThan(ms)
  }
  receiver.answer(200)
})

test('who speaks no HTTP, sends endless headers, or does not listen, is told apart', async () => {
  const speaking = async (say: (socket: Socket) => void): Promise<string | null> => {
    const server = createServer((socket) => {
      socket.on('error', () => {})
      say(socket)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : 0
    const { fault } = await allowed.post('1', `http://127.0.0.1:${port}/`, {}, '{}')
    server.close()
    return fault
  }
  expect(await speaking((socket) => socket.end('SSH-2.0-OpenSSH\r\n'))).toBe('not_http')
  expect(await speaking((socket) => socket.write(`HTTP/1.1 200 OK\r\n${'X-A: b\r\n'.repeat(10_000)}`))).toBe('not_http')
  expect((await allowed.post('1', 'http://127.0.0.1:1/', {}, '{}')).fault).toBe('not_reachable')
  expect((await allowed.post('1', `https://127.0.0.1:${receiver.port}/`, {}, '{}')).fault).toBe('not_secure')
})

test('a receiver that hangs is given up after 15 seconds', async () => {
  receiver.answer(() => {})
  const heard = await allowed.post('1', receiver.url, {}, '{}')
  expect(heard).toMatchObject({ status: null, fault: 'too_slow' })
  receiver.answer(200)
})

test('a caller whose calls are slow does not hold up another at the same host, nor does waiting use up the time', async () => {
  const held: (() => void)[] = []
  receiver.answer((message, response) => {
    if (message.path === '/slow') held.push(() => response.end())
    else response.end()
  })
  const slowUrl = `http://127.0.0.1:${receiver.port}/slow`
  const slow = Array.from({ length: 44 }, () => allowed.post('slow', slowUrl, {}, '{}'))
  await vi.waitFor(() => expect(held).toHaveLength(40))
  expect(await allowed.post('other', receiver.url, {}, '{}')).toMatchObject({ status: 200 })
  // At another host the same caller has slots of its own, too.
  const elsewhere = await startWebhookReceiver()
  expect(await allowed.post('slow', elsewhere.url, {}, '{}')).toMatchObject({ status: 200 })
  await elsewhere.stop()
  await sleep(1_000)
  expect(held).toHaveLength(40)
  for (const release of held.splice(0)) release()
  await vi.waitFor(() => expect(held).toHaveLength(4))
  for (const release of held) release()
  const durations = (await Promise.all(slow)).map(({ status, durationMs }) => [status, durationMs >= 1_000])
  expect(durations).toEqual([...Array(40).fill([200, true]), ...Array(4).fill([200, false])])
  receiver.answer(200)
})
