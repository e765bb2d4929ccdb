import type { LookupAddress } from 'node:dns'
import { lookup as lookUp, Resolver } from 'node:dns/promises'
import { open } from 'node:fs/promises'

/** Finds all addresses of a host. @throws Error with the code `ENOTFOUND`, `EAI_AGAIN` or `ETIMEDOUT`. */
export type FindAddresses = (host: string) => Promise<LookupAddress[]>

/**
 * Asks as other programs of this machine do. It takes one of a few threads and cannot be ended, so it is only for names
 * that an operator wrote: a name that a stranger chose may never be answered.
 */
export const addressesOfSystem: FindAddresses = (host) => lookUp(host, { all: true })

/** Which DNS servers are asked about the names of strangers. @internal Changed by a test; null: those of this machine. */
export const nameServers: { asked: string[] | null } = { asked: null }

const lookupMs = 4_500
const tryMs = 2_000
const tries = 2

/** How long a failure is remembered, and of how many names. */
const failedMs = 5_000
const failedAtMost = 1_000

const hostsFile = '/etc/hosts'
const hostsBytes = 65_536
const hostsMs = 5_000

const readHosts = async (): Promise<ReadonlySet<string>> => {
  try {
    await using file = await open(hostsFile)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(hostsBytes), 0, hostsBytes, 0)
    const lines = buffer.toString('latin1', 0, bytesRead).split('\n')
    return new Set(lines.flatMap((line) => (line.split('#', 1)[0] ?? '').trim().toLowerCase().split(/\s+/).slice(1)))
  } catch {
    return new Set()
  }
}

let hosts: { readAt: number; names: Promise<ReadonlySet<string>> } | undefined

/** The names that the operator wrote into the file of hosts, as of the last seconds. */
const namesInHosts = (): Promise<ReadonlySet<string>> => {
  const now = performance.now()
  if (hosts === undefined || now - hosts.readAt > hostsMs) hosts = { readAt: now, names: readHosts() }
  return hosts.names
}

/** An error with a code that says what kind of fault it is, whatever the DNS said. */
const failure = (host: string, reasons: unknown[]): Error => {
  const codes = reasons.map((reason) => String(Object(reason).code))
  const isNowhere = codes.every((code) => code === 'ENOTFOUND' || code === 'ENODATA')
  const isSlow = codes.some((code) => code === 'ETIMEOUT' || code === 'ECANCELLED')
  const code = isNowhere ? 'ENOTFOUND' : isSlow ? 'ETIMEDOUT' : 'EAI_AGAIN'
  return Object.assign(new Error(`the address of ${host} was not found`), { code })
}

/** Asks the DNS without a thread, until the deadline. */
const askDns: FindAddresses = async (host) => {
  const resolver = new Resolver({ timeout: tryMs, tries })
  if (nameServers.asked !== null) resolver.setServers(nameServers.asked)
  const deadline = setTimeout(() => resolver.cancel(), lookupMs)
  try {
    const answers = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)])
    const found = answers.flatMap((answer, at) =>
      answer.status === 'fulfilled' ? answer.value.map((address) => ({ address, family: at === 0 ? 4 : 6 })) : [],
    )
    if (found.length > 0) return found
    throw failure(
      host,
      answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : [])),
    )
  } finally {
    clearTimeout(deadline)
  }
}

const running = new Map<string, Promise<LookupAddress[]>>()
const failed = new Map<string, { until: number; error: unknown }>()

/** Asks the DNS once at a time for each name, and not again for some seconds when that failed. */
const askOnce: FindAddresses = (host) => {
  const known = failed.get(host)
  if (known !== undefined && performance.now() < known.until) return Promise.reject(known.error)
  const asked = running.get(host)
  if (asked !== undefined) return asked
  const asking = askDns(host)
    .catch((error: unknown) => {
      if (failed.size >= failedAtMost) failed.clear()
      failed.set(host, { until: performance.now() + failedMs, error })
      throw error
    })
    .finally(() => running.delete(host))
  running.set(host, asking)
  return asking
}

/**
 * Finds the addresses of a name that a stranger chose. Names without a dot and those in the file of hosts are the
 * operator's; what the machine does to all others, such as adding a domain, is not done.
 */
export const addressesOfStranger: FindAddresses = async (host) => {
  const isOfOperator = !host.includes('.') || (await namesInHosts()).has(host.toLowerCase())
  return isOfOperator ? addressesOfSystem(host) : askOnce(host)
}
