-- Up Migration

-- What is due is read by tenant, so that the items of suspended tenants are not read again each minute.
create index digest_items_waiting on digest_items (tenant_id, due_at);
drop index digest_items_due;

-- Down Migration

create index digest_items_due on digest_items (due_at);
drop index digest_items_waiting;
