-- Up Migration

-- A deleted ticket can be restored until its files leave the store. Each column is null unless its comment says more.
alter table tickets
  -- The ticket whose deletion took this ticket along, because this ticket is merged into it. Null: deleted by itself.
  add column deleted_with_number bigint,
  -- From when on the days to restore the ticket count, when that is later than its deletion.
  add column kept_since timestamptz(3),
  -- When the files left the store. The ticket can no longer be restored.
  add column gone_at timestamptz(3),
  -- When the ticket was last moved to another customer. Addresses of its files from before are void.
  add column moved_at timestamptz(3);

alter table tickets add constraint tickets_deleted_with_fkey foreign key (tenant_id, deleted_with_number)
  references tickets (tenant_id, ticket_number) not valid;

-- Tickets that were deleted by an earlier version count from this upgrade, so that their files are not lost at once.
update tickets set kept_since = now() where deleted_at is not null;

-- The deleted tickets that can be restored, in the order of each list. There are few of them.
create index tickets_deleted on tickets (tenant_id, raised_date, ticket_number)
  where deleted_at is not null and gone_at is null;
create index tickets_deleted_updated_at on tickets (tenant_id, updated_at, ticket_number)
  where deleted_at is not null and gone_at is null;
create index tickets_deleted_priority on tickets (tenant_id, priority_rank, ticket_number)
  where deleted_at is not null and gone_at is null;
create index tickets_deleted_with on tickets (tenant_id, deleted_with_number) where deleted_with_number is not null;
-- The clean-up of all tenants reads those that are due first.
create index tickets_deleted_due on tickets (coalesce(kept_since, deleted_at))
  where deleted_at is not null and gone_at is null;

-- Down Migration

drop index tickets_deleted, tickets_deleted_updated_at, tickets_deleted_priority, tickets_deleted_with,
  tickets_deleted_due;
alter table tickets drop column deleted_with_number, drop column kept_since, drop column gone_at,
  drop column moved_at;
