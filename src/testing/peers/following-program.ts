import { readFile, rename, writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

// A program that follows the feed: `node …/following-program.ts <address of the API> <API token> <file>`. It keeps the
// events and its place in the file, both in one step, and goes on from there when it is started again. It asks again
// what failed, because a desk may be away for a moment.

const [url, token, file] = process.argv.slice(2)
if (url === undefined || token === undefined || file === undefined) {
  throw new Error('Usage: node src/testing/peers/following-program.ts <address of the API> <API token> <file>')
}

const pauseMs = 100

interface Kept {
  next: string | null
  events: unknown[]
}
type Page = Kept & { next: string }

const kept: Kept = JSON.parse(await readFile(file, 'utf8').catch(() => '{"next":null,"events":[]}'))

/** A file is there as it was, or as it is now, and never in half, whenever the program is killed. */
const keep = async (): Promise<void> => {
  await writeFile(`${file}.new`, JSON.stringify(kept))
  await rename(`${file}.new`, file)
}

for (;;) {
  const after = kept.next === null ? '' : `&after=${encodeURIComponent(kept.next)}`
  const headers = { Authorization: `Bearer ${token}` }
  const answer = await fetch(`${url}/events?wait=25${after}`, { headers })
    .then(async (response) => ({ status: response.status, body: (await response.json()) as Page }))
    .catch(() => null)
  if (answer?.status === 200) {
    kept.events.push(...answer.body.events)
    kept.next = answer.body.next
    await keep()
  } else if (answer === null || answer.status >= 500) {
    await sleep(pauseMs)
  } else {
    throw new Error(`the feed answers ${answer.status}: ${JSON.stringify(answer.body)}`)
  }
}
