import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { findChromium } from './chromium.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))

/**
 * Builds the console once for the run, so that the stories see what is in the sources now.
 * @throws Error when there is no Chromium, or the build fails: with the words of the build.
 */
export default async (): Promise<void> => {
  await findChromium()
  const vite = fileURLToPath(new URL('../../../node_modules/.bin/vite', import.meta.url))
  await promisify(execFile)(vite, ['build', '--config', 'src/console/vite.config.ts', '--logLevel', 'warn'], {
    cwd: root,
  })
}
