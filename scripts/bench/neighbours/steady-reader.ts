import { Agent, get } from 'node:http'
import { percentile } from '../../lib/statistics.ts'

/** What a reader found: the 99th percentile in milliseconds, and how many of the reads had no answer of 200. */
export interface Reading {
  p99: number
  reads: number
  failed: number
}

/** Somebody who reads, by a path and the headers of the request. */
export interface Read {
  path: string
  headers: Record<string, string>
}

const everyMs = 50
const timeoutMs = 10_000

const once = (url: string, { path, headers }: Read, agent: Agent): Promise<number> =>
  new Promise((resolve) => {
    const call = get(`${url}${path}`, { headers, agent, timeout: timeoutMs }, (response) => {
      response.resume()
      response.once('end', () => resolve(response.statusCode ?? 0))
      response.once('error', () => resolve(0))
    })
    call.once('timeout', () => call.destroy())
    call.once('error', () => resolve(0))
  })

/**
 * Sends each of the reads twenty times a second, whether or not the reads before have their answers. The time of a read
 * counts from the moment at which its turn came, so that what waits in front of a busy program is counted.
 */
export const readSteadily = async (url: string, reads: Read[], seconds: number): Promise<Reading> => {
  const agent = new Agent({ keepAlive: true })
  const times: number[] = []
  let failed = 0
  const measure = async (read: Read, due: number): Promise<void> => {
    const status = await once(url, read, agent)
    times.push(performance.now() - due)
    if (status !== 200) failed += 1
  }
  const begin = performance.now()
  const turns = (seconds * 1_000) / everyMs
  const pending: Promise<void>[] = []
  for (let turn = 0; turn < turns; turn += 1) {
    const due = begin + turn * everyMs
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())))
    for (const read of reads) pending.push(measure(read, due))
  }
  await Promise.all(pending)
  agent.destroy()
  return { p99: percentile(times, 0.99), reads: times.length, failed }
}
