import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { Priority, Status } from '../../contract/enums.ts'
import { errorCodes } from '../../contract/error-codes.ts'
import { passingEvents } from '../../contract/passing-events.ts'
import { settings } from '../../contract/settings.ts'
import { Warning } from '../../contract/warnings.ts'
import { endpoints, modules } from '../../modules.ts'
import { findForeignSettings } from '../../start/foreign-settings-report.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))

interface Document {
  path: string
  text: string
  /** The text without blocks of code. */
  prose: string
}

const withoutCode = (text: string): string => text.replaceAll(/^[ \t]*```[\s\S]*?^[ \t]*```$/gm, '')

const markdownIn = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: folder !== '', encoding: 'utf8' })
    .filter((name) => name.endsWith('.md') && !name.includes('node_modules/'))
    .map((name) => join(folder, name))

const documents: Document[] = ['', 'docs', 'migrations', 'scripts', 'src'].flatMap(markdownIn).map((path) => {
  const text = readFileSync(join(root, path), 'utf8')
  return { path, text, prose: withoutCode(text) }
})

const documentAt = (path: string): Document => {
  const document = documents.find((candidate) => candidate.path === path)
  if (document === undefined) throw new Error(`there is no document ${path}`)
  return document
}

/** Every match of a pattern in the documents, as `document: what the pattern's group found`. */
const findAll = (pattern: RegExp, part: 'text' | 'prose'): { path: string; found: string }[] =>
  documents.flatMap(({ path, [part]: text }) =>
    [...text.matchAll(pattern)].map(([, found = '']) => ({ path, found: found.replaceAll(/\s+/g, ' ') })),
  )

const show = ({ path, found }: { path: string; found: string }): string => `${path}: ${found}`

/** The anchors of a document's headings, as GitHub makes them. */
const anchorsOf = ({ prose }: Document): string[] => {
  const seen = new Map<string, number>()
  return [...prose.matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) => {
    const words = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase()
    const anchor = words.replaceAll(/[^\p{L}\p{N}\p{M} _-]/gu, '').replaceAll(' ', '-')
    const times = seen.get(anchor) ?? 0
    seen.set(anchor, times + 1)
    return times === 0 ? anchor : `${anchor}-${times}`
  })
}

const isAnchor = (path: string, anchor: string): boolean => {
  const document = documents.find((candidate) => candidate.path === path)
  return document !== undefined && anchorsOf(document).includes(anchor)
}

/** The target of a link as a path below the root, and its anchor. */
const readLink = (from: string, link: string): { file: string; anchor: string } => {
  const [target = '', anchor = ''] = link.split('#', 2)
  return { file: target === '' ? from : relative(root, join(root, dirname(from), target)), anchor }
}

type Names = Record<string, string>
const { scripts, dependencies, devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts: Names
  dependencies: Names
  devDependencies: Names
}

const links = findAll(/\]\(([^)\s]+)\)/g, 'prose').filter(({ found }) => !/^[a-z]+:/.test(found))

test('the README is an entrance: at most 8192 bytes', () => {
  expect(statSync(join(root, 'README.md')).size).toBeLessThanOrEqual(8192)
})

test('every link between documents leads to a file that exists', () => {
  expect(links.length).toBeGreaterThan(80)
  const broken = links.filter(({ path, found }) => {
    const { file } = readLink(path, found)
    return file.startsWith('..') || !existsSync(join(root, file))
  })
  expect(broken.map(show)).toEqual([])
})

test('every link to a heading leads to a heading that exists', () => {
  const withAnchor = links.filter(({ found }) => found.includes('#'))
  expect(withAnchor.length).toBeGreaterThan(60)
  const broken = withAnchor.filter(({ path, found }) => {
    const { file, anchor } = readLink(path, found)
    return !isAnchor(file, anchor)
  })
  expect(broken.map(show)).toEqual([])
})

test('every document is reached from the README', () => {
  const reached = new Set(['README.md'])
  for (const path of reached) {
    for (const link of links.filter((candidate) => candidate.path === path))
      reached.add(readLink(path, link.found).file)
  }
  expect(documents.map(({ path }) => path).filter((path) => !reached.has(path))).toEqual([])
})

test('every npm command is a script of package.json', () => {
  const named = [
    ...findAll(/\bnpm run (?:-s |--silent )?([\w:-]+)/g, 'text'),
    ...findAll(/\bnpm (start|test)\b/g, 'text'),
  ]
  expect(named.length).toBeGreaterThan(50)
  expect(named.filter(({ found }) => scripts[found] === undefined).map(show)).toEqual([])
})

test('every script of package.json is named in a document', () => {
  const text = documents.map((document) => document.text).join('\n')
  const unnamed = Object.keys(scripts).filter(
    (name) => !new RegExp(`\\bnpm (?:run (?:-s )?)?${name}(?![\\w:-])`).test(text),
  )
  expect(unnamed).toEqual([])
})

