import { access, constants, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'

const roomBytes = 1024 ** 3

/** A database is copied in 15 ms in memory, in 30 or more on a disk. */
export const memoryOrDisk = async (): Promise<string> => {
  try {
    await access('/dev/shm', constants.W_OK)
    const { bavail, bsize } = await statfs('/dev/shm')
    if (bavail * bsize >= roomBytes) return '/dev/shm'
  } catch {
    // There is none.
  }
  return tmpdir()
}
