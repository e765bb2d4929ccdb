import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readdir, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterEach, describe, expect, test } from 'vitest'
import { isPostmaster, readLockFile } from './embedded/postmaster.ts'
import { enter } from './embedded/presence.ts'
import { type EmbeddedDatabase, openEmbeddedDatabase } from './embedded.ts'

// Real PostgreSQL, real processes, a folder for each test.

const undo: (() => Promise<unknown> | unknown)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

/** A folder that every user may enter, as the folder of a clone usually is. */
const newRoot = async (mode = 0o755): Promise<string> => {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'counterdesk-embedded-')))
  undo.push(() => rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }))
  await chmod(folder, mode)
  return join(folder, 'data')
}

const open = async (root: string, settings: Record<string, string> = {}): Promise<EmbeddedDatabase> => {
  const database = await openEmbeddedDatabase(root, { settings: { fsync: 'off', ...settings } })
  undo.push(() => database.stop())
  return database
}

const query = async (url: string, text: string): Promise<Record<string, unknown>[]> => {
  const client = new pg.Client({ connectionString: url, application_name: 'psql' })
  client.on('error', () => {}) // the server may be killed meanwhile
  await client.connect()
  return client
    .query(text)
    .then(({ rows }) => rows)
    .finally(() => client.end())
}

/** Blocks this process, as a long computation does. */
const stayBusy = (ms: number): void => {
  for (const until = performance.now() + ms; performance.now() < until; );
}

/** Starts another program that opens the database, says how, and stops the database when its input ends. */
const openElsewhere = (root: string) => {
  const script = `
    const { openEmbeddedDatabase } = await import(${JSON.stringify(new URL('./embedded.ts', import.meta.url).href)})
    const database = await openEmbeddedDatabase(${JSON.stringify(root)}, { settings: { fsync: 'off' } })
    console.log(JSON.stringify(database))
    process.stdin.resume().on('end', () => database.stop())`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  })
  undo.push(() => endGroup(child))
  const opened = new Promise<EmbeddedDatabase>((resolve) =>
    child.stdout.once('data', (line) => resolve(JSON.parse(line))),
  )
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const leave = () => {
    child.stdin.end()
    return ended
  }
  const kill = () => {
    child.kill('SIGKILL')
    return ended
  }
  return { opened, leave, kill }
}

/** Kills the process group of a program, with initdb in it. PostgreSQL itself has a group of its own. */
const endGroup = (child: ChildProcess): void => {
  try {
    process.kill(-(child.pid ?? Number.NaN), 'SIGKILL')
  } catch {
    // The process has ended already, as it should.
  }
}

const facts = `select lower('ÄÖÜ') as lower, current_database() as name, current_setting('server_encoding') as encoding,
  current_setting('listen_addresses') as addresses, current_setting('unix_socket_directories') as sockets,
  current_setting('fsync') as fsync, current_setting('work_mem') as work_mem, current_setting('timezone') as zone`

const postmasterOf = ({ dataDir }: EmbeddedDatabase): number => readLockFile(dataDir)?.pid ?? 0
const isUp = (database: EmbeddedDatabase): boolean => isPostmaster(postmasterOf(database), database.dataDir)

describe('a cluster of our own', { timeout: 30_000 }, () => {
  test('is made on first use and keeps what was written', async () => {
    const root = await newRoot()
    const first = await open(root, { fsync: 'on', work_mem: '8MB' })
    expect(first.started).toBe(true)
    expect((await stat(join(root, 'postgres.password'))).mode & 0o777).toBe(0o600)
    expect((await readdir(root)).sort()).toEqual(['postgres', 'postgres.log', 'postgres.password'])
    expect(await query(first.url, facts)).toEqual([
      {
        lower: 'äöü',
        name: 'counterdesk',
        encoding: 'UTF8',
        addresses: '127.0.0.1',
        sockets: '',
        fsync: 'on',
        work_mem: '8MB',
        zone: 'UTC',
      },
    ])
    const guessed = first.url.replace(/:[^:@]+@/, ':guessed@')
    await expect(query(guessed, 'select 1')).rejects.toMatchObject({ code: '28P01' })
    await query(first.url, 'create table notes as select 1 as kept')
    await first.stop()
    await first.stop()
    expect(readLockFile(first.dataDir)).toBeNull()

    const second = await open(root)
    expect(await query(second.url, 'select kept from notes')).toEqual([{ kept: 1 }])
  })

  test('says what is wrong, and where the log is', async () => {
    const root = await newRoot()
    await expect(open(root, { shared_buffers: 'plenty' })).rejects.toThrow(
      /did not start \(exit code 1\); the log .*postgres\.log ends with:\n.*shared_buffers/s,
    )
    await rm(join(root, 'postgres.password'))
    await expect(open(root)).rejects.toThrow(/postgres\.password is missing/)

    const other = await newRoot()
    await mkdir(join(other, 'postgres'), { recursive: true })
    await writeFile(join(other, 'postgres', 'holiday.jpg'), '')
    await expect(open(other)).rejects.toThrow(/is not a PostgreSQL data folder/)
  })
})

