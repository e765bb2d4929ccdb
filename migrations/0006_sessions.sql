-- Up Migration

-- A family of refresh tokens. Only the newest token is valid, and only its hash is stored. An older token that is used again
-- has been copied, so the family ends (RFC 9700, section 4.14.2).
create table sessions (
  tenant_id integer not null references tenants,
  session_id uuid not null default gen_random_uuid(),
  account_id text not null,
  refresh_hash bytea not null,
  created_at timestamptz(3) not null default now(),
  refreshed_at timestamptz(3) not null default now(),
  expires_at timestamptz(3) not null,
  revoked_at timestamptz(3),
  primary key (tenant_id, session_id),
  constraint sessions_account_fkey foreign key (tenant_id, account_id) references accounts
);
create index sessions_of_account on sessions (tenant_id, account_id) where revoked_at is null;
create index sessions_expired on sessions (expires_at);

-- Links that set a password: after it was forgotten, or the first one of an invited account.
create table password_resets (
  tenant_id integer not null references tenants,
  reset_id uuid not null default gen_random_uuid(),
  account_id text not null,
  created_at timestamptz(3) not null default now(),
  expires_at timestamptz(3) not null,
  used_at timestamptz(3),
  primary key (tenant_id, reset_id),
  constraint password_resets_account_fkey foreign key (tenant_id, account_id) references accounts
);
create index password_resets_of_account on password_resets (tenant_id, account_id, created_at);
create index password_resets_expired on password_resets (expires_at);

-- Down Migration

drop table password_resets;
drop table sessions;
