-- Up Migration

-- The log of events goes back when a backup is restored, or when a standby takes over that has not seen the last commits.
-- Then positions that readers have seen already are given to other events. So each place in the log that leaves the
-- program names an epoch, and the log has a new epoch from each such moment on.

-- Where this database is: another value means that it may have been restored or replaced. Each part is null where the
-- server does not tell it. Works with the rights of the owner, so that all roles of the program get the same answer.
create function log_home(out system_identifier bigint, out database_oid bigint, out timeline bigint, out table_oid bigint)
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp
  as $$
begin
  select d.oid::bigint into database_oid from pg_database d where d.datname = current_database();
  table_oid := to_regclass('public.log_epochs')::oid::bigint;
  begin
    system_identifier := (select s.system_identifier from pg_control_system() s);
  exception when others then null;
  end;
  -- The control file has the timeline of the last checkpoint, which is still the old one shortly after a standby was
  -- promoted. The name of the file that is written now has the new one.
  begin
    timeline := ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::bigint;
  exception when others then null;
  end;
end $$;

-- The epochs of the log, of all tenants at once. The newest is the present one.
create table log_epochs (
  epoch_number integer generated always as identity,
  -- What places in the log are called by: 12 characters that no other database has.
  epoch text not null default left(replace(gen_random_uuid()::text, '-', ''), 12),
  began_at timestamp(3) with time zone not null default now(),
  -- Why it began: `first`, `restored` when an operator said so, else which of the following columns had changed.
  reason text not null,
  -- Where the database was when the epoch began.
  system_identifier bigint,
  database_oid bigint,
  timeline bigint,
  table_oid bigint,
  constraint log_epochs_pkey primary key (epoch_number),
  constraint log_epochs_epoch_key unique (epoch),
  constraint log_epochs_epoch_check check (epoch ~ '^[a-z0-9]{12}$')
);

-- The last position of each tenant when an epoch began: up to it this epoch and the epoch before have the same events.
-- A tenant without a row is younger than the epoch.
create table log_forks (
  tenant_id integer not null,
  epoch_number integer not null,
  position bigint not null,
  constraint log_forks_pkey primary key (tenant_id, epoch_number),
  constraint log_forks_tenant_id_fkey foreign key (tenant_id) references tenants (tenant_id),
  constraint log_forks_epoch_fkey foreign key (epoch_number) references log_epochs (epoch_number) on delete cascade
);
-- For the clean-up of old epochs.
create index log_forks_of_epoch on log_forks (epoch_number);

insert into log_epochs (reason, system_identifier, database_oid, timeline, table_oid)
select 'first', h.system_identifier, h.database_oid, h.timeline, h.table_oid from log_home() h;

-- Down Migration

drop table log_forks;
drop table log_epochs;
drop function log_home();
