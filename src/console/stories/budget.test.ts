import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'

// How many bytes a browser loads, gzipped. Bytes are the same on every machine, so they are held here; times are
// measured by `npm run measure`.

const folder = fileURLToPath(new URL('../dist/', import.meta.url))
const kilobyte = 1024

const page = (): string => {
  if (!existsSync(join(folder, 'index.html'))) throw new Error('There is no build: run `npm run build:console` first.')
  return readFileSync(join(folder, 'index.html'), 'utf8')
}

const sizeOf = (name: string): number => gzipSync(readFileSync(join(folder, name)), { level: 9 }).length

/** The files that a page names: what the browser loads before anything is shown. */
const named = (ending: string): string[] =>
  [...page().matchAll(/(?:src|href)="\.\/([^"]+)"/g)].flatMap(([, name = '']) => (name.endsWith(ending) ? [name] : []))

/** What a file imports at once, and what that imports. A name in `import(…)` is loaded later. */
const importsOf = (name: string, seen = new Set<string>()): Set<string> => {
  if (seen.has(name)) return seen
  seen.add(name)
  const text = readFileSync(join(folder, name), 'utf8')
  for (const [, next = ''] of text.matchAll(/(?:\bfrom|\bimport)\s*["']\.\/([\w.-]+\.js)["']/g)) {
    importsOf(`assets/${next}`, seen)
  }
  return seen
}

const total = (names: Iterable<string>): number => [...names].reduce((sum, name) => sum + sizeOf(name), 0)

test('the entry has at most 60 KB of script and 10 KB of styles', () => {
  const scripts = new Set(named('.js').flatMap((name) => [...importsOf(name)]))
  expect(scripts.size).toBeGreaterThan(1)
  expect(total(scripts)).toBeLessThanOrEqual(60 * kilobyte)
  expect(total(named('.css'))).toBeLessThanOrEqual(10 * kilobyte)
  expect(sizeOf('index.html')).toBeLessThanOrEqual(8 * kilobyte)
})

test('every file that is loaded later has at most 30 KB', () => {
  page()
  const entry = new Set(named('.js').flatMap((name) => [...importsOf(name)]))
  const later = readdirSync(join(folder, 'assets')).flatMap((name) =>
    /\.(?:js|css)$/.test(name) && !entry.has(`assets/${name}`) ? [`assets/${name}`] : [],
  )
  expect(later.length).toBeGreaterThan(5)
  expect(later.filter((name) => sizeOf(name) > 30 * kilobyte)).toEqual([])
})

test('the build names no other host, and has no script in the page and no map of its sources', () => {
  expect(page().match(/<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=|https?:/g)).toBeNull()
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  expect(names.filter((name) => name.endsWith('.map'))).toEqual([])
  const texts = names.filter((name) => /\.(?:js|css)$/.test(name))
  const hosts = texts.flatMap((name) => readFileSync(join(folder, name), 'utf8').match(/https?:\/\/[\w.-]+/g) ?? [])
  // Names of XML vocabularies, and the pages of Svelte's messages, which nobody loads.
  expect(
    hosts.filter(
      (host) => !/^https?:\/\/(?:www\.w3\.org|svelte\.dev|desk\.example\.com|localhost|here\.invalid)$/.test(host),
    ),
  ).toEqual([])
})
