import pg from 'pg'

/** What is counted in each tenant: a table, and the columns that it is counted by. */
const counted: Record<string, string[]> = {
  accounts: ['role', 'status'],
  customers: [],
  technicians: ['available'],
  tickets: ['status', 'priority'],
  comments: ['visibility'],
  attachments: ['visibility'],
  attachment_uploads: [],
  tags: [],
  ticket_links: ['kind'],
  ticket_watchers: [],
  events: ['type'],
  emails: ['template', 'state'],
  sessions: [],
  password_resets: [],
  email_confirmations: [],
  api_tokens: [],
  service_accounts: [],
  webhooks: ['state'],
  products: ['kind'],
  orders: ['status'],
  idempotency_keys: [],
}

const countOf = ([table, columns]: [string, string[]]): string => `
  select concat_ws(' ', k.slug, '${table}', ${columns.map((column) => `t.${column}`).join(', ') || 'null'}) as what,
    count(*)::integer as count
  from ${table} t join tenants k on k.tenant_id = t.tenant_id group by 1`

const counters = `
  select concat_ws(' ', k.slug, 'counter', c.name), c.value::integer
  from counters c join tenants k on k.tenant_id = c.tenant_id`

/** The tables that the version of a database has. */
const tablesOf = async (client: pg.Client): Promise<Set<string>> => {
  const { rows } = await client.query(`select tablename from pg_tables where schemaname = 'public'`)
  return new Set(rows.map(({ tablename }) => tablename))
}

/** How many of each thing the desks of a database have, and their counters: `default tickets closed normal` is 7. */
export const countDesks = async (url: string): Promise<Record<string, number>> => {
  const client = new pg.Client({ connectionString: url, application_name: 'counterdesk counts' })
  await client.connect()
  try {
    const tables = await tablesOf(client)
    const known = Object.entries(counted).filter(([table]) => tables.has(table))
    const statement = [...known.map(countOf), counters].join(' union all ')
    const { rows } = await client.query(`${statement} order by 1`)
    return Object.fromEntries(rows.map(({ what, count }) => [what, count]))
  } finally {
    await client.end()
  }
}
