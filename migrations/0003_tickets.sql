-- Up Migration

create table tickets (
  tenant_id integer not null references tenants,
  ticket_number bigint not null,
  ticket_id text not null generated always as (public_id('TKT', ticket_number)) stored,
  subject text not null,
  issue_category text not null,
  issue_description text not null,
  priority text not null default 'normal',
  priority_rank smallint not null generated always as (
    case priority when 'urgent' then 4 when 'high' then 3 when 'normal' then 2 else 1 end
  ) stored,
  status text not null default 'new',
  customer_id text not null,
  technician_id text,
  resolution_summary text,
  raised_date timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  resolved_date timestamptz(3),
  closed_date timestamptz(3),
  deleted_at timestamptz(3),
  version integer not null default 1,
  search tsvector not null generated always as (
    to_tsvector('english', public_id('TKT', ticket_number) || ' ' || subject || ' ' || issue_category)
    || to_tsvector('english', issue_description || ' ' || coalesce(resolution_summary, ''))
  ) stored,
  primary key (tenant_id, ticket_number),
  constraint tickets_customer_fkey foreign key (tenant_id, customer_id) references customers (tenant_id, customer_id),
  constraint tickets_technician_fkey foreign key (tenant_id, technician_id)
    references technicians (tenant_id, technician_id),
  constraint tickets_priority_check check (priority in ('low', 'normal', 'high', 'urgent')),
  constraint tickets_status_check check (
    status in ('new', 'assigned', 'in_progress', 'waiting', 'resolved', 'closed')
  ),
  -- The rules of each status, so that no part of the program can write half of a status.
  constraint tickets_technician_check check (
    status in ('resolved', 'closed') or (technician_id is null) = (status = 'new')
  ),
  constraint tickets_resolved_check check ((resolved_date is not null) = (status in ('resolved', 'closed'))),
  constraint tickets_summary_check check (resolved_date is null or resolution_summary is not null),
  constraint tickets_closed_check check ((closed_date is not null) = (status = 'closed'))
);

-- One index for each list, in the order of the list.
create index tickets_by_raised_date on tickets (tenant_id, raised_date, ticket_number) where deleted_at is null;
create index tickets_by_updated_at on tickets (tenant_id, updated_at, ticket_number) where deleted_at is null;
create index tickets_by_priority on tickets (tenant_id, priority_rank, ticket_number) where deleted_at is null;
create index tickets_by_status on tickets (tenant_id, status, raised_date, ticket_number) where deleted_at is null;
create index tickets_of_customer on tickets (tenant_id, customer_id, raised_date, ticket_number);
create index tickets_of_technician on tickets (tenant_id, technician_id, raised_date, ticket_number);
create index tickets_by_category on tickets (tenant_id, lower(issue_category), raised_date, ticket_number)
  where deleted_at is null;
create index tickets_search on tickets using gin (tenant_id, search);
-- For the job that closes resolved tickets.
create index tickets_resolved on tickets (resolved_date) where status = 'resolved' and deleted_at is null;

-- Down Migration

drop table tickets;
