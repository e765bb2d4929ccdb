import { execFile, execFileSync, spawnSync } from 'node:child_process'
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { validate } from 'dockerfile-utils'
import { Deployment, StatefulSet } from 'kubernetes-models/apps/v1'
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2'
import { Job } from 'kubernetes-models/batch/v1'
import { Ingress, NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1'
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1'
import { ConfigMap, Namespace, Secret, Service, ServiceAccount } from 'kubernetes-models/v1'
import { describe, expect, test } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { z } from 'zod'
import { settings } from '../../contract/settings.ts'
import { endpoints } from '../../modules.ts'
import { findFreePort } from '../../platform/free-port.ts'

// Every file of `scripts/deploy` against the program: what they name has to exist.

const root = fileURLToPath(new URL('../../../', import.meta.url))
const folder = `${root}scripts/deploy/`
const read = (path: string): string => readFileSync(folder + path, 'utf8')
const findAll = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([, found = '']) => found)
const has = (program: string): boolean => spawnSync(program, ['--help'], { stdio: 'ignore' }).error === undefined

const dockerfile = read('Dockerfile')
const unit = read('counterdesk.service')
const manifests = globSync('kubernetes/**/*.yaml', { cwd: folder })
const workflow = readFileSync(`${root}.github/workflows/checks.yaml`, 'utf8')
const everything = [dockerfile, unit, workflow, ...['compose.yaml', 'skaffold.yaml', ...manifests].map(read)].join('\n')

const Compose = z.object({
  services: z.record(z.string(), z.looseObject({ environment: z.record(z.string(), z.string()).optional() })),
})
const compose = Compose.parse(parse(read('compose.yaml')))
const desk = z
  .object({ ports: z.array(z.string()), volumes: z.array(z.string()), read_only: z.literal(true) })
  .parse(compose.services.counterdesk)

/** The settings that the image has by itself. */
const ofImage = new Map(
  findAll(dockerfile, /^ENV (.+)$/gm)
    .flatMap((line) => line.split(' '))
    .map((pair): [string, string] => [pair.split('=')[0] ?? '', pair.split('=')[1] ?? '']),
)

test('the Dockerfile has no fault, and ends as a user who is not root', () => {
  expect(validate(dockerfile)).toEqual([])
  expect(findAll(dockerfile, /^USER (.+)$/gm)).toEqual(['10001:10001', 'root', '10001:10001'])
  expect(dockerfile).toContain('npm ci --omit=dev --omit=optional --ignore-scripts')
})

test('the image and the unit run the program as npm start does', () => {
  const { scripts } = z
    .object({ scripts: z.object({ start: z.string() }) })
    .parse(JSON.parse(readFileSync(`${root}package.json`, 'utf8')))
  const [variable = '', exec, ...words] = scripts.start.split(' ')
  const [name = '', value] = variable.split('=')
  expect([exec, ofImage.get(name)]).toEqual(['exec', value])
  expect(findAll(unit, /^Environment=(.+)$/gm)).toContain(variable)
  expect(JSON.parse(findAll(dockerfile, /^CMD (\[.+\])$/gm)[0] ?? '')).toEqual(words)
  expect(
    findAll(unit, /^ExecStart=(.+)$/gm)[0]
      ?.split(' ')
      .slice(1),
  ).toEqual(words.slice(1))
})

