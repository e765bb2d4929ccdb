-- Up Migration

-- The numbers of service accounts. To change the check locks out readers and writers of counters until all migrations
-- are done, so this comes late.
alter table counters drop constraint counters_name_check;
alter table counters add constraint counters_name_check check (
  name in ('ticket', 'customer', 'technician', 'service'));
insert into counters (tenant_id, name) select t.tenant_id, 'service' from tenants t;

-- Down Migration

delete from counters where name = 'service';
alter table counters drop constraint counters_name_check;
alter table counters add constraint counters_name_check check (name in ('ticket', 'customer', 'technician'));
