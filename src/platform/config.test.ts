import { readFile } from 'node:fs/promises'
import { parse } from 'dotenv'
import { describe, expect, test } from 'vitest'
import { type Config, ConfigError, configKeys, readConfig } from './config.ts'

const example = await readFile(new URL('../../.env.example', import.meta.url), 'utf8')
const secret = 'Zk3vQ9xw7TgLr2NfYb8HsJ4MdPe6UaCi'

/** What is wrong with settings, one line for each key; empty for good settings. */
const faults = (environment: Record<string, string>): string[] => {
  try {
    readConfig(environment)
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.lines
    throw error
  }
}

describe('.env.example', () => {
  test('lists the keys of the settings, in their order', () => {
    const listed = [...example.matchAll(/^#? ?([A-Z][A-Z0-9_]+)=/gm)].map((match) => match[1])
    expect(listed).toEqual(configKeys)
  })

  test('changes nothing as it is', () => {
    expect(parse(example)).toEqual({})
  })

  test('says what each key is for, and its examples are good ones', () => {
    for (const paragraph of example.trim().split('\n\n').slice(1))
      expect(paragraph).toMatch(/^# [^=]+\n#? ?[A-Z0-9_]+=/)
    const all = parse(example.replaceAll(/^# ([A-Z][A-Z0-9_]+=)/gm, '$1'))
    expect(Object.keys(all)).toEqual(configKeys)
    expect(faults({ ...all, JWT_SECRET: secret })).toEqual([])
  })

  test('names the defaults as they are', () => {
    const { PUBLIC_URL: _, ...settings } = readConfig({})
    for (const [key, value] of Object.entries(settings)) {
      const about =
        example
          .slice(0, example.indexOf(`# ${key}=`))
          .split('\n\n')
          .at(-1) ?? ''
      const named = (Array.isArray(value) ? value.join(',') : String(value)) || 'none'
      expect(about.replaceAll(/\s*\n# /g, ' '), key).toContain(`Default: ${named}`)
    }
  })
})

describe('The settings', () => {
  test('are good when none is set', () => {
    expect(readConfig({})).toMatchObject({ PORT: 5000, PUBLIC_URL: 'http://localhost:5000', COUNTERDESK_ROLE: 'both' })
  })

  test('count as not set when they are empty', () => {
    const empty = Object.fromEntries(configKeys.map((key) => [key, '']))
    expect(readConfig(empty)).toEqual(readConfig({}))
  })

  test('are checked all at once, with a line for each bad key and no value in it', () => {
    const lines = faults({
      NODE_ENV: 'production',
      PORT: 'http',
      JWT_SECRET: 'hunter2',
      SMTP_URL: 'mail.example.com',
      MAIL_FROM: 'nobody',
      AUTO_CLOSE_DAYS: '0',
    })
    expect(lines.map((line) => line.slice(0, line.indexOf(':'))).sort()).toEqual([
      'AUTO_CLOSE_DAYS',
      'JWT_SECRET',
      'MAIL_FROM',
      'PORT',
      'SMTP_URL',
    ])
    expect(lines.join()).not.toContain('hunter2')
  })

  test('name an S3 store with all four settings or none, also when other settings are wrong', () => {
    expect(faults({ S3_BUCKET: 'files', PORT: 'http' }).toSorted()).toEqual([
      'PORT: must be a whole number from 0 to 65535',
      'S3_ACCESS_KEY_ID: is required with the other settings of the S3 store',
      'S3_ENDPOINT: is required with the other settings of the S3 store',
      'S3_SECRET_ACCESS_KEY: is required with the other settings of the S3 store',
    ])
    const store = { S3_ENDPOINT: 'http://127.0.0.1:9000', S3_ACCESS_KEY_ID: 'id', S3_SECRET_ACCESS_KEY: 'key' }
    expect(faults({ ...store, S3_BUCKET: 'files' })).toEqual([])
    expect(faults({ ...store, S3_BUCKET: '../files' })).toHaveLength(1)
  })

  test.each([
    ['nats://127.0.0.1:4222', 0],
    ['tls://nats.example.com:4222', 0],
    ['tls://user:password@nats.example.com', 0],
    ['tls://10.0.0.1:4222', 1],
    ['tls://user:p%40ss@10.0.0.1', 1],
    ['tls://[::1]:4222', 1],
  ])('name NATS by a host that a certificate can have: %s', (NATS_URL, count) => {
    expect(faults({ NATS_URL })).toHaveLength(count)
  })

  test('of TLS to the database fit together', () => {
    const url = { DATABASE_URL: 'postgres://desk@db.example.com/desk' }
    expect(faults({ ...url, DATABASE_SSL: 'true', DATABASE_SSL_CA: '/etc/ca.pem' })).toEqual([])
    expect(faults({ ...url, DATABASE_SSL: 'no-verify' })).toEqual([])
    expect(faults({ DATABASE_SSL: 'true' })).toEqual([expect.stringMatching(/^DATABASE_SSL: needs DATABASE_URL/)])
    for (const DATABASE_SSL of ['false', 'no-verify']) {
      expect(faults({ ...url, DATABASE_SSL, DATABASE_SSL_CA: '/etc/ca.pem' })).toEqual([
        'DATABASE_SSL_CA: needs DATABASE_SSL=true',
      ])
    }
    const twice = { DATABASE_URL: `${url.DATABASE_URL}?sslmode=require`, DATABASE_SSL: 'true', PORT: 'x' }
    expect(faults(twice)).toContainEqual(expect.stringMatching(/^DATABASE_SSL: DATABASE_URL has parameters for TLS/))
    expect(faults({ ...url, NODE_ENV: 'production', JWT_SECRET: secret, DATABASE_SSL: 'no-verify' })).toEqual([
      expect.stringMatching(/^DATABASE_SSL: no-verify is for development/),
    ])
    expect(faults({ ...url, DATABASE_SSL: 'require' })).toHaveLength(1)
  })

  test('say what is wrong with the addresses of a database behind a pooler', () => {
    const pooler = { DATABASE_URL: 'postgres://desk:x@pooler:6432/desk', DATABASE_POOLED: 'true' }
    const direct = { MIGRATION_DATABASE_URL: 'postgres://owner:x@db:5432/desk' }
    expect(faults({ ...pooler, ...direct })).toEqual([])
    expect(faults({ ...pooler, ...direct, DATABASE_POOLED: 'false' })).toEqual([])
    expect(faults(pooler)).toEqual([expect.stringMatching(/^MIGRATION_DATABASE_URL: is required with DATABASE_POOLED/)])
    expect(faults({ ...pooler, MIGRATION_DATABASE_URL: pooler.DATABASE_URL })).toEqual([
      expect.stringMatching(/^MIGRATION_DATABASE_URL: must lead past the pooler/),
    ])
    expect(faults(direct)).toEqual([expect.stringMatching(/^MIGRATION_DATABASE_URL: needs DATABASE_URL/)])
    expect(faults({ DATABASE_POOLED: 'true' })).toEqual([expect.stringMatching(/^DATABASE_POOLED: needs DATABASE_URL/)])
  })

  test('say in production that the secret is missing, also when other settings are wrong', () => {
    expect(faults({ NODE_ENV: 'production' })).toEqual([expect.stringContaining('JWT_SECRET: is required')])
    expect(faults({ NODE_ENV: 'production', PORT: 'x' })).toHaveLength(2)
    expect(faults({ NODE_ENV: 'production', JWT_SECRET: secret })).toEqual([])
    expect(faults({ NODE_ENV: 'development' })).toEqual([])
  })

  test.each([
    ['too short', 'Zk3vQ9xw7TgLr2NfYb8HsJ4MdPe6UaC'],
    ['one character over and over', 'a'.repeat(64)],
    ['a word over and over', 'password'.repeat(8)],
    ['a placeholder', 'change-me-change-me-change-me-change-me'],
    ['another placeholder', 'your-jwt-secret-goes-here-0123456789'],
    ['a third one', 'secret-secret-123456789-abcdefghijkl'],
  ])('refuse a secret that is %s', (_, value) => {
    expect(faults({ SECRETS_KEY: value })).toHaveLength(1)
    expect(faults({ JWT_SECRET: value })).toHaveLength(1)
  })

  test.each([
    ['PORT', 'abc'],
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['PORT', '1e3'],
    ['PORT', '0x50'],
    ['PORT', '80.5'],
    ['NODE_ENV', 'prod'],
    ['COUNTERDESK_ROLE', 'all'],
    ['PUBLIC_URL', 'desk.example.com'],
    ['PUBLIC_URL', 'ftp://desk.example.com'],
    ['PUBLIC_URL', 'https://desk.example.com/?a=b'],
    ['DATABASE_URL', 'mysql://db.example.com/desk'],
    ['MIGRATE_ON_START', 'yes'],
    ['BCRYPT_COST', '3'],
    ['ADMIN_USER_ID', 'a b'],
    ['ADMIN_USER_ID', 'TEC0001'],
    ['ADMIN_EMAIL', 'admin'],
    ['ADMIN_EMAIL', 'Ada <ada@example.com>'],
    ['ADMIN_PASSWORD', 'short'],
    ['ADMIN_PASSWORD', 'ä'.repeat(37)],
    ['SMTP_URL', 'http://mail.example.com'],
    ['MAIL_FROM', 'Desk <desk@example.com>\r\nBcc: all@example.com'],
    ['CORS_ORIGINS', '*'],
    ['CORS_ORIGINS', 'https://desk.example.com/'],
    ['CORS_ORIGINS', 'https://desk.example.com,ftp://desk.example.com'],
    ['TRUST_PROXY', 'true'],
    ['TRUST_PROXY', '10.0.0.0/33'],
    ['TRUST_PROXY', '10.0.0.1,'],
    ['METRICS_TOKEN', 'short'],
    ['WORKER_PORT', '0'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'http://key@collector:4318'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'http://collector:4318/?key=1'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'authorization'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'a=b%0d%0ac'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'a b=c'],
    ['OTEL_TRACES_SAMPLER', 'jaeger_remote'],
    ['OTEL_TRACES_SAMPLER_ARG', '1.5'],
    ['OTEL_TRACES_SAMPLER_ARG', '10%'],
    ['LOG_LEVEL', 'verbose'],
    ['REGISTRATION_DOMAINS', 'harbour.example.com, http://quay.example.com'],
    ['MAIL_SENDER_DOMAINS', 'desk@harbour.example.com'],
    ['LANGUAGES', 'de,fr'],
    ['LANGUAGES', 'de, de'],
    ['TIME_ZONE', 'Mars/Olympus'],
  ])('refuse %s=%s', (key, value) => {
    expect(faults({ [key]: value })).toEqual([expect.stringMatching(new RegExp(`^${key}(\\.\\d+)?: `))])
  })

  test.each<[keyof Config, string, unknown]>([
    ['PORT', '0', 0],
    ['PUBLIC_URL', 'https://example.com/desk//', 'https://example.com/desk'],
    [
      'PUBLIC_URL',
      'HTTPS://Müller.Example:443/hilfe für alle/',
      'https://xn--mller-kva.example/hilfe%20f%C3%BCr%20alle',
    ],
    ['DATABASE_URL', 'postgresql:///desk?host=/run/postgresql', 'postgresql:///desk?host=/run/postgresql'],
    ['MIGRATE_ON_START', 'false', false],
    ['ADMIN_EMAIL', 'admin@localhost', 'admin@localhost'],
    ['SMTP_URL', 'smtp://127.0.0.1:2525', 'smtp://127.0.0.1:2525'],
    ['MAIL_FROM', 'helpdesk@localhost', 'helpdesk@localhost'],
    [
      'CORS_ORIGINS',
      ' https://a.example.com, http://localhost:5173 ,',
      ['https://a.example.com', 'http://localhost:5173'],
    ],
    ['TRUST_PROXY', 'false', false],
    ['TRUST_PROXY', '2', 2],
    ['TRUST_PROXY', 'loopback, 10.0.0.0/8, fd00::/8', ['loopback', '10.0.0.0/8', 'fd00::/8']],
    ['RATE_LIMIT_SIGN_INS_PER_MINUTE', '0', 0],
    ['REGISTRATION_DOMAINS', 'Bücher.example, HARBOUR.example.com,', ['xn--bcher-kva.example', 'harbour.example.com']],
    ['LANGUAGES', ' de, en', ['de', 'en']],
    ['TIME_ZONE', 'Europe/Berlin', 'Europe/Berlin'],
  ])('take %s=%s', (key, value, expected) => {
    expect(readConfig({ [key]: value })[key]).toEqual(expected)
  })
})
