-- Up Migration

-- The event that records that the content of this event was erased: `event.blanked`, with `event_id` in its details.
alter table events add blanked_by bigint;

-- As before, but content can be erased only together with the event that records it, and such a record itself is kept.
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

-- Erases the content of an event that has its position, with the salt, and records that. Answers with the event that
-- records it, or with null when there is nothing to erase. The application role, which may not change events, may call
-- it: the program grants that right (src/platform/db/application-role.ts). Names are qualified and the search path is
-- fixed, so that no caller can put objects of their own in the place of ours.
create function blank_event(tenant_id integer, event_id bigint, actor_id text, actor_role text, request_id text)
  returns bigint
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
declare
  found_subject text;
  found_position bigint;
  record_id bigint;
begin
  select e.subject_id, e.position into found_subject, found_position
  from public.events e
  where e.tenant_id = blank_event.tenant_id and e.event_id = blank_event.event_id and e.position is not null
    and e.content_salt is not null and e.type <> 'event.blanked'
  for update;
  if not found then
    return null;
  end if;
  insert into public.events as r (tenant_id, type, subject_id, actor_id, actor_role, details, request_id)
  values (blank_event.tenant_id, 'event.blanked', found_subject, blank_event.actor_id, blank_event.actor_role,
    jsonb_build_object('event_id', blank_event.event_id, 'position', found_position), blank_event.request_id)
  returning r.event_id into record_id;
  update public.events e set changes = '{}', details = '{}', content_salt = null, blanked_by = record_id
  where e.tenant_id = blank_event.tenant_id and e.event_id = blank_event.event_id;
  return record_id;
end $$;
revoke all on function blank_event(integer, bigint, text, text, text) from public;

-- Content that was erased before had no record. It gets one now, so that the verification can ask for it everywhere.
with recorded as (
  insert into events (tenant_id, type, subject_id, actor_role, details)
  select e.tenant_id, 'event.blanked', e.subject_id, 'system',
    jsonb_build_object('event_id', e.event_id, 'position', e.position)
  from events e where e.position is not null and e.content_salt is null
  returning tenant_id, event_id, (details ->> 'event_id')::bigint as blanked_id)
update events e set blanked_by = r.event_id
from recorded r where e.tenant_id = r.tenant_id and e.event_id = r.blanked_id;

-- Down Migration

drop function blank_event(integer, bigint, text, text, text);
create or replace function keep_event() returns trigger
  language plpgsql
  as $$
begin
  if tg_op = 'UPDATE' and new.content_salt is null and new.changes = '{}' and new.details = '{}'
    and (new.tenant_id, new.event_id, new.position, new.type, new.subject_id, new.subject_version, new.actor_id,
      new.actor_role, new.request_id, new.quiet, new.occurred_at, new.content_digest, new.hash)
    is not distinct from
      (old.tenant_id, old.event_id, old.position, old.type, old.subject_id, old.subject_version, old.actor_id,
      old.actor_role, old.request_id, old.quiet, old.occurred_at, old.content_digest, old.hash)
  then
    return null;
  end if;
  raise exception 'an event that has its position is kept as it is' using errcode = 'restrict_violation';
end $$;
alter table events drop blanked_by;
