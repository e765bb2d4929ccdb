-- Up Migration

-- Changes that their actor may still take back, kept for a day. `before` has the members of the ticket as they were,
-- `files` the visibility of the files of the comment. The token that undoes is made from the id and is not stored.
create table undos (
  tenant_id integer not null references tenants,
  undo_id uuid not null,
  account_id text not null,
  -- The ticket whose members changed, and the ticket that the request named, which may be merged into the other.
  ticket_number bigint not null,
  asked_number bigint not null,
  version integer not null,
  -- The last event of the conversation. What came after it happened since the change.
  last_event_id bigint not null,
  before jsonb not null,
  comment_id uuid,
  files jsonb not null default '{}',
  created_at timestamptz(3) not null default now(),
  until timestamptz(3) not null,
  undone_at timestamptz(3),
  primary key (tenant_id, undo_id),
  constraint undos_account_fkey foreign key (tenant_id, account_id) references accounts,
  constraint undos_ticket_fkey foreign key (tenant_id, ticket_number) references tickets
);
create index undos_created on undos (created_at);

-- The undo that the change of a mail may be taken back by.
alter table emails add column undo_id uuid;

-- Down Migration

alter table emails drop column undo_id;
drop table undos;
