import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { openApiDocument } from '../../src/api-document.ts'
import { option, readOptions, WholeNumber } from '../lib/options.ts'

// Runs the fuzzer of `npm test` with more cases, from another seed each time. With the options that a failure names, it
// runs that failure again.

/** What `--only` takes: an operation of the API document with who calls it, or the life of a ticket. */
const operations = Object.entries(openApiDocument('').paths as Record<string, object>).flatMap(([path, methods]) =>
  Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
)
const isPart = (text: string): boolean =>
  text === 'the life of a ticket' || operations.some((operation) => text.startsWith(`${operation} by `))

const options = readOptions({
  script: 'fuzz',
  about: 'Sends generated requests. With the options that a failure names, it runs that failure again.',
  options: {
    cases: option('<number>', 'how many requests', WholeNumber.default(100_000)),
    seed: option(
      '<number>',
      'where to begin; random when left out',
      z
        .string()
        .regex(/^-?\d{1,10}$/, 'must be a whole number')
        .optional(),
    ),
    only: option(
      '<part>',
      'only this part, such as "GET /tickets by admin"',
      z
        .string()
        .refine(isPart, `is no part. There are: the life of a ticket; and, by each role: ${operations.join('; ')}`)
        .optional(),
    ),
    path: option('<path>', 'the path of a failure', z.string().optional()),
  },
})
const seed = options.seed ?? String(randomInt(1, 2 ** 30))

const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs')
const given = { FUZZ_CASES: options.cases, FUZZ_SEED: seed, FUZZ_ONLY: options.only, FUZZ_PATH: options.path }
const settings = Object.fromEntries(
  Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
)

console.log(`seed ${seed}`)
const child = spawn(process.execPath, [vitest, 'run', 'src/testing/fuzz/fuzz.test.ts', '--disable-console-intercept'], {
  cwd: fileURLToPath(new URL('../..', import.meta.url)),
  env: { ...process.env, ...settings },
  stdio: 'inherit',
})
const [code] = await once(child, 'exit')
process.exitCode = code ?? 1
