import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** The first of these programs that is here and answers to `--version`; null when none is. */
export const findProgram = async (...files: string[]): Promise<string | null> => {
  for (const file of files) {
    const isHere = await promisify(execFile)(file, ['--version']).then(
      () => true,
      () => false,
    )
    if (isHere) return file
  }
  return null
}
