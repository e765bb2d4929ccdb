import { quotasOff } from '../../src/testing/support/quotas-off.ts'

/** A tenant that the drills put under load. */
export interface Desk {
  slug: string
  customers: number
}

/** Four tenants, ten customers each. */
export const desks: Desk[] = ['north', 'east', 'south', 'west'].map((slug) => ({ slug, customers: 10 }))

/** The password of all people of the desks. */
export const password = 'faults-password-7'

/** The settings of the program in every drill, but for the addresses of its database and mail server. */
export const deskSettings = {
  NODE_ENV: 'production',
  JWT_SECRET: 'faults-8Kd2Wq6Zn4Xr9Vb3Ty7Lm5Hc1Pf0Js',
  BCRYPT_COST: '4',
  // Without it the program would make one up, and keep it in a file.
  ADMIN_PASSWORD: password,
  LOG_LEVEL: 'warn',
  RATE_LIMIT_REQUESTS_PER_MINUTE: '0',
  RATE_LIMIT_SIGN_INS_PER_MINUTE: '0',
  ...quotasOff,
  SMTP_TIMEOUT_SECONDS: '5',
  MAIL_RETRY_SECONDS: '1',
}
