-- Up Migration

-- TKT0001, TEC0012, CUS10000: at least four digits. lpad alone would cut 10000 down to 1000.
create function public_id(prefix text, number bigint) returns text
  language sql immutable strict parallel safe
  return prefix || lpad(number::text, greatest(4, length(number::text)), '0');

create table tenants (
  tenant_id integer generated always as identity primary key,
  slug text not null,
  name text not null,
  settings jsonb not null default '{}',
  created_at timestamptz(3) not null default now(),
  constraint tenants_slug_key unique (slug),
  constraint tenants_slug_check check (slug ~ '^[a-z0-9](-?[a-z0-9]){0,62}$')
);

-- The last number of each counter. A counter is updated very often. A low fillfactor and no index on value keep the
-- updates within the page (HOT), so that a long-running reader cannot bloat the table.
create table counters (
  tenant_id integer not null references tenants,
  name text not null,
  value bigint not null default 0,
  primary key (tenant_id, name),
  constraint counters_name_check check (name in ('ticket', 'customer', 'technician')),
  constraint counters_value_check check (value >= 0)
) with (fillfactor = 10);

-- Down Migration

drop table counters;
drop table tenants;
drop function public_id(text, bigint);
