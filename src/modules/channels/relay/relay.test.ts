import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { jetstream, jetstreamManager, RetentionPolicy, StorageType } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import { afterEach, describe, expect, test } from 'vitest'
import { createPool } from '../../../platform/db/pool.ts'
import { beginRestoredEpoch } from '../../../platform/events/log-epoch.ts'
import { createLog } from '../../../platform/log.ts'
import { findNatsServer, type NatsServer, startNatsServer } from '../../../testing/peers/nats-server.ts'
import { createProduct, orderProduct } from '../../../testing/support/catalogue.ts'
import { createAuthority } from '../../../testing/support/certificates.ts'
import { comment, createTicket } from '../../../testing/support/create-tickets.ts'
import { createWorld } from '../../../testing/support/people.ts'
import { bodyOf, createApi, expectStatus } from '../../../testing/support/requests.ts'
import { adminPassword, register, scenario } from '../../../testing/support/scene.ts'
import { until } from '../../../testing/support/waiting.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { startWorker } from '../../../worker.ts'
import { messageIdAt, messageOf, placeIn, type RelayMessage } from './relay-messages.ts'
import { openRelayStream, type RelayStream } from './relay-stream.ts'

// The relay against a real NATS server.

const program = await findNatsServer()
if (program === null)
  process.stderr.write('nats-server is not installed here, so the tests of the relay are skipped.\n')

const undo: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

const startNats = async (options: string[] = []): Promise<NatsServer> => {
  const nats = await startNatsServer(program ?? '', options)
  undo.push(() => nats.stop())
  return nats
}

const startRelaying = async (nats: NatsServer, more: Parameters<typeof startDesk>[0] = {}): Promise<Desk> => {
  const desk = await startDesk({ ...more, settings: { NATS_URL: nats.url, ...more.settings } })
  undo.push(() => desk.stop())
  return desk
}

interface Heard {
  subject: string
  id: string
  headers: Record<string, string>
  body: {
    tenant: string
    epoch: string
    position: number
    type: string
    subject_id: string
    version: number | null
    details?: Record<string, unknown>
  }
}

/** All messages of the stream, in its order. */
const allIn = async (nats: NatsServer, stream = 'counterdesk'): Promise<Heard[]> => {
  const connection = await connect({ servers: nats.url.slice('nats://'.length) })
  try {
    const manager = await jetstreamManager(connection)
    const { state } = await manager.streams.info(stream)
    const heard: Heard[] = []
    for (let seq = Math.max(1, state.first_seq); seq <= state.last_seq; seq += 1) {
      const message = await manager.streams.getMessage(stream, { seq })
      if (message === null) continue
      const headers = Object.fromEntries(message.header.keys().map((key) => [key, message.header.get(key)]))
      heard.push({
        subject: message.subject,
        id: headers['Nats-Msg-Id'] ?? '',
        headers,
        body: message.json<Heard['body']>(),
      })
    }
    return heard
  } finally {
    await connection.close()
  }
}

const idsIn = async (desk: Pick<Desk, 'owner'>): Promise<string[]> => {
  const { rows } = await desk.owner.query(
    `select (select n.epoch from log_epochs n order by n.epoch_number desc limit 1) as epoch, e.tenant_id, e.position::int as position
     from events e where e.position is not null order by 2, 3`,
  )
  return rows.map(({ epoch, tenant_id, position }) => messageIdAt({ epoch, tenantId: tenant_id, position }))
}

const openRelay = async (nats: NatsServer): Promise<RelayStream> => {
  const stream = await openRelayStream({ url: nats.url, name: 'counterdesk' })
  undo.push(() => stream.close())
  return stream
}

/** A message at a position of the log of tenant 7. */
const messageAt = (position: number): RelayMessage => {
  const place = { epoch: 'abcdefghijkl', tenantId: 7, position }
  return { ...place, subject: 'cd.north.ticket.created', id: messageIdAt(place), headers: {}, body: Buffer.from('{}') }
}

