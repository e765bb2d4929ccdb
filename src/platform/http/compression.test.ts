import { request as httpRequest, type IncomingMessage } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { endpoints } from '../../modules.ts'
import { createTicket } from '../../testing/support/create-tickets.ts'
import { announcementOf, attach, textFile } from '../../testing/support/files.ts'
import { createWorld, password, type World } from '../../testing/support/people.ts'
import { type Desk, startDesk } from '../../testing/support/workspace.ts'
import { answersOneThing } from './endpoint.ts'

let desk: Desk
let world: World
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
  world = await createWorld(desk)
})
afterAll(() => desk?.stop())

interface Raw {
  status: number
  headers: IncomingMessage['headers']
  bytes: Buffer
}

/** Asks as Ada without the decompression of `fetch`. */
const ask = (method: string, path: string, headers: Record<string, string> = {}, body?: unknown): Promise<Raw> =>
  new Promise((resolve, reject) => {
    const always = { ...world.ada.headers, 'Content-Type': 'application/json', 'X-Tenant': world.slug }
    const sending = { method, headers: { ...always, ...headers } }
    const sent = httpRequest(`${desk.url}/api${path}`, sending, async (response) => {
      resolve({ status: response.statusCode ?? 0, headers: response.headers, bytes: await buffer(response) })
    })
    sent.once('error', reject).end(body === undefined ? undefined : JSON.stringify(body))
  })

describe('a compressed answer', () => {
  const unpack = { identity: (bytes: Buffer) => bytes, gzip: gunzipSync, br: brotliDecompressSync }

  test('is the same body, with a weak tag that is known in every form', async () => {
    const path = `/tickets/${await createTicket(world.cleo, { issue_description: 'The network is down again. '.repeat(60) })}`
    const plain = await ask('GET', path)
    expect(plain.headers['content-encoding']).toBeUndefined()
    const tag = String(plain.headers.etag)
    expect(tag).toMatch(/^"1-/)
    for (const [accepted, encoding] of [
      ['gzip, deflate, br', 'br'],
      ['gzip', 'gzip'],
      ['br;q=0, gzip', 'gzip'],
      ['identity', 'identity'],
      ['x', 'identity'],
    ] as const) {
      const { headers, bytes } = await ask('GET', path, { 'Accept-Encoding': accepted })
      expect([accepted, headers['content-encoding'] ?? 'identity']).toEqual([accepted, encoding])
      expect(headers.etag).toBe(encoding === 'identity' ? tag : `W/${tag}`)
      expect(headers.vary).toContain('Accept-Encoding')
      expect(headers['content-length']).toBe(String(bytes.length))
      expect(unpack[encoding](bytes)).toEqual(plain.bytes)
      for (const known of [tag, `W/${tag}`]) {
        const again = await ask('GET', path, { 'Accept-Encoding': accepted, 'If-None-Match': known })
        expect([again.status, again.headers.etag, again.headers['content-encoding']]).toEqual([
          304,
          headers.etag,
          undefined,
        ])
        expect(again.headers.vary).toContain('Accept-Encoding')
      }
    }
    const list = await ask('GET', '/tickets', { 'Accept-Encoding': 'gzip' })
    expect([list.headers['content-encoding'], list.headers.etag]).toEqual(['gzip', undefined])
    const changed = await ask('PUT', path, { 'Accept-Encoding': 'gzip' }, { priority: 'low' })
    expect([changed.headers['content-encoding'], changed.headers.etag]).toEqual([
      'gzip',
      expect.stringMatching(/^W\/"2-/),
    ])
    const head = await ask('HEAD', path, { 'Accept-Encoding': 'gzip' })
    expect([head.status, head.bytes.length]).toEqual([200, 0])
  })

  test('is not short', async () => {
    const path = `/tickets/${await createTicket(world.cleo)}/watchers`
    const { headers } = await ask('GET', path, { 'Accept-Encoding': 'gzip' })
    expect([headers['content-encoding'], headers.etag]).toEqual([undefined, expect.stringMatching(/^"/)])
  })

  test('has no secret beside what the caller sent', async () => {
    const secretMember = /token|secret|pass(?:word)?$|recovery_codes$|signature|(?:^|_)url$|(?:^|_)link$|cookie/i
    /**
     * An id is no secret, nor a time, and the list of tokens has none. The token of an undo may be packed: sizes of
     * answers tell a secret only when many answers hold the same one, and each undo has a token of its own, which only
     * the account that acted can use, for 30 seconds. So answers with tickets and comments are packed still, and keep
     * their tags. The signature stands below every mail.
     */
    const isPlain = (name: string): boolean => /_id$|_at$|_until$|^api_tokens$|^undo_token$|^mail_signature$/.test(name)
    /**
     * The `url` of a tenant is in its mails. That of a webhook may hold a secret of the receiver, but all texts of such
     * an answer are by people who read the `url` as well. In the list they are not: a technician describes a webhook
     * that an admin reads beside others.
     */
    const hasPlainUrl = (path: string): boolean => /^\/(?:tenants\b|webhooks\/)/.test(path)
    /** The names of all members in a schema. */
    const membersOf = (value: unknown): string[] =>
      typeof value !== 'object' || value === null
        ? []
        : Object.entries(Object((value as { shape?: unknown }).shape)).flatMap(([name, inner]) => [
            name,
            ...membersOf(inner),
            ...membersOf((inner as { element?: unknown }).element),
            ...membersOf((inner as { unwrap?: () => unknown }).unwrap?.()),
          ])
    const isSecretIn = (path: string, name: string): boolean =>
      secretMember.test(name) && !isPlain(name) && !(name === 'url' && hasPlainUrl(path))
    const isSecret = ({ path, responds, setsCookie }: (typeof endpoints)[number]): boolean =>
      Object.values(responds).some(
        (schema) => schema !== null && (setsCookie || membersOf(schema).some((name) => isSecretIn(path, name))),
      )
    const secret = endpoints.filter(isSecret)
    const names = (list: typeof endpoints) => list.map(({ method, path }) => `${method} ${path}`)
    expect(names(endpoints.filter(({ mixesSecrets }) => mixesSecrets))).toEqual(names(secret))
    for (const one of secret.filter(({ method }) => method !== 'get')) expect(answersOneThing(one)).toBe(false)

    const id = await createTicket(world.cleo)
    const { attachment_id } = await attach(desk, world.ada, id, textFile(`${'a'.repeat(200)}.txt`))
    const encoding = { 'Accept-Encoding': 'gzip, br' }
    const announced = announcementOf(textFile(`${'a'.repeat(200)}.txt`))
    const name = 'n'.repeat(90)
    const registered = { name, email: `${'e'.repeat(60)}@example.com`, password }
    for (const reply of [
      await ask('POST', `/tickets/${id}/attachments/upload-url`, encoding, announced),
      await ask('GET', `/tickets/${id}/attachments/${attachment_id}`, encoding),
      await ask('POST', '/auth/login', encoding, { user_id_or_email: 'ada', password }),
      await ask('POST', '/auth/register', encoding, registered),
    ]) {
      expect(reply.status).toBeLessThan(300)
      expect([reply.headers['content-encoding'], JSON.parse(reply.bytes.toString())]).toEqual([
        undefined,
        expect.anything(),
      ])
    }
  })
})
