import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { access, chmod, chown, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { chooseOsUser, spawnOptionsFor } from '../../src/platform/db/embedded/os-user.ts'
import { findFreePort } from '../../src/platform/free-port.ts'

const bin = '/usr/lib/postgresql/15/bin'
const examples = new URL('../deploy/pgbackrest/', import.meta.url)
const stanza = '--stanza=desk'

/** Why there can be no archived cluster on this machine, or null. */
export const whyNotArchived = async (): Promise<string | null> => {
  const isHere = (file: string): Promise<boolean> =>
    access(file).then(
      () => true,
      () => false,
    )
  const files = [`${bin}/postgres`, '/usr/bin/pgbackrest']
  const found = await Promise.all(files.map(isHere))
  return found.every(Boolean) ? null : 'pgBackRest or the server of PostgreSQL 15 is not installed here'
}

/** A PostgreSQL 15 whose log goes into a repository of pgBackRest, as `scripts/deploy/pgbackrest` sets both up. */
export interface ArchivedCluster {
  /** The address of one of its databases. */
  url(database: string): string
  /** Makes a backup. Answers with its seconds. */
  backup(type: 'full' | 'diff' | 'incr'): Promise<number>
  /** Stops it in order, so that all of its log is in the repository. */
  stop(): Promise<void>
  /**
   * Restores it, stopped, into a new data folder as it was at this time, and starts it. Waits until it has taken over.
   * The folder of before stays beside it. Answers with the seconds.
   * @param time as PostgreSQL writes a time, with its time zone.
   */
  restoreTo(time: string): Promise<number>
  /** Stops it at once, and removes it with its repository. */
  remove(): Promise<void>
}

/** The example with other values. @throws Error when the example has no line for one of them. */
const withValues = (example: string, values: Record<string, string>): string =>
  Object.entries(values).reduce((text, [key, value]) => {
    const line = new RegExp(`^${key}=.*$`, 'm')
    if (!line.test(text)) throw new Error(`scripts/deploy/pgbackrest/pgbackrest.conf does not have ${key}`)
    return text.replace(line, () => `${key}=${value}`)
  }, example)

const seconds = async (work: () => Promise<unknown>): Promise<number> => {
  const begin = performance.now()
  await work()
  return (performance.now() - begin) / 1_000
}

/** Opens one in a temporary folder, on a free port of this machine. Nothing of it is elsewhere. */
export const openArchivedCluster = async (): Promise<ArchivedCluster> => {
  const user = chooseOsUser(null)
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'counterdesk-archived-')))
  const [own, settings, secret] = [join(folder, 'own'), join(folder, 'pgbackrest.conf'), join(folder, 'password')]
  const data = join(own, 'data')
  const port = String(await findFreePort())
  const password = randomBytes(24).toString('hex')
  const options = spawnOptionsFor(user)
  const env = { ...options.env, PGBACKREST_CONFIG: settings }
  const run = async (file: string, ...args: string[]): Promise<string> => {
    const running = promisify(execFile)(file, args, { ...options, env, encoding: 'utf8', timeout: 120_000 })
    return (await running).stdout
  }
  const backRest = (...args: string[]): Promise<string> => run('/usr/bin/pgbackrest', stanza, ...args)
  const control = (...args: string[]): Promise<string> =>
    run(`${bin}/pg_ctl`, '-D', data, '-w', '-t', '60', '-l', join(own, 'server.log'), ...args)

  /** Writes a file that the user of the database may read, and not change. */
  const hand = async (file: string, text: string): Promise<void> => {
    await writeFile(file, text, { mode: 0o600 })
    if (user === null) return
    await chown(file, 0, user.gid)
    await chmod(file, 0o640)
  }
  const url = (database: string): string => `postgres://postgres:${password}@127.0.0.1:${port}/${database}`

  /** Waits until it has taken over from the recovery. */
  const takesOver = async (): Promise<void> => {
    const client = new pg.Client({ connectionString: url('postgres') })
    await client.connect()
    try {
      for (let tries = 0; tries < 600; tries += 1) {
        const { rows } = await client.query('select pg_is_in_recovery() as recovers from pg_sleep(0.1)')
        if (rows[0].recovers === false) return
      }
    } finally {
      await client.end()
    }
    throw new Error('the restored cluster does not take over')
  }
  const create = async (): Promise<void> => {
    await chmod(folder, 0o711)
    await mkdir(own, { mode: 0o700 })
    if (user !== null) await chown(own, user.uid, user.gid)
    await hand(secret, password)
    const example = await readFile(new URL('pgbackrest.conf', examples), 'utf8')
    const places = { 'repo1-path': 'repo', 'log-path': 'log', 'lock-path': 'lock', 'spool-path': 'spool' }
    const values = {
      ...Object.fromEntries(Object.entries(places).map(([key, name]) => [key, join(own, name)])),
      'repo1-cipher-pass': randomBytes(36).toString('base64'),
      'pg1-path': data,
      'pg1-socket-path': own,
      'pg1-port': port,
    }
    await hand(settings, withValues(example, values))
    const names = ['-U', 'postgres', '--pwfile', secret, '--auth-local=trust', '--auth-host=scram-sha-256']
    await run(`${bin}/initdb`, '-D', data, ...names, '-E', 'UTF8', '--locale=C.UTF-8')
    const lines = ["listen_addresses = '127.0.0.1'", `port = ${port}`, `unix_socket_directories = '${own}'`]
    const archiving = await readFile(new URL('archiving.conf', examples), 'utf8')
    await hand(join(folder, 'archived.conf'), [...lines, archiving].join('\n'))
    await run(
      '/bin/sh',
      '-c',
      'echo "include \'$1\'" >> "$2"',
      'sh',
      join(folder, 'archived.conf'),
      `${data}/postgresql.conf`,
    )
    await control('start')
    await backRest('stanza-create')
    await backRest('check')
  }
  const remove = async (): Promise<void> => {
    await control('stop', '-m', 'immediate').catch(() => '') // it may be stopped already
    await run('/bin/rm', '-rf', own).catch(() => '') // as its owner: root follows no names that others write
    await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
  }

  await create().catch(async (error: unknown) => {
    await remove()
    throw error
  })
  return {
    url,
    backup: (type) => seconds(() => backRest(`--type=${type}`, 'backup')),
    stop: async () => void (await control('stop', '-m', 'fast')),
    restoreTo: (time) =>
      seconds(async () => {
        await run('/bin/mv', data, `${data}.before`)
        await run('/bin/mkdir', '-m', '700', data)
        await backRest('--type=time', `--target=${time}`, '--target-action=promote', 'restore')
        await control('start')
        await takesOver()
      }),
    remove,
  }
}
