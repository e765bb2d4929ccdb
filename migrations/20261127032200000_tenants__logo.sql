-- Up Migration

-- The logo of a tenant: the id of its object in the store, and what its bytes are.
alter table tenants
  add column logo_id uuid,
  add column logo_sha256 text,
  add column logo_bytes integer,
  add column logo_type text,
  add constraint tenants_logo_check check (num_nulls(logo_id, logo_sha256, logo_bytes, logo_type) in (0, 4));

-- Down Migration

alter table tenants
  drop column logo_type,
  drop column logo_bytes,
  drop column logo_sha256,
  drop column logo_id;
