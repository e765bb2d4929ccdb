import type { Warning } from '../../../contract/warnings.ts'
import type { App } from '../../../platform/app-context.ts'
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
  /** Those of them who want to be told nothing of it. */
  silent: string[]
  /** Names of accounts that cannot be mentioned. */
  unavailable: string[]
}

const nobody: Mentions = { accountIds: [], silent: [], unavailable: [] }

/**
 * Locks the accounts of the staff that an internal comment mentions. Public comments mention nobody, and nobody
 * mentions themselves. Call it before the ticket is locked.
 */
export const lockMentioned = async (
  app: App,
  tx: Tx,
  { accountId, tenantId }: User,
  { visibility, body }: Pick<CreateComment, 'visibility' | 'body'>,
): Promise<Mentions> => {
  const names = visibility === 'internal' ? mentionsIn(body).filter((name) => name !== accountId) : []
  if (names.length === 0) return nobody
  const known = await lockMentionable(app, tx, tenantId, names.slice(0, namesAtMost))
  const meant = names
    .flatMap((name) => known.get(name) ?? [])
    .filter(({ account_id, is_available }) => is_available && account_id !== accountId)
  return {
    accountIds: [...new Set(meant.map(({ account_id }) => account_id))],
    silent: meant.filter(({ is_silent }) => is_silent).map(({ account_id }) => account_id),
    unavailable: names.filter((name) => !(known.get(name)?.is_available ?? !isNumberOfAccount(name))),
  }
}

const list = (names: string[]): string => names.slice(0, namesAtMost).join(', ')

const warn = (names: string[], why: string): Warning[] =>
  names.length === 0 ? [] : [{ code: 'mention_unavailable', detail: `Not mentioned: ${list(names)}. ${why}` }]

const warnOfSilent = (accountIds: string[]): Warning[] =>
  accountIds.length === 0
    ? []
    : [
        {
          code: 'mention_untold',
          detail: `They chose to be told nothing of mentions: ${list([...new Set(accountIds)])}. They watch the ticket now.`,
        },
      ]

/**
 * Makes the mentioned accounts watchers of the ticket, so that they see it. Answers with those who are mentioned, and
 * with warnings that name the others.
 */
export const watchByMention = async (
  tx: Tx,
  act: Act<User>,
  ticketId: string,
  { accountIds, silent, unavailable }: Mentions,
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
      ...warnOfSilent(silent.filter((id) => first.includes(id) && watching.has(id))),
    ],
  }
}
