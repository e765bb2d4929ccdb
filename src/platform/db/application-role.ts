import type { ClientBase, Pool } from 'pg'

// The program has the password of the owner of the tables, but works as a role with fewer rights: the role can neither
// change nor delete what the chain of the events covers. Each owner has its own role. With a shared role, the owners of
// several databases in one cluster could reach each other's tables.

/** The name of an owner's role, at most 63 bytes. `owner` is an SQL expression. */
const roleOf = (owner: string): string =>
  `'counterdesk_app_' || case when octet_length(${owner}::text) <= 47 then ${owner}::text else md5(${owner}::text) end`

/** Whether a user may work as a role. From PostgreSQL 16 on this needs the SET option of the membership. */
const mayBecome = (user: string, role: string): string =>
  `pg_has_role(${user}, ${role}, case when current_setting('server_version_num')::integer >= 160000 then 'SET' else 'MEMBER' end)`

const usable = `
  from pg_class e
  join pg_roles o on o.oid = e.relowner
  join pg_roles r on r.rolname = ${roleOf('o.rolname')}
  where e.oid = to_regclass('public.events') and ${mayBecome('session_user', 'r.oid')}
    and has_table_privilege(r.oid, e.oid, 'select')`

/**
 * The name of the role, when the login of a connection has the rights of the owner of the tables and could do with
 * less; else null. An SQL expression.
 */
export const roleOfOwningLogin = `(
  select r.rolname::text from pg_class e
  join pg_roles o on o.oid = e.relowner
  join pg_roles r on r.rolname = ${roleOf('o.rolname')}
  where e.oid = to_regclass('public.events') and pg_has_role(session_user, o.oid, 'USAGE'))`

/**
 * What erases the content of an event, or deletes the log of a tenant whose time is over. These functions work with the
 * rights of their owner, and only the role may call them.
 */
const guardedFunctions = [
  'public.blank_event(integer, bigint, text, text, text)',
  'public.delete_tenant_events(integer, integer)',
  'public.end_tenant_log(integer)',
]
const guardedArray = `array[${guardedFunctions.map((name) => `'${name}'`).join(', ')}]`

/**
 * The right of everybody to call a function, which a new function has, and a database that was restored without rights.
 */
const callableByAll = `
  exists (select from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a where a.grantee = 0)`

/**
 * A table without a grant or policy for the role, a function without its rights, or a column of events that the role
 * may not write. A migration that was cut off before the grants leaves such objects.
 */
const ungranted = `
  select from pg_proc p where p.oid in (select to_regprocedure(f) from unnest(${guardedArray}) f)
    and (not has_function_privilege(r.oid, p.oid, 'execute') or ${callableByAll})
  union all
  select from pg_class c
  where c.relkind = 'r' and c.relnamespace in (to_regnamespace('public'), to_regnamespace('graphile_worker'))
    and c.relowner = e.relowner
    and (not has_table_privilege(r.oid, c.oid, 'select') or (
      c.relrowsecurity and not exists (select from pg_policy p where p.polrelid = c.oid and p.polname = 'counterdesk_app')))
  union all
  select from pg_attribute a
  where a.attrelid = to_regclass('public.events') and a.attname = 'traceparent' and not a.attisdropped
    and not has_column_privilege(r.oid, a.attrelid, a.attnum, 'insert')`

/** Whether the role has all its rights, and the user of this connection may work as the role. */
export const hasApplicationRole = async (pool: Pool): Promise<boolean> => {
  const { rowCount } = await pool.query(`select ${usable} and not exists (${ungranted})`)
  return rowCount === 1
}

/** Makes a new connection work as the role, if the role is there. Answers whether it is. */
export const adoptApplicationRole = async (client: ClientBase): Promise<boolean> => {
  const { rowCount } = await client.query(`select set_config('role', r.rolname, false) ${usable}`)
  return rowCount === 1
}

/** The columns of an event that the program inserts: not its number, its time, or the columns of the chain. */
const inserted =
  'tenant_id, type, subject_id, subject_version, actor_id, actor_role, changes, details, request_id, quiet'
/** The columns that the fan-out writes when it gives an event its position. */
const placed = 'position, content_salt, content_digest, hash'

const grant = `
do $$
declare
  owner name := (select o.rolname from pg_class e join pg_roles o on o.oid = e.relowner
    where e.oid = to_regclass('public.events'));
  app name := ${roleOf('owner')};
  home name;
  guarded regclass;
  callable text;
  -- What somebody else owns is none of ours, and could not be granted: a table of a superuser, or of an extension.
  ours cursor (home name) for
    select c.oid::regclass as place, c.relkind = 'S' as is_sequence from pg_class c
    where c.relnamespace = to_regnamespace(home::text) and c.relkind in ('r', 'p', 'v', 'm', 'S')
      and c.relowner = (select o.oid from pg_roles o where o.rolname = owner);
begin
  if owner is null or not exists (
    select from pg_attribute a where a.attrelid = to_regclass('public.events') and a.attname = 'hash' and not a.attisdropped
  ) then
    return;
  end if;
  begin
    if not exists (select from pg_roles r where r.rolname = app) then
      execute format('create role %I nologin', app);
    end if;
    if not ${mayBecome('current_user', 'app')} then
      execute format('grant %I to %I%s', app, current_user, case
        when current_setting('server_version_num')::integer >= 160000 then ' with inherit false, set true' end);
    end if;
  exception
    when insufficient_privilege then
      raise notice 'The user % may not create roles: the program works as the owner of its tables.', current_user;
      return;
    -- Another process has created the role at the same moment, for another database.
    when duplicate_object or unique_violation or internal_error then null;
  end;

  foreach home in array array['public', 'graphile_worker'] loop
    continue when to_regnamespace(home::text) is null;
    execute format('grant usage on schema %I to %I', home, app);
    for one in ours (home) loop
      execute format(
        case when one.is_sequence then 'grant usage, select, update on sequence %s to %I'
          else 'grant select, insert, update, delete on table %s to %I' end,
        one.place, app);
    end loop;
  end loop;
  execute format('revoke all on public.events, public.event_heads, public.pgmigrations from %I', app);
  execute format('grant select on public.pgmigrations to %I', app);
  execute format('grant select, insert, update on public.event_heads to %I', app);
  execute format('grant select, insert (${inserted}), update (${placed}) on public.events to %I', app);
  if exists (
    select from pg_attribute a where a.attrelid = to_regclass('public.events') and a.attname = 'traceparent' and not a.attisdropped
  ) then
    execute format('grant insert (traceparent) on public.events to %I', app);
  end if;

  if to_regclass('public.platform_log') is not null then
    execute format('revoke update, delete on public.platform_log from %I', app);
  end if;

  foreach callable in array ${guardedArray} loop
    continue when to_regprocedure(callable) is null;
    execute format('revoke all on function %s from public', callable);
    execute format('grant execute on function %s to %I', callable, app);
  end loop;

  -- Row security of the job runner's tables hides their rows from all but their owner.
  for guarded in
    select c.oid::regclass from pg_class c
    where c.relnamespace = to_regnamespace('graphile_worker') and c.relkind = 'r' and c.relrowsecurity
  loop
    execute format('drop policy if exists counterdesk_app on %s', guarded);
    execute format('create policy counterdesk_app on %s to %I using (true) with check (true)', guarded, app);
  end loop;
end $$`

/**
 * Creates the role, if this user may create roles, and grants it the rights that the program needs. The owner of the
 * tables runs this after every migration.
 */
export const grantApplicationRole = async (client: ClientBase): Promise<void> => {
  await client.query(grant)
}
