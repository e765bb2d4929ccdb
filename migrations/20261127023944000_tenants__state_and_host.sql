-- Up Migration

-- `state`: a suspended tenant keeps its data, and nobody gets in. A tenant that is being deleted is suspended, and its
-- data goes after `deleted_after`; until then the deletion can be taken back. `host`: the host name at which the people
-- of the tenant reach it, in punycode and small letters; only the operator of the program maps one. Settings
-- are members by name, as the program and SQL read them.
alter table tenants
  add constraint tenants_settings_check check (jsonb_typeof(settings) = 'object'),
  add column state text not null default 'active',
  add column suspended_at timestamptz(3),
  add column deleted_after timestamptz(3),
  add column host text,
  add constraint tenants_state_check check (state in ('active', 'suspended', 'deleting')),
  add constraint tenants_suspended_check check ((suspended_at is null) = (state = 'active')),
  add constraint tenants_deleted_check check ((deleted_after is not null) = (state = 'deleting')),
  add constraint tenants_host_check check (host ~ '^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$'),
  add constraint tenants_host_key unique (host);

-- Down Migration

alter table tenants
  drop column host,
  drop column deleted_after,
  drop column suspended_at,
  drop column state,
  drop constraint tenants_settings_check;
