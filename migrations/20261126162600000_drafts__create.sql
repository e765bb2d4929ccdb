-- Up Migration

-- Texts that a person has not sent yet: one for each ticket and kind. A draft that is sent or thrown away keeps its row
-- without the text, because the next draft must not get a version that an older window still knows.
create table drafts (
  tenant_id integer not null,
  account_id text not null,
  ticket_number bigint not null,
  kind text not null,
  body text,
  version integer not null,
  updated_at timestamp(3) with time zone not null,
  constraint drafts_pkey primary key (tenant_id, account_id, ticket_number, kind),
  constraint drafts_kind_check check (kind in ('reply', 'note')),
  constraint drafts_tenant_id_fkey foreign key (tenant_id) references tenants (tenant_id),
  constraint drafts_account_fkey foreign key (tenant_id, account_id) references accounts (tenant_id, account_id),
  constraint drafts_ticket_fkey foreign key (tenant_id, ticket_number) references tickets (tenant_id, ticket_number)
);

-- The list of a person, the last changed first, and how many they have.
create index drafts_of_account on drafts (tenant_id, account_id, updated_at desc, ticket_number, kind)
  where body is not null;
-- What is old enough to be removed.
create index drafts_by_age on drafts (updated_at);

-- Down Migration

drop table drafts;