test('every setting exists', () => {
  const named = [
    ...ofImage.keys(),
    ...Object.keys(compose.services.counterdesk?.environment ?? {}),
    ...findAll(everything, /^ {6}- ([A-Z][A-Z0-9_]+)=/gm),
    ...findAll(everything, /\{name: ([A-Z][A-Z0-9_]+), value/g).filter((name) => !name.startsWith('POSTGRES_')),
    ...findAll(unit, /^Environment=(.+)$/gm).flatMap((line) => findAll(line, /([A-Z_]+)=/g)),
    ...findAll(read('nginx.conf') + read('Caddyfile'), /\b([A-Z]{2,}(?:_[A-Z]+)+)(?:=| says)/g),
  ]
  expect(new Set(named).size).toBeGreaterThan(15)
  // What these two are for is in docs/operations.md: glibc reads the one, Node the other.
  const ofOthers = ['MALLOC_ARENA_MAX', 'NODE_COMPILE_CACHE']
  expect(named.filter((name) => !(name in settings || ofOthers.includes(name)))).toEqual([])
})

test('every path of a probe is a route, and every port is the one that the image listens on', () => {
  const routes = new Set(endpoints.map(({ method, path }) => `${method} ${path}`))
  const probes = [
    ...findAll(everything, /httpGet: \{path: ([^,]+),/g),
    ...findAll(dockerfile, /fetch\(`http:\/\/127\.0\.0\.1:\$\{port\}([^`]+)`/g),
  ]
  expect(probes.sort()).toEqual([...Array(5).fill('/health'), '/ready', '/ready'])
  expect(probes.filter((path) => !routes.has(`get ${path}`))).toEqual([])
  const port = ofImage.get('PORT') ?? ''
  expect(findAll(dockerfile, /^EXPOSE (\d+)$/gm)).toEqual([port])
  expect(findAll(read('kubernetes/base/web.yaml'), /containerPort: (\d+)/g)).toEqual([port])
  const watched = /\{name: WORKER_PORT, value: '(\d+)'\}/.exec(read('kubernetes/base/worker.yaml'))?.[1] ?? 'none'
  expect(findAll(read('kubernetes/base/worker.yaml'), /containerPort: (\d+)/g)).toEqual([watched])
  expect(watched).not.toBe(port)
  expect(desk.ports).toEqual([`127.0.0.1:${port}:${port}`])
  expect(desk.volumes).toEqual([`data:${ofImage.get('DATA_DIR')}`])
  expect(`${settings.PORT.parse(undefined)}`).toBe(port)
  for (const file of ['nginx.conf', 'Caddyfile'])
    expect(findAll(read(file), /^\s*(?:server|reverse_proxy) 127\.0\.0\.1:(\d+)/gm)).toEqual([port])
})

test('every file that they name exists, and is in the image', () => {
  const ignored = readFileSync(`${root}.dockerignore`, 'utf8').split('\n')
  const scripts = findAll(everything, /\b((?:scripts|src)\/[\w/-]+\.ts)\b/g)
  expect(scripts).toEqual(expect.arrayContaining(['src/main.ts', 'scripts/operate/migrate-database.ts']))
  for (const path of scripts) {
    expect(existsSync(root + path), path).toBe(true)
    expect(
      ignored.some((line) => line.startsWith('!') && path.startsWith(line.slice(1))),
      path,
    ).toBe(true)
  }
  const files = findAll(everything, /\b((?:scripts\/deploy|\.ci)\/[\w.-]+)/g)
  expect(
    [...files, 'scripts/deploy/kubernetes/overlays/development'].filter((path) => !existsSync(root + path)),
  ).toEqual([])
  expect(read('skaffold.yaml')).toContain('- kubernetes/overlays/development')
  expect(workflow).toContain('run: bash .ci/run')
})

test('the proxies set X-Forwarded-For anew, pass streams on at once and hide the metrics', () => {
  const caddy = read('Caddyfile')
  for (const line of ['header_up X-Forwarded-For {remote_host}', 'flush_interval -1', 'respond @hidden 404'])
    expect(caddy).toContain(line)
  expect(read('nginx.conf')).not.toContain('proxy_add_x_forwarded_for')
})

test('the unit runs as a user of its own, without a step as root', () => {
  expect(unit).toMatch(/^User=counterdesk$/m)
  expect(unit).not.toMatch(/^(?:ExecStartPre|ExecStart)=[+!]|^ExecStartPre/m)
  expect(unit).toMatch(/^Environment=NODE_COMPILE_CACHE=\/var\/cache\/counterdesk$/m)
  expect(unit).toMatch(/^CacheDirectory=counterdesk$/m)
  for (const line of ['NoNewPrivileges=true', 'ProtectSystem=strict', 'CapabilityBoundingSet='])
    expect(unit.split('\n')).toContain(line)
})

test('backups run as the user of the database, and their lock and pass are out of the reach of others', () => {
  const service = read('pgbackrest/pgbackrest@.service')
  expect(service).toMatch(/^User=postgres$/m)
  expect(findAll(service, /^Exec\w+=(.*)$/gm)).toEqual(['/usr/bin/pgbackrest --stanza=desk --type=%i backup'])
  const timers = globSync('pgbackrest/*.timer', { cwd: folder }).map(read)
  expect(timers.flatMap((timer) => findAll(timer, /^Unit=pgbackrest@(\w+)\.service$/gm)).toSorted()).toEqual([
    'diff',
    'full',
    'incr',
  ])
  const configuration = read('pgbackrest/pgbackrest.conf')
  for (const line of ['repo1-cipher-type=aes-256-cbc', 'repo1-cipher-pass=', '[desk]'])
    expect(configuration.split('\n')).toContain(line)
  expect(findAll(configuration, /^[\w-]+-path=(.*)$/gm).filter((path) => path.startsWith('/tmp'))).toEqual([])
  expect(read('pgbackrest/archiving.conf')).toContain('--stanza=desk archive-push %p')
})

test('the image asks after its health at the port of its role, and a worker without a port is taken for well', async () => {
  const [line = ''] = findAll(dockerfile, /^HEALTHCHECK [^[]+CMD (\[.+\])$/gm)
  const [, ...words] = z.array(z.string()).parse(JSON.parse(line))
  const asked: string[] = []
  const server = createServer((req, res) => {
    asked.push(req.url ?? '')
    res.end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const open = String((server.address() as AddressInfo).port)
  const closed = String(await findFreePort())
  const codeOf = (env: Record<string, string>): Promise<number | null> =>
    new Promise((resolve) => {
      const child = execFile(process.execPath, words, { env }, () => resolve(child.exitCode))
    })
  try {
    expect(await codeOf({ PORT: open })).toBe(0)
    expect(await codeOf({ PORT: closed })).toBe(1)
    expect(await codeOf({ PORT: closed, COUNTERDESK_ROLE: 'worker', WORKER_PORT: open })).toBe(0)
    expect(await codeOf({ PORT: open, COUNTERDESK_ROLE: 'worker', WORKER_PORT: closed })).toBe(1)
    expect(asked).toEqual(['/health', '/health'])
    expect(await codeOf({ PORT: open, COUNTERDESK_ROLE: 'worker' })).toBe(0)
    expect(asked).toHaveLength(2)
  } finally {
    server.close()
  }
})

test.skipIf(!has('caddy'))('Caddy takes its file', () => {
  const { status, stderr } = spawnSync(
    'caddy',
    ['validate', '--adapter', 'caddyfile', '--config', `${folder}Caddyfile`],
    {
      env: { PATH: process.env.PATH, HOME: tmpdir() },
      encoding: 'utf8',
    },
  )
  expect(status, stderr).toBe(0)
})

test.skipIf(!has('docker-compose'))('docker-compose takes the file, and only with its secrets', () => {
  const config = (env: Record<string, string>) =>
    spawnSync('docker-compose', ['-f', `${folder}compose.yaml`, 'config', '-q'], {
      env: { PATH: process.env.PATH, ...env },
    })
  expect(config({ JWT_SECRET: 'x', POSTGRES_PASSWORD: 'y' }).status).toBe(0)
  expect(config({ POSTGRES_PASSWORD: 'y' }).status).not.toBe(0)
})

/** What the manifests may hold, by version and kind. */
const kinds = {
  'v1 ConfigMap': ConfigMap,
  'v1 Namespace': Namespace,
  'v1 Secret': Secret,
  'v1 Service': Service,
  'v1 ServiceAccount': ServiceAccount,
  'apps/v1 Deployment': Deployment,
  'apps/v1 StatefulSet': StatefulSet,
  'autoscaling/v2 HorizontalPodAutoscaler': HorizontalPodAutoscaler,
  'batch/v1 Job': Job,
  'networking.k8s.io/v1 Ingress': Ingress,
  'networking.k8s.io/v1 NetworkPolicy': NetworkPolicy,
  'policy/v1 PodDisruptionBudget': PodDisruptionBudget,
}

const Manifest = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string() }),
})

const render = (overlay: string) => {
  const text = execFileSync('kubectl', ['kustomize', `${folder}kubernetes/overlays/${overlay}`], { encoding: 'utf8' })
  // kustomize breaks long values of a Secret into lines, which the schema does not know.
  const flat = (_: unknown, value: unknown) =>
    typeof value === 'string' && /^[\w+/=\n]+$/.test(value) ? value.replaceAll('\n', '') : value
  return {
    text,
    things: parseAllDocuments(text).map((document) =>
      Manifest.parse(JSON.parse(JSON.stringify(document.toJS()), flat)),
    ),
  }
}

/**
 * What the compiler says of things as literals of their types. It finds members that a type does not have, such as a
 * probe with a letter too few; the schemas of the models pass those over.
 */
const unknownMembers = (things: z.output<typeof Manifest>[]): string => {
  const cache = join(root, 'node_modules/.cache/counterdesk-tests')
  mkdirSync(cache, { recursive: true })
  const own = mkdtempSync(join(cache, 'manifests-'))
  try {
    const lines = things.flatMap((thing, at) => [
      `import type { I${thing.kind} as T${at} } from 'kubernetes-models/${thing.apiVersion}'`,
      `export const thing${at}: T${at} = ${JSON.stringify(thing)}`,
    ])
    writeFileSync(join(own, 'manifests.ts'), lines.join('\n'))
    const options = [
      '--noEmit',
      '--strict',
      '--skipLibCheck',
      '--module',
      'nodenext',
      '--target',
      'es2024',
      '--ignoreConfig',
    ]
    return spawnSync(join(root, 'node_modules/.bin/tsc'), [...options, join(own, 'manifests.ts')], {
      encoding: 'utf8',
    }).stdout
  } finally {
    rmSync(own, { recursive: true })
  }
}

test('a member that a manifest cannot have is found', () => {
  const probe = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'x' }, spec: { selectors: { app: 'x' } } }
  expect(unknownMembers([probe])).toMatch(/selectors.*does not exist/)
})

describe.skipIf(!has('kubectl'))('the manifests, as kustomize puts them together', () => {
  test.each(['production', 'development'])('of %s are of kinds that we know, and each is valid', (overlay) => {
    const { things } = render(overlay)
    for (const thing of things) {
      const name = `${thing.apiVersion} ${thing.kind}`
      expect(kinds).toHaveProperty([name])
      const Kind = kinds[name as keyof typeof kinds] as new (data: object) => { validate(): void }
      expect(() => new Kind(thing).validate(), `${name} ${thing.metadata.name}`).not.toThrow()
    }
    expect(unknownMembers(things)).toBe('')
  })

  test('of production hold a migration, no secret, and pods that may do nothing but serve', () => {
    const { text, things } = render('production')
    const names = things.map(({ kind, metadata }) => `${kind} ${metadata.name.replace(/-[a-z0-9]{10}$/, '')}`)
    expect(names.sort()).toMatchInlineSnapshot(`
      [
        "ConfigMap counterdesk-settings",
        "Deployment counterdesk-web",
        "Deployment counterdesk-worker",
        "HorizontalPodAutoscaler counterdesk-web",
        "Ingress counterdesk",
        "Job counterdesk-migrate",
        "NetworkPolicy counterdesk",
        "NetworkPolicy counterdesk-web",
        "NetworkPolicy counterdesk-worker",
        "PodDisruptionBudget counterdesk-web",
        "Service counterdesk",
        "ServiceAccount counterdesk",
      ]
    `)
    const pods = [
      'readOnlyRootFilesystem: true',
      'allowPrivilegeEscalation: false',
      'runAsNonRoot: true',
      'name: counterdesk-secrets',
    ]
    for (const line of pods) expect(text.split(line)).toHaveLength(4)
    const settingsName = /name: (counterdesk-settings-[a-z0-9]{10})$/m.exec(text)?.[1] ?? 'none'
    expect(text.split(`name: ${settingsName}\n`)).toHaveLength(5)
  })

  test('of development are one pod that does everything, and its PostgreSQL', () => {
    const { text, things } = render('development')
    const kindsOf = things.map(({ kind }) => kind)
    for (const kind of ['Job', 'HorizontalPodAutoscaler', 'Ingress']) expect(kindsOf).not.toContain(kind)
    expect(things.filter(({ kind }) => kind === 'Deployment').map(({ metadata }) => metadata.name)).toEqual([
      'counterdesk-web',
    ])
    expect(text).toMatch(/name: COUNTERDESK_ROLE\n\s+value: both/)
  })
})
