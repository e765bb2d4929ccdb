import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { findFreePort } from '../../platform/free-port.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { until } from '../support/waiting.ts'

// The image that `.ci/with-image` builds, run by podman and runc: without rights, with a root that nobody can write.
// Elsewhere there is no image, and this is skipped.

const image = process.env.TEST_IMAGE
const storage = process.env.TEST_IMAGE_STORAGE ?? ''
const run = promisify(execFile)
const podman = (...options: string[]) =>
  run('podman', [
    '--root',
    storage,
    '--runroot',
    `${storage}.run`,
    '--runtime',
    'runc',
    '--cgroup-manager',
    'cgroupfs',
    ...options,
  ])

test.skipIf(image === undefined)(
  'the image serves the console and the API as an ordinary user, and stops in order',
  async () => {
    const database = await createTestDatabase()
    const port = await findFreePort()
    const url = `http://127.0.0.1:${port}`
    const name = `counterdesk-${randomUUID()}`
    const settings = {
      PORT: `${port}`,
      HOST: '127.0.0.1',
      DATABASE_URL: database.url,
      JWT_SECRET: 'pq8Zr4-only-for-tests-8Wm2Yc6Tn0Lx5Kb9',
      PUBLIC_URL: 'https://desk.example.com',
    }
    const limits = ['--ulimit', 'nofile=4096:4096', '--ulimit', 'nproc=4096:4096', '--cap-drop', 'all', '--read-only']
    const mounts = ['--tmpfs', '/tmp', '--network', 'host', '--security-opt', 'no-new-privileges']
    const env = Object.entries(settings).flatMap(([key, value]) => ['--env', `${key}=${value}`])
    try {
      await podman('run', '--detach', '--name', name, ...limits, ...mounts, ...env, image ?? '')
      await until('the image is ready', async () => (await fetch(`${url}/ready`).catch(() => null))?.status === 200)
      const page = await fetch(url, { headers: { accept: 'text/html' } })
      expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('<script type="module"')])
      const { stdout: id } = await podman('exec', name, 'id', '-u')
      expect(id.trim()).toBe('10001')
      await expect(podman('exec', name, 'touch', '/app/x')).rejects.toThrow(/Read-only file system/)
      await podman('healthcheck', 'run', name)
      const { stdout: migrations } = await podman('exec', name, 'node', 'scripts/operate/migrate-database.ts', 'status')
      expect(migrations).toContain('the schema is up to date')
      await podman('stop', '--time', '30', name)
      const { stdout: code } = await podman('inspect', '--format', '{{.State.ExitCode}}', name)
      expect(code.trim()).toBe('0')
    } catch (error) {
      const said = await podman('logs', name).catch(() => ({ stdout: '', stderr: '' }))
      throw new Error(`${error}\n${said.stdout}${said.stderr}`)
    } finally {
      await podman('rm', '--force', '--volumes', name).catch(() => {})
      await database.drop()
    }
  },
)

test.skipIf(image === undefined)('without DATABASE_URL the image says in a sentence what is missing', async () => {
  const limits = ['--ulimit', 'nofile=4096:4096', '--ulimit', 'nproc=4096:4096', '--network', 'none']
  const secret = ['--env', 'JWT_SECRET=pq8Zr4-only-for-tests-8Wm2Yc6Tn0Lx5Kb9']
  const said = await podman('run', '--rm', ...limits, ...secret, image ?? '').catch((error) => error)
  expect(`${said.stdout}${said.stderr}`).toContain('set DATABASE_URL to a PostgreSQL 15 or newer')
})
