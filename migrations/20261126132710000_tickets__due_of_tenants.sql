-- Up Migration

-- Each tenant may say after how many days its deleted tickets and the texts of its mails go, so the clean-ups look at one
-- tenant after the other, and read what is due there in the order of an index.
create index tickets_deleted_due_of_tenant on tickets (tenant_id, (coalesce(kept_since, deleted_at)))
  where deleted_at is not null and gone_at is null;
create index emails_not_blanked_of_tenant on emails (tenant_id, created_at)
  where parameters_blanked_at is null and state not in ('queued', 'deferred');

-- Down Migration

drop index emails_not_blanked_of_tenant, tickets_deleted_due_of_tenant;
