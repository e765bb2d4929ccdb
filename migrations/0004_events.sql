-- Up Migration

-- The one log. Every change inserts its row in its own statement or transaction; history, audit and mail read it.
create table events (
  tenant_id integer not null references tenants,
  event_id bigint generated always as identity,
  -- Null until the fan-out places the event. Positions have no gaps within a tenant, and a reader that has read up to one
  -- position misses nothing before it. The order of event_id is not the order of commits.
  position bigint,
  type text not null,
  subject_id text not null,
  subject_version integer,
  -- Null: the program itself, or a caller who is not signed in.
  actor_id text,
  actor_role text not null,
  -- {"status": {"from": "new", "to": "assigned"}}
  changes jsonb not null default '{}',
  details jsonb not null default '{}',
  request_id text,
  -- An event that was imported from elsewhere. It gets a position, and nobody is told of it.
  quiet boolean not null default false,
  occurred_at timestamptz(3) not null default now(),
  primary key (tenant_id, event_id),
  constraint events_position_key unique (tenant_id, position),
  constraint events_actor_fkey foreign key (tenant_id, actor_id) references accounts,
  constraint events_actor_check check ((actor_id is null) = (actor_role = 'system'))
);
create index events_of_subject on events (tenant_id, subject_id, event_id);
-- The fan-out reads from it which tenants have unplaced events, by going from tenant to tenant, however many wait in each.
create index events_waiting on events (tenant_id, event_id) where position is null;

-- The last position of each tenant. The process that has locked the row is the tenant's only fan-out at that time.
create table event_heads (
  tenant_id integer primary key references tenants,
  position bigint not null default 0
) with (fillfactor = 10);

-- Down Migration

drop table event_heads;
drop table events;
