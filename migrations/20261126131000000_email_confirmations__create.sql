-- Up Migration

-- Links that confirm an address: the account's own address, or a new one that the account gets when the link is followed.
-- The row opens nothing: the token of the link is made from its id when the mail is rendered.
create table email_confirmations (
  tenant_id integer not null references tenants,
  confirmation_id uuid not null default gen_random_uuid(),
  account_id text not null,
  -- The address that the link is mailed to, in the two forms of accounts.
  email text not null,
  typed_email text,
  -- The address that the account had then. The link is good only as long as the account has it.
  account_email text not null,
  created_at timestamptz(3) not null default now(),
  expires_at timestamptz(3) not null,
  used_at timestamptz(3),
  primary key (tenant_id, confirmation_id),
  constraint email_confirmations_account_fkey foreign key (tenant_id, account_id) references accounts
);
create index email_confirmations_of_account on email_confirmations (tenant_id, account_id, created_at);
create index email_confirmations_expired on email_confirmations (expires_at);

-- Down Migration

drop table email_confirmations;
