-- Up Migration

-- The list of people, in the order in which they were created: of each role and status by itself, then merged. The index
-- is written when an account is created, and when its role or status changes.
create index accounts_people on accounts (tenant_id, role, status, created_at, account_id);

-- Down Migration

drop index accounts_people;