test('every path in backticks leads to a file or folder that exists', () => {
  const paths = findAll(/`((?:src|scripts|migrations|docs|\.ci)\/[^`\s]*)`/g, 'prose')
  expect(paths.length).toBeGreaterThan(80)
  // The build of the console is made, and not committed.
  const isExample = (path: string): boolean => /[<*…]|^src\/console\/dist\b/.test(path)
  const broken = paths.filter(({ found }) => !isExample(found) && !existsSync(join(root, found)))
  expect(broken.map(show)).toEqual([])
})

test('every chapter and every paragraph of the decisions is in its index', () => {
  const { prose } = documentAt('docs/decisions.md')
  const [index = ''] = prose.split(/^## /m)
  const titlesOf = (pattern: RegExp): string[] => [...prose.matchAll(pattern)].map(([, title = '']) => title)
  const chapters = titlesOf(/^## (.+)$/gm)
  expect(chapters.filter((title) => !new RegExp(`^- \\[?${title}\\b`, 'm').test(index))).toEqual([])
  const entries = index.replaceAll(/\s+/g, ' ')
  expect(titlesOf(/^### (.+)$/gm).filter((title) => !entries.includes(`[${title}]`))).toEqual([])
})

test('every dependency has its sentence in the decisions', () => {
  const [, chapter = ''] = documentAt('docs/decisions.md').prose.split(/^## Dependencies$/m)
  const needed = Object.keys({ ...dependencies, ...devDependencies }).filter((name) => !name.startsWith('@types/'))
  expect(needed.filter((name) => !chapter.includes(`\`${name}\``))).toEqual([])
})

/** Settings without a default of their own, whose value then comes from elsewhere; what the table says of them. */
const derived: Partial<Record<string, string>> = {
  PUBLIC_URL: '`http://localhost:<PORT>`',
  JWT_SECRET: 'generated in `DATA_DIR`',
  SECRETS_KEY: 'made from `JWT_SECRET`',
  ADMIN_PASSWORD: 'random, shown once',
}

const defaultOf = (key: string): string => {
  const value: unknown = settings[key as keyof typeof settings].parse(undefined)
  if (value === undefined) return derived[key] ?? '–'
  return Array.isArray(value) && value.length === 0 ? 'none' : `\`${value}\``
}

test('the table of settings has every setting with its default, in the order of the settings', () => {
  const [, chapter = ''] = documentAt('docs/operations.md').prose.split(/^## Settings$/m)
  const [table = ''] = chapter.split(/^## /m)
  const rows = [...table.matchAll(/^\| `([A-Z][A-Z0-9_]*)` \| (.+?) \| .+ \|$/gm)].map(([, key, value]) => [key, value])
  const keys = Object.keys(settings)
  expect(keys.length).toBeGreaterThan(30)
  expect(rows).toEqual(keys.map((key) => [key, defaultOf(key)]))
})

describe('the tables of what other systems call things', () => {
  const { text } = documentAt('docs/coming-from.md')
  /** The rows of a chapter: the code in each cell. */
  const rowsOf = (chapter: string): string[][][] => {
    const [, found = ''] = text.split(new RegExp(`^## ${chapter}$`, 'm'))
    const lines = found.split(/^## /m)[0]?.match(/^\| .*\|$/gm) ?? []
    const cells = lines.slice(1).map((line) => line.slice(1, -1).split(' | '))
    return cells.map((row) => row.map((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code)))
  }

  test('name routes of ours that exist', () => {
    const known = new Set(endpoints.map(({ method, path }) => `${method.toUpperCase()} ${path}`))
    const named = rowsOf('Routes').flatMap(([, ours = []]) => ours)
    expect(named.length).toBeGreaterThan(25)
    expect(named.filter((route) => !known.has(route))).toEqual([])
  })

  test('name settings that the start tells about, with ours beside them', () => {
    const rows = rowsOf('Settings')
    expect(rows.length).toBeGreaterThan(15)
    for (const [theirs = [], ours = []] of rows) {
      for (const name of theirs) {
        const [found] = findForeignSettings({ [name]: 'x' })
        expect(found?.names).toEqual([name])
        expect([name, found?.advice]).toEqual([name, expect.stringContaining(ours[0] ?? 'no Redis')])
      }
      for (const name of ours.filter((code) => /^[A-Z][A-Z0-9_]+$/.test(code))) expect(settings).toHaveProperty(name)
    }
  })

  test('name statuses that tickets have', () => {
    const named = rowsOf('Statuses and priorities').flatMap(([, ours = []]) => ours)
    const words = named.filter((code) => /^[a-z_]+$/.test(code))
    expect(words).toEqual(expect.arrayContaining([...Status.options, ...Priority.options]))
    expect(words.filter((word) => ![...Status.options, ...Priority.options].includes(word as never))).toEqual([])
  })
})

test('the guide and the API document name every event of streams that is in no log, with its members', () => {
  const guide = documentAt('docs/guide.md').text.replaceAll('**', '').replaceAll(/\s+/g, ' ')
  const described = endpoints.find(({ id }) => id === 'getEventStream')?.description ?? ''
  for (const [type, { members }] of Object.entries(passingEvents)) {
    expect(guide, type).toContain(`\`${type}\` \`{${members.join(', ')}}\``)
    expect(described, type).toContain(`\`${type}\``)
    for (const member of members) expect(described, type).toContain(`\`${member}\``)
  }
})

test('the guide names every error code and warning, and operations every gauge of a module', () => {
  const { text: guide } = documentAt('docs/guide.md')
  expect(Object.keys(errorCodes).filter((code) => !guide.includes(`\`${code}\``))).toEqual([])
  expect(Warning.shape.code.options.filter((code) => !guide.includes(`| \`${code}\` |`))).toEqual([])
  const { text: operations } = documentAt('docs/operations.md')
  const gauges = modules.flatMap(({ gauges: given = [] }) => given.map(({ name }) => name))
  expect(gauges.length).toBeGreaterThan(0)
  expect(gauges.filter((name) => !operations.includes(`\`${name}\``))).toEqual([])
})

test('the changelog says each thing of the next release once', () => {
  const [, next = ''] = documentAt('CHANGELOG.md').text.split(/^## \[/m)
  const beginnings = [...next.matchAll(/^- (.+)$/gm)].map(([, line = '']) => line)
  expect(beginnings.length).toBeGreaterThan(100)
  expect(beginnings.filter((line, index) => beginnings.indexOf(line) !== index)).toEqual([])
})
