import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { modules } from '../../modules.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))

/** Who writes each table: a module, or the platform. */
const owners: Record<string, string> = {
  tenants: 'identity/tenants',
  counters: 'identity/tenants',
  platform_log: 'identity/tenants',
  accounts: 'identity/accounts',
  password_resets: 'identity/accounts',
  second_factors: 'identity/second-factor',
  recovery_codes: 'identity/second-factor',
  sign_in_challenges: 'identity/second-factor',
  email_confirmations: 'identity/accounts',
  registrations: 'identity/customers',
  sessions: 'identity/sign-in',
  sign_in_places: 'identity/sign-in',
  api_tokens: 'identity/api-tokens',
  service_accounts: 'identity/api-tokens',
  customers: 'identity/customers',
  technicians: 'identity/technicians',
  tickets: 'desk/ticket-changes',
  ticket_watchers: 'desk/tickets',
  ticket_presence: 'desk/tickets',
  undos: 'desk/tickets',
  tags: 'desk/tags',
  ticket_links: 'desk/links',
  deleted_links: 'desk/links',
  attachments: 'desk/attachments',
  attachment_uploads: 'desk/attachments',
  drafts: 'desk/drafts',
  comments: 'desk/comments',
  products: 'catalogue/products',
  product_units: 'catalogue/products',
  orders: 'catalogue/orders',
  notification_choices: 'channels/recipients',
  notifications: 'channels/notifications',
  digest_hours: 'channels/recipients',
  digest_items: 'channels/outgoing-mail',
  emails: 'channels/outgoing-mail',
  email_claims: 'channels/outgoing-mail',
  mail_templates: 'channels/mail-templates',
  webhooks: 'channels/webhooks',
  webhook_deliveries: 'channels/webhooks',
  webhook_attempts: 'channels/webhooks',
  events: 'platform',
  event_heads: 'platform',
  log_epochs: 'platform',
  log_forks: 'platform',
  idempotency_keys: 'platform',
  quota_counts: 'platform',
  distinct_counts: 'platform',
  rate_limits: 'platform',
  worker_processes: 'platform',
}

/** What a module may do with a table of another, against the rule, and why. At most three. */
const exceptions: Record<string, string> = {
  'identity/customers reads tickets':
    'A technician may read the customers of their tickets. The rule is about a customer, and each of its lists and answers needs it in the statement.',
}

const groups = ['identity', 'desk', 'catalogue', 'operations', 'channels', 'insight']
const groupOf = (owner: string): string => owner.split('/')[0] ?? ''

/** Reading is allowed in the own group and to its left. The platform is left of all groups, insight reads all. */
const mayRead = (module: string, owner: string): boolean =>
  groupOf(module) === 'insight' || groups.indexOf(groupOf(owner)) <= groups.indexOf(groupOf(module))

interface Use {
  module: string
  verb: 'reads' | 'writes'
  table: string
}

const writing = /\b(?:insert\s+into|(?<!\b(?:for|key|do)\s)update|delete\s+from)\s+(?:only\s+)?(?:public\.)?([a-z_]+)/g
const reading = /\b(?:from|join|using)\s+(?:public\.)?([a-z_]+)/g

/** A file without its comments: what is left of `from`, `join`, `update` and the like before a table's name is SQL. */
const withoutComments = (text: string): string =>
  text
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .replaceAll(/^\s*\/\/.*$/gm, '')
    .replaceAll(/--.*$/gm, '')

const tablesIn = (sql: string, pattern: RegExp): string[] =>
  [...sql.matchAll(pattern)].map(([, table = '']) => table).filter((table) => Object.hasOwn(owners, table))

const usesOf = (module: string, text: string): Use[] => {
  const sql = withoutComments(text)
  const written = tablesIn(sql, writing)
  const read = tablesIn(sql.replaceAll(/\bdelete\s+from\b/g, ''), reading)
  return [
    ...written.map((table) => ({ module, verb: 'writes' as const, table })),
    ...read.map((table) => ({ module, verb: 'reads' as const, table })),
  ]
}

/** The files of the modules that hold SQL. */
const files = modules.flatMap(({ name }) =>
  readdirSync(join(root, 'src/modules', name), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(?:queries|policy|steps)\.ts$/.test(file))
    .map((file) => {
      const path = join('src/modules', name, file)
      return { name, path, text: readFileSync(join(root, path), 'utf8') }
    }),
)

const uses: Use[] = files.flatMap(({ name, text }) => usesOf(name, text))

/** `module reads table`, for every use that breaks the rule; each once. */
const offences = (verb: Use['verb'], isAllowed: (module: string, owner: string) => boolean): string[] => [
  ...new Set(
    uses
      .filter((use) => use.verb === verb && !isAllowed(use.module, owners[use.table] ?? ''))
      .map(({ module, table }) => `${module} ${verb} ${table}`),
  ),
]

test('the reader of this test finds tables in SQL', () => {
  const text = `
    /** Does not update emails. */
    // Nor does this join rate_limits.
    sql\`with t as (update tickets t set a = 1 from due d where true), -- insert into emails
      l as (delete from ticket_links l where l.a = 1)
      insert into events (a) select 1 from accounts a join sessions s on true for no key update of a
      on conflict do update set a = 1\``
  const seen = usesOf('desk/tags', text).map(({ verb, table }) => `${verb} ${table}`)
  expect(seen.sort()).toEqual(
    ['reads accounts', 'reads sessions', 'writes events', 'writes ticket_links', 'writes tickets'].sort(),
  )
  expect(uses.length).toBeGreaterThan(100)
})

test('every table of the schema has an owner, which is a module or the platform', () => {
  const schema = readFileSync(join(root, 'migrations/schema.sql'), 'utf8')
  const tables = [...schema.matchAll(/^create (?:unlogged )?table (?:public\.)?(\w+)/gim)].map(([, table]) => table)
  expect(tables.filter((table) => table !== 'pgmigrations').sort()).toEqual(Object.keys(owners).sort())
  const known = new Set(['platform', ...modules.map(({ name }) => name)])
  expect(Object.values(owners).filter((owner) => !known.has(owner))).toEqual([])
})

test('only its owner writes a table; the others write it through a step that the owner exports', () => {
  expect(offences('writes', (module, owner) => module === owner)).toEqual([])
})

test('only the platform names tables and functions of the job runner', () => {
  expect(files.filter(({ text }) => /\bgraphile_worker\b/.test(withoutComments(text))).map(({ path }) => path)).toEqual(
    [],
  )
})

test('a module reads tables of its own group and to the left; each exception has a reason', () => {
  expect(offences('reads', mayRead).sort()).toEqual(Object.keys(exceptions).sort())
  expect(Object.keys(exceptions).length).toBeLessThanOrEqual(3)
})
