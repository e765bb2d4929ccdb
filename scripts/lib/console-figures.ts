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

/** KB of the scripts and style sheets of the build, gzipped: all of them, and the largest. */
export const consoleBytes = async (): Promise<{ all: number; largest: number }> => {
  const names = (await readdir(assets)).filter((name) => /\.(?:js|css)$/.test(name))
  const sizes = await Promise.all(
    names.map(async (name) => gzipSync(await readFile(join(assets, name)), { level: 9 }).length / 1_024),
  )
  return { all: sizes.reduce((sum, size) => sum + size, 0), largest: Math.max(...sizes) }
}
