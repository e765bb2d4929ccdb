import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

// The fuzzer of `npm test`, for as many cases as one likes, from another seed each time; or one failure of it again.

const { values: options } = parseArgs({
  options: {
    cases: { type: 'string', default: '100000' },
    seed: { type: 'string', default: String(randomInt(1, 2 ** 30)) },
    only: { type: 'string' },
    path: { type: 'string' },
  },
})

const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs')
const given = { FUZZ_CASES: options.cases, FUZZ_SEED: options.seed, FUZZ_ONLY: options.only, FUZZ_PATH: options.path }
const settings = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))

console.log(`seed ${options.seed}`)
const child = spawn(process.execPath, [vitest, 'run', 'src/testing/fuzz/fuzz.test.ts', '--disable-console-intercept'], {
  cwd: fileURLToPath(new URL('../..', import.meta.url)),
  env: { ...process.env, ...settings },
  stdio: 'inherit',
})
const [code] = await once(child, 'exit')
process.exitCode = code ?? 1
