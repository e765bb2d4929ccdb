-- Up Migration

-- The links of deleted tickets, until both tickets of a link are there again. They stand apart from `ticket_links`, so
-- that no reader of links has to leave them out.
create table deleted_links (
  tenant_id integer not null references tenants,
  ticket_number bigint not null,
  kind text not null constraint deleted_links_kind_check check (kind in ('parent', 'related', 'duplicate')),
  other_number bigint not null,
  created_at timestamptz(3) not null,
  created_by text not null,
  primary key (tenant_id, ticket_number, kind, other_number),
  constraint deleted_links_ticket_fkey foreign key (tenant_id, ticket_number)
    references tickets (tenant_id, ticket_number),
  constraint deleted_links_other_fkey foreign key (tenant_id, other_number)
    references tickets (tenant_id, ticket_number),
  constraint deleted_links_created_by_fkey foreign key (tenant_id, created_by)
    references accounts (tenant_id, account_id)
);
create index deleted_links_of_other on deleted_links (tenant_id, other_number);

-- Down Migration

drop table deleted_links;
