-- Up Migration

-- How often a webhook began anew: at another address, and when somebody enabled it. What an attempt of an earlier beginning
-- says counts for nothing.
alter table webhooks add column beginnings integer not null default 1;
-- The deliveries after this position that were tried and wait begin anew. Null: all have.
alter table webhooks add column renew_after bigint;

-- Down Migration

alter table webhooks drop column renew_after;
alter table webhooks drop column beginnings;
