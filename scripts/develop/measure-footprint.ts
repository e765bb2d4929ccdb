import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { lstat, readdir, readFile, realpath } from 'node:fs/promises'
import { get } from 'node:http'
import { arch, availableParallelism, loadavg, platform, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { findFreePort } from '../../src/platform/free-port.ts'
import { buildConsole, consoleBytes } from '../lib/console-figures.ts'
import { type ConsoleTimings, type Spread, timeConsole } from '../lib/console-timings.ts'
import { markdownTable } from '../lib/markdown-table.ts'
import { option, readOptions } from '../lib/options.ts'
import { startEnvironment, startOptions } from '../lib/start-options.ts'
import { median } from '../lib/statistics.ts'
import { createClusterFolder, removeCluster } from '../lib/temporary-cluster.ts'

// Measures what the product takes on this machine: time to start, memory at rest, size on disk; and what the console
// takes in a browser. Prints tables in Markdown.

const { only } = readOptions({
  script: 'measure',
  about: [
    'Measures the program (time to start, memory at rest, size on disk), and the console in Chromium with a demo desk:',
    'build, bytes, first list, keys, opening tickets, memory after 400 of them. Times are medians, and depend on what else',
    'the machine does: compare them within one run.',
  ].join('\n'),
  options: { only: option('<part>', 'program or console, instead of both', z.enum(['program', 'console']).optional()) },
})

const rounds = 3
const restMs = 5_000
const startMs = 60_000

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Whether an address answers with 200. */
const isUp = (url: string): Promise<boolean> =>
  new Promise((resolve) => {
    get(url, { agent: false }, (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    }).once('error', () => resolve(false))
  })

/** Waits until the address answers with 200. Answers with the milliseconds since `begin`. */
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

/** Starts the program as `npm start` does, with the default settings and without the variables of this environment. */
const start = async (folder: string): Promise<Start> => {
  const port = await findFreePort()
  const { PATH = '', HOME = '/' } = process.env
  const begin = performance.now()
  const program = spawn(
    process.execPath,
    [...startOptions, join(root, 'src/main.ts')],
    // In another folder, so that a `.env` in the current folder is not read.
    { cwd: folder, env: { PATH, HOME, ...startEnvironment, DATA_DIR: folder, PORT: String(port) }, stdio: 'ignore' },
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

/** The value of `Name: 123 kB` in a file below /proc, in MB. Null where the file is missing or we may not read it. */
const readProc = async (path: string, name: string): Promise<number | null> => {
  const text = await readFile(path, 'utf8').catch(() => '')
  const found = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)
  return found ? Number(found[1]) / 1024 : null
}

/** The process ids of the postmaster and its children. */
const postgresProcesses = async (folder: string): Promise<string[]> => {
  const [first = ''] = (await readFile(join(folder, 'postgres/postmaster.pid'), 'utf8').catch(() => '')).split('\n')
  if (first === '') return []
  const all = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name))
  const isChild = async (pid: string): Promise<boolean> =>
    new RegExp(`^PPid:\\s+${first}$`, 'm').test(await readFile(`/proc/${pid}/status`, 'utf8').catch(() => ''))
  const children = await Promise.all(all.map(async (pid) => ((await isChild(pid)) ? [pid] : [])))
  return [first, ...children.flat()]
}

/** The memory of PostgreSQL in MB. What its processes share is counted once (PSS). */
const postgresMemory = async (folder: string): Promise<number | null> => {
  const pids = await postgresProcesses(folder)
  const parts = await Promise.all(pids.map((pid) => readProc(`/proc/${pid}/smaps_rollup`, 'Pss')))
  if (parts.length === 0 || parts.includes(null)) return null
  return parts.reduce<number>((sum, part) => sum + (part ?? 0), 0)
}

const measureRound = async () => {
  const folder = await createClusterFolder(tmpdir())
  try {
    const cold = await start(folder)
    await stop(cold.program)
    const warm = await start(folder)
    await sleep(restMs)
    const node = await readProc(`/proc/${warm.program.pid}/status`, 'VmRSS')
    const postgres = await postgresMemory(folder)
    await stop(warm.program)
    return { cold, warm, node, postgres }
  } finally {
    const cluster = join(folder, 'postgres')
    await removeCluster(await realpath(cluster).catch(() => cluster), folder)
  }
}

/** MB on disk below a folder. Folders with the name `except` are left out. */
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

