// A program for a test. It calls scripts one after the other in one process, each until it ends the process for the
// first time. So modules that scripts share are loaded once. It takes a list of calls and answers with how each ended.
import { text } from 'node:stream/consumers'

interface Call {
  /** The address of the file. */
  file: string
  args: string[]
}

class Exit extends Error {
  readonly code: number
  constructor(code: number) {
    super(`exit ${code}`)
    this.code = code
  }
}

const calls = JSON.parse(await text(process.stdin)) as Call[]
const write = process.stdout.write.bind(process.stdout)
const results: { code: number; out: string; err: string[] }[] = []
let out = ''
let err = ''
process.exit = (code) => {
  throw new Exit(Number(code ?? 0))
}
process.stdout.write = (line: string | Uint8Array) => {
  out += line
  return true
}
process.stderr.write = (line: string | Uint8Array) => {
  err += line
  return true
}

for (const [place, { file, args }] of calls.entries()) {
  out = ''
  err = ''
  process.argv.splice(1, Number.POSITIVE_INFINITY, file, ...args)
  const end: unknown = await import(`${file}?${place}`).catch((error: unknown) => error)
  if (!(end instanceof Exit)) throw new Error(`${file} ${args.join(' ')} went on: ${end}`)
  results.push({ code: end.code, out, err: err.split('\n').filter((line) => line !== '') })
}
write(JSON.stringify(results))
