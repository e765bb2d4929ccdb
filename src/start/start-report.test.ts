import { describe, expect, test } from 'vitest'
import { readConfig } from '../platform/config.ts'
import { createLog } from '../platform/log.ts'
import { version } from '../platform/version.ts'
import { findForeignSettings, nameForeignSettings } from './foreign-settings-report.ts'
import { readyLine, reportOf, warningsOf } from './start-report.ts'

describe('the start says what the program is', () => {
  const embedded = 'postgresql://postgres:pw@127.0.0.1:4567/counterdesk?sslmode=disable'

  test('with the default settings', () => {
    const config = readConfig({})
    expect(reportOf(config, embedded, 5000, 'served')).toEqual({
      version: expect.stringContaining(`${version}, development, Node `),
      listens: 'on 127.0.0.1, port 5000',
      console: 'at http://localhost:5000: open it in a browser and sign in',
      metrics: '/metrics answers callers on this machine only, because METRICS_TOKEN is not set',
      database: 'embedded PostgreSQL in .data/postgres',
      files: 'in .data/attachments',
      mails: 'only captured: SMTP_URL is not set, so nobody is mailed',
      links: 'in mails lead to http://localhost:5000',
    })
  })

  test('with everything set, and without a secret', () => {
    const DATABASE_URL = 'postgres://desk:geheim-db@db.example.com:5433/help%20desk?sslmode=verify-full'
    const config = readConfig({
      DATABASE_URL,
      COUNTERDESK_PROCESSES: '3',
      HOST: '0.0.0.0',
      PUBLIC_URL: 'https://desk.example.com',
      SMTP_URL: 'smtp://user:geheim-smtp@mail.example.com:587',
      METRICS_TOKEN: 'geheim-metrics-token',
      S3_ENDPOINT: 'https://s3.example.com',
      S3_BUCKET: 'files',
      S3_ACCESS_KEY_ID: 'geheim-id',
      S3_SECRET_ACCESS_KEY: 'geheim-key',
    })
    const report = reportOf(config, DATABASE_URL, 5000)
    expect(report).toMatchObject({
      listens: 'on 0.0.0.0, port 5000, in 3 processes',
      metrics: '/metrics answers callers with METRICS_TOKEN',
      database: 'help desk at db.example.com:5433 as desk, over TLS, whose certificate is verified',
      files: 'in the bucket files at s3.example.com',
      mails: 'go out through mail.example.com:587',
      links: 'in mails lead to https://desk.example.com',
    })
    expect(JSON.stringify(report)).not.toMatch(/geheim/)
  })

  test('with where the console is, or what to do to have it', () => {
    const said = (settings: Record<string, string>, state?: 'served' | 'not built') =>
      reportOf(readConfig(settings), embedded, 4000, state).console
    expect(said({ PORT: '0' }, 'served')).toMatch(/^at http:\/\/127\.0\.0\.1:4000: open it/)
    expect(said({ PUBLIC_URL: 'https://example.com/help' }, 'served')).toMatch(/^at https:\/\/example\.com\/help: /)
    expect(said({}, 'not built')).toMatch(/^not built: run "npm run build:console" and start again/)
    expect(said({ CONSOLE: 'false' })).toMatch(/^off, because CONSOLE is false/)
  })

  test('in production it warns of clients that count as one address, and of a console that nobody can sign in to', () => {
    const production = {
      NODE_ENV: 'production',
      JWT_SECRET: 'q8Zt1vLr0sXw5yBn7dKf3hJm9pGc2aVe4uTi6oRx',
      PUBLIC_URL: 'https://desk.example.com',
    }
    expect(warningsOf(readConfig(production))).toEqual([expect.stringContaining('TRUST_PROXY is not set')])
    for (const more of [{ TRUST_PROXY: '1' }, { NODE_ENV: 'development' }, { COUNTERDESK_ROLE: 'worker' }]) {
      expect(warningsOf(readConfig({ ...production, ...more }))).toEqual([])
    }
    const plain = { ...production, TRUST_PROXY: '1', PUBLIC_URL: 'http://desk.example.com' }
    expect(warningsOf(readConfig(plain))).toEqual([expect.stringContaining('nobody can sign in to the console')])
    expect(warningsOf(readConfig({ ...plain, CONSOLE: 'false' }))).toEqual([])
  })

  test('a worker listens nowhere', () => {
    const config = readConfig({ COUNTERDESK_ROLE: 'worker' })
    expect(Object.keys(reportOf(config, embedded, null))).toEqual(['version', 'database', 'files', 'mails', 'links'])
    const relaying = readConfig({ COUNTERDESK_ROLE: 'worker', NATS_URL: 'nats://relay:geheim@nats.example.com:4222' })
    expect(reportOf(relaying, embedded, null).relay).toBe(
      'hands every event on to the stream counterdesk at nats.example.com:4222',
    )
    const web = readConfig({ COUNTERDESK_ROLE: 'web', NATS_URL: 'nats://nats.example.com:4222' })
    expect(reportOf(web, embedded, 5000)).not.toHaveProperty('relay')
    expect(readyLine(config, null)).toBe('Counterdesk worker is ready.')
  })

  test.each([
    ['127.0.0.1', 'http://127.0.0.1:4000'],
    ['0.0.0.0', 'http://127.0.0.1:4000'],
    ['::', 'http://[::1]:4000'],
    ['::1', 'http://[::1]:4000'],
    ['desk.internal', 'http://desk.internal:4000'],
  ])('with HOST=%s the printed address is the one that is served', (HOST, url) => {
    const config = readConfig({ HOST, PORT: '0', PUBLIC_URL: 'https://desk.example.com' })
    expect(readyLine(config, 4000)).toBe(`Counterdesk is ready: ${url} (API document: ${url}/api/docs)`)
  })
})

