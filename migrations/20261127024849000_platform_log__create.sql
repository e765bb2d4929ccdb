-- Up Migration

-- What the operator did with tenants. Entries outlive their tenant, so the table refers to none, and `tenant_number` is
-- no foreign key. `last_position` and `last_hash`: how far the log of a deleted tenant went, and the hash of its last
-- event. The application role can only add entries (src/platform/db/application-role.ts).
create table platform_log (
  entry_id bigint generated always as identity,
  at timestamptz(3) not null default now(),
  what text not null,
  slug text not null,
  tenant_number integer not null,
  changes jsonb not null default '{}',
  address text,
  request_id text,
  last_position bigint,
  last_hash bytea,
  constraint platform_log_pkey primary key (entry_id),
  constraint platform_log_what_check check (what in ('created', 'renamed', 'host_mapped', 'suspended', 'resumed',
    'deletion_requested', 'restored', 'deleted')),
  constraint platform_log_deleted_check check ((last_position is not null) = (what = 'deleted'))
);
create index platform_log_of_slug on platform_log (slug, entry_id);
create index platform_log_of_tenant on platform_log (tenant_number, entry_id);

-- The application role may add entries, and cannot choose when they were written.
create function date_platform_entry() returns trigger
  language plpgsql
  as $$
begin
  new.at := now();
  return new;
end $$;
create trigger platform_log_dated before insert on platform_log
  for each row execute function date_platform_entry();

-- A deletion leaves a day at least to take it back (TENANT_GRACE_DAYS), whoever writes the row.
create function keep_grace() returns trigger
  language plpgsql
  as $$
begin
  if new.deleted_after < now() + interval '1 day' - interval '1 minute'
    and (tg_op = 'INSERT' or new.deleted_after is distinct from old.deleted_after)
  then
    raise exception 'a tenant is deleted after a day at the earliest' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger tenants_grace before insert or update on tenants
  for each row when (new.deleted_after is not null) execute function keep_grace();

-- `resumed_at`: mails that waited while the tenant was suspended are not given up for that.
alter table tenants add column resumed_at timestamptz(3);

-- Whether a tenant is to be deleted now: its row says so, and so does the log, for the shortest time to take a deletion
-- back, less an hour for the change of clocks. The application role may not delete events; the functions below ask this,
-- and so does the trigger that keeps them.
create function is_tenant_deletable(tenant_id integer) returns boolean
  language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp
  as $$
begin
  return exists (
    select from public.tenants t
    where t.tenant_id = is_tenant_deletable.tenant_id and t.state = 'deleting' and t.deleted_after <= now())
    and exists (
      select from public.platform_log l
      where l.tenant_number = is_tenant_deletable.tenant_id and l.what = 'deletion_requested'
        and l.at <= now() - interval '23 hours'
        and not exists (
          select from public.platform_log r
          where r.tenant_number = l.tenant_number and r.what = 'restored' and r.entry_id > l.entry_id));
end $$;

-- As before, but the events of a tenant go with the tenant.
create or replace function keep_event() returns trigger
  language plpgsql
  as $$
begin
  if tg_op = 'DELETE' and public.is_tenant_deletable(old.tenant_id) then
    return null;
  end if;
  if tg_op = 'UPDATE' and new.content_salt is null and new.changes = '{}' and new.details = '{}'
    and old.blanked_by is null and old.type <> 'event.blanked'
    and (new.tenant_id, new.event_id, new.position, new.type, new.subject_id, new.subject_version, new.actor_id,
      new.actor_role, new.request_id, new.quiet, new.occurred_at, new.content_digest, new.hash)
    is not distinct from
      (old.tenant_id, old.event_id, old.position, old.type, old.subject_id, old.subject_version, old.actor_id,
      old.actor_role, old.request_id, old.quiet, old.occurred_at, old.content_digest, old.hash)
    and exists (
      select from public.events r
      where r.tenant_id = new.tenant_id and r.event_id = new.blanked_by and r.event_id > new.event_id
        and r.type = 'event.blanked' and r.details ->> 'event_id' = new.event_id::text)
  then
    return null;
  end if;
  raise exception 'an event that has its position is kept as it is' using errcode = 'restrict_violation';
end $$;

-- Deletes at most `most` events of a tenant that is to be deleted now, and of no other. Answers with their number.
create function delete_tenant_events(tenant_id integer, most integer) returns integer
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
declare
  deleted integer;
begin
  if not public.is_tenant_deletable(delete_tenant_events.tenant_id) then
    return 0;
  end if;
  delete from public.events e
  where e.ctid = any (array(
    select o.ctid from public.events o
    where o.tenant_id = delete_tenant_events.tenant_id order by o.tenant_id, o.event_id limit least(most, 10000)));
  get diagnostics deleted = row_count;
  return deleted;
end $$;
revoke all on function delete_tenant_events(integer, integer) from public;

-- Ends the log of such a tenant, when its events are gone. Answers with how far it went, or with no row.
create function end_tenant_log(tenant_id integer) returns table (last_position bigint, last_hash bytea)
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
begin
  if public.is_tenant_deletable(end_tenant_log.tenant_id)
    and not exists (select from public.events e where e.tenant_id = end_tenant_log.tenant_id)
  then
    return query
      delete from public.event_heads h where h.tenant_id = end_tenant_log.tenant_id returning h."position", h.hash;
  end if;
end $$;
revoke all on function end_tenant_log(integer) from public;

-- Down Migration

drop function end_tenant_log(integer);
drop function delete_tenant_events(integer, integer);
create or replace function keep_event() returns trigger
  language plpgsql
  as $$
begin
  if tg_op = 'UPDATE' and new.content_salt is null and new.changes = '{}' and new.details = '{}'
    and old.blanked_by is null and old.type <> 'event.blanked'
    and (new.tenant_id, new.event_id, new.position, new.type, new.subject_id, new.subject_version, new.actor_id,
      new.actor_role, new.request_id, new.quiet, new.occurred_at, new.content_digest, new.hash)
    is not distinct from
      (old.tenant_id, old.event_id, old.position, old.type, old.subject_id, old.subject_version, old.actor_id,
      old.actor_role, old.request_id, old.quiet, old.occurred_at, old.content_digest, old.hash)
    and exists (
      select from public.events r
      where r.tenant_id = new.tenant_id and r.event_id = new.blanked_by and r.event_id > new.event_id
        and r.type = 'event.blanked' and r.details ->> 'event_id' = new.event_id::text)
  then
    return null;
  end if;
  raise exception 'an event that has its position is kept as it is' using errcode = 'restrict_violation';
end $$;
drop function is_tenant_deletable(integer);
drop trigger tenants_grace on tenants;
drop function keep_grace();
alter table tenants drop column resumed_at;
drop table platform_log;
drop function date_platform_entry();
