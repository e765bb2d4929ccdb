-- Up Migration

-- For mails that are held since a restore. It is empty on a desk that holds none. It is built before
-- the migrations that lock out readers.
create index emails_held on emails (tenant_id, email_id) where state = 'held';

-- Down Migration

drop index emails_held;
