-- Up Migration

-- Registrations that wait for the person of the address to follow a link, and those that are answered with a mail only:
-- `known`: an account has the address; `elsewhere`: the domain of the address may not register. The row opens nothing: the
-- token of the link is made from its id when the mail is rendered.
create table registrations (
  tenant_id integer not null references tenants,
  registration_id uuid not null default gen_random_uuid(),
  kind text not null constraint registrations_kind_check check (kind in ('confirm', 'known', 'elsewhere')),
  -- The address in the two forms of accounts.
  email text not null,
  typed_email text,
  -- As it was typed, for the account. No mail shows it.
  name text,
  created_at timestamptz(3) not null default now(),
  expires_at timestamptz(3) not null,
  used_at timestamptz(3),
  primary key (tenant_id, registration_id)
);
create index registrations_of_address on registrations (tenant_id, lower(email), created_at);
create index registrations_expired on registrations (expires_at);

-- Down Migration

drop table registrations;
