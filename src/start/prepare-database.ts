import { setTimeout as sleep } from 'node:timers/promises'
import { modules } from '../modules.ts'
import type { App } from '../platform/app-context.ts'
import { hasApplicationRole } from '../platform/db/application-role.ts'
import { isDatabaseUnavailable } from '../platform/db/connection-errors.ts'
import { migrate, pendingMigrations } from '../platform/db/migrate.ts'

/** Lets the modules prepare a migrated database, and prints what they have to tell. */
const prepareModules = async (app: App): Promise<void> => {
  for (const module of modules) {
    const lines = (await module.prepare?.(app)) ?? []
    if (lines.length > 0) process.stdout.write(`${lines.join('\n')}\n`)
  }
}

/** A database that was restored into another cluster is up to date, but its role is not there. */
const restrict = async (app: App, url: string): Promise<void> => {
  if (await hasApplicationRole(app.pool)) return
  if (app.config.MIGRATE_ON_START) await migrate(url)
  if (await hasApplicationRole(app.pool)) return
  app.log.warn(
    'the database user may make no roles: the program works as the owner of its tables, see docs/operations.md, "Audit"',
  )
}

const prepareDatabase = async (app: App, url: string, level: 'warn' | 'debug'): Promise<boolean> => {
  const pending = await pendingMigrations(app.pool)
  if (pending.length > 0) {
    if (!app.config.MIGRATE_ON_START) {
      app.log[level]({ pending }, 'migrations are pending; run `npm run migrate`')
      return false
    }
    await migrate(url)
  }
  await restrict(app, url)
  await prepareModules(app)
  return true
}

/**
 * Brings the database up to date and makes the first admin; false when the database is away, or when its migrations are
 * somebody else's to run first.
 */
export const isPrepared = async (app: App, url: string, level: 'warn' | 'debug'): Promise<boolean> => {
  try {
    return await prepareDatabase(app, url, level)
  } catch (error) {
    if (!isDatabaseUnavailable(error)) throw error
    app.log[level]({ error }, 'the database is away; trying again')
    return false
  }
}

/** Tries again and again; ends early when the program stops. */
export const untilPrepared = async (app: App, url: string): Promise<void> => {
  do await sleep(1_000)
  while (!app.stopping() && !(await isPrepared(app, url, 'debug')))
}
