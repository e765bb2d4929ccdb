import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, lstat, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { get } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { arch, availableParallelism, platform, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

// What the product costs to run on this machine: start, memory at rest, size on disk. Prints a table in Markdown.

const rounds = 3
const restMs = 5_000
const startMs = 60_000

const root = fileURLToPath(new URL('../..', import.meta.url))

const freePort = async (): Promise<number> => {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}

/** Whether an address answers 200 by now. */
const isUp = (url: string): Promise<boolean> =>
  new Promise((resolve) => {
    get(url, { agent: false }, (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    }).once('error', () => resolve(false))
  })

/** Milliseconds from `begin` until the address answers 200. */
const timeTo = async (url: string, begin: number, program: ChildProcess): Promise<number> => {
  while (!(await isUp(url))) {
    if (program.exitCode !== null) throw new Error(`the program ended with ${program.exitCode}`)
    if (performance.now() - begin > startMs) throw new Error(`${url} did not answer within a minute`)
    await sleep(5)
  }
  return performance.now() - begin
}

interface Start {
  program: ChildProcess
  health: number
  ready: number
}

/** Starts the program as `npm start` does, with the default settings and nothing of this environment. */
const start = async (folder: string): Promise<Start> => {
  const port = await freePort()
  const { PATH = '', HOME = '/' } = process.env
  const begin = performance.now()
  const program = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', join(root, 'src/main.ts')],
    // Another folder: a `.env` here is not read.
    { cwd: folder, env: { PATH, HOME, DATA_DIR: folder, PORT: String(port) }, stdio: 'ignore' },
  )
  const url = `http://127.0.0.1:${port}`
  try {
    const [health, ready] = await Promise.all([
      timeTo(`${url}/health`, begin, program),
      timeTo(`${url}/ready`, begin, program),
    ])
    return { program, health, ready }
  } catch (error) {
    await stop(program)
    throw error
  }
}

const stop = async (program: ChildProcess): Promise<void> => {
  if (program.exitCode !== null || program.signalCode !== null) return
  program.kill('SIGTERM')
  await once(program, 'exit')
}

/** The value of `Name: 123 kB` in a file below /proc, in MB; null where there is no such file, or not for us. */
const readProc = async (path: string, name: string): Promise<number | null> => {
  const text = await readFile(path, 'utf8').catch(() => '')
  const found = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)
  return found ? Number(found[1]) / 1024 : null
}

/** PostgreSQL's first process and its children. */
const postgresProcesses = async (folder: string): Promise<string[]> => {
  const [first = ''] = (await readFile(join(folder, 'postgres/postmaster.pid'), 'utf8').catch(() => '')).split('\n')
  if (first === '') return []
  const all = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name))
  const isChild = async (pid: string): Promise<boolean> =>
    new RegExp(`^PPid:\\s+${first}$`, 'm').test(await readFile(`/proc/${pid}/status`, 'utf8').catch(() => ''))
  const children = await Promise.all(all.map(async (pid) => ((await isChild(pid)) ? [pid] : [])))
  return [first, ...children.flat()]
}

/** Memory that belongs to PostgreSQL: what its processes share is counted once (PSS). */
const postgresMemory = async (folder: string): Promise<number | null> => {
  const pids = await postgresProcesses(folder)
  const parts = await Promise.all(pids.map((pid) => readProc(`/proc/${pid}/smaps_rollup`, 'Pss')))
  if (parts.length === 0 || parts.includes(null)) return null
  return parts.reduce<number>((sum, part) => sum + (part ?? 0), 0)
}

const measureRound = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'counterdesk-measure-'))
  try {
    await chmod(folder, 0o755) // for the user PostgreSQL runs as when we are root
    const cold = await start(folder)
    await stop(cold.program)
    const warm = await start(folder)
    await sleep(restMs)
    const node = await readProc(`/proc/${warm.program.pid}/status`, 'VmRSS')
    const postgres = await postgresMemory(folder)
    await stop(warm.program)
    return { cold, warm, node, postgres }
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** MB on disk below a folder, without folders called `except`. */
const sizeOf = async (folder: string, except?: string): Promise<number> => {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  const sizes = await Promise.all(
    entries.map(async (entry) => {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) return entry.name === except ? 0 : sizeOf(path, except)
      return ((await lstat(path)).blocks * 512) / 1024 ** 2
    }),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}

const Lockfile = z.object({
  packages: z.record(z.string(), z.object({ dev: z.boolean().optional(), devOptional: z.boolean().optional() })),
})

/** What `npm ci --omit=dev` would leave of what is installed: a package inside another has a line of its own. */
const productionSize = async (): Promise<number> => {
  const { packages } = Lockfile.parse(JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')))
  const kept = Object.entries(packages).filter(([path, { dev, devOptional }]) => path !== '' && !dev && !devOptional)
  const sizes = await Promise.all(kept.map(([path]) => sizeOf(join(root, path), 'node_modules')))
  return sizes.reduce((sum, size) => sum + size, 0)
}

const median = (values: (number | null)[]): number | null => {
  if (values.includes(null)) return null
  const sorted = values.map((value) => value ?? 0).sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? null
}

const show = (value: number | null, unit: string): string =>
  value === null ? 'cannot be read here' : `${value.toFixed(0)} ${unit}`

const results: Awaited<ReturnType<typeof measureRound>>[] = []
for (let round = 1; round <= rounds; round += 1) {
  console.error(`round ${round} of ${rounds}`)
  results.push(await measureRound())
}

const line = (what: string, pick: (round: (typeof results)[number]) => number | null, unit: string): string =>
  `| ${what} | ${show(median(results.map(pick)), unit)} |`

console.log(
  [
    `Medians of ${rounds} on ${platform()} ${arch()}, ${availableParallelism()} cores, Node ${process.versions.node}.`,
    '',
    '| What | |',
    '|---|---:|',
    line('First start (makes the database) to `GET /health` 200', ({ cold }) => cold.health, 'ms'),
    line('First start to `GET /ready` 200', ({ cold }) => cold.ready, 'ms'),
    line('Start to `GET /health` 200', ({ warm }) => warm.health, 'ms'),
    line('Start to `GET /ready` 200', ({ warm }) => warm.ready, 'ms'),
    line('Memory at rest: Node (RSS)', ({ node }) => node, 'MB'),
    line('Memory at rest: PostgreSQL, all its processes (PSS)', ({ postgres }) => postgres, 'MB'),
    `| Installed: \`node_modules\` | ${show(await sizeOf(join(root, 'node_modules')), 'MB')} |`,
    `| Installed: what production needs of it | ${show(await productionSize(), 'MB')} |`,
  ].join('\n'),
)
