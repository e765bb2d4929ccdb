import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { findFreePort } from '../../platform/free-port.ts'
import { findProgram } from '../support/find-program.ts'

/** Where nats-server is, or null on a machine without it. */
export const findNatsServer = (): Promise<string | null> => findProgram('/usr/sbin/nats-server', 'nats-server')

/** A NATS server of a test, with JetStream, on this machine. */
export interface NatsServer {
  url: string
  /** Ends it at once, as a power cut would. */
  kill(): Promise<void>
  /** Starts it again, on the same port and with what its disk has. */
  start(): Promise<void>
  stop(): Promise<void>
}

const answers = (port: number): Promise<boolean> => {
  const socket = createConnection({ host: '127.0.0.1', port })
  return once(socket, 'connect')
    .then(
      () => true,
      () => false,
    )
    .finally(() => socket.destroy())
}

/** Starts a server. @param options further words of its command line. */
export const startNatsServer = async (file: string, options: string[] = []): Promise<NatsServer> => {
  const folder = await mkdtemp(join(tmpdir(), 'counterdesk-nats-'))
  const port = await findFreePort()
  let ended: Promise<unknown> = Promise.resolve()
  let end = (_: NodeJS.Signals): void => {}
  const start = async (): Promise<void> => {
    const child = spawn(file, ['-a', '127.0.0.1', '-p', String(port), '-js', '-sd', folder, ...options], {
      stdio: 'ignore',
    })
    ended = once(child, 'exit')
    end = (signal) => void child.kill(signal)
    for (let tries = 0; !(await answers(port)); tries += 1) {
      if (child.exitCode !== null || tries === 400) throw new Error('nats-server did not start')
      await sleep(25)
    }
  }
  const kill = async (): Promise<void> => {
    end('SIGKILL')
    await ended
  }
  await start()
  return {
    url: `nats://127.0.0.1:${port}`,
    kill,
    start,
    async stop() {
      await kill()
      await rm(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}
