import { randomBytes } from 'node:crypto'
import { SignInName } from '../../../contract/credentials.ts'
import type { App } from '../../../platform/app-context.ts'
import { transaction } from '../../../platform/db/transaction.ts'
import { AppError, invalidMember } from '../../../platform/errors.ts'
import type { Note } from '../../../platform/module.ts'
import { getTenantWithUsage, type OperatorAct } from '../tenants/manage-tenants.service.ts'
import type { FirstSettings } from '../tenants/tenant-settings.schemas.ts'
import { chooseFirstSettings } from '../tenants/tenant-settings.service.ts'
import { defaultTenantSlug, type Tenant } from '../tenants/tenants.schemas.ts'
import { createTenant, getTenantId, hasTenant } from '../tenants/tenants.service.ts'
import { createAdmin, inviteAdmin } from './accounts.service.ts'
import { systemOf } from './actor.ts'
import { hashNewPassword } from './passwords.service.ts'

/** An admin to create. Without a password, a random one is made. */
export interface NewAdmin {
  userId: string
  name: string
  email: string
  password: string | undefined
}

/** A tenant to create, with what is chosen of its settings. */
type NewTenant = { slug: string; name: string } & FirstSettings

/** A user id and a password, which are shown once. Only the hash of the password is stored. */
export interface Credentials {
  userId: string
  password: string
  /** Whether the password was generated. */
  isGenerated: boolean
}

/** 20 characters, 120 bits. */
const randomPassword = (): string => randomBytes(15).toString('base64url')

/** @throws AppError `validation_failed` when a new account may not have the user id; the error names `member`. */
const refuseUserId = (userId: string, member: string): void => {
  const { error } = SignInName.safeParse(userId)
  if (error) throw invalidMember(member, error.issues[0]?.message ?? 'is not possible', 'invalid_value')
}

const prepare = async (app: App, { password, ...admin }: NewAdmin) => {
  refuseUserId(admin.userId, 'user_id')
  const credentials = {
    userId: admin.userId,
    password: password ?? randomPassword(),
    isGenerated: password === undefined,
  }
  const names = [admin.userId, admin.name, admin.email]
  return { credentials, account: { ...admin, passwordHash: await hashNewPassword(app, credentials.password, names) } }
}

/**
 * Creates a tenant with its first admin, both or neither.
 * @throws AppError `slug_taken`, `validation_failed` for a weak password or a reserved user id.
 */
export const createTenantWithAdmin = async (
  app: App,
  { slug, name, ...chosen }: NewTenant,
  admin: NewAdmin,
): Promise<Credentials> => {
  const { credentials, account } = await prepare(app, admin)
  await transaction(app.pool, async (tx) => {
    const tenantId = await createTenant(tx, slug, name)
    await chooseFirstSettings(tx, { actor: systemOf(tenantId), requestId: null }, chosen)
    await createAdmin(tx, tenantId, account)
  })
  app.tenants.clear()
  return credentials
}

/**
 * Creates a tenant with its first admin, who is invited: a link to set a password is mailed to them. The answer is what
 * `GET /tenants/{slug}` answers.
 * @throws AppError `slug_taken`; `validation_failed` for a reserved user id.
 */
export const createTenantByInvitation = async (
  app: App,
  act: OperatorAct,
  { slug, name, ...chosen }: NewTenant,
  admin: Omit<NewAdmin, 'password'>,
): Promise<Tenant> => {
  const created = await transaction(
    app.pool,
    async (tx) => {
      const tenantId = await createTenant(tx, slug, name, act)
      const actOfTenant = { ...act, actor: systemOf(tenantId) }
      await chooseFirstSettings(tx, actOfTenant, chosen)
      await inviteAdmin(tx, actOfTenant, admin)
      return getTenantWithUsage(app, tx, slug)
    },
    act.receipt,
  )
  app.tenants.clear()
  return created
}

/**
 * Creates one more admin of a tenant.
 * @throws AppError `tenant_not_found`, `sign_in_name_taken`, `email_taken`, `validation_failed` for a weak password or
 * a reserved user id.
 */
export const createAdminOf = async (app: App, slug: string, admin: NewAdmin): Promise<Credentials> => {
  const tenantId = await getTenantId(app, slug)
  const { credentials, account } = await prepare(app, admin)
  await transaction(app.pool, (tx) => createAdmin(tx, tenantId, account))
  return credentials
}

/**
 * Creates, at the very first start, the tenant `default` and its admin from `ADMIN_USER_ID`, `ADMIN_EMAIL` and
 * `ADMIN_PASSWORD`. Null when the tenant exists already, or when another process creates it first.
 */
const createFirstAdmin = async (app: App): Promise<Credentials | null> => {
  if (await hasTenant(app, defaultTenantSlug)) return null
  const { ADMIN_USER_ID: userId, ADMIN_EMAIL: email, ADMIN_PASSWORD: password } = app.config
  refuseUserId(userId, 'ADMIN_USER_ID')
  const tenant = { slug: defaultTenantSlug, name: 'Counterdesk' }
  try {
    return await createTenantWithAdmin(app, tenant, { userId, name: 'Admin', email, password })
  } catch (error) {
    if (error instanceof AppError && error.code === 'slug_taken') return null
    throw error
  }
}

/**
 * Creates the first admin at the very first start. Answers with a note of a random password; with null when the admin
 * exists or `ADMIN_PASSWORD` was set.
 * @throws AppError `validation_failed` when `ADMIN_PASSWORD` is a weak password, or `ADMIN_USER_ID` is reserved.
 */
export const announceFirstAdmin = async (app: App): Promise<Note | null> => {
  const credentials = await createFirstAdmin(app)
  const { ADMIN_EMAIL: email, NODE_ENV } = app.config
  if (credentials && NODE_ENV === 'production' && email.endsWith('@localhost')) {
    app.log.warn(
      `no mail reaches the first admin at ${email}, because ADMIN_EMAIL is not set; POST /api/me/email changes it`,
    )
  }
  if (!credentials?.isGenerated) return null
  const { userId, password } = credentials
  return { name: 'first-admin', about: 'The first admin', lines: [`user id   ${userId}`, `password  ${password}`] }
}
