-- Up Migration

-- What people are told in the console: a row for each event and each person who is told of it. What happened stands in
-- the event. Rows are kept for 90 days.
create table notifications (
  tenant_id integer not null,
  -- That of the event. Positions are given in the order in which rows come, so nothing comes before what was seen.
  position bigint not null,
  account_id text not null,
  kind text not null,
  reason text not null,
  ticket_number bigint,
  -- The change of the event can be taken back by this undo, and then the row goes.
  undo_id uuid,
  read_at timestamp(3) with time zone,
  created_at timestamp(3) with time zone not null default now(),
  constraint notifications_pkey primary key (tenant_id, position, account_id),
  constraint notifications_tenant_id_fkey foreign key (tenant_id) references tenants (tenant_id),
  constraint notifications_account_fkey foreign key (tenant_id, account_id) references accounts (tenant_id, account_id)
);
-- The two parts of a list, each newest first: what is unread, and what is read; of all kinds, or of one.
create index notifications_unread on notifications (tenant_id, account_id, position) where read_at is null;
create index notifications_read on notifications (tenant_id, account_id, position) where read_at is not null;
create index notifications_unread_kind on notifications (tenant_id, account_id, kind, position) where read_at is null;
create index notifications_read_kind on notifications (tenant_id, account_id, kind, position) where read_at is not null;
create index notifications_of_undo on notifications (tenant_id, undo_id) where undo_id is not null;
create index notifications_by_created_at on notifications (created_at);

-- Down Migration

drop table notifications;
