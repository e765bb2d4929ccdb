// Receivers of webhooks in a process of its own. Each path is one. It notes the position of every message before it
// answers 200; `GET` answers with what came to the path.
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'

/** What came to a path: positions in the order in which they came, and when the first and the last came. */
export interface ArrivedMessages {
  positions: number[]
  firstAt: number
  lastAt: number
}

const ledger = new Map<string, ArrivedMessages>()

createServer(async (request, response) => {
  const path = request.url ?? ''
  if (request.method === 'GET') {
    response.end(JSON.stringify(ledger.get(path) ?? { positions: [], firstAt: 0, lastAt: 0 }))
    return
  }
  const { data } = JSON.parse(await text(request))
  const now = Date.now()
  const known = ledger.get(path)
  if (known === undefined) ledger.set(path, { positions: [data.position], firstAt: now, lastAt: now })
  else {
    known.positions.push(data.position)
    known.lastAt = now
  }
  response.end()
}).listen(Number(process.env.PORT), '127.0.0.1')
