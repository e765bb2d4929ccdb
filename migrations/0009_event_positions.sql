-- Up Migration
-- Only events that have a position are in this index. The one it replaces held those without, too: a foreign key's check
-- for an event could choose it while the table was new, and read every waiting event of the tenant for each mail.
alter table events drop constraint events_position_key;
create unique index events_position_key on events (tenant_id, position) where position is not null;

-- Down Migration
drop index events_position_key;
alter table events add constraint events_position_key unique (tenant_id, position);
