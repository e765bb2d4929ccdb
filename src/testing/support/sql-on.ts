import pg from 'pg'

/** Runs one statement on a connection of its own, as the owner of the tables. */
export const sqlOn = async (
  url: string,
  statement: string,
  values: unknown[] = [],
): Promise<Record<string, unknown>[]> => {
  const client = new pg.Client({ connectionString: url, application_name: 'counterdesk tests' })
  await client.connect()
  return client
    .query(statement, values)
    .then(({ rows }) => rows)
    .finally(() => client.end())
}
