import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { openApiDocument } from '../../api-document.ts'
import { createApp } from '../../app.ts'
import { isScope, rolesThatMay } from '../../contract/capabilities.ts'
import { errorCodes } from '../../contract/error-codes.ts'
import { endpoints, modules, pages } from '../../modules.ts'
import type { App } from '../../platform/app-context.ts'
import { readConfig } from '../../platform/config.ts'
import { startDesk } from '../support/workspace.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))

interface Import {
  /** As written. */
  from: string
  /** The file below the root, or null when it is a package. */
  file: string | null
  /** What is named in braces, without `type`. */
  names: string[]
}
interface Source {
  path: string
  text: string
  lines: number
  imports: Import[]
}

const importPattern = /(?:^|\n)\s*(?:import|export)\s([^'"`;]*?\bfrom\s+)?'([^']+)'|\bimport\('([^']+)'\)/g

const importsOf = (path: string, text: string): Import[] =>
  [...text.matchAll(importPattern)].map(([, clause = '', named, loaded]) => {
    const from = named ?? loaded ?? ''
    const [, braces = ''] = /\{([^}]*)\}/.exec(clause) ?? []
    const names = braces.split(',').map((name) =>
      name
        .trim()
        .replace(/^type\s+/, '')
        .replace(/\s+as\s.*$/, ''),
    )
    return { from, file: from.startsWith('.') ? join(dirname(path), from) : null, names: names.filter(Boolean) }
  })

/** Every TypeScript file of the product, tests and the console left out. */
const sources: Source[] = ['src', 'scripts'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && !name.startsWith('console/'))
    .map((name) => {
      const path = relative(root, join(root, folder, name))
      const text = readFileSync(join(root, path), 'utf8')
      return { path, text, lines: text.trimEnd().split('\n').length, imports: importsOf(path, text) }
    }),
)

const below = (folder: string): Source[] => sources.filter(({ path }) => path.startsWith(`${folder}/`))

/** `offender → what it must not import`, for every import that breaks a rule. */
const offences = (files: Source[], isWrong: (file: string, source: Source, imported: Import) => boolean): string[] =>
  files.flatMap((source) =>
    source.imports
      .filter((imported) => isWrong(imported.file ?? imported.from, source, imported))
      .map((imported) => `${source.path} → ${imported.file ?? imported.from}`),
  )

/** From left to right: a group imports those to its left. The last three do not import each other. */
const groups = ['identity', 'desk', 'catalogue', 'operations', 'channels', 'insight']
const besideEachOther = groups.slice(3)

/** The modules in the order of `src/modules.ts`, as `<group>/<name>`. */
const order = modules.map(({ name }) => name)
const moduleOf = (path: string): string | null => /^src\/modules\/([^/]+\/[^/]+)\//.exec(path)?.[1] ?? null
const groupOf = (module: string): string => module.split('/')[0] ?? ''

const mayImport = (from: string, to: string): boolean => {
  const isBefore = order.indexOf(to) < order.indexOf(from)
  const isApart = groupOf(from) !== groupOf(to) && [from, to].every((name) => besideEachOther.includes(groupOf(name)))
  return isBefore && !isApart
}

/** What a file of a module is, by its name. A file without a kind of its own is a leaf: it does no I/O. */
const kindOf = (path: string): string =>
  /\.(module|routes|service|queries|steps|policy|schemas)\.ts$/.exec(path)?.[1] ?? 'leaf'

/** Inside a module: who may import what. */
const mayUse: Record<string, readonly string[]> = {
  module: ['routes', 'service', 'schemas', 'steps'],
  routes: ['service', 'schemas', 'leaf'],
  service: ['service', 'queries', 'policy', 'schemas', 'leaf', 'steps'],
  queries: ['queries', 'steps', 'policy', 'schemas', 'leaf'],
  steps: ['steps', 'policy', 'schemas', 'leaf'],
  policy: ['policy', 'schemas', 'leaf'],
  leaf: ['leaf', 'schemas'],
  schemas: ['schemas', 'leaf'],
}

test('the reader of this test reads imports', () => {
  const text = [
    "import a, { type B, c as d } from './b.ts'",
    "import type {\n  E,\n  F,\n} from '../f.ts'",
    "import './g.ts'",
    "export * from './h.ts'",
    "const i = await import('i')",
    "const notOne = 'import from'",
  ].join('\n')
  expect(importsOf('src/x/a.ts', text).map(({ from, file, names }) => [from, file, names.join()])).toEqual([
    ['./b.ts', 'src/x/b.ts', 'B,c'],
    ['../f.ts', 'src/f.ts', 'E,F'],
    ['./g.ts', 'src/x/g.ts', ''],
    ['./h.ts', 'src/x/h.ts', ''],
    ['i', null, ''],
  ])
  expect(sources.length).toBeGreaterThan(80)
  expect(sources.flatMap(({ imports }) => imports).length).toBeGreaterThan(300)
})

test('every import leads to a file that is there', () => {
  const paths = new Set(sources.map(({ path }) => path))
  const isThere = (file: string): boolean => paths.has(file) || existsSync(join(root, file))
  expect(offences(sources, (_, __, { file }) => file?.endsWith('.ts') === true && !isThere(file))).toEqual([])
})

test('contract imports nothing of ours, platform imports contract, and neither imports a module', () => {
  expect(
    offences(below('src/contract'), (file) => file.startsWith('src/') && !file.startsWith('src/contract/')),
  ).toEqual([])
  expect(offences(below('src/platform'), (file) => /^src\/(?!platform\/|contract\/)/.test(file))).toEqual([])
})

test('no module, and nothing of the platform, imports app, worker, start, modules.ts or testing', () => {
  const isTop = (file: string): boolean =>
    /^src\/(?:app|worker|main|modules)\.ts$|^src\/(?:start|testing|console)\//.test(file)
  expect(offences([...below('src/modules'), ...below('src/platform'), ...below('src/contract')], isTop)).toEqual([])
  const isTesting = (file: string): boolean => file.startsWith('src/testing/')
  const product = below('src').filter(({ path }) => !path.startsWith('src/testing/'))
  expect(offences(product, isTesting)).toEqual([])
})

test('the program imports nothing of the console', () => {
  // What the console imports is held beside the rest of its rules, in `console-sources.test.ts`.
  expect(offences(sources, (file) => /^src\/console\/(?!stories\/)/.test(file))).toEqual([])
})

test('src/modules.ts lists every module, group by group', () => {
  const found = new Set(below('src/modules').map(({ path }) => moduleOf(path) ?? ''))
  expect([...order].sort()).toEqual([...found].sort())
  const ranks = order.map((name) => groups.indexOf(groupOf(name)))
  expect(ranks).toEqual(ranks.toSorted((left, right) => left - right))
  expect(ranks).not.toContain(-1)
})

test('a module imports only those before it in src/modules.ts, and none of a group beside its own', () => {
  const wrong = offences(below('src/modules'), (file, { path }) => {
    const [from, to] = [moduleOf(path) ?? '', moduleOf(file)]
    return to !== null && to !== from && !mayImport(from, to)
  })
  expect(wrong).toEqual([])
})

test('the routes, queries and module data of a module are its own', () => {
  const isPrivate = (file: string): boolean => ['routes', 'queries', 'module'].includes(kindOf(file))
  const wrong = offences(below('src'), (file, { path }) => isPrivate(file) && moduleOf(file) !== moduleOf(path))
  expect(wrong.filter((offence) => !/^src\/modules\.ts → .*\.module\.ts$/.test(offence))).toEqual([])
})

test('inside a module routes use services, services use queries; schemas and policies are leaves', () => {
  const wrong = offences(below('src/modules'), (file, { path }) => {
    const isWithin = moduleOf(file) !== null && moduleOf(file) === moduleOf(path)
    return isWithin && !mayUse[kindOf(path)]?.includes(kindOf(file))
  })
  expect(wrong).toEqual([])
})

test('only routes know HTTP, nobody in a module knows Express, and only the platform knows the driver', () => {
  const isHttp = (file: string): boolean => file.startsWith('src/platform/http/') || file === 'express'
  const deaf = below('src/modules').filter(
    ({ path }) => !/\.routes\.ts$|\/declare-(?:operator-)?endpoint\.ts$/.test(path),
  )
  expect(offences(deaf, isHttp)).toEqual([])
  expect(offences(below('src/modules'), (file) => ['express', 'pg'].includes(file))).toEqual([])
})

test('only queries, steps, policies and the platform write SQL', () => {
  const writers = /^src\/(?:platform|testing)\/|\.(?:queries|steps|policy)\.ts$/
  const silent = sources.filter(({ path }) => path.startsWith('src/') && !writers.test(path))
  const isSql = (file: string, _: Source, { names }: Import): boolean =>
    file === 'sql-template-tag' ||
    (file === 'src/platform/db/sql.ts' && names.some((name) => !['Db', 'Tx'].includes(name)))
  expect(offences(silent, isSql)).toEqual([])
  expect(silent.filter(({ text }) => /\.query\(/.test(text)).map(({ path }) => path)).toEqual([])
})

test('file names are unique, so that a search by name lands right', () => {
  const paths = Map.groupBy(sources, ({ path }) => path.replace(/^.*\//, ''))
  const twice = [...paths.values()].filter(({ length }) => length > 1)
  expect(twice.map((same) => same.map(({ path }) => path).join(' and '))).toEqual([])
})

test('there is no cycle', () => {
  const graph = new Map(sources.map(({ path, imports }) => [path, imports.flatMap(({ file }) => file ?? [])]))
  const done = new Set<string>()
  const cycleFrom = (path: string, way: string[]): string[] | null => {
    if (way.includes(path)) return [...way.slice(way.indexOf(path)), path]
    if (done.has(path)) return null
    for (const next of graph.get(path) ?? []) {
      const cycle = cycleFrom(next, [...way, path])
      if (cycle !== null) return cycle
    }
    done.add(path)
    return null
  }
  const cycles = [...graph.keys()].map((path) => cycleFrom(path, [])?.join(' → ') ?? null)
  expect(cycles.filter((cycle) => cycle !== null)).toEqual([])
})

test('there is no barrel: no index.ts, and nobody passes on what another file exports', () => {
  expect(sources.map(({ path }) => path).filter((path) => /(^|\/)index\.ts$/.test(path))).toEqual([])
  const passing = sources.filter(({ text }) =>
    /^export\s+(?:type\s+)?(?:\*|\{[^}]*\})\s*(?:as \w+ )?from\b/m.test(text),
  )
  expect(passing.map(({ path }) => path)).toEqual([])
})

/** The test runner's own settings come from its environment; they are none of the product's. */
const readersOfEnvironment = [
  'src/main.ts',
  'src/start/web-process.ts',
  'src/testing/support/global-setup.ts',
  'src/testing/support/real-program.ts',
  'src/testing/support/run-script.ts',
]
/** `call-scripts.ts` puts something else in the place of `process.exit`. */
const endersOfProcess = ['src/main.ts', 'src/start/lifecycle.ts', 'src/testing/support/call-scripts.ts']

test('only the starts, the scripts and the test runner read the environment, and only the lifecycle ends the process', () => {
  const others = (allowed: string[]): Source[] => below('src').filter(({ path }) => !allowed.includes(path))
  const using = (files: Source[], what: RegExp): string[] =>
    files.filter(({ text }) => what.test(text)).map(({ path }) => path)
  expect(using(others(readersOfEnvironment), /process\.env\b|\bprocess\[/)).toEqual([])
  expect(using(others(endersOfProcess), /process\.(?:exit|abort)\b/)).toEqual([])
})

test('every file is short enough to be read in one go', () => {
  const long = below('src').filter(({ lines }) => lines >= 300)
  expect(long.map(({ path, lines }) => `${path}: ${lines} lines`)).toEqual([])
})

test('no comment has a line of more than 120 characters', () => {
  const files = ['src', 'scripts'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.includes('node_modules/') && name !== 'console/api/types.ts')
      .map((name) => join(folder, name)),
  )
  expect(files.length).toBeGreaterThan(700)
  const tooLong = files.flatMap((path) =>
    readFileSync(join(root, path), 'utf8')
      .split('\n')
      .flatMap((line, at) => (line.length > 120 && /^\s*(?:\/\/|\/?\*|--) /.test(line) ? [`${path}:${at + 1}`] : [])),
  )
  expect(tooLong).toEqual([])
})

interface Layer {
  slash: boolean
  matchers: ((path: string) => { path: string } | false)[]
  handle: { stack?: Layer[] }
  route?: { path: string | string[]; stack: { method?: string }[] }
}

/** `GET /api/tickets/:ticketId` for everything that Express would hand to a handler; `all` is the 405. */
const routesOf = (stack: Layer[], mount = ''): string[] =>
  stack.flatMap(({ slash, matchers, handle, route }) => {
    if (route !== undefined) {
      const methods = [...new Set(route.stack.map(({ method = 'all' }) => method.toUpperCase()))]
      return [route.path].flat().flatMap((path) => methods.map((method) => `${method} ${mount}${path}`))
    }
    const { stack: inner } = handle
    if (inner === undefined) return []
    const mounts = matchers.map((match) => match('/api/v1/x') || { path: '?' }).map(({ path }) => path)
    return (slash ? [''] : mounts).flatMap((path) => routesOf(inner, mount + path))
  })

/** For people, and for machines that watch the program: outside the API document. */
const isPage = (route: string): boolean =>
  /^GET (?:\/metrics|(?:\/api(?:\/v1)?)?\/(?:version|api-docs)|\/api(?:\/v1)?\/docs(?:\/[\w.-]*)?)$/.test(route)

test('the routes of the running router are the pages, the paths of the API document, and the 405 of each', async () => {
  const desk = await startDesk({ withWorker: false })
  const { router } = createApp(desk.app) as unknown as { router: { stack: Layer[] } }
  const routes = routesOf(router.stack)
  await desk.stop()

  const { paths } = openApiDocument('https://desk.example.com') as { paths: Record<string, object> }
  const documented = Object.entries(paths).flatMap(([path, operations]) =>
    [...Object.keys(operations), 'all'].map(
      (method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
    ),
  )
  const health = documented.filter((route) => /^\w+ \/(?:health|ready|openapi\.json)$/.test(route))
  const shown = pages.map(({ path }) => `ALL ${path}`)
  const under = (mount: string, list: string[]): string[] => list.map((route) => route.replace(' ', ` ${mount}`))
  const expected = [...health, ...shown, ...under('/api', documented), ...under('/api/v1', documented)]
  expect(routes.filter((route) => !isPage(route)).sort()).toEqual(expected.sort())
  expect(routes.filter(isPage)).toContain('GET /api/docs')
  expect(new Set(routes).size).toBe(routes.length)
})

test('every endpoint has an id of its own that begins with a verb; reads, and only they, begin with the verb of a read', () => {
  const ids = endpoints.map(({ id }) => id)
  expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([])
  for (const { id, method } of endpoints) {
    expect(id).toMatch(/^[a-z]{2,}(?:[A-Z][a-z]+)+$/)
    expect(/^(?:get|list|count|verify|download)/.test(id), id).toBe(method === 'get')
  }
})

test('every endpoint says who may, what it takes, what it answers and what may go wrong', () => {
  const names = endpoints.map(({ method, path }) => `${method} ${path}`)
  expect(new Set(names).size).toBe(names.length)
  for (const {
    method,
    path,
    can,
    tag,
    summary,
    params,
    body,
    bytes,
    query,
    responds,
    fails,
    needsIfMatch,
  } of endpoints) {
    const name = `${method} ${path}`
    const roles = rolesThatMay(can)
    const isForPeople = roles !== null && can !== 'operator'
    if (isForPeople) expect(roles.length, `${name}: ${can} is for at least one role`).toBeGreaterThan(0)
    expect(tag && summary, name).toBeTruthy()
    const statuses = Object.keys(responds).map(Number)
    expect(statuses.length, `${name} declares an answer`).toBeGreaterThan(0)
    for (const status of statuses) {
      expect([200, 201, 202, 204, 206, 304], name).toContain(status)
      if (status === 204 || status === 304) expect(responds[status], name).toBeNull()
    }
    for (const code of fails ?? []) expect(Object.keys(errorCodes), name).toContain(code)
    expect(params !== undefined, `${name} checks its path`).toBe(path.includes(':'))
    // PUT and PATCH always take a body, GET and DELETE never do; a body and a query are strict: no unknown member.
    if (method === 'put' || method === 'patch') expect(body ?? bytes, name).toBeDefined()
    if (method === 'get' || method === 'delete') expect(body, name).toBeUndefined()
    if (needsIfMatch) expect(method, name).toBe('patch')
    for (const schema of [body, query]) {
      if (schema === undefined) continue
      expect(schema, name).toBeInstanceOf(z.ZodObject)
      expect(
        schema.safeParse({ surely_unknown: 1 }).error?.issues.map(({ code }) => code),
        name,
      ).toContain('unrecognized_keys')
    }
  }
})

test('each endpoint says whether an API token may: by a scope, or by whether it needs a session', () => {
  for (const { method, path, can, needsSession } of endpoints) {
    // What has no scope would be open to every token, however few scopes it has.
    if (can !== 'anyone' && can !== 'operator' && !isScope(can))
      expect(typeof needsSession, `${method} ${path}`).toBe('boolean')
  }
  expect(endpoints.filter(({ needsSession }) => needsSession === false).map(({ id }) => id)).toEqual(['getCurrentUser'])
})

/** The tests in `src/testing`, which `sources` leaves out. */
const testsOfTheWhole: Source[] = readdirSync(join(root, 'src/testing'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => {
    const path = join('src/testing', name)
    const text = readFileSync(join(root, path), 'utf8')
    return { path, text, lines: text.split('\n').length, imports: importsOf(path, text) }
  })

/** The folders of scripts that test or measure the product, as `src/testing` does. */
const testingScripts = /^scripts\/(?:bench|faults|upgrade)\//

test('testing imports no script, and of the scripts only those that test the product import testing', () => {
  expect(testsOfTheWhole.map(({ path }) => path)).toContain('src/testing/system/structure.test.ts')
  const testing = [...below('src/testing'), ...testsOfTheWhole]
  expect(offences(testing, (file) => file.startsWith('scripts/'))).toEqual([])
  const others = below('scripts').filter(({ path }) => !testingScripts.test(path))
  expect(offences(others, (file) => file.startsWith('src/testing/'))).toEqual([])
})

test('no two modules give a task, a schedule or a gauge of one name, because one would take the place of the other', () => {
  const app = { config: readConfig({ SMTP_URL: 'smtp://127.0.0.1:1' }) } as App
  const tasks = modules.flatMap((module) => Object.keys(module.tasks?.(app) ?? {}))
  const scheduled = modules.flatMap(({ schedules = [] }) => schedules.map(({ task }) => task))
  const gauges = modules.flatMap(({ gauges: given = [] }) => given.map(({ name }) => name))
  for (const names of [['clean_up', ...tasks], scheduled, gauges]) expect(new Set(names).size).toBe(names.length)
  expect(scheduled.filter((task) => !tasks.includes(task))).toEqual([])
  expect(tasks).toContain('send_email')
})
