import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FactReader } from './database-facts.ts'
import { parseJsonLines } from './json-lines.ts'
import { followFeed } from './restored-feed.ts'

// What a drill does that puts a database back to an earlier time.

/**
 * Removes the lines that came after the dump from a file of JSON lines, because what they tell of is lost. Answers with
 * them.
 */
const strike = async <Line>(file: string, isKnown: (line: Line) => boolean): Promise<Line[]> => {
  const parsed = parseJsonLines<Line>(await readFile(file, 'utf8'))
  const kept = parsed.filter(isKnown)
  await writeFile(file, kept.map((line) => `${JSON.stringify(line)}\n`).join(''))
  return parsed.filter((line) => !isKnown(line))
}

/**
 * Takes out of the ledger and out of the mail server's file what the restored database knows nothing of. Answers with
 * the numbers of tickets that it has, and of tickets and mails that are lost.
 */
export const strikeLost = async (
  folder: string,
  facts: FactReader,
): Promise<{ kept: number; tickets: number; mails: number }> => {
  const known = await facts.read()
  const keys = new Set(known.tickets.map(({ subject }) => subject.split(' ').at(-1)))
  const messageIds = new Set(known.mails.map(({ message_id }) => message_id))
  const lines = await strike<{ key: string }>(join(folder, 'ledger.jsonl'), ({ key }) => keys.has(key))
  const mails = await strike<{ messageId: string }>(join(folder, 'mails.jsonl'), ({ messageId }) =>
    messageIds.has(messageId),
  )
  return { kept: known.tickets.length, tickets: new Set(lines.map(({ key }) => key)).size, mails: mails.length }
}

const followed = 'north'

/** The last position of the desk that is followed. */
export const headOf = async ({ pool }: FactReader): Promise<number> => {
  const { rows } = await pool.query(
    'select h.position::int as head from event_heads h join tenants t on t.tenant_id = h.tenant_id where t.slug = $1',
    [followed],
  )
  return rows[0].head
}

/** Two followers of a desk's feed: one reads beyond the time that is restored, and one does not. */
export const startFollowers = async (url: string) => {
  const [ahead, behind] = [await followFeed(url, followed), await followFeed(url, followed)]
  await behind.readOn(url)
  return {
    readAhead: () => ahead.readOn(url),
    /** Both read on after the restore. Only the follower ahead is told of the fork, which is at `head`. */
    async goOn(at: string, head: number): Promise<string> {
      const lost = ahead.last() - head
      if (lost <= 0) throw new Error('no follower has read beyond what is restored')
      const forks = [await ahead.readOn(at), await behind.readOn(at)]
      if (forks[0] !== head || forks[1] !== null) {
        throw new Error(
          `the followers were told of forks at ${forks.join(' and ')}, and what is restored ends at ${head}`,
        )
      }
      return `a follower was told to forget ${lost} events`
    },
    async finish(at: string, facts: FactReader): Promise<void> {
      for (const follower of [ahead, behind]) {
        if ((await follower.readOn(at)) !== null) throw new Error('a follower was told of a fork twice')
        await follower.compareWith(facts)
      }
    },
  }
}
