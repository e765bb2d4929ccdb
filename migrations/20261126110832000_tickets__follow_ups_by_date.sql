-- Up Migration

-- The follow-ups of a ticket, in the order of their creation. To drop an index locks out readers of tickets, so this is
-- the last step of the upgrade, and the new index is built before the old one is dropped.
create index tickets_follow_ups_by_date on tickets (tenant_id, follow_up_of_number, raised_date, ticket_number)
  where follow_up_of_number is not null;
drop index tickets_follow_ups;
alter index tickets_follow_ups_by_date rename to tickets_follow_ups;

-- Down Migration

drop index tickets_follow_ups;
create index tickets_follow_ups on tickets (tenant_id, follow_up_of_number) where follow_up_of_number is not null;
