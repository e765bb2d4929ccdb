import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { access, chmod, chown, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { chooseOsUser, type OsUser, spawnOptionsFor } from '../../src/platform/db/embedded/os-user.ts'
import { findFreePort } from '../../src/platform/free-port.ts'

const bin = '/usr/lib/postgresql/15/bin'
const examples = new URL('../deploy/pgbackrest/', import.meta.url)

/** Why there can be no archived cluster on this machine, or null. */
export const whyNotArchived = (): Promise<string | null> =>
  Promise.all([access(`${bin}/postgres`), access('/usr/bin/pgbackrest')]).then(
    () => null,
    () => 'pgBackRest or the server of PostgreSQL 15 is not installed here',
  )

/** A PostgreSQL 15 whose log goes into a repository of pgBackRest, as `scripts/deploy/pgbackrest` sets both up. */
export interface ArchivedCluster {
  /** The address of one of its databases. */
  url(database: string): string
  /** Makes a backup. Answers with its seconds. */
  backup(type: 'full' | 'incr'): Promise<number>
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

/** Where everything of a cluster is, and who runs it. */
interface Site {
  user: OsUser | null
  /** Of ours: the user of the database may read what is in it, and not change it. */
  folder: string
  /** In that folder, and of the user of the database, as is all in it. */
  own: string
  data: string
  port: string
  password: string
}

const settingsOf = ({ folder }: Site): string => join(folder, 'pgbackrest.conf')

const chooseSite = async (): Promise<Site> => {
  const user = chooseOsUser(null)
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'counterdesk-archived-')))
  const own = join(folder, 'own')
  const port = String(await findFreePort())
  await chmod(folder, 0o711)
  await mkdir(own, { mode: 0o700 })
  if (user !== null) await chown(own, user.uid, user.gid)
  return { user, folder, own, data: join(own, 'data'), port, password: randomBytes(24).toString('hex') }
}

/** Runs a program as the user of the database, with the configuration of this site. @throws Error with its output. */
const runAt = async (site: Site, file: string, args: string[]): Promise<void> => {
  const { env, ...options } = spawnOptionsFor(site.user)
  const own = { ...env, PGBACKREST_CONFIG: settingsOf(site) }
  await promisify(execFile)(file, args, { ...options, env: own, timeout: 120_000 })
}

const backRest = (site: Site, ...args: string[]): Promise<void> =>
  runAt(site, '/usr/bin/pgbackrest', ['--stanza=desk', ...args])

const control = (site: Site, ...args: string[]): Promise<void> =>
  runAt(site, `${bin}/pg_ctl`, ['-D', site.data, '-w', '-t', '60', '-l', join(site.own, 'server.log'), ...args])

/** Writes a file that the user of the database may read, and not change. */
const hand = async ({ user }: Site, file: string, text: string): Promise<void> => {
  await writeFile(file, text, { mode: 0o600 })
  if (user === null) return
  await chown(file, 0, user.gid)
  await chmod(file, 0o640)
}

/** Writes the configuration of pgBackRest: the example, with the places of this site. */
const configure = async (site: Site): Promise<void> => {
  const example = await readFile(new URL('pgbackrest.conf', examples), 'utf8')
  const values = {
    'repo1-path': join(site.own, 'repo'),
    'repo1-cipher-pass': randomBytes(36).toString('base64'),
    'log-path': join(site.own, 'log'),
    'lock-path': join(site.own, 'lock'),
    'spool-path': join(site.own, 'spool'),
    'pg1-path': site.data,
    'pg1-socket-path': site.own,
    'pg1-port': site.port,
  }
  await hand(site, settingsOf(site), withValues(example, values))
}

/** Makes the cluster, which archives as the example says, and its repository. */
const create = async (site: Site): Promise<void> => {
  const { folder, own, data, port, password } = site
  const [secret, settings] = [join(folder, 'password'), join(folder, 'archived.conf')]
  await configure(site)
  await hand(site, secret, password)
  const access = ['-U', 'postgres', '--pwfile', secret, '--auth-local=trust', '--auth-host=scram-sha-256']
  await runAt(site, `${bin}/initdb`, ['-D', data, ...access, '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync'])
  const place = ["listen_addresses = '127.0.0.1'", `port = ${port}`, `unix_socket_directories = '${own}'`]
  const archiving = await readFile(new URL('archiving.conf', examples), 'utf8')
  await hand(site, settings, [...place, archiving].join('\n'))
  const append = `echo "include '$1'" >> "$2"`
  await runAt(site, '/bin/sh', ['-c', append, 'sh', settings, `${data}/postgresql.conf`])
  await control(site, 'start')
  await backRest(site, 'stanza-create')
  await backRest(site, 'check')
}

/** Waits until a cluster that recovers has taken over. */
const takesOver = async (url: string): Promise<void> => {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
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

const remove = async (site: Site): Promise<void> => {
  await control(site, 'stop', '-m', 'immediate').catch(() => {}) // it may be stopped already
  // Its owner does this, because root should follow no name that another user writes.
  await runAt(site, '/usr/bin/find', [site.own, '-mindepth', '1', '-delete']).catch((error: unknown) =>
    console.error('cleaning up:', error),
  )
  await rm(site.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
}

/** Opens one in a temporary folder, on a free port of this machine. Nothing of it is elsewhere. */
export const openArchivedCluster = async (): Promise<ArchivedCluster> => {
  const site = await chooseSite()
  const { data, port, password } = site
  const url = (database: string): string => `postgres://postgres:${password}@127.0.0.1:${port}/${database}`
  await create(site).catch(async (error: unknown) => {
    await remove(site)
    throw error
  })
  return {
    url,
    backup: (type) => seconds(() => backRest(site, `--type=${type}`, 'backup')),
    stop: () => control(site, 'stop', '-m', 'fast'),
    restoreTo: (time) =>
      seconds(async () => {
        await runAt(site, '/bin/mv', [data, `${data}.before`])
        await runAt(site, '/bin/mkdir', ['-m', '700', data])
        await backRest(site, '--type=time', `--target=${time}`, '--target-action=promote', 'restore')
        await control(site, 'start')
        await takesOver(url('postgres'))
      }),
    remove: () => remove(site),
  }
}
