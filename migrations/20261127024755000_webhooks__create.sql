-- Up Migration

-- The numbers of webhooks. To change the check locks out readers and writers of counters until all migrations are done.
alter table counters drop constraint counters_name_check;
alter table counters add constraint counters_name_check check (
  name in ('ticket', 'customer', 'technician', 'service', 'webhook'));
insert into counters (tenant_id, name) select t.tenant_id, 'webhook' from tenants t;

-- The endpoints that are told of events. An endpoint acts with the rights of its owner.
create table webhooks (
  tenant_id integer not null,
  webhook_number bigint not null,
  webhook_id text not null generated always as (public_id('WHK', webhook_number)) stored,
  owner_id text not null,
  url text not null,
  description text not null default '',
  -- Types of events, or beginnings of types and `*`. Null: all.
  types text[],
  includes_internal boolean not null,
  is_ordered boolean not null,
  state text not null default 'enabled',
  -- Why and since when it is disabled.
  disabled_reason text,
  disabled_at timestamp(3) with time zone,
  -- Sealed. The secret before the last rotation signs as well until `previous_until`.
  secret text not null,
  secret_at timestamp(3) with time zone not null default now(),
  previous_secret text,
  previous_until timestamp(3) with time zone,
  version integer not null default 1,
  created_at timestamp(3) with time zone not null default now(),
  updated_at timestamp(3) with time zone not null default now(),
  -- Its deliveries go in steps, then the row.
  deleted_at timestamp(3) with time zone,
  -- How many attempts in a row have failed, and since when.
  failures integer not null default 0,
  failing_since timestamp(3) with time zone,
  last_success_at timestamp(3) with time zone,
  last_failure_at timestamp(3) with time zone,
  -- When a process looks for deliveries that are due. Null: there is nothing to do, or a process is at it.
  due_at timestamp(3) with time zone,
  -- Nothing is sent before: the receiver asked for time, or is only probed.
  paused_until timestamp(3) with time zone,
  -- The process that delivers now.
  holder uuid,
  held_at timestamp(3) with time zone,
  -- The events that wait to be delivered once more are those after the first, up to the second position.
  resend_after bigint,
  resend_up_to bigint,
  constraint webhooks_pkey primary key (tenant_id, webhook_number),
  constraint webhooks_webhook_id_key unique (tenant_id, webhook_id),
  constraint webhooks_tenant_id_fkey foreign key (tenant_id) references tenants (tenant_id),
  constraint webhooks_owner_fkey foreign key (tenant_id, owner_id) references accounts (tenant_id, account_id),
  constraint webhooks_state_check check (state in ('enabled', 'disabled')),
  constraint webhooks_disabled_check check (
    (disabled_at is not null) = (state = 'disabled') and (disabled_reason is not null) = (state = 'disabled')),
  constraint webhooks_previous_check check ((previous_secret is null) = (previous_until is null)),
  constraint webhooks_resend_check check ((resend_after is null) = (resend_up_to is null))
);
create index webhooks_of_owner on webhooks (tenant_id, owner_id, webhook_number) where deleted_at is null;
-- Those whose deliveries a process looks for.
create index webhooks_due on webhooks (due_at) where due_at is not null and state = 'enabled' and deleted_at is null;
create index webhooks_held on webhooks (tenant_id) where holder is not null;
create index webhooks_deleted on webhooks (deleted_at) where deleted_at is not null;

-- A row for each endpoint and each event that it is told of. What is told stands in the event.
create table webhook_deliveries (
  tenant_id integer not null,
  webhook_number bigint not null,
  -- That of the event.
  position bigint not null,
  -- The epoch of the log when the row was written. It stays, so that a receiver knows a repetition.
  epoch text not null,
  state text not null default 'waiting',
  -- Attempts that count, since the delivery began or was begun again, and all that were ever made.
  attempts integer not null default 0,
  tries integer not null default 0,
  due_at timestamp(3) with time zone not null default now(),
  settled_at timestamp(3) with time zone,
  created_at timestamp(3) with time zone not null default now(),
  constraint webhook_deliveries_pkey primary key (tenant_id, webhook_number, position),
  constraint webhook_deliveries_tenant_id_fkey foreign key (tenant_id) references tenants (tenant_id),
  constraint webhook_deliveries_webhook_fkey foreign key (tenant_id, webhook_number)
    references webhooks (tenant_id, webhook_number),
  constraint webhook_deliveries_state_check check (state in ('waiting', 'delivered', 'failed', 'skipped')),
  constraint webhook_deliveries_settled_check check ((settled_at is null) = (state = 'waiting'))
);
-- For lists of one state, and for what waits, in its order.
create index webhook_deliveries_by_state on webhook_deliveries (tenant_id, webhook_number, state, position);
create index webhook_deliveries_by_created_at on webhook_deliveries (created_at);

-- What came of each attempt. `answer` is the beginning of what the receiver said.
create table webhook_attempts (
  tenant_id integer not null,
  webhook_number bigint not null,
  position bigint not null,
  try_number integer not null,
  attempted_at timestamp(3) with time zone not null,
  duration_ms integer not null,
  status integer,
  fault text,
  answer text,
  constraint webhook_attempts_pkey primary key (tenant_id, webhook_number, position, try_number),
  constraint webhook_attempts_tenant_id_fkey foreign key (tenant_id) references tenants (tenant_id),
  constraint webhook_attempts_delivery_fkey foreign key (tenant_id, webhook_number, position)
    references webhook_deliveries (tenant_id, webhook_number, position) on delete cascade
);

-- Down Migration

drop table webhook_attempts;
drop table webhook_deliveries;
drop table webhooks;
delete from counters where name = 'webhook';
alter table counters drop constraint counters_name_check;
alter table counters add constraint counters_name_check check (name in ('ticket', 'customer', 'technician', 'service'));
