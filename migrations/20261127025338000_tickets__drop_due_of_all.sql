-- Up Migration

-- What is due is read by tenant: 20261126132710000. Tickets that close by themselves have tickets_by_status_resolved_date.
drop index tickets_deleted_due, tickets_resolved, emails_not_blanked;

-- Down Migration

create index emails_not_blanked on emails (created_at)
  where parameters_blanked_at is null and state not in ('queued', 'deferred');
create index tickets_resolved on tickets (resolved_date) where status = 'resolved' and deleted_at is null;
create index tickets_deleted_due on tickets (coalesce(kept_since, deleted_at))
  where deleted_at is not null and gone_at is null;
