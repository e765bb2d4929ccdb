import type { Db } from '../../../platform/db/sql.ts'
import type { User } from '../../identity/accounts/actor.ts'
import { listNames, listNamesInHistory } from './people-names.queries.ts'

/** The names of people by their ids. */
type Names = Record<string, string>

/**
 * Gives each row the names of the people whose ids it has, as far as `read` finds them. One statement reads them all.
 */
const withNamesOf = async <Row>(
  rows: Row[],
  idsIn: (row: Row) => string[],
  read: (ids: string[]) => Promise<{ account_id: string; name: string }[]>,
): Promise<(Row & { names: Names })[]> => {
  const ids = [...new Set(rows.flatMap(idsIn))]
  const found = ids.length === 0 ? [] : await read(ids)
  const names = new Map(found.map(({ account_id, name }) => [account_id, name]))
  const namesOf = (row: Row): Names =>
    Object.fromEntries(
      idsIn(row).flatMap((id) => {
        const name = names.get(id)
        return name === undefined ? [] : [[id, name] as const]
      }),
    )
  return rows.map((row) => ({ ...row, names: namesOf(row) }))
}

/** Gives entries of the history of a ticket the names of the people in them that the reader may read today. */
export const withNamesInHistory = <Row>(
  db: Db,
  reader: User,
  ticketId: string,
  rows: Row[],
  idsIn: (row: Row) => string[],
): Promise<(Row & { names: Names })[]> =>
  withNamesOf(rows, idsIn, (ids) => listNamesInHistory(db, reader, ticketId, ids))

/** Gives rows the names of the people in them, for admins. */
export const withNamesForAdmins = <Row>(
  db: Db,
  admin: User,
  rows: Row[],
  idsIn: (row: Row) => string[],
): Promise<(Row & { names: Names })[]> => withNamesOf(rows, idsIn, (ids) => listNames(db, admin, ids))
