import { chmod, chown, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openDatabase } from '../../start/open-application.ts'
import { createAuthority } from '../../testing/support/certificates.ts'
import { ticketAbout } from '../../testing/support/create-tickets.ts'
import { memoryOrDisk } from '../../testing/support/memory-or-disk.ts'
import { runScript } from '../../testing/support/run-script.ts'
import { adminPassword, patience, register, scenario } from '../../testing/support/scene.ts'
import { until } from '../../testing/support/waiting.ts'
import { readConfig } from '../config.ts'
import { createLog } from '../log.ts'
import { describeDatabase, withTls } from './database-address.ts'
import { type EmbeddedDatabase, openEmbeddedDatabase } from './embedded.ts'
import { createPool } from './pool.ts'

// A PostgreSQL of its own, whose user `desk` may connect over TLS only.

let folder: string
let cluster: EmbeddedDatabase
let port: string
/** Files with certificates: of the authority of the server, and of another one. */
let ca: string
let otherCa: string
const authority = createAuthority('An authority of ours')
const urlOf = (host: string): string => `postgres://desk:desk-password@${host}:${port}/counterdesk`

/** Gives the server a certificate for these names. Takes effect with the next connection. */
const certify = async (...names: string[]): Promise<void> => {
  const { uid, gid } = await stat(cluster.dataDir)
  const made = authority.issue(names)
  for (const [name, text] of Object.entries({ 'server.crt': made.certificate, 'server.key': made.key })) {
    const file = join(cluster.dataDir, name)
    await writeFile(file, text, { mode: 0o600 })
    await chown(file, uid, gid)
  }
  const client = new pg.Client({ connectionString: cluster.url })
  await client.connect()
  await client.query('alter system set ssl = on')
  await client.query('select pg_reload_conf()')
  await client.end()
}

const prepare = async (): Promise<void> => {
  const client = new pg.Client({ connectionString: cluster.url })
  await client.connect()
  await client.query(`create role desk login superuser password 'desk-password'`)
  await client.end()
  const access = join(cluster.dataDir, 'pg_hba.conf')
  await writeFile(access, `hostnossl all desk all reject\n${await readFile(access, 'utf8')}`)
  await certify('localhost', '127.0.0.1')
}

beforeAll(async () => {
  folder = await mkdtemp(join(await memoryOrDisk(), 'counterdesk-tls-'))
  await chmod(folder, 0o755)
  ca = join(folder, 'ca.pem')
  otherCa = join(folder, 'other.pem')
  await writeFile(ca, authority.certificate)
  await writeFile(otherCa, createAuthority('Another authority').certificate)
  cluster = await openEmbeddedDatabase(folder, { settings: { fsync: 'off' } })
  ;({ port } = new URL(cluster.url))
  await prepare()
})
afterAll(async () => {
  await cluster?.stop()
  await rm(folder, { recursive: true, force: true })
})

/** Connects with these settings. Answers whether the connection is encrypted, or why there is none. */
const connect = async (settings: Record<string, string>): Promise<boolean | string> => {
  const { url } = await openDatabase(readConfig({ DATABASE_URL: urlOf('localhost'), ...settings }))
  const pool = createPool({ url, size: 1, applicationName: 'counterdesk tests' }, createLog('silent'))
  try {
    const { rows } = await pool.query('select s.ssl from pg_stat_ssl s where s.pid = pg_backend_pid()')
    return rows[0].ssl
  } catch (error) {
    return String((error as Error).message)
  } finally {
    await pool.end()
  }
}

