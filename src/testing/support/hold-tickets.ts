import { setTimeout as sleep } from 'node:timers/promises'
import type { Desk } from './workspace.ts'

/** Long enough for requests that were sent at once to reach their line, and shorter than a lock may be waited for. */
const gatheringMs = 500

/** Sends requests while nobody can lock a ticket, so that they gather behind the first one. Answers with the replies. */
export const gathered = async <T>({ owner }: Desk, send: () => Promise<T>): Promise<T> => {
  const client = await owner.connect()
  await client.query('begin')
  await client.query('lock table tickets in access exclusive mode')
  const sending = send()
  await sleep(gatheringMs)
  await client.query('rollback')
  client.release()
  return sending
}
