-- Up Migration

-- What waits of a webhook, in the order in which it is due: the next deliveries, when the next one is due, and what was put
-- off. A webhook that was down has many that are not due.
create index webhook_deliveries_waiting on webhook_deliveries (tenant_id, webhook_number, due_at, position)
  where state = 'waiting';

-- Down Migration

drop index webhook_deliveries_waiting;
