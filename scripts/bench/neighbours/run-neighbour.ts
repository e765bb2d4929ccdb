import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { NeighbourAnswers, NeighbourLoad } from './neighbour-process.ts'

const file = fileURLToPath(new URL('./neighbour-process.ts', import.meta.url))

/** Lets a neighbour work in a process of its own. Answers with how often it got each status. */
export const runNeighbour = async (load: NeighbourLoad): Promise<NeighbourAnswers> => {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', file], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const printed = text(child.stdout)
  child.stdin.end(JSON.stringify(load))
  // It ends by itself; this is for a neighbour that hangs.
  const timer = setTimeout(() => child.kill('SIGKILL'), (load.seconds + 5) * 1_000)
  const lines = await printed
  clearTimeout(timer)
  return JSON.parse(lines === '' ? '{}' : lines)
}
