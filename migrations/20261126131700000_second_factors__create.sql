-- Up Migration

-- The second factor of an account: codes of an app (TOTP). Secrets are sealed with a key that is not in the database.
create table second_factors (
  tenant_id integer not null,
  account_id text not null,
  -- Null until the first code has been confirmed.
  secret text,
  enabled_at timestamptz(3),
  -- A secret that waits for its first code: of a first factor, or of one that takes the place of the present one.
  pending_secret text,
  pending_at timestamptz(3),
  -- The time step of the last code that was right: no code of that step, or of an earlier one, is good any more.
  last_step bigint not null default 0,
  -- Wrong codes within an hour and within a day, over all sign-ins.
  hour_wrong integer not null default 0,
  hour_ends_at timestamptz(3),
  day_wrong integer not null default 0,
  day_ends_at timestamptz(3),
  constraint second_factors_pkey primary key (tenant_id, account_id),
  constraint second_factors_tenant_id_fkey foreign key (tenant_id) references tenants (tenant_id),
  constraint second_factors_account_fkey foreign key (tenant_id, account_id) references accounts (tenant_id, account_id),
  constraint second_factors_enabled_check check ((secret is null) = (enabled_at is null)),
  constraint second_factors_pending_check check ((pending_secret is null) = (pending_at is null))
);

-- The recovery codes of an account, each good once. Only their hashes are kept.
create table recovery_codes (
  tenant_id integer not null,
  account_id text not null,
  code_hash bytea not null,
  used_at timestamptz(3),
  constraint recovery_codes_pkey primary key (tenant_id, account_id, code_hash),
  constraint recovery_codes_tenant_id_fkey foreign key (tenant_id) references tenants (tenant_id),
  constraint recovery_codes_account_fkey foreign key (tenant_id, account_id) references accounts (tenant_id, account_id)
);

-- Sign-ins whose password was right and whose code is still missing. Of the challenge only the hash is kept.
create table sign_in_challenges (
  tenant_id integer not null,
  challenge_id uuid not null default gen_random_uuid(),
  account_id text not null,
  -- A new version of the account ends the challenge.
  token_version integer not null,
  secret_hash bytea not null,
  wrong integer not null default 0,
  created_at timestamptz(3) not null default now(),
  -- By the clock of the program, which also judges the codes.
  expires_at timestamptz(3) not null,
  constraint sign_in_challenges_pkey primary key (tenant_id, challenge_id),
  constraint sign_in_challenges_tenant_id_fkey foreign key (tenant_id) references tenants (tenant_id),
  constraint sign_in_challenges_account_fkey foreign key (tenant_id, account_id)
    references accounts (tenant_id, account_id)
);
create index sign_in_challenges_of_account on sign_in_challenges (tenant_id, account_id, expires_at);
create index sign_in_challenges_expired on sign_in_challenges (expires_at);

-- Down Migration

drop table sign_in_challenges;
drop table recovery_codes;
drop table second_factors;