describe('DATABASE_SSL', () => {
  test('unset encrypts nothing, and a server that wants TLS refuses', async () => {
    expect(await connect({})).toMatch(/pg_hba\.conf.*no encryption/)
  })

  test.each(['localhost', '127.0.0.1'])(
    'true trusts the authority of DATABASE_SSL_CA, for the server %s',
    async (host) => {
      expect(await connect({ DATABASE_URL: urlOf(host), DATABASE_SSL: 'true', DATABASE_SSL_CA: ca })).toBe(true)
    },
  )

  test('true trusts no other authority, and without a file those that Node knows', async () => {
    const refusal = /certificate/
    expect(await connect({ DATABASE_SSL: 'true' })).toMatch(refusal)
    expect(await connect({ DATABASE_SSL: 'true', DATABASE_SSL_CA: otherCa })).toMatch(refusal)
  })

  test('true refuses a certificate of another host, also when the server is named by its address', async () => {
    const refusalOf = (host: string) =>
      connect({ DATABASE_URL: urlOf(host), DATABASE_SSL: 'true', DATABASE_SSL_CA: ca })
    try {
      await certify('localhost')
      await until('the server has it', async () => /127\.0\.0\.1/.test(String(await refusalOf('127.0.0.1'))))
      expect(await refusalOf('localhost')).toBe(true)
      await certify('127.0.0.1', 'db.example.com')
      await until('the server has it', async () => /altnames/.test(String(await refusalOf('localhost'))))
      expect(await refusalOf('127.0.0.1')).toBe(true)
      expect(await connect({ DATABASE_SSL: 'no-verify' })).toBe(true)
    } finally {
      await certify('localhost', '127.0.0.1')
    }
  })

  test('no-verify encrypts, whoever answers', async () => {
    expect(await connect({ DATABASE_SSL: 'no-verify' })).toBe(true)
    expect(await connect({ DATABASE_URL: urlOf('127.0.0.1'), DATABASE_SSL: 'no-verify' })).toBe(true)
  })

  test('says which file is no certificate', async () => {
    for (const file of [join(folder, 'nothing.pem'), join(folder, 'postgres.log')]) {
      const settings = { DATABASE_SSL: 'true', DATABASE_SSL_CA: file }
      await expect(connect(settings)).rejects.toThrow(
        `DATABASE_SSL_CA: ${file} is no file with a certificate in PEM form`,
      )
    }
  })

  test('leaves the parameters of an address of your own as they are', async () => {
    const given = `${urlOf('localhost')}?sslmode=verify-full&sslrootcert=${ca}`
    expect(await connect({ DATABASE_URL: given })).toBe(true)
    expect(await connect({ DATABASE_URL: `${urlOf('127.0.0.1')}?sslmode=verify-full&sslrootcert=${ca}` })).toBe(true)
  })
})

test('the address that is shown has no password', () => {
  const url = withTls(
    urlOf('[2001:db8::1]'),
    readConfig({ DATABASE_URL: urlOf('localhost'), DATABASE_SSL: 'no-verify' }),
  )
  expect(describeDatabase(url)).toBe(
    `counterdesk at [2001:db8::1]:${port} as desk, over TLS, whose certificate is not verified`,
  )
  expect(describeDatabase(urlOf('db'))).toBe(`counterdesk at db:${port} as desk, without TLS`)
  expect(describeDatabase('postgres://desk@db/desk?sslmode=require')).toBe('desk at db as desk, with sslmode=require')
})

scenario(
  'the whole program and its scripts work over TLS: migrations, web processes, worker',
  patience,
  async ({ scene }) => {
    const settings = { DATABASE_URL: urlOf('localhost'), DATABASE_SSL: 'true', DATABASE_SSL_CA: ca }
    const program = await scene.start({ ...settings, COUNTERDESK_PROCESSES: '2', ADMIN_PASSWORD: adminPassword })
    await program.says(/is ready/)
    expect(program.output()).toMatch(
      /database +counterdesk at localhost:\d+ as desk, over TLS, whose certificate is verified/,
    )
    const { customer } = await register(program.url)
    expect((await customer.post('/tickets', ticketAbout('Over TLS'))).status).toBe(201)
    await until('its mail is written', async () => {
      const { body } = await customer.get('/tickets/TKT0001/emails')
      return body.emails.length > 0
    })
    const status = await runScript(
      `${urlOf('localhost')}?sslmode=no-verify`,
      folder,
      'operate/migrate-database',
      'status',
    )
    expect(status).toMatchObject({ code: 0, out: expect.stringContaining('the schema is up to date') })
    expect(await program.stop()).toEqual({ code: 0, signal: null })
  },
)
