-- Up Migration

-- Only columns with defaults and partial indexes, so that creating a ticket costs nothing more.
alter table tickets
  -- The ticket that this one is merged into. The merge is this edge only: nothing is moved or copied, and removing the edge
  -- undoes the merge.
  add column merged_into_number bigint,
  -- Each tag once, sorted.
  add column tags text[] not null default '{}',
  add constraint tickets_merged_into_fkey foreign key (tenant_id, merged_into_number)
    references tickets (tenant_id, ticket_number),
  add constraint tickets_merged_into_check check (merged_into_number <> ticket_number),
  add constraint tickets_tags_check check (cardinality(tags) <= 50);
create index tickets_merged_into on tickets (tenant_id, merged_into_number, ticket_number)
  where merged_into_number is not null;
-- For the list of merged tickets.
create index tickets_merged on tickets (tenant_id, raised_date, ticket_number)
  where merged_into_number is not null and deleted_at is null;
create index tickets_by_tag on tickets using gin (tenant_id, tags) where tags <> '{}';

-- The tags of each tenant with the number of their tickets. A tag that no ticket has stays, with 0.
create table tags (
  tenant_id integer not null references tenants,
  -- Compared by bytes, so that one index gives prefixes and the order of the list on every server.
  tag text collate "C" not null,
  ticket_count bigint not null default 0,
  primary key (tenant_id, tag),
  constraint tags_ticket_count_check check (ticket_count >= 0)
);
create index tags_in_use on tags (tenant_id, tag) where ticket_count > 0;
create index tags_by_count on tags (tenant_id, (-ticket_count), tag) where ticket_count > 0;

-- Links between tickets: `parent` (the other is its parent), `duplicate` (it is a duplicate of the other), `related`.
create table ticket_links (
  tenant_id integer not null references tenants,
  ticket_number bigint not null,
  kind text not null,
  other_number bigint not null,
  created_at timestamptz(3) not null default now(),
  created_by text not null,
  primary key (tenant_id, ticket_number, kind, other_number),
  constraint ticket_links_ticket_fkey foreign key (tenant_id, ticket_number) references tickets,
  constraint ticket_links_other_fkey foreign key (tenant_id, other_number) references tickets,
  constraint ticket_links_created_by_fkey foreign key (tenant_id, created_by) references accounts,
  constraint ticket_links_kind_check check (kind in ('parent', 'related', 'duplicate')),
  constraint ticket_links_other_check check (ticket_number <> other_number),
  -- `related` has no direction, so it is stored once.
  constraint ticket_links_related_check check (kind <> 'related' or ticket_number < other_number)
);
create unique index ticket_links_parent_key on ticket_links (tenant_id, ticket_number) where kind = 'parent';
create index ticket_links_of_other on ticket_links (tenant_id, other_number, kind, ticket_number);

-- Accounts of the staff that are told of a ticket's events. They may read the ticket.
create table ticket_watchers (
  tenant_id integer not null references tenants,
  ticket_number bigint not null,
  account_id text not null,
  primary key (tenant_id, ticket_number, account_id),
  constraint ticket_watchers_ticket_fkey foreign key (tenant_id, ticket_number) references tickets,
  constraint ticket_watchers_account_fkey foreign key (tenant_id, account_id) references accounts
);
create index ticket_watchers_of_account on ticket_watchers (tenant_id, account_id, ticket_number);

-- Down Migration

drop table ticket_watchers;
drop table ticket_links;
drop table tags;
alter table tickets
  drop column tags,
  drop column merged_into_number;
