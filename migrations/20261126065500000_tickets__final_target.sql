-- Up Migration

-- The final target of a merged ticket: the ticket at the end of its merges, which is not merged itself. It follows from
-- `merged_into_number`, and is kept so that sight, search and conversations are one look-up by an index. Merging and
-- undoing a merge write both columns.
alter table tickets
  add column final_target_number bigint,
  add constraint tickets_final_target_fkey foreign key (tenant_id, final_target_number)
    references tickets (tenant_id, ticket_number);

-- From the final targets down, so that each merged ticket is met once.
with recursive below (tenant_id, ticket_number, final_target_number) as (
  select f.tenant_id, f.ticket_number, f.ticket_number
  from (select distinct m.tenant_id, m.merged_into_number from tickets m where m.merged_into_number is not null) m
  join tickets f on f.tenant_id = m.tenant_id and f.ticket_number = m.merged_into_number
  where f.merged_into_number is null
  union all
  select m.tenant_id, m.ticket_number, b.final_target_number from below b
  join tickets m on m.tenant_id = b.tenant_id and m.merged_into_number = b.ticket_number)
update tickets t set final_target_number = b.final_target_number
from below b
where t.tenant_id = b.tenant_id and t.ticket_number = b.ticket_number and t.merged_into_number is not null;

-- Reads the table once. A program of the version before cannot merge while it still runs: its statement is refused.
alter table tickets
  add constraint tickets_final_target_check check ((final_target_number is null) = (merged_into_number is null));

create index tickets_final_target on tickets (tenant_id, final_target_number, ticket_number)
  where final_target_number is not null;
-- The words of merged tickets find their final targets.
create index tickets_merged_search on tickets using gin (tenant_id, search)
  where merged_into_number is not null and deleted_at is null;

-- A row with `by_merge` was written by a merge, for the technician of the merged ticket. Undoing the merge deletes it.
alter table ticket_watchers add column by_merge boolean not null default false;

-- The technicians of tickets that are merged already go on to read them.
insert into ticket_watchers (tenant_id, ticket_number, account_id, by_merge)
select t.tenant_id, t.ticket_number, t.technician_id, true
from tickets t
join tickets f on f.tenant_id = t.tenant_id and f.ticket_number = t.final_target_number
join accounts a on a.tenant_id = t.tenant_id and a.account_id = t.technician_id and a.status <> 'deactivated'
where t.merged_into_number is not null and t.deleted_at is null and f.technician_id is distinct from t.technician_id
on conflict do nothing;

-- Down Migration

delete from ticket_watchers where by_merge;
alter table ticket_watchers drop column by_merge;
drop index tickets_merged_search;
alter table tickets drop column final_target_number;
