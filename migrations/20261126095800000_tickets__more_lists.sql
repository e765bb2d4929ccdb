-- Up Migration

-- More filters of lists of tickets, each with an index in its natural order. One index, `tickets_unanswered`, is written
-- with each new ticket; the others have no row of a ticket that was just created. Building them locks out writes: on a
-- table of 200,000 tickets for less than two seconds in all.

-- Tickets that were resolved, by that time: of all, of a customer, of a technician, and those that were left without one.
create index tickets_by_status_resolved_date on tickets (tenant_id, status, resolved_date, ticket_number)
  where resolved_date is not null and deleted_at is null and merged_into_number is null;
create index tickets_of_customer_resolved_date on tickets
  (tenant_id, customer_id, status, resolved_date, ticket_number)
  where resolved_date is not null and deleted_at is null and merged_into_number is null;
create index tickets_of_technician_resolved_date on tickets
  (tenant_id, technician_id, status, resolved_date, ticket_number)
  where resolved_date is not null and deleted_at is null and merged_into_number is null;
create index tickets_left_resolved_date on tickets
  (tenant_id, lower(issue_category), status, resolved_date, ticket_number)
  where technician_id is null and status <> 'new' and resolved_date is not null
    and deleted_at is null and merged_into_number is null;

-- Tickets that nobody of the staff has answered: of all, of a technician, and those that were left without one.
create index tickets_unanswered on tickets (tenant_id, status, raised_date, ticket_number)
  where first_response_at is null and deleted_at is null and merged_into_number is null;
create index tickets_of_technician_unanswered on tickets
  (tenant_id, technician_id, status, raised_date, ticket_number)
  where technician_id is not null and first_response_at is null
    and deleted_at is null and merged_into_number is null;

create index tickets_left_unanswered on tickets (tenant_id, lower(issue_category), status, raised_date, ticket_number)
  where technician_id is null and status <> 'new' and first_response_at is null
    and deleted_at is null and merged_into_number is null;

-- Since when the oldest transaction of this database runs that could still write tickets: the rows that it writes carry
-- this time. Never null, because the statement that asks runs itself. Transactions that are prepared for a commit in two
-- phases have no session and are not seen; the program prepares none. A backup writes nothing, and may take hours; a login
-- that may not write tickets, nor become a role that may, is not counted. The application role may not look at the
-- sessions of the owner, as which it signs in, so the function works with the owner's rights. It tells only this time.
create function running_since() returns timestamptz
  language sql stable security definer set search_path = pg_catalog, pg_temp
  as $$
    select min(a.xact_start) from pg_stat_activity a
    where a.datname = current_database() and a.backend_type = 'client backend' and a.application_name <> 'pg_dump'
      and a.xact_start is not null
      and exists (
        select from pg_roles r
        where pg_has_role(a.usesysid, r.oid, 'member')
          and has_any_column_privilege(r.oid, 'public.tickets', 'insert, update'))
  $$;

-- Down Migration

drop function running_since();
drop index tickets_by_status_resolved_date, tickets_of_customer_resolved_date, tickets_of_technician_resolved_date,
  tickets_left_resolved_date, tickets_unanswered, tickets_of_technician_unanswered, tickets_left_unanswered;
