import type { ClientBase, Pool } from 'pg'
import { roleOfOwningLogin } from './application-role.ts'

// A pooler in transaction mode, such as PgBouncer, gives each transaction the server connection that is free. What a
// session would keep is lost, or belongs to another client: prepared statements, settings, roles, advisory locks and
// LISTEN. So behind such a pooler a connection keeps nothing, and the role of its login brings the settings.

const behindPooler = new WeakSet<ClientBase>()

/** Notes that a connection leads to a pooler in transaction mode. */
export const markBehindPooler = (client: ClientBase): void => void behindPooler.add(client)

/** Whether a connection leads to a pooler in transaction mode, so it may keep nothing from one statement to the next. */
export const isBehindPooler = (client: ClientBase): boolean => behindPooler.has(client)

/** A setting of the database is not what the program needs. The program does not start with it. */
class WrongSessionError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'WrongSessionError'
  }
}

/** What the role of a login behind a pooler must bring, with the value as `current_setting` tells it. */
export type RoleSettings = Record<string, string>

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

/**
 * Looks whether a connection to a pooler in transaction mode has the settings that the program needs, and works as its
 * own login, which is not the owner of the tables: another client of the pooler may have left a role behind.
 * @throws WrongSessionError with the statements that put it right.
 */
export const checkBehindPooler = async (client: ClientBase, wanted: RoleSettings): Promise<void> => {
  const { rows } = await client.query(
    `select session_user::text as login, current_user::text as role, ${roleOfOwningLogin} as lesser,
       (select jsonb_object_agg(n.name, current_setting(n.name)) from unnest($1::text[]) as n (name)) as settings`,
    [Object.keys(wanted)],
  )
  const { login, role, lesser, settings } = rows[0] as {
    login: string
    role: string
    lesser: string | null
    settings: RoleSettings
  }
  if (login !== role)
    throw new WrongSessionError(
      `The pooler hands on connections that work as ${role}, not as ${login}: a client of it sets a role. Let the program have a login of its own.`,
    )
  if (lesser !== null)
    throw new WrongSessionError(
      `Behind the pooler ${login} has the rights of the owner of the tables, who may change events. Give the program a login of its own: create role desk login password '…' in role ${quoted(lesser)};`,
    )
  const wrong = Object.entries(wanted).filter(([name, value]) => settings[name] !== value)
  if (wrong.length === 0) return
  throw new WrongSessionError(
    `Behind the pooler ${wrong.map(([name]) => `${name} is ${settings[name]}`).join(', ')}. Run as the owner, then let the pooler reconnect: ${wrong
      .map(([name, value]) => `alter role ${quoted(login)} set ${name} = '${value}';`)
      .join(' ')}`,
  )
}

/** What is to be said of a database that the program reaches through a pooler that it does not know of. */
const poolerHint =
  'A pooler in transaction mode needs DATABASE_POOLED=true and MIGRATION_DATABASE_URL; see docs/operations.md, "PgBouncer".'

/**
 * Looks whether the server keeps the time limit that a connection asked for: a pooler may have been told to ignore it.
 * Answers with a warning when a pooler stands in front, else null. A pooler gives a connection a process number of its
 * own.
 * @throws WrongSessionError when the limit is another one.
 */
export const checkTimeLimit = async (pool: Pool, wanted: string): Promise<string | null> => {
  const client = await pool.connect()
  try {
    const { rows } = await client.query(
      `select current_setting('statement_timeout') as found, pg_backend_pid() as process`,
    )
    const { found, process } = rows[0] as { found: string; process: number }
    const isPooler = process !== (client as unknown as { processID: number | null }).processID
    if (found !== wanted) {
      throw new WrongSessionError(
        `The statement_timeout of the database is ${found}, and the program asked for ${wanted}: without it one request may hold up all others. ${poolerHint}`,
      )
    }
    return isPooler && !isBehindPooler(client) ? `A pooler stands in front of the database. ${poolerHint}` : null
  } finally {
    client.release()
  }
}
