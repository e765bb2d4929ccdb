-- Up Migration

-- The hour at which people get their daily digest, where they chose another than the default.
create table digest_hours (
  tenant_id integer not null references tenants (tenant_id),
  account_id text not null,
  hour smallint not null constraint digest_hours_hour_check check (hour between 0 and 23),
  primary key (tenant_id, account_id),
  constraint digest_hours_account_fkey foreign key (tenant_id, account_id) references accounts (tenant_id, account_id)
);

-- What waits for the next digest of a person: an event, until it is in a mail. It has no text.
create table digest_items (
  tenant_id integer not null references tenants (tenant_id),
  account_id text not null,
  event_id bigint not null,
  kind text not null,
  due_at timestamptz(3) not null,
  primary key (tenant_id, account_id, event_id),
  constraint digest_items_account_fkey foreign key (tenant_id, account_id) references accounts (tenant_id, account_id),
  constraint digest_items_event_fkey foreign key (tenant_id, event_id) references events (tenant_id, event_id)
);
-- The job that writes digests takes what is due.
create index digest_items_due on digest_items (due_at);

-- When the digest after a moment is due. An hourly one: at the next full hour. A daily one: when the clocks of the zone show
-- the hour next. An hour that the clocks leave out is the hour after; of one that they show twice, the second counts. A zone
-- that this server does not know is taken for UTC.
create function next_digest(way text, zone text, hour integer, after timestamptz) returns timestamptz
language plpgsql stable as $$
declare
  today date;
  known text := coalesce(zone, 'UTC');
  due timestamptz;
begin
  if way = 'hourly' then
    return date_trunc('hour', after, 'UTC') + interval '1 hour';
  end if;
  begin
    today := (after at time zone known)::date;
  exception when invalid_parameter_value then
    known := 'UTC';
    today := (after at time zone known)::date;
  end;
  due := (today + make_interval(hours => hour)) at time zone known;
  if due <= after then
    due := (today + 1 + make_interval(hours => hour)) at time zone known;
  end if;
  return due;
end $$;

-- What the one-click unsubscription of a mail stops: the watching of its ticket, a kind, or the digests. Null: nothing.
-- Adding a column locks out everybody from emails until all migrations are done, so this comes last.
alter table emails add column stops text;

-- Down Migration

alter table emails drop column stops;
drop function next_digest(text, text, integer, timestamptz);
drop table digest_items;
drop table digest_hours;