/** Waits until the stream has every event once, those of each tenant in their order; answers with the messages. */
const untilComplete = async (desk: Pick<Desk, 'owner' | 'settled'>, nats: NatsServer): Promise<Heard[]> => {
  await desk.settled()
  let heard: Heard[] = []
  await until('the stream has every event', async () => {
    heard = await allIn(nats).catch(() => [])
    return heard.length >= (await idsIn(desk)).length
  })
  const byTenant = heard
    .map(({ id }) => id)
    .sort((one, other) => (placeIn(one)?.tenantId ?? 0) - (placeIn(other)?.tenantId ?? 0))
  expect(byTenant).toEqual(await idsIn(desk))
  return heard
}

describe.skipIf(program === null)('the relay', { timeout: 120_000 }, () => {
  test('hands on the events of all tenants once and in order, as they were when they happened', async () => {
    const nats = await startNats()
    const desk = await startRelaying(nats)
    const [north, south] = [await createWorld(desk), await createWorld(desk)]
    const product = await createProduct(north.ada, { title: 'Projector A', units: 2 })
    const { version } = bodyOf(
      await north.ada.patch(`/products/${product}`, { title: 'Projector B' }, { headers: { 'If-Match': '"1"' } }),
    )
    const order = await orderProduct(north.cleo, product)
    expectStatus(await north.cleo.delete(`/orders/${order}`), 204)
    const ticket = await createTicket(south.cleo, { subject: 'Broken' })
    expectStatus(await comment(south.ada, ticket, 'Sealed words', 'internal'), 201)

    const heard = await untilComplete(desk, nats)
    const [created, updated] = heard.filter(({ body }) => body.subject_id === product)
    expect(created).toMatchObject({
      subject: `cd.${north.slug}.product.created`,
      headers: { 'Cd-Type': 'product.created', 'Cd-Name': 'product:created', 'Cd-Version': '1' },
      body: {
        tenant: north.slug,
        type: 'product.created',
        version: 1,
        actor_id: north.ada.id,
        details: { title: 'Projector A', price: 0, currency: 'EUR', kind: 'loan', category: 'Hardware' },
      },
    })
    expect(updated?.body).toMatchObject({ version, details: { title: 'Projector B' } })
    const names = heard.filter(({ body }) => body.subject_id === order).map(({ headers }) => headers['Cd-Name'])
    expect(names).toEqual(['order:created', 'order:cancelled'])
    expect(heard.some(({ subject }) => subject === `cd.${south.slug}.ticket.created`)).toBe(true)
    expect(JSON.stringify(heard)).not.toContain('Sealed words')
    for (const { headers, body, id } of heard) {
      expect(headers['Cd-Version']).toBe(body.version === null ? undefined : String(body.version))
      expect(placeIn(id)).toMatchObject({ epoch: body.epoch, position: body.position })
      for (const key of ['registration_id', 'confirmation_id', 'reset_id', 'session_id'])
        expect(body.details ?? {}).not.toHaveProperty(key)
    }
  })

  test('names its subjects as those who read them know them, when it is told to', async () => {
    const nats = await startNats()
    const desk = await startRelaying(nats, { settings: { NATS_SUBJECTS: 'names' } })
    const { ada, cleo, slug } = await createWorld(desk)
    const order = await orderProduct(cleo, await createProduct(ada))
    expectStatus(await cleo.delete(`/orders/${order}`), 204)
    const subjects = (await untilComplete(desk, nats)).map(({ subject }) => subject)
    expect(subjects).toEqual(
      expect.arrayContaining(
        ['product:created', 'order:created', 'order:cancelled'].map((name) => `cd.${slug}.${name}`),
      ),
    )
    expect(subjects).toContain(`cd.${slug}.ticket:created`)
  })

  test('nothing is missing and nothing comes twice when the server is killed again and again', async () => {
    const nats = await startNats()
    const desk = await startRelaying(nats)
    const { cleo } = await createWorld(desk)
    for (let turn = 0; turn < 3; turn += 1) {
      const creating = Promise.all(Array.from({ length: 60 }, () => createTicket(cleo)))
      await nats.kill()
      await creating
      await nats.start()
    }
    await untilComplete(desk, nats)
  })

  scenario('nothing is missing and nothing comes twice when the relay itself is killed', async ({ scene }) => {
    const nats = await startNats()
    const databaseUrl = await scene.newDatabase()
    const settings = { DATABASE_URL: databaseUrl, NATS_URL: nats.url, ADMIN_PASSWORD: adminPassword }
    const owner = createPool(
      { url: databaseUrl, size: 2, applicationName: 'tests', asOwner: true },
      createLog('silent'),
    )
    scene.undo(() => owner.end())
    const settled = (): Promise<void> =>
      until('every event has its position', async () => {
        const { rows } = await owner.query('select count(*)::int as waiting from events where position is null')
        return rows[0].waiting === 0
      })
    let token: string | null = null
    for (let turn = 0; turn < 3; turn += 1) {
      const program = await scene.start(settings)
      await program.says(/is ready/)
      token ??= (await register(program.url)).token
      const customer = createApi(program.url, { Authorization: `Bearer ${token}` })
      await Promise.all(Array.from({ length: 60 }, () => createTicket(customer)))
      program.send('SIGKILL')
      await program.exit()
    }
    const last = await scene.start(settings)
    await last.says(/is ready/)
    await untilComplete({ owner, settled }, nats)
  })

  test('two relays do not disturb each other, and one goes on when the other ends', async () => {
    const nats = await startNats()
    const desk = await startRelaying(nats)
    const second = await startDesk({ databaseUrl: desk.databaseUrl, settings: { NATS_URL: nats.url } })
    const { cleo } = await createWorld(desk)
    await Promise.all(Array.from({ length: 80 }, () => createTicket(cleo)))
    await second.stop()
    await Promise.all(Array.from({ length: 20 }, () => createTicket(cleo)))
    await untilComplete(desk, nats)
  })

  test('the stream takes a message only behind the last one that its relay knows', async () => {
    const nats = await startNats()
    const [one, other] = [await openRelay(nats), await openRelay(nats)]
    await one.begin()
    await other.begin()
    await one.publish([messageAt(1), messageAt(2)])
    await expect(other.publish([messageAt(3)])).rejects.toThrow(/wrong last/)
    await other.begin()
    await other.publish([messageAt(3)])
    await expect(one.publish([messageAt(4), messageAt(5)])).rejects.toThrow(/wrong last/)
    expect((await allIn(nats)).map(({ id }) => placeIn(id)?.position)).toEqual([1, 2, 3])
  })

  test('a stream that was deleted is filled again from the log', async () => {
    const nats = await startNats()
    const desk = await startRelaying(nats)
    const { cleo } = await createWorld(desk)
    await createTicket(cleo)
    await untilComplete(desk, nats)
    const connection = await connect({ servers: nats.url.slice('nats://'.length) })
    await (await jetstreamManager(connection)).streams.delete('counterdesk')
    await connection.close()
    await createTicket(cleo)
    await untilComplete(desk, nats)
  })

  test('after a restore the log goes on at the fork, under the new epoch', async () => {
    const nats = await startNats()
    const desk = await startRelaying(nats)
    const { cleo } = await createWorld(desk)
    await createTicket(cleo)
    const before = await untilComplete(desk, nats)
    const epoch = await beginRestoredEpoch(desk.owner)
    await createTicket(cleo)
    await desk.settled()
    await until('the new event came', async () => (await allIn(nats)).length > before.length)
    const after = (await allIn(nats)).slice(before.length)
    expect(after[0]?.body).toMatchObject({ epoch, type: 'ticket.created' })
    const last = before.filter(({ body }) => body.tenant === after[0]?.body.tenant).at(-1)
    expect(after[0]?.body.position).toBe((last?.body.position ?? 0) + 1)
  })

  test('the relay goes on when the server was started again after a quiet time', async () => {
    const nats = await startNats()
    const connection = await connect({ servers: nats.url.slice('nats://'.length) })
    // Half a second counts as long here: what came before it the server does not know by its id when it starts again.
    await (await jetstreamManager(connection)).streams.add({
      name: 'counterdesk',
      subjects: ['cd.>'],
      storage: StorageType.File,
      retention: RetentionPolicy.Limits,
      duplicate_window: 500_000_000,
    })
    await connection.close()
    const desk = await startRelaying(nats)
    const { cleo } = await createWorld(desk)
    await untilComplete(desk, nats)
    await sleep(700)
    await nats.kill()
    await nats.start()
    await createTicket(cleo)
    await untilComplete(desk, nats)
  })

  test('when the log goes back under a running relay, what happens then is handed on at once', async () => {
    const nats = await startNats()
    const desk = await startRelaying(nats, { withWorker: false })
    const { cleo, tenantId } = await createWorld(desk)
    const worker = startWorker(desk.app, desk.databaseUrl)
    undo.push(() => worker.stop())
    for (let turn = 0; turn < 6; turn += 1) await createTicket(cleo)
    const before = await untilComplete(desk, nats)
    const epoch = await beginRestoredEpoch(desk.owner)
    // The log ended six events earlier when the backup was made.
    await desk.owner.query('set session_replication_role = replica')
    const cut = `with gone as (delete from events where tenant_id = $1 and position > $2 - 6)
      update event_heads set position = $2 - 6 where tenant_id = $1`
    const last = before.filter(({ body }) => body.tenant !== undefined).at(-1)?.body.position ?? 0
    await desk.owner.query(cut, [tenantId, last])
    await desk.owner.query('update log_forks set position = position - 6 where tenant_id = $1', [tenantId])
    await createTicket(cleo)
    await until('the new event came', async () => (await allIn(nats)).length > before.length)
    const news = (await allIn(nats)).slice(before.length)
    expect(news[0]?.body).toMatchObject({ epoch, type: 'ticket.created', position: last - 5 })
  })

  test('while the server is away the desk works, and its worker stops at once', async () => {
    const nats = await startNats()
    await nats.kill()
    const lines: string[] = []
    const log = createLog('warn', { write: (line: string) => void lines.push(line) })
    const url = nats.url.replace('nats://', 'nats://relay:hunter-2-secret@')
    const desk = await startRelaying(nats, { log, settings: { NATS_URL: url } })
    const { cleo } = await createWorld(desk)
    await createTicket(cleo)
    await desk.settled()
    await until('the relay says so', () => lines.some((line) => line.includes('relay to NATS')))
    expect(lines.join()).not.toContain('hunter-2-secret')
    const lag = async () =>
      /^counterdesk_relay_lag_seconds (\S+)$/m.exec(await desk.app.metrics.read())?.[1]?.toLowerCase()
    // It has never asked the stream, so the events that are there may be in the stream.
    expect(await lag()).toBe('nan')
    await nats.start()
    await untilComplete(desk, nats)
    await until('nothing waits', async () => (await lag()) === '0')
  })

  test('a message of somebody else under the subjects of the relay stops it, and nothing is sent twice', async () => {
    const nats = await startNats()
    const lines: string[] = []
    const log = createLog('warn', { write: (line: string) => void lines.push(line) })
    const desk = await startRelaying(nats, { log })
    const world = await createWorld(desk)
    const before = await untilComplete(desk, nats)
    const connection = await connect({ servers: nats.url.slice('nats://'.length) })
    await jetstream(connection).publish(`cd.${world.slug}.hello`, '{}')
    await connection.close()
    await createTicket(world.cleo)
    await until('it says why', () => lines.some((line) => line.includes('is not of the relay')))
    expect((await allIn(nats)).length).toBeLessThanOrEqual(before.length + 2)
  })

  test.each([
    ['a user and a password', ['--user', 'relay', '--pass', 'of-a-test'], 'relay:of-a-test'],
    ['a token as the user', ['--auth', 'token-of-a-test'], 'token-of-a-test'],
  ])('signs in with %s, and with a wrong one it is refused', async (_, options, signIn) => {
    const nats = await startNats(options)
    const upOf = async (desk: Desk): Promise<string> =>
      /counterdesk_relay_up (\d)/.exec(await desk.app.metrics.read())?.[1] ?? 'none'
    const right = await startRelaying(nats, { settings: { NATS_URL: nats.url.replace('//', `//${signIn}@`) } })
    await until('it relays', async () => (await upOf(right)) === '1')
    const lines: string[] = []
    const log = createLog('warn', { write: (line: string) => void lines.push(line) })
    const wrong = await startRelaying(nats, { log, settings: { NATS_URL: nats.url.replace('//', `//${signIn}x@`) } })
    await until('it is refused', () => lines.some((line) => /authorization/i.test(line)))
    expect(await upOf(wrong)).toBe('0')
    expect(lines.join()).not.toContain('of-a-test')
  })

  scenario(
    'over tls:// it relays when the certificate is of an authority that it knows, and else says why not',
    async ({ scene }) => {
      const folder = await scene.newFolder()
      const authority = createAuthority('an authority of tests')
      const { key, certificate } = authority.issue(['localhost'])
      const file = (name: string): string => join(folder, name)
      await writeFile(file('ca.pem'), authority.certificate)
      await writeFile(file('key.pem'), key)
      await writeFile(file('certificate.pem'), certificate)
      const nats = await startNats(['--tls', '--tlscert', file('certificate.pem'), '--tlskey', file('key.pem')])
      const NATS_URL = nats.url.replace('nats://127.0.0.1', 'tls://localhost')
      const stranger = await scene.startReady({ NATS_URL })
      await stranger.program.says(/the relay to NATS was refused.*certificate/s)
      const { program: relaying } = await scene.startReady({ NATS_URL, NODE_EXTRA_CA_CERTS: file('ca.pem') })
      const isUp = async ({ url }: { url: string }): Promise<string | undefined> =>
        /^counterdesk_relay_up (\d)$/m.exec(await (await fetch(`${url}/metrics`)).text())?.[1]
      await until('it relays', async () => (await isUp(relaying)) === '1')
      expect(await isUp(stranger.program)).toBe('0')
    },
  )

  test('a stream that forgets messages is refused', async () => {
    const nats = await startNats()
    const connection = await connect({ servers: nats.url.slice('nats://'.length) })
    await (await jetstreamManager(connection)).streams.add({
      name: 'counterdesk',
      subjects: ['cd.>'],
      max_msgs: 5,
      storage: StorageType.File,
      retention: RetentionPolicy.Limits,
      max_age: 0,
    })
    await connection.close()
    const lines: string[] = []
    const desk = await startRelaying(nats, {
      log: createLog('warn', { write: (line: string) => void lines.push(line) }),
    })
    await createWorld(desk)
    await until('it says why', () => lines.some((line) => line.includes('no limit of age, number or size')))
    expect(await allIn(nats)).toEqual([])
  })
})