describe('settings of other systems', () => {
  test.each([
    [
      'EMAIL_HOST EMAIL_PORT EMAIL_USER EMAIL_PASS EMAIL_PASSWORD EMAIL_SERVICE SMTP_HOST SMTP_PASS MAIL_USERNAME',
      'set SMTP_URL',
    ],
    ['SENDGRID_API_KEY', 'set SMTP_URL'],
    ['EMAIL_FROM SMTP_FROM FROM_EMAIL', 'set MAIL_FROM'],
    ['AWS_ACCESS_KEY_ID AWS_ACCESS_KEY', 'set S3_ACCESS_KEY_ID'],
    ['AWS_SECRET_ACCESS_KEY', 'set S3_SECRET_ACCESS_KEY'],
    ['AWS_REGION AWS_S3_REGION', 'set S3_REGION'],
    ['S3_BUCKET_NAME AWS_BUCKET_NAME AWS_S3_BUCKET AWS_S3_BUCKET_NAME BUCKET_NAME', 'set S3_BUCKET'],
    [
      'DB_URL DB_HOST DB_PORT DB_USER DB_PASSWORD DB_NAME DATABASE_HOST PGHOST PGPASSWORD POSTGRES_URL',
      'set DATABASE_URL',
    ],
    ['DB_SSL PGSSLMODE', 'set DATABASE_SSL'],
    ['MONGODB_URI MONGO_URI', 'only PostgreSQL is used: set DATABASE_URL'],
    ['JWT_KEY JWT_SECRET_KEY JWT_ACCESS_SECRET JWT_REFRESH_SECRET SESSION_SECRET SECRET_KEY', 'set JWT_SECRET'],
    ['JWT_EXPIRES_IN JWT_EXPIRATION', 'set ACCESS_TOKEN_HOURS'],
    ['SALT_ROUNDS BCRYPT_SALT_ROUNDS', 'set BCRYPT_COST'],
    ['CLIENT_URL FRONTEND_URL', 'set PUBLIC_URL and CORS_ORIGINS'],
    ['CORS_ORIGIN ALLOWED_ORIGINS', 'set CORS_ORIGINS'],
    ['REDIS_URL REDIS_HOST REDIS_PORT', 'no Redis is needed: limits, sessions and jobs are in PostgreSQL'],
  ])('%s are named with ours beside them', (list, advice) => {
    const names = list.split(' ')
    const found = findForeignSettings(Object.fromEntries(names.map((name) => [name, 'geheim'])))
    expect(found).toEqual([{ names: names.toSorted(), advice }])
  })

  test('are passed over in silence when ours are set, and so is what hosts set by themselves', () => {
    expect(findForeignSettings({ SMTP_URL: 'smtp://mail', EMAIL_HOST: 'mail', EMAIL_USER: 'me' })).toEqual([])
    const usual = [
      'PATH',
      'HOME',
      'AWS_EXECUTION_ENV',
      'npm_config_cache',
      'HOSTNAME',
      'PORT',
      'NODE_ENV',
      'TZ',
      'LANG',
    ]
    expect(findForeignSettings(Object.fromEntries(usual.map((name) => [name, 'x'])))).toEqual([])
    const ours = {
      JWT_SECRET: '',
      DATABASE_URL: '',
      SMTP_URL: '',
      MAIL_FROM: '',
      S3_BUCKET: '',
      RATE_LIMIT_REQUESTS_PER_MINUTE: '1',
    }
    expect(findForeignSettings(ours)).toEqual([])
  })

  test('are warned of without their values', () => {
    const lines: string[] = []
    const log = createLog('info', { write: (line) => void lines.push(line) })
    nameForeignSettings(log, { EMAIL_HOST: 'geheim', EMAIL_PASS: 'geheim', JWT_KEY: 'geheim' })
    expect(lines.map((line) => [JSON.parse(line).level, JSON.parse(line).msg])).toEqual([
      ['warn', 'EMAIL_HOST, EMAIL_PASS are not read: set SMTP_URL'],
      ['warn', 'JWT_KEY is not read: set JWT_SECRET'],
    ])
    expect(lines.join('')).not.toContain('geheim')
  })
})
