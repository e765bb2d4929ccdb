-- Up Migration

-- A list reads few rows, whatever its values are: for each filter by equality, and for the same with a status, an index
-- has the rows in the order of each sort. Without a status, a list reads the first rows of each of the six statuses and
-- merges them, so one index serves both. Fourteen indexes are written with each ticket, instead of seven. Building them
-- locks the table of tickets.
drop index tickets_by_category, tickets_by_priority, tickets_by_raised_date, tickets_by_status, tickets_by_updated_at,
  tickets_of_customer, tickets_of_technician;

create index tickets_by_raised_date on tickets (tenant_id, raised_date, ticket_number)
  where deleted_at is null and merged_into_number is null;
create index tickets_by_updated_at on tickets (tenant_id, updated_at, ticket_number)
  where deleted_at is null and merged_into_number is null;

-- Status, priority, and both. A list by one of the two merges the other.
create index tickets_by_status on tickets (tenant_id, status, priority_rank, raised_date, ticket_number)
  where deleted_at is null and merged_into_number is null;
create index tickets_by_status_updated_at on tickets (tenant_id, status, priority_rank, updated_at, ticket_number)
  where deleted_at is null and merged_into_number is null;
create index tickets_by_status_priority on tickets (tenant_id, status, priority_rank, ticket_number)
  where deleted_at is null and merged_into_number is null;

create index tickets_of_customer on tickets (tenant_id, customer_id, status, raised_date, ticket_number)
  where deleted_at is null and merged_into_number is null;
create index tickets_of_customer_updated_at on tickets (tenant_id, customer_id, status, updated_at, ticket_number)
  where deleted_at is null and merged_into_number is null;
create index tickets_of_customer_priority on tickets (tenant_id, customer_id, status, priority_rank, ticket_number)
  where deleted_at is null and merged_into_number is null;

create index tickets_of_technician on tickets (tenant_id, technician_id, status, raised_date, ticket_number)
  where deleted_at is null and merged_into_number is null;
create index tickets_of_technician_updated_at on tickets (tenant_id, technician_id, status, updated_at, ticket_number)
  where deleted_at is null and merged_into_number is null;
create index tickets_of_technician_priority on tickets (tenant_id, technician_id, status, priority_rank, ticket_number)
  where deleted_at is null and merged_into_number is null;

create index tickets_of_category on tickets (tenant_id, lower(issue_category), status, raised_date, ticket_number)
  where deleted_at is null and merged_into_number is null;
create index tickets_of_category_updated_at on tickets
  (tenant_id, lower(issue_category), status, updated_at, ticket_number)
  where deleted_at is null and merged_into_number is null;
create index tickets_of_category_priority on tickets
  (tenant_id, lower(issue_category), status, priority_rank, ticket_number)
  where deleted_at is null and merged_into_number is null;

-- Technicians see the unassigned tickets of their category. All new tickets are unassigned, so the indexes above have
-- them. The few that were closed or resolved without a technician are here.
create index tickets_left on tickets (tenant_id, lower(issue_category), status, raised_date, ticket_number)
  where technician_id is null and status <> 'new' and deleted_at is null and merged_into_number is null;
create index tickets_left_updated_at on tickets (tenant_id, lower(issue_category), status, updated_at, ticket_number)
  where technician_id is null and status <> 'new' and deleted_at is null and merged_into_number is null;
create index tickets_left_priority on tickets (tenant_id, lower(issue_category), status, priority_rank, ticket_number)
  where technician_id is null and status <> 'new' and deleted_at is null and merged_into_number is null;

-- For what concerns all tickets of a customer or technician, with those that are merged.
create index tickets_merged_of_customer on tickets (tenant_id, customer_id)
  where merged_into_number is not null and deleted_at is null;
create index tickets_merged_of_technician on tickets (tenant_id, technician_id)
  where merged_into_number is not null and deleted_at is null;

-- Down Migration

drop index tickets_by_raised_date, tickets_by_updated_at, tickets_by_status, tickets_by_status_updated_at,
  tickets_by_status_priority, tickets_of_customer, tickets_of_customer_updated_at, tickets_of_customer_priority,
  tickets_of_technician, tickets_of_technician_updated_at, tickets_of_technician_priority, tickets_of_category,
  tickets_of_category_updated_at, tickets_of_category_priority, tickets_left, tickets_left_updated_at,
  tickets_left_priority, tickets_merged_of_customer, tickets_merged_of_technician;
create index tickets_by_category on tickets (tenant_id, lower(issue_category), raised_date, ticket_number)
  where deleted_at is null;
create index tickets_by_priority on tickets (tenant_id, priority_rank, ticket_number) where deleted_at is null;
create index tickets_by_raised_date on tickets (tenant_id, raised_date, ticket_number) where deleted_at is null;
create index tickets_by_status on tickets (tenant_id, status, raised_date, ticket_number) where deleted_at is null;
create index tickets_by_updated_at on tickets (tenant_id, updated_at, ticket_number) where deleted_at is null;
create index tickets_of_customer on tickets (tenant_id, customer_id, raised_date, ticket_number);
create index tickets_of_technician on tickets (tenant_id, technician_id, raised_date, ticket_number);