describe('several programs', { timeout: 30_000 }, () => {
  test('join the program that started it, and the last program to leave stops it', async () => {
    const root = await newRoot()
    const server = await open(root)
    const other = openElsewhere(root)
    const joined = await other.opened
    expect(joined).toMatchObject({ url: server.url, started: false })
    const shell = new pg.Client({ connectionString: server.url, application_name: 'psql' })
    const told = new Promise((resolve) => shell.on('error', resolve))
    await shell.connect()

    await server.stop()
    expect(isUp(server)).toBe(true)
    await other.leave()
    expect(isUp(server)).toBe(false)
    expect(await told).toMatchObject({ code: '57P01' }) // an open psql does not hold it up
  })

  test('that open it at the same moment share one server, whether it is new or was stopped before', async () => {
    const root = await newRoot()
    for (const _ of ['new', 'stopped before']) {
      const programs = [openElsewhere(root), openElsewhere(root)]
      const opened = await Promise.all(programs.map((program) => program.opened))
      expect(new Set(opened.map(({ url }) => url)).size).toBe(1)
      expect(opened.filter(({ started }) => started)).toHaveLength(1)
      await Promise.all(programs.map((program) => program.leave()))
      expect(opened.map(isUp)).toEqual([false, false])
    }
    expect((await readdir(root)).sort()).toEqual(['postgres', 'postgres.log', 'postgres.password'])
  })

  test('find each other again and again while programs come and go', async () => {
    const root = await newRoot()
    await (await open(root)).stop()
    const comeAndGo = async () => {
      for (let visit = 0; visit < 4; visit += 1) {
        const { url, stop } = await openEmbeddedDatabase(root, { settings: { fsync: 'off' } })
        expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }])
        await stop()
      }
    }
    await Promise.all([comeAndGo(), comeAndGo(), comeAndGo()])
    expect(readLockFile(join(root, 'postgres'))).toBeNull()
  })
})

describe('leaving', { timeout: 30_000 }, () => {
  test('tells of a shutdown that somebody else began, whenever its news comes', async () => {
    const root = await newRoot()
    for (let busy = 0; busy < 30; busy += 1) {
      const server = await open(root)
      const { port, password } = new URL(server.url)
      const presence = await enter(Number(port), password)
      const left = presence?.leave().catch(({ code }) => code)
      process.kill(postmasterOf(server), 'SIGINT')
      stayBusy(busy) // the answer to a question and the news may arrive together
      expect([false, '57P01', 'ECONNRESET']).toContain(await left)
      await server.stop()
      expect(isUp(server)).toBe(false)
    }
  })
})

describe('after a violent end', { timeout: 30_000 }, () => {
  test('of the program, PostgreSQL goes on and the next program adopts it', async () => {
    const root = await newRoot()
    const victim = openElsewhere(root)
    const { url } = await victim.opened
    await victim.kill()

    const next = await open(root)
    expect(next).toMatchObject({ url, started: false })
    await next.stop()
    expect(isUp(next)).toBe(false)
  })

  test('of PostgreSQL, the next start recovers what was committed, also when another process has its pid by then', async () => {
    const root = await newRoot()
    const first = await open(root)
    await query(first.url, 'create table notes as select 1 as kept')
    const busy = query(first.url, 'select pg_sleep(1)').catch(() => {}) // holds the shared memory for a moment
    await sleep(50)
    process.kill(postmasterOf(first), 'SIGKILL')

    const second = await open(root)
    expect(second.started).toBe(true)
    expect(await query(second.url, 'select kept from notes')).toEqual([{ kept: 1 }])
    await busy
    await first.stop() // has nothing to stop any more, and leaves the others theirs
    expect(isUp(second)).toBe(true)

    process.kill(postmasterOf(second), 'SIGKILL')
    while (isUp(second)) await sleep(5)
    const { uid, gid } = await stat(second.dataDir)
    const bystander = spawn('sleep', ['30'], { uid, gid, stdio: 'ignore' })
    undo.push(() => bystander.kill())
    const lockFile = join(second.dataDir, 'postmaster.pid')
    await writeFile(lockFile, (await readFile(lockFile, 'utf8')).replace(/^\d+/, String(bystander.pid)))
    const third = await open(root)
    expect(await query(third.url, 'select kept from notes')).toEqual([{ kept: 1 }])
    expect(bystander.exitCode).toBeNull()
  })

  test('of a first start, the leftovers are removed and the next start succeeds', async () => {
    const root = await newRoot()
    const victim = openElsewhere(root)
    const isInitializing = async () =>
      (await readdir(root).catch(() => [])).some((name) => existsSync(join(root, name, 'data', 'PG_VERSION')))
    while (!(await isInitializing())) await sleep(5)
    await victim.kill()

    const next = await open(root)
    expect(next.started).toBe(true)
    expect((await readdir(root)).sort()).toEqual(['postgres', 'postgres.log', 'postgres.password'])
  })
})

describe.runIf(process.getuid?.() === 0)('as root', { timeout: 30_000 }, () => {
  test('PostgreSQL runs as another user, who is sheltered when it cannot enter the folder', async () => {
    const root = await newRoot(0o700)
    const first = await open(root)
    const shelter = dirname(first.dataDir)
    undo.push(() => rm(shelter, { recursive: true }))
    expect(shelter).toMatch(/^\/var\/lib\/counterdesk\/[0-9a-f]{12}$/)
    expect(await realpath(join(root, 'postgres'))).toBe(first.dataDir)
    expect((await stat(first.dataDir)).uid).not.toBe(0)
    expect((await stat(dirname(root))).mode & 0o777).toBe(0o700)
    await query(first.url, 'create table notes as select 1 as kept')
    await first.stop()

    const second = await open(root)
    expect(await query(second.url, 'select kept from notes')).toEqual([{ kept: 1 }])
    await second.stop()
  })
})
