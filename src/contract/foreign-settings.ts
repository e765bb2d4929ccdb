/** Settings of other systems that a person may bring along, and ours that do the same. */
export interface ForeignSetting {
  /** The whole name. */
  name: RegExp
  /** Our settings. When one of them is set, the other system's setting is not missed. */
  ours: string[]
  /** What to do, in place of "set …". */
  advice?: string
}

/**
 * What small ticket systems are set up with, and the program passes over. The first that fits counts. Names that hosts
 * and tools set by themselves, such as `AWS_EXECUTION_ENV`, are not here.
 */
export const foreignSettings: ForeignSetting[] = [
  {
    name: /^(?:EMAIL|MAIL|MAILER|SMTP|SENDER)_(?:FROM|SENDER)(?:_ADDRESS|_EMAIL|_NAME)?$|^FROM_EMAIL$/,
    ours: ['MAIL_FROM'],
  },
  {
    name: /^(?:EMAIL|MAIL|MAILER|SMTP|GMAIL|NODEMAILER)_(?:HOST|SERVER|PORT|USER|USERNAME|ADDRESS|EMAIL|PASS|PASSWORD|APP_PASSWORD|SERVICE|SECURE|URL|SSL|TLS)$/,
    ours: ['SMTP_URL'],
  },
  { name: /^(?:SENDGRID|MAILGUN|RESEND|BREVO|POSTMARK)_API_KEY$/, ours: ['SMTP_URL'] },
  { name: /^AWS_ACCESS_KEY(?:_ID)?$|^S3_ACCESS_KEY$/, ours: ['S3_ACCESS_KEY_ID'] },
  { name: /^AWS_SECRET_(?:ACCESS_)?KEY$|^S3_SECRET_KEY$/, ours: ['S3_SECRET_ACCESS_KEY'] },
  { name: /^AWS_(?:S3_)?REGION$/, ours: ['S3_REGION'] },
  { name: /^(?:AWS_)?(?:S3_)?BUCKET(?:_NAME)?$/, ours: ['S3_BUCKET'] },
  { name: /^(?:DB|DATABASE|PG|POSTGRES|POSTGRESQL)_?SSL(?:MODE)?$/, ours: ['DATABASE_SSL'] },
  {
    name: /^(?:DB|DATABASE|PG|POSTGRES|POSTGRESQL)_?(?:URL|URI|HOST|PORT|USER|USERNAME|PASS|PASSWORD|NAME|DB|DATABASE|CONNECTION_STRING)$/,
    ours: ['DATABASE_URL'],
  },
  {
    name: /^(?:MONGO|MONGODB|MYSQL)_(?:URL|URI|HOST)$/,
    ours: ['DATABASE_URL'],
    advice: 'only PostgreSQL is used: set DATABASE_URL',
  },
  { name: /^(?:JWT|TOKEN)_(?:EXPIRES_IN|EXPIRES|EXPIRY|EXPIRATION|EXPIRE|LIFETIME)$/, ours: ['ACCESS_TOKEN_HOURS'] },
  {
    name: /^(?:JWT|TOKEN|SESSION|APP|AUTH)_?(?:ACCESS_|REFRESH_)?(?:KEY|SECRET|SECRET_KEY|TOKEN_SECRET)$|^SECRET(?:_KEY)?$/,
    ours: ['JWT_SECRET'],
  },
  { name: /^(?:BCRYPT_)?SALT(?:_ROUNDS)?$|^BCRYPT_(?:ROUNDS|SALT|SALT_ROUNDS)$/, ours: ['BCRYPT_COST'] },
  { name: /^(?:CORS|ALLOWED|CLIENT)_ORIGINS?$/, ours: ['CORS_ORIGINS'] },
  { name: /^(?:CLIENT|FRONTEND|APP|BASE|SERVER|BACKEND|SITE)_URL$/, ours: ['PUBLIC_URL', 'CORS_ORIGINS'] },
  { name: /^(?:UPLOAD|UPLOADS)_(?:DIR|PATH|FOLDER)$/, ours: ['DATA_DIR'] },
  { name: /^MAX_(?:FILE|UPLOAD)_SIZE(?:_MB)?$/, ours: ['ATTACHMENT_MAX_MB'] },
  { name: /^RATE_LIMIT_(?:MAX|WINDOW|WINDOW_MS|MAX_REQUESTS)$/, ours: ['RATE_LIMIT_REQUESTS_PER_MINUTE'] },
  { name: /^REDIS_\w+$|^REDIS$/, ours: [], advice: 'no Redis is needed: limits, sessions and jobs are in PostgreSQL' },
]
