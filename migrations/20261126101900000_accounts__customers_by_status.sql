-- Up Migration

-- Customers of one status, in the order of their numbers. The index is written when a customer registers and when their
-- status changes.
create index accounts_customers_by_status on accounts (tenant_id, status, (substr(account_id, 4)::bigint))
  where role = 'customer';

-- Down Migration

drop index accounts_customers_by_status;
