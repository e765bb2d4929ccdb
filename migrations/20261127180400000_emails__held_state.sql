-- Up Migration

-- What waited in a backup that was restored is held, until the operator says what has gone out already. The
-- index is empty on a desk that holds nothing. That of mails is of 20261126132735000.
create index webhook_deliveries_held on webhook_deliveries (tenant_id, webhook_number, position) where state = 'held';

alter table webhook_deliveries
  drop constraint webhook_deliveries_settled_check,
  add constraint webhook_deliveries_settled_check check ((settled_at is null) = (state in ('waiting', 'held'))),
  drop constraint webhook_deliveries_state_check,
  add constraint webhook_deliveries_state_check
    check (state in ('waiting', 'held', 'delivered', 'failed', 'skipped'));
alter table emails
  drop constraint emails_state_check,
  add constraint emails_state_check
    check (state in ('queued', 'sent', 'deferred', 'failed', 'captured', 'cancelled', 'held'));

-- Down Migration

-- An earlier version would send what is held. That is decided with "npm run after-restore" before.
update emails set state = 'failed', last_error = 'Held since a restore.' where state = 'held';
update webhook_deliveries set state = 'failed', settled_at = now() where state = 'held';
alter table emails
  drop constraint emails_state_check,
  add constraint emails_state_check
    check (state in ('queued', 'sent', 'deferred', 'failed', 'captured', 'cancelled'));
alter table webhook_deliveries
  drop constraint webhook_deliveries_state_check,
  add constraint webhook_deliveries_state_check check (state in ('waiting', 'delivered', 'failed', 'skipped')),
  drop constraint webhook_deliveries_settled_check,
  add constraint webhook_deliveries_settled_check check ((settled_at is null) = (state = 'waiting'));
drop index webhook_deliveries_held;
