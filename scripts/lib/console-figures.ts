import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'

const root = join(import.meta.dirname, '../..')
const assets = join(root, 'src/console/dist/assets')

/** Builds the console as `npm run build:console` does. Answers with the seconds that it took. */
export const buildConsole = async (): Promise<number> => {
  const begin = performance.now()
  await promisify(execFile)('npm', ['run', '--silent', 'build:console'], { cwd: root })
  return (performance.now() - begin) / 1_000
}

/**
 * KB of the scripts and style sheets of the build, gzipped: what a browser loads before the first screen, all of them,
 * and the largest that is loaded later.
 */
export const consoleBytes = async (): Promise<{ entry: number; all: number; largest: number }> => {
  const page = await readFile(join(assets, '../index.html'), 'utf8')
  const sizes = new Map<string, number>()
  const texts = new Map<string, string>()
  for (const name of (await readdir(assets)).filter((name) => /\.(?:js|css)$/.test(name))) {
    const text = await readFile(join(assets, name), 'utf8')
    texts.set(name, text)
    sizes.set(name, gzipSync(text, { level: 9 }).length / 1_024)
  }
  const entry = new Set([...texts.keys()].filter((name) => page.includes(`./assets/${name}`)))
  // What a file imports at once comes with it; a name in `import(…)` is loaded later.
  for (const name of entry) {
    for (const [, next = ''] of (texts.get(name) ?? '').matchAll(/(?:\bfrom|\bimport)\s*["']\.\/([\w.-]+\.js)["']/g)) {
      entry.add(next)
    }
  }
  const sum = (names: Iterable<string>): number => [...names].reduce((all, name) => all + (sizes.get(name) ?? 0), 0)
  const later = [...sizes].filter(([name]) => !entry.has(name)).map(([, size]) => size)
  return { entry: sum(entry), all: sum(sizes.keys()), largest: Math.max(...later) }
}
