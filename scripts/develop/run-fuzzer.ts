import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { readOptions, WholeNumber } from '../lib/options.ts'

// Runs the fuzzer of `npm test` with more cases, from another seed each time. With the options that a failure names, it
// runs that failure again.

const options = readOptions(
  'npm run fuzz [-- --cases 100000 --seed <number> --only <part> --path <path>]',
  z.object({
    cases: WholeNumber.default(100_000),
    seed: z
      .string()
      .regex(/^-?\d+$/, 'must be a whole number')
      .default(() => String(randomInt(1, 2 ** 30))),
    only: z.string().optional(),
    path: z.string().optional(),
  }),
)

const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs')
const given = { FUZZ_CASES: options.cases, FUZZ_SEED: options.seed, FUZZ_ONLY: options.only, FUZZ_PATH: options.path }
const settings = Object.fromEntries(
  Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
)

console.log(`seed ${options.seed}`)
const child = spawn(process.execPath, [vitest, 'run', 'src/testing/fuzz/fuzz.test.ts', '--disable-console-intercept'], {
  cwd: fileURLToPath(new URL('../..', import.meta.url)),
  env: { ...process.env, ...settings },
  stdio: 'inherit',
})
const [code] = await once(child, 'exit')
process.exitCode = code ?? 1