/**
 * MB of the installed packages that `npm ci --omit=dev` would install. A package inside another has a line of its own.
 */
const productionSize = async (): Promise<number> => {
  const { packages } = Lockfile.parse(JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')))
  const kept = Object.entries(packages).filter(([path, { dev, devOptional }]) => path !== '' && !dev && !devOptional)
  const sizes = await Promise.all(kept.map(([path]) => sizeOf(join(root, path), 'node_modules')))
  return sizes.reduce((sum, size) => sum + size, 0)
}

/** The median, or null when one of the values is unknown. */
const medianOf = (values: (number | null)[]): number | null => {
  const known = values.filter((value) => value !== null)
  return known.length < values.length ? null : median(known)
}

const show = (value: number | null, unit: string): string =>
  value === null ? 'cannot be read here' : `${value.toFixed(0)} ${unit}`

const measureProgram = async (): Promise<void> => {
  const results: Awaited<ReturnType<typeof measureRound>>[] = []
  for (let round = 1; round <= rounds; round += 1) {
    console.error(`round ${round} of ${rounds}`)
    results.push(await measureRound())
  }
  const row = (what: string, pick: (round: (typeof results)[number]) => number | null, unit: string): string[] => [
    what,
    show(medianOf(results.map(pick)), unit),
  ]
  console.log(
    markdownTable(
      [`The program, medians of ${rounds}`, ''],
      [
        row('First start (makes the database) to `GET /health` 200', ({ cold }) => cold.health, 'ms'),
        row('First start to `GET /ready` 200', ({ cold }) => cold.ready, 'ms'),
        row('Start to `GET /health` 200', ({ warm }) => warm.health, 'ms'),
        row('Start to `GET /ready` 200', ({ warm }) => warm.ready, 'ms'),
        row('Memory at rest: Node (RSS)', ({ node }) => node, 'MB'),
        row('Memory at rest: PostgreSQL, all its processes (PSS)', ({ postgres }) => postgres, 'MB'),
        ['Installed: `node_modules`', show(await sizeOf(join(root, 'node_modules')), 'MB')],
        ['Installed: what production needs of it', show(await productionSize(), 'MB')],
      ],
    ),
  )
}

const rowsOfMemory = ({ memory }: ConsoleTimings): string[][] =>
  memory.map(({ opened, heapMb, nodes, listeners }) => [
    opened === 1 ? 'Memory after 1 opened ticket: heap, nodes, listeners' : `after ${opened}`,
    `${heapMb.toFixed(1)} MB, ${nodes}, ${listeners}`,
  ])

const measureConsole = async (): Promise<void> => {
  console.error('build')
  const built = await buildConsole()
  const bytes = await consoleBytes()
  const timings = await timeConsole((step) => console.error(step))
  const keys = (plain: Spread, slow: Spread): string =>
    `${plain.median.toFixed(0)} ms (${slow.median.toFixed(0)} ms, at worst ${slow.worst.toFixed(0)} ms)`
  console.log(
    markdownTable(
      ['The console in Chromium, medians (in brackets: the processor four times slower)', ''],
      [
        ['The build', `${built.toFixed(1)} s`],
        ['Scripts and styles, gzipped: before the first screen', show(bytes.entry, 'KB')],
        ['All of them · the largest that is loaded later', `${show(bytes.all, 'KB')} · ${show(bytes.largest, 'KB')}`],
        ['First list with an empty cache', `${timings.firstList.toFixed(0)} ms`],
        ['The same on a line of 1.6 Mbit/s, 150 ms, too', `(${timings.slowFirstList.toFixed(0)} ms)`],
        ['Key to paint: `j`, `k` in the list', keys(timings.moveKey, timings.slowMoveKey)],
        ['Key to paint: a letter of an answer', keys(timings.typedKey, timings.slowTypedKey)],
        ['Key to paint: the palette', `${timings.palette.toFixed(0)} ms`],
        ['Opening a ticket from the list', `${timings.openFromList.toFixed(0)} ms`],
        ['Opening a ticket by its address', `${timings.openByAddress.toFixed(0)} ms`],
        ...rowsOfMemory(timings),
      ],
    ),
  )
}

console.log(
  `On ${platform()} ${arch()}, ${availableParallelism()} cores, Node ${process.versions.node}; load before ${loadavg()[0]?.toFixed(1)}.\n`,
)
if (only !== 'console') await measureProgram()
if (only === undefined) console.log('')
if (only !== 'program') await measureConsole()
