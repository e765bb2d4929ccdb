import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { checkAnchors, verifyAllChains } from '../../src/modules/insight/audit/chain.service.ts'
import { option, readOptions } from '../lib/options.ts'
import { withApp } from '../lib/with-app.ts'

// Checks the chain of every tenant and prints its head: tenant, position and hash, with tabs between. Keep these lines
// where people who can write to the database cannot write. `--anchors` compares lines of earlier runs with the chains
// of today.
const options = readOptions({
  script: 'audit:verify',
  about: `Checks the audit chain of every tenant, and prints its head: tenant, position and hash. Ends with 1 when a chain is
broken, or when a head that was noted before is not found again.`,
  options: { anchors: option('<file>', 'lines that this command printed before', z.string().min(1).optional()) },
})

const fail = (line: string): void => {
  console.error(line)
  process.exitCode = 1
}

const isAnchor = /^(\S+)\t(\d{1,15})\t([0-9a-f]{64})$/

const readAnchors = async (file: string): Promise<{ tenant: string; position: number; hash: string }[]> => {
  const lines = (await readFile(file, 'utf8')).split(/\r?\n/).filter((line) => line.trim() !== '')
  return lines.map((line) => {
    const [, tenant, position, hash] = isAnchor.exec(line) ?? []
    if (tenant === undefined || hash === undefined) throw new Error(`--anchors: this is no line of ours: ${line}`)
    return { tenant, position: Number(position), hash }
  })
}

await withApp(async (app) => {
  const anchors = options.anchors === undefined ? [] : await readAnchors(options.anchors)
  for await (const { tenant, break: found, head_position: position, head_hash: hash } of verifyAllChains(app)) {
    if (found !== null) fail(`${tenant}: the chain breaks at position ${found.position}: ${found.reason}`)
    else if (hash !== null) console.log([tenant, position, hash].join('\t'))
  }
  for (const { tenant, position } of await checkAnchors(app, anchors)) {
    fail(`${tenant}: the event at position ${position} is missing, or has another hash than was noted`)
  }
})
