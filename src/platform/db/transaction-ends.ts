import type { ClientBase, QueryResult } from 'pg'
import { isBehindPooler } from './pooler.ts'
import { type Beside, isPrepared, runAlone } from './statement-messages.ts'

const begin: Beside = { name: 'begin', text: 'begin', values: [] }
const commit: Beside = { name: 'commit', text: 'commit', values: [] }

/** The transactions whose `begin` has not been sent. */
const waiting = new WeakSet<object>()
/** The transactions whose next statement is the last. */
const ending = new WeakSet<object>()
/** What the server answered to the `commit` that went with the last statement. */
const ended = new WeakMap<object, string>()

/**
 * Begins a transaction on a connection. Its `begin` goes in front of its first statement, in one round trip. The first
 * transaction of a connection, and each one behind a pooler, begins with a round trip of its own.
 */
export const beginWith = async (client: ClientBase): Promise<void> => {
  if (isPrepared(client, begin)) waiting.add(client)
  else await runAlone(client, begin)
}

/** Whether a transaction has sent nothing, so that there is nothing to end. */
export const isEmpty = (client: ClientBase): boolean => waiting.has(client)

/**
 * Runs `write`, whose one statement is the last of its transaction: `commit` goes behind it in the same round trip, and
 * is left out when it fails. Nothing that can fail for a good reason may follow.
 */
export const lastly = async <T>(tx: ClientBase, write: () => Promise<T>): Promise<T> => {
  if (isPrepared(tx, commit)) ending.add(tx)
  return write()
}

/** What goes beside the next statement of a transaction. `told` gets the results of all of them. */
export const endsOf = (client: ClientBase): { before: Beside[]; after: Beside[] } => ({
  before: waiting.delete(client) ? [begin] : [],
  after: ending.delete(client) ? [commit] : [],
})

/** Notes the answer to a `commit` that went behind a statement. */
export const noteEnd = (client: ClientBase, { command }: QueryResult): void => void ended.set(client, command)

/** Commits what the last statement has not committed. Answers with the command that the server carried out. */
export const commitNow = async (client: ClientBase): Promise<string> => {
  const command = ended.get(client)
  if (command !== undefined) return command
  if (isEmpty(client)) return 'COMMIT'
  return (isBehindPooler(client) ? await client.query('commit') : await runAlone(client, commit)).command
}

/** Forgets a transaction, before its connection is used for anything else. */
export const forgetEnds = (client: ClientBase): void => {
  for (const notes of [waiting, ending, ended]) notes.delete(client)
}
