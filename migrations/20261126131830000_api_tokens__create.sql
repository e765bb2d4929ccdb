-- Up Migration

-- Tokens by which programs act for an account. Only a hash is kept of the secret.
create table api_tokens (
  tenant_id integer not null,
  token_id uuid not null default gen_random_uuid(),
  account_id text not null,
  -- The account's `api_token_version` when the token was made.
  account_version integer not null,
  name text not null,
  hint text not null,
  token_hash bytea not null,
  scopes text[] not null,
  allowed_addresses text[] not null,
  created_at timestamp(3) with time zone not null default now(),
  created_by text not null,
  expires_at timestamp(3) with time zone not null,
  last_used_at timestamp(3) with time zone,
  -- When a use from an address that is not allowed was last recorded.
  refused_at timestamp(3) with time zone,
  constraint api_tokens_pkey primary key (tenant_id, token_id),
  constraint api_tokens_token_hash_key unique (tenant_id, token_hash),
  constraint api_tokens_tenant_id_fkey foreign key (tenant_id) references tenants (tenant_id),
  constraint api_tokens_account_fkey foreign key (tenant_id, account_id) references accounts (tenant_id, account_id),
  constraint api_tokens_created_by_fkey foreign key (tenant_id, created_by) references accounts (tenant_id, account_id)
);

-- Lists of an account, and of a tenant, the newest first.
create index api_tokens_of_account on api_tokens (tenant_id, account_id, created_at desc, token_id desc);
create index api_tokens_newest on api_tokens (tenant_id, created_at desc, token_id desc);

-- Down Migration

drop table api_tokens;