test('what is blanked, too large or not to be written becomes a tombstone with its version', () => {
  const event = {
    tenant_id: 7,
    slug: 'north',
    epoch: 'abcdefghijkl',
    position: 12,
    type: 'order.expired',
    subject_id: 'ORD0001',
    subject_version: 3,
    actor_id: null,
    actor_role: 'system',
    occurred_at: '2026-11-27T12:00:00.000Z',
    is_blanked: false,
    changes: {},
    details: { title: 'x' } as unknown,
  }
  const whole = messageOf(event, true, 1_000)
  expect(whole).toMatchObject({ subject: 'cd.north.expiration:complete', id: 'abcdefghijkl:7:12' })
  expect(whole.headers).not.toHaveProperty('Cd-Tombstone')
  for (const broken of [
    { ...event, is_blanked: true },
    { ...event, details: { title: 'x'.repeat(1_000) } },
    { ...event, details: { count: 1n } },
  ]) {
    const { headers, body } = messageOf(broken, false, 1_000)
    expect(headers).toEqual({
      'Cd-Type': 'order.expired',
      'Cd-Name': 'expiration:complete',
      'Cd-Version': '3',
      'Cd-Tombstone': 'true',
    })
    expect(JSON.parse(new TextDecoder().decode(body))).toMatchObject({ tombstone: true, version: 3, position: 12 })
  }
})

test.each(['abcdefghijkl:1:0', 'ABCDEFGHIJKL:1:1', 'abcdefghijkl:1', '', 'abcdefghijkl:1:1:1'])(
  '%s is no id of a message',
  (id) => {
    expect(placeIn(id)).toBeNull()
  },
)
