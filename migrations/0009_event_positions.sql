-- Up Migration
-- Only events that have a position are in this index. The index before it had the unplaced events, too. While the table was
-- new, the check of a foreign key could use it and read every unplaced event of the tenant for each mail.
alter table events drop constraint events_position_key;
create unique index events_position_key on events (tenant_id, position) where position is not null;

-- Down Migration
drop index events_position_key;
alter table events add constraint events_position_key unique (tenant_id, position);
