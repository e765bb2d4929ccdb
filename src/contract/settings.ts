import { isIP } from 'node:net'
import { z } from 'zod'
import { KnownSignInName, NewPassword } from './credentials.ts'
import { databaseFaults } from './database-settings.ts'
import { Domain } from './domains.ts'
import { Language, RegistrationMode } from './enums.ts'
import { readMailbox } from './mailbox.ts'
import { TimeZone } from './time-zones.ts'
import { traceSettings } from './trace-settings.ts'

const flag = z.enum(['true', 'false']).transform((text) => text === 'true')
/** Digits only. JavaScript would read `1e3` and `0x10` as numbers, but here they are typing errors. */
const count = (min: number, max: number) =>
  z
    .string()
    .refine((text) => /^\d{1,9}$/.test(text) && Number(text) >= min && Number(text) <= max, {
      error: `must be a whole number from ${min} to ${max}`,
    })
    .transform(Number)
const url = (protocol: RegExp, example: string) =>
  z.url({ protocol, error: `must be a URL such as ${example}` }).refine((text) => URL.canParse(text))

/** The host of an address may be `localhost`, because a trial has no domain. */
const address = z
  .string()
  .trim()
  .regex(/^[^\s<>@]+@[^\s<>@]+$/, { error: 'must be an address, without a name' })
const mailbox = z
  .string()
  .refine((text) => readMailbox(text) !== null, { error: 'must be an address, or "Name <address>"' })

/** Whether a text is an address or a network. */
const isNetwork = (text: string): boolean => {
  const [ip = '', prefix, ...rest] = text.split('/')
  const version = isIP(ip)
  if (version === 0 || rest.length > 0) return false
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (version === 4 ? 32 : 128))
}

/** What Express accepts as a proxy: an address, a network, or a name of the private networks. */
const isProxy = (text: string): boolean => /^(?:loopback|linklocal|uniquelocal)$/.test(text) || isNetwork(text)

/** `false`, the number of proxies in front, or their addresses and networks, separated by commas. */
const trustProxy = z
  .string()
  .transform((text) => {
    if (text === 'false') return false
    return /^\d{1,2}$/.test(text) ? Number(text) : text.split(',').map((part) => part.trim())
  })
  .refine((proxies) => !Array.isArray(proxies) || proxies.every(isProxy), {
    error: 'must be false, the number of proxies, or a list of addresses and networks such as 10.0.0.0/8',
  })

const origins = z
  .string()
  .transform((text) => text.split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim()])))
  .pipe(
    z.array(
      z.string().refine((text) => /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text, {
        error: 'each must be an origin such as https://desk.example.com, without a path',
      }),
    ),
  )

const randomSecret = z
  .string()
  .refine((text) => Buffer.byteLength(text) >= 32, { error: 'must have at least 32 bytes' })
  .refine(
    (text) => new Set(text).size >= 8 && !/change.?me|replace|placeholder|example|your.{0,5}secret|^secret/i.test(text),
    { error: 'must be random, not a placeholder: make one with `openssl rand -base64 48`' },
  )

/** A secret that is sent as a bearer token, so it has no space and nothing but ASCII. */
const platformToken = randomSecret.refine((text) => /^[\x21-\x7e]+$/.test(text), {
  error: 'must have no space, and nothing but ASCII',
})

/** One secret, or the new one and the one before, separated by a comma. */
const secretsKey = z
  .string()
  .transform((text) => text.split(',').map((part) => part.trim()))
  .pipe(
    z
      .array(randomSecret)
      .max(2, { error: 'may have two keys at most: the new one and the one before' })
      .refine((keys) => new Set(keys).size === keys.length, { error: 'must not have the same key twice' }),
  )

/** Domains, separated by commas. */
const domains = z
  .string()
  .transform((text) => text.split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim()])))
  .pipe(z.array(Domain))
  .transform((list) => [...new Set(list)])

/** Languages, separated by commas, each once. */
export const languageList = z
  .string()
  .transform((text) => text.split(',').map((part) => part.trim()))
  .pipe(z.array(Language).min(1))
  .refine((list) => new Set(list).size === list.length, { error: 'must have each language once' })

/** Names of hosts, addresses and networks, separated by commas. A name may have no dot, such as `desk-bot`. */
const hosts = z
  .string()
  .transform((text) => text.split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim().toLowerCase()])))
  .pipe(
    z.array(
      z.string().refine((text) => isNetwork(text) || /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/.test(text), {
        error: 'each must be the name of a host, an address, or a network such as 10.0.0.0/8',
      }),
    ),
  )

