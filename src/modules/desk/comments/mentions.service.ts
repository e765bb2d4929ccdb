import type { Warning } from '../../../contract/warnings.ts'
import type { Tx } from '../../../platform/db/sql.ts'
import type { Act, User } from '../../identity/accounts/actor.ts'
import { lockMentionable, watchMentioned } from '../tickets/watchers.service.ts'
import type { CreateComment } from './comments.schemas.ts'
import { isNumberOfAccount, mentionsIn } from './mentions.ts'

/** How many people a comment may mention. */
const mentionsAtMost = 10
/** How many names of a comment are looked up. Most words after an `@` name nobody. */
const namesAtMost = 50

/** Whom a comment mentions. */
export interface Mentions {
  /** Who can be mentioned. Their accounts are locked. */
  accountIds: string[]
  /** Numbers of accounts that cannot be mentioned. */
  unavailable: string[]
}

const nobody: Mentions = { accountIds: [], unavailable: [] }

/**
 * Locks the accounts of the staff that an internal comment mentions. Public comments mention nobody, and nobody
 * mentions themselves. Call it before the ticket is locked.
 */
export const lockMentioned = async (
  tx: Tx,
  { accountId, tenantId }: User,
  { visibility, body }: CreateComment,
): Promise<Mentions> => {
  const names = visibility === 'internal' ? mentionsIn(body).filter((name) => name !== accountId) : []
  if (names.length === 0) return nobody
  const known = await lockMentionable(tx, tenantId, names.slice(0, namesAtMost))
  return {
    accountIds: names.filter((name) => known.has(name)),
    unavailable: names.filter((name) => isNumberOfAccount(name) && !known.has(name)),
  }
}

const warn = (accountIds: string[], why: string): Warning[] =>
  accountIds.length === 0
    ? []
    : [{ code: 'mention_unavailable', detail: `Not mentioned: ${accountIds.slice(0, namesAtMost).join(', ')}. ${why}` }]

/**
 * Makes the mentioned accounts watchers of the ticket, so that they see it. Answers with those who are mentioned, and
 * with warnings that name the others.
 */
export const watchByMention = async (
  tx: Tx,
  act: Act<User>,
  ticketId: string,
  { accountIds, unavailable }: Mentions,
): Promise<{ mentions: string[]; warnings: Warning[] }> => {
  const first = accountIds.slice(0, mentionsAtMost)
  const { watching, limit } = await watchMentioned(tx, act, ticketId, first)
  return {
    mentions: first.filter((id) => watching.has(id)),
    warnings: [
      ...warn(unavailable, 'Only admins and technicians who are not deactivated can be mentioned.'),
      ...warn(accountIds.slice(mentionsAtMost), `A comment mentions at most ${mentionsAtMost} people.`),
      ...warn(
        first.filter((id) => !watching.has(id)),
        `A ticket has at most ${limit} watchers.`,
      ),
    ],
  }
}
