import { execFile } from 'node:child_process'
import { constants } from 'node:fs'
import { mkdir, open, readdir, realpath, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve, sep } from 'node:path'
import { promisify } from 'node:util'
import type { BackupDraft, BackupPlace } from './backup-place.ts'
import { backupName, manifestFile } from './manifest.ts'
import { measured } from './measured-bytes.ts'

const draftEnd = '.part'
const draftName = /^\d{8}T\d{6}Z\.part$/

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT'

/** Writes a new file that only its owner can read, and the folders above it. */
export const writeNewFile = async (path: string, bytes: AsyncIterable<Uint8Array>): Promise<void> => {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const file = await open(path, 'wx', 0o600)
  try {
    for await (const chunk of bytes) await file.writeFile(chunk)
  } finally {
    await file.close()
  }
}

/** Brings all files of a folder to its disk. One call costs less than one for each of thousands of files. */
export const syncDisk = async (folder: string): Promise<void> => {
  if (process.platform === 'win32') return
  await promisify(execFile)('sync', process.platform === 'linux' ? ['-f', folder] : [])
}

/** Reads a file of a folder. A link leads out of it, so no link is followed, neither by the file nor by its folders. */
const readInside = async function* (folder: string, path: string): AsyncGenerator<Uint8Array> {
  const whole = join(folder, path)
  const [home, parent] = [await realpath(folder), await realpath(dirname(whole))]
  if (parent !== join(home, dirname(path)) && parent !== home) throw new Error(`${whole} is behind a link`)
  const file = await open(whole, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0)).catch((error) => {
    throw error.code === 'ELOOP' ? new Error(`${whole} is a link`) : error
  })
  try {
    if (!(await file.stat()).isFile()) throw new Error(`${whole} is no file`)
    yield* file.createReadStream({ autoClose: false })
  } finally {
    await file.close()
  }
}

const beginIn = async (folder: string, name: string): Promise<BackupDraft> => {
  const draft = join(folder, name + draftEnd)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  if ((await readdir(folder)).includes(name)) throw new Error(`${join(folder, name)} is there already`)
  await mkdir(draft, { mode: 0o700 }).catch((error) => {
    throw error.code === 'EEXIST' ? new Error(`another backup is being made: ${draft}`) : error
  })
  return {
    async write(path, bytes) {
      const { result, through } = measured(bytes)
      await writeNewFile(join(draft, path), through)
      return result()
    },
    async finish(manifest) {
      await writeNewFile(
        join(draft, manifestFile),
        (async function* () {
          yield Buffer.from(manifest)
        })(),
      )
      await syncDisk(draft)
      await rename(draft, join(folder, name))
      await syncDisk(folder)
    },
    abandon: () => rm(draft, { recursive: true, force: true }),
  }
}

/** A folder that keeps backups, each in a folder of its own. A backup gets its name when it is whole and on disk. */
export const openFolderPlace = (where: string): BackupPlace => {
  const folder = resolve(where)
  const namesIn = async (): Promise<string[]> => {
    const names = await readdir(folder).catch((error) => {
      if (isMissing(error)) return []
      throw error
    })
    return names.sort()
  }
  return {
    list: async () => (await namesIn()).filter((name) => backupName.test(name)),
    begin: (name) => beginIn(folder, name),
    read: (name, path) => readInside(join(folder, name), path.split('/').join(sep)),
    async remove(name) {
      // A removal that is cut off leaves a draft, and no backup without its files.
      await rename(join(folder, name), join(folder, name + draftEnd))
      await rm(join(folder, name + draftEnd), { recursive: true, force: true })
    },
    async tidy(before) {
      for (const name of (await namesIn()).filter((one) => draftName.test(one))) {
        const path = join(folder, name)
        if ((await stat(path)).mtime < before) await rm(path, { recursive: true, force: true })
      }
    },
  }
}
