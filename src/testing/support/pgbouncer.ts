import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { findFreePort } from '../../platform/free-port.ts'
import { findProgram } from './find-program.ts'

/** Where PgBouncer is, or null on a machine without it. */
export const findPgBouncer = (): Promise<string | null> => findProgram('/usr/sbin/pgbouncer', 'pgbouncer')

/** A PgBouncer of a test. */
export interface PgBouncer {
  /** An address of the server, as one of the pooler. */
  through(url: string): string
  stop(): Promise<void>
}

const answers = async (port: number): Promise<boolean> => {
  const socket = createConnection({ host: '127.0.0.1', port })
  const isOpen = await once(socket, 'connect').then(
    () => true,
    () => false,
  )
  socket.destroy()
  return isOpen
}

/**
 * Starts PgBouncer in front of a server, on a free port of this machine.
 * @param logins the names and passwords of its users.
 * @param settings further lines of its configuration.
 */
export const startPgBouncer = async (
  file: string,
  serverUrl: string,
  logins: Record<string, string>,
  settings: Record<string, string | number> = {},
): Promise<PgBouncer> => {
  const folder = await mkdtemp(join(tmpdir(), 'counterdesk-pgbouncer-'))
  const { hostname, port: serverPort } = new URL(serverUrl)
  const port = await findFreePort()
  const lines = {
    listen_addr: '127.0.0.1',
    listen_port: port,
    unix_socket_dir: '',
    auth_type: 'trust',
    auth_file: join(folder, 'users.txt'),
    pool_mode: 'transaction',
    max_client_conn: 500,
    default_pool_size: 8,
    server_idle_timeout: 60,
    // PgBouncer refuses to run as root, and takes another user on.
    ...(process.getuid?.() === 0 ? { user: 'nobody' } : {}),
    ...settings,
  }
  await writeFile(
    lines.auth_file,
    Object.entries(logins)
      .map(([name, password]) => `"${name}" "${password}"\n`)
      .join(''),
  )
  const configuration = Object.entries(lines).map(([name, value]) => `${name} = ${value}\n`)
  await writeFile(
    join(folder, 'pgbouncer.ini'),
    `[databases]\n* = host=${hostname} port=${serverPort || 5432}\n[pgbouncer]\n${configuration.join('')}`,
  )
  await chmod(folder, 0o755)
  const child = spawn(file, ['-q', join(folder, 'pgbouncer.ini')], { stdio: ['ignore', 'ignore', 'pipe'] })
  let complaints = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints = (complaints + text).slice(-2_000)
  })
  const ended = once(child, 'exit')
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    await ended
    await rm(folder, { recursive: true, force: true })
  }
  for (let tries = 0; !(await answers(port)); tries += 1) {
    if (child.exitCode !== null || tries === 200) {
      await stop()
      throw new Error(`PgBouncer did not start: ${complaints}`)
    }
    await sleep(25)
  }
  return {
    through(url) {
      const address = new URL(url)
      address.host = `127.0.0.1:${port}`
      return address.href
    },
    stop,
  }
}
