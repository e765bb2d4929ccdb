-- Up Migration

-- The events of each tenant are a chain: hash = sha256(hash of the event before || canonical form), from the first position
-- on. A row that is changed, removed or inserted later breaks the chain. Changes and details hold personal data, so the
-- canonical form has only a digest of them under a random salt. They can be erased with their salt, and the chain still
-- holds. Without the salt, nobody can find out by trying what was erased.
alter table events
  add content_salt uuid,
  add content_digest bytea,
  add hash bytea;
-- The hash of the event at the head's position; null before the first event.
alter table event_heads add hash bytea;

-- The start of a tenant's chain. The text names the version of the canonical form.
create function event_chain_start(tenant_id integer) returns bytea
  language sql stable parallel safe
  return sha256(convert_to('counterdesk events 1, tenant ' || tenant_id, 'UTF8'));

create function event_content_digest(salt uuid, changes jsonb, details jsonb) returns bytea
  language sql stable parallel safe
  return sha256(uuid_send(salt) || convert_to(json_build_array(changes, details)::text, 'UTF8'));

-- A JSON array as PostgreSQL writes it: a comma and a space between members, and text outside ASCII unescaped.
create function event_canonical(
  tenant_id integer, "position" bigint, event_id bigint, type text, subject_id text, subject_version integer,
  actor_id text, actor_role text, request_id text, quiet boolean, occurred_at timestamptz, content_digest bytea
) returns text
  language sql stable parallel safe
  return json_build_array(tenant_id, "position", event_id, type, subject_id, subject_version, actor_id, actor_role,
    request_id, quiet, to_char(occurred_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    encode(content_digest, 'hex'))::text;

-- In PL/pgSQL: as the step of an aggregate it takes half the time of a function in SQL.
create function event_hash(previous bytea, start bytea, canonical text) returns bytea
  language plpgsql stable parallel safe
  as $$ begin return sha256(coalesce(previous, start) || convert_to(canonical, 'UTF8')); end $$;

-- The hash of each row of a window, in its order; `start` is the hash before the first.
create aggregate event_chain(start bytea, canonical text) (sfunc = event_hash, stype = bytea);

-- Chains the events that exist already.
with digested as materialized (
  select e.*, event_content_digest(e.content_salt, e.changes, e.details) as digest
  from (
    select e.tenant_id, e.position, e.event_id, e.type, e.subject_id, e.subject_version, e.actor_id, e.actor_role,
      e.request_id, e.quiet, e.occurred_at, e.changes, e.details, gen_random_uuid() as content_salt
    from events e where e.position is not null offset 0) e),
chained as (
  select d.tenant_id, d.event_id, d.content_salt, d.digest,
    event_chain(event_chain_start(d.tenant_id), event_canonical(d.tenant_id, d.position, d.event_id, d.type, d.subject_id,
      d.subject_version, d.actor_id, d.actor_role, d.request_id, d.quiet, d.occurred_at, d.digest))
      over (partition by d.tenant_id order by d.position rows unbounded preceding) as hash
  from digested d)
update events e set content_salt = c.content_salt, content_digest = c.digest, hash = c.hash
from chained c where e.tenant_id = c.tenant_id and e.event_id = c.event_id;

update event_heads h set hash = e.hash
from events e where e.tenant_id = h.tenant_id and e.position = h.position;

-- This also keeps a running program of an earlier version from placing an event without its hash.
alter table events add constraint events_chained_check check (num_nulls(position, content_digest, hash) in (0, 3));

-- An event that has its position cannot be changed by anybody. Its content may be erased, together with its salt, so that the
-- erasure shows. The trigger is AFTER, because a BEFORE trigger would lock each row once more when the fan-out places it.
create function keep_event() returns trigger
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
create trigger events_kept after update or delete on events
  for each row when (old.position is not null) execute function keep_event();
create trigger events_not_truncated before truncate on events
  for each statement execute function keep_event();

-- For the audit, newest first: by actor, or by type, of which there are few. They have only placed events, so that each event
-- enters an index once, when it is placed, and no request waits for that.
create index events_by_actor on events (tenant_id, actor_id, occurred_at, position) where position is not null;
create index events_by_type on events (tenant_id, type, occurred_at, position) where position is not null;

-- Down Migration

drop index events_by_type;
drop index events_by_actor;
drop trigger events_not_truncated on events;
drop trigger events_kept on events;
drop function keep_event();
drop aggregate event_chain(bytea, text);
drop function event_hash(bytea, bytea, text);
drop function event_canonical(
  integer, bigint, bigint, text, text, integer, text, text, text, boolean, timestamptz, bytea
);
drop function event_content_digest(uuid, jsonb, jsonb);
drop function event_chain_start(integer);
alter table event_heads drop hash;
alter table events drop hash, drop content_digest, drop content_salt;