/** Numbers of ports, separated by commas. */
const ports = z
  .string()
  .transform((text) => text.split(',').map((part) => part.trim()))
  .pipe(z.array(count(1, 65_535)).min(1).max(20))

/** Where an S3-compatible store is, and the keys to sign with. */
const s3 = {
  endpoint: url(/^https?$/, 'https://s3.eu-central-1.amazonaws.com').refine((text) => !/[?#@]/.test(text), {
    error: 'must have no sign-in, query or fragment',
  }),
  region: z.string().regex(/^[a-z0-9-]{1,64}$/, { error: 'must be a region such as eu-central-1' }),
  accessKeyId: z.string().regex(/^[^\s/]{1,128}$/, { error: 'must have no space and no slash' }),
  secretAccessKey: z.string().regex(/^\S{1,256}$/, { error: 'must have no space' }),
}

/** Every setting has an entry here and one in `.env.example`. A test compares the two. */
export const settings = {
  NODE_ENV: z.enum(['development', 'production', 'test']).default('development'),
  COUNTERDESK_ROLE: z.enum(['both', 'web', 'worker']).default('both'),
  COUNTERDESK_PROCESSES: count(1, 64).default(1),
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: count(0, 65_535).default(5000),
  WORKER_PORT: count(1, 65_535).optional(),
  PUBLIC_URL: url(/^https?$/, 'https://desk.example.com')
    .refine((text) => !/[?#@]/.test(text), { error: 'must have no sign-in, query or fragment' })
    // A name of a host that is not ASCII has to be in punycode in the headers of mails and answers.
    .transform((text) => new URL(text).href.replace(/\/+$/, ''))
    .optional(),
  DATA_DIR: z.string().min(1).default('.data'),
  DATABASE_URL: url(/^postgres(ql)?$/, 'postgres://user:password@host:5432/name').optional(),
  DATABASE_SSL: z.enum(['false', 'true', 'no-verify']).default('false'),
  DATABASE_SSL_CA: z.string().min(1).optional(),
  DATABASE_POOLED: flag.default(false),
  MIGRATION_DATABASE_URL: url(/^postgres(ql)?$/, 'postgres://owner:password@host:5432/name').optional(),
  DATABASE_POOL_SIZE: count(2, 500).default(10),
  MIGRATE_ON_START: flag.default(true),
  JWT_SECRET: randomSecret.optional(),
  SECRETS_KEY: secretsKey.optional(),
  ACCESS_TOKEN_HOURS: count(1, 720).default(24),
  REFRESH_TOKEN_DAYS: count(1, 365).default(30),
  SESSION_MAX_DAYS: count(1, 3650).default(90),
  BCRYPT_COST: count(4, 15).default(10),
  // Read on the first start only, so a name that was chosen before stays valid. A new admin gets a `SignInName`.
  ADMIN_USER_ID: KnownSignInName.default('admin'),
  ADMIN_EMAIL: address.default('admin@localhost'),
  ADMIN_PASSWORD: NewPassword.optional(),
  SMTP_URL: url(/^smtps?$/, 'smtp://user:password@mail.example.com:587?tls=required')
    .refine((smtpUrl) => ['', '?tls=required', undefined].includes(URL.parse(smtpUrl)?.search), {
      error: 'may have no parameter but ?tls=required',
    })
    .optional(),
  SMTP_TIMEOUT_SECONDS: count(1, 300).default(20),
  MAIL_FROM: mailbox.default('Counterdesk <helpdesk@localhost>'),
  MAIL_SENDER_DOMAINS: domains.default([]),
  MAIL_RETRY_SECONDS: count(1, 3600).default(10),
  MAIL_PARAMETERS_DAYS: count(5, 3650).default(90),
  JOB_CONCURRENCY: count(1, 100).default(10),
  AUTO_CLOSE_DAYS: count(1, 3650).default(7),
  DELETED_DAYS: count(1, 3650).default(30),
  LIST_TIMEOUT_MS: count(1, 9_000).default(1_000),
  COMMENT_EDIT_MINUTES: count(0, 525_600).default(15),
  RESERVATION_MINUTES: count(1, 43_200).default(15),
  ATTACHMENT_MAX_MB: count(1, 1000).default(25),
  S3_ENDPOINT: s3.endpoint.optional(),
  S3_REGION: s3.region.default('us-east-1'),
  S3_BUCKET: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, {
      error: 'must be the name of a bucket: 3 to 63 small letters, digits, dots or dashes',
    })
    .optional(),
  S3_ACCESS_KEY_ID: s3.accessKeyId.optional(),
  S3_SECRET_ACCESS_KEY: s3.secretAccessKey.optional(),
  BACKUP_S3_ENDPOINT: s3.endpoint.optional(),
  BACKUP_S3_REGION: s3.region.optional(),
  BACKUP_S3_ACCESS_KEY_ID: s3.accessKeyId.optional(),
  BACKUP_S3_SECRET_ACCESS_KEY: s3.secretAccessKey.optional(),
  CONSOLE: flag.default(true),
  CORS_ORIGINS: origins.default([]),
  TRUST_PROXY: trustProxy.default(false),
  RATE_LIMIT_REQUESTS_PER_MINUTE: count(0, 1_000_000).default(1200),
  RATE_LIMIT_SIGN_INS_PER_MINUTE: count(0, 1_000_000).default(10),
  QUOTA_CUSTOMER_TICKETS_PER_DAY: count(0, 1_000_000).default(200),
  QUOTA_CUSTOMER_COMMENTS_PER_DAY: count(0, 1_000_000).default(1_000),
  QUOTA_CUSTOMER_UPLOADS_PER_DAY: count(0, 1_000_000).default(200),
  QUOTA_CUSTOMER_UPLOAD_MB_PER_DAY: count(0, 1_000_000).default(500),
  QUOTA_STAFF_TICKETS_PER_DAY: count(0, 1_000_000).default(0),
  QUOTA_STAFF_COMMENTS_PER_DAY: count(0, 1_000_000).default(0),
  QUOTA_STAFF_UPLOADS_PER_DAY: count(0, 1_000_000).default(0),
  QUOTA_STAFF_UPLOAD_MB_PER_DAY: count(0, 1_000_000).default(0),
  QUOTA_TECHNICIAN_TICKETS_READ_PER_DAY: count(0, 50_000).default(5_000),
  QUOTA_ADMIN_TICKETS_READ_PER_DAY: count(0, 50_000).default(0),
  QUOTA_ADDRESS_REGISTRATIONS_PER_DAY: count(0, 1_000_000).default(20),
  QUOTA_STRANGER_MAILS_PER_DAY: count(0, 1_000_000).default(10),
  REGISTRATION: RegistrationMode.default('open'),
  REGISTRATION_DOMAINS: domains.default([]),
  SECOND_FACTOR_REQUIRED: flag.default(false),
  LANGUAGES: languageList.default(['en', 'de']),
  TIME_ZONE: TimeZone.default('UTC'),
  WEBHOOK_ALLOW_HOSTS: hosts.default([]),
  WEBHOOK_PORTS: ports.default([443]),
  WEBHOOK_PROXY: url(/^https?$/, 'http://proxy.example.com:3128')
    .refine((text) => !/[?#]/.test(text), { error: 'must have no query or fragment' })
    .optional(),
  NATS_URL: url(/^(?:nats|tls)$/, 'nats://user:password@nats.example.com:4222')
    .refine((text) => !/[?#]/.test(text), { error: 'must have no query or fragment' })
    // The client compares the certificate with `localhost` when the host is an address.
    .refine((text) => !/^tls:\/\/(?:[^@]*@)?(?:[\d.]+|\[.*\])(?::\d+)?\/?$/.test(text), {
      error: 'must have the name of a host with tls://, as it is in the certificate, and no address',
    })
    .optional(),
  NATS_STREAM: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/, { error: 'must be 1 to 64 letters, digits, _ or -' })
    .default('counterdesk'),
  NATS_SUBJECTS: z.enum(['types', 'names']).default('types'),
  METRICS_TOKEN: z.string().min(16).optional(),
  ...traceSettings,
  PLATFORM_TOKEN: platformToken.optional(),
  TENANT_GRACE_DAYS: count(1, 3650).default(30),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
}

const s3Keys = ['S3_ENDPOINT', 'S3_BUCKET', 'S3_ACCESS_KEY_ID', 'S3_SECRET_ACCESS_KEY'] as const

/** The whole environment: each setting alone, and the rules between settings. */
export const Environment = z
  .object(settings)
  .refine(({ NODE_ENV, JWT_SECRET }) => NODE_ENV !== 'production' || JWT_SECRET !== undefined, {
    path: ['JWT_SECRET'],
    when: () => true, // even when other settings are wrong
    error: 'is required in production: make one with `openssl rand -base64 48`',
  })
  .superRefine(
    (given, context) => {
      const missing = s3Keys.filter((key) => given[key] === undefined)
      if (missing.length === s3Keys.length) return
      for (const key of missing) {
        context.addIssue({
          code: 'custom',
          path: [key],
          message: 'is required with the other settings of the S3 store',
        })
      }
    },
    { when: () => true },
  )
  .superRefine(
    (given, context) => {
      for (const [key, message] of databaseFaults(given)) context.addIssue({ code: 'custom', path: [key], message })
    },
    { when: () => true },
  )
