-- Up Migration

-- The files of a tenant, for the operator: an index-only scan adds their sizes up.
create index attachments_sizes on attachments (tenant_id) include (size) where deleted_at is null;

-- Down Migration

drop index attachments_sizes;
