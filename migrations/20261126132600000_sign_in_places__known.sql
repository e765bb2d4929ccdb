-- Up Migration
-- Where accounts signed in lately: each has a count of its own there. The address is personal data, so only an HMAC of it
-- is kept. A row is written once a day at most.
create table sign_in_places (
  tenant_id integer not null references tenants (tenant_id),
  account_id text not null,
  place bytea not null,
  signed_in_at timestamptz(3) not null default now(),
  primary key (tenant_id, account_id, place),
  constraint sign_in_places_account_fkey foreign key (tenant_id, account_id) references accounts (tenant_id, account_id)
);
-- The clean-up takes the oldest.
create index sign_in_places_by_time on sign_in_places (signed_in_at);

-- Down Migration
drop table sign_in_places;
