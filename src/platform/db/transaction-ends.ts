import type { ClientBase, QueryResult } from 'pg'
import { isBehindPooler } from './pooler.ts'
import { type Beside, isPrepared, runAlone } from './statement-messages.ts'

const begin: Beside = { name: 'begin', text: 'begin', values: [] }
const commit: Beside = { name: 'commit', text: 'commit', values: [] }

/** What failed after its transaction was committed: what was written is there, and must not be written again. */
export class CommittedError extends Error {
  constructor(cause: unknown) {
    super('the transaction was committed, and its answer could not be read', { cause })
    this.name = 'CommittedError'
  }
}

/** The connections whose transaction waits for its first statement, to send `begin` with it. */
const waiting = new WeakSet<ClientBase>()
/** The connections whose next statement is the last of its transaction. */
const ending = new WeakSet<ClientBase>()
/** The command that the server carried out for the `commit` that went with the last statement. */
const ended = new WeakMap<ClientBase, string>()

/**
 * Begins a transaction on a connection. Its `begin` goes in front of its first statement, in one round trip. The first
 * transaction of a connection, and each one behind a pooler, begins with a round trip of its own.
 */
export const beginWithFirst = async (client: ClientBase): Promise<void> => {
  if (isPrepared(client, begin)) waiting.add(client)
  else await runAlone(client, begin)
}

/** Whether the transaction of a connection has sent its `begin`, so that there is something to end. */
export const hasBegun = (client: ClientBase): boolean => !waiting.has(client)

/**
 * Runs `write`, whose one statement is the last of its transaction: `commit` goes behind it in the same round trip, and
 * is left out when it fails. Nothing that may fail may follow, because the transaction can no longer be rolled back.
 */
export const lastly = async <T>(tx: ClientBase, write: () => Promise<T>): Promise<T> => {
  if (isPrepared(tx, commit)) ending.add(tx)
  return write()
}

/**
 * What goes beside the next statement of a connection: in front of it `begin`, when a transaction waits for its first
 * statement, and behind it `commit`, when the statement is the last one. Outside of a transaction there is neither.
 */
export const endsOf = (client: ClientBase): { begin: Beside[]; commit: Beside[] } => ({
  begin: waiting.delete(client) ? [begin] : [],
  commit: ending.delete(client) ? [commit] : [],
})

/** Notes the answer to a `commit` that went behind a statement. */
export const noteCommit = (client: ClientBase, { command }: QueryResult): void => void ended.set(client, command)

/** Whether the last statement of a transaction has committed it. */
export const isCommitted = (client: ClientBase): boolean => ended.get(client) === 'COMMIT'

/**
 * Commits, unless the last statement has done so, or there was none. Answers with the command that the server carried
 * out.
 */
export const commitNow = async (client: ClientBase): Promise<string> => {
  const command = ended.get(client)
  if (command !== undefined) return command
  if (!hasBegun(client)) return 'COMMIT'
  return (isBehindPooler(client) ? await client.query('commit') : await runAlone(client, commit)).command
}

/** Forgets a transaction, before its connection is used for anything else. */
export const forgetEnds = (client: ClientBase): void => {
  for (const notes of [waiting, ending, ended]) notes.delete(client)
}
