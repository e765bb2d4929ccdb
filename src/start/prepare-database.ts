import { setTimeout as sleep } from 'node:timers/promises'
import { modules } from '../modules.ts'
import type { App } from '../platform/app-context.ts'
import { hasApplicationRole } from '../platform/db/application-role.ts'
import { isDatabaseUnavailable } from '../platform/db/connection-errors.ts'
import { warnOfLetterCase } from '../platform/db/letter-case.ts'
import { migrate, pendingMigrations } from '../platform/db/migrate.ts'
import { statementTimeout } from '../platform/db/pool.ts'
import { checkTimeLimit } from '../platform/db/pooler.ts'
import type { Operator } from './operator.ts'
import { heldLine } from './settle-restored.ts'

/** Looks at a migrated database, lets the modules prepare it, and gives the operator what is to be said. */
const prepareModules = async (app: App, operator: Operator): Promise<void> => {
  for (const line of await warnOfLetterCase(app.pool)) operator.say(line)
  for (const module of modules) {
    for (const line of (await module.prepare?.(app)) ?? []) operator.say(line)
    const note = await module.note?.(app)
    if (note) await operator.handOver(note, app.config.DATA_DIR)
  }
  const held = await heldLine(app)
  if (held !== null) operator.say(held)
}

/** Creates the application role, which a database that was restored into another cluster does not have. */
const ensureApplicationRole = async (app: App, url: string): Promise<void> => {
  if (await hasApplicationRole(app.pool)) return
  if (app.config.MIGRATE_ON_START) await migrate(url)
  if (await hasApplicationRole(app.pool)) return
  app.log.warn(
    'the database user may not create roles, so the program works as the owner of its tables; see docs/operations.md, "Audit"',
  )
}

/** Answers false when migrations are pending that this program may not run. */
const migrateAndPrepare = async (
  app: App,
  url: string,
  operator: Operator,
  level: 'warn' | 'debug',
): Promise<boolean> => {
  const warning = await checkTimeLimit(app.pool, statementTimeout)
  if (warning !== null) app.log.warn(warning)
  const pending = await pendingMigrations(app.pool)
  if (pending.length > 0) {
    if (!app.config.MIGRATE_ON_START) {
      app.log[level]({ pending }, 'migrations are pending; run `npm run migrate`')
      return false
    }
    await migrate(url)
  }
  await ensureApplicationRole(app, url)
  await prepareModules(app, operator)
  return true
}

/**
 * Migrates the database and lets the modules prepare it, which creates the first admin.
 * @returns whether the database is ready: false when it is away, or when an operator must migrate it first. The reason
 * is logged at `level`.
 */
export const prepareDatabase = async (
  app: App,
  url: string,
  operator: Operator,
  level: 'warn' | 'debug',
): Promise<boolean> => {
  try {
    return await migrateAndPrepare(app, url, operator, level)
  } catch (error) {
    if (!isDatabaseUnavailable(error)) throw error
    app.log[level]({ error }, 'the database is away; trying again')
    return false
  }
}

/** Prepares the database again every second until it is ready, or until the program stops. */
export const prepareDatabaseUntilReady = async (app: App, url: string, operator: Operator): Promise<void> => {
  do await sleep(1_000)
  while (!app.stopping() && !(await prepareDatabase(app, url, operator, 'debug')))
}
