-- Up Migration

-- Counts the changes of `settings`, so that an admin can say which settings they change. The default is constant, so no
-- row is written. Every request reads tenants, and adding a column locks out readers, so this comes last.
alter table tenants add column settings_version integer not null default 1;

-- Down Migration

alter table tenants drop column settings_version;
