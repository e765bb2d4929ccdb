import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { compileCache } from './real-program.ts'

/** How a script ended. */
export interface Ended {
  code: number
  /** Standard output. */
  out: string
  /** The lines of standard error. */
  err: string[]
}

/** Runs a script as its npm script does: with these settings and no others, in a folder that has no `.env`. */
export const runScriptWith = (
  settings: Record<string, string | undefined>,
  folder: string,
  script: string,
  ...options: string[]
): Promise<Ended> => {
  const file = fileURLToPath(new URL(`../../../scripts/${script}.ts`, import.meta.url))
  const env = {
    PATH: process.env.PATH,
    NODE_COMPILE_CACHE: compileCache,
    DATA_DIR: folder,
    BCRYPT_COST: '4',
    ...settings,
  }
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [file, ...options], { cwd: folder, env }, (_error, out, err) =>
      resolve({ code: child.exitCode ?? -1, out, err: err.split('\n').filter((line) => line !== '') }),
    )
  })
}

/** Runs a script on a database, as `runScriptWith` does. */
export const runScript = (databaseUrl: string, folder: string, script: string, ...options: string[]): Promise<Ended> =>
  runScriptWith({ DATABASE_URL: databaseUrl }, folder, script, ...options)
