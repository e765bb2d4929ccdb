-- Up Migration

-- One row for each mail and recipient. The text is rendered from the template and the parameters when the mail is sent or
-- read. The token of a link is made then, too, so that nothing in the table opens an account.
create table emails (
  tenant_id integer not null references tenants,
  email_id uuid not null default gen_random_uuid(),
  event_id bigint not null,
  account_id text not null,
  template text not null,
  parameters jsonb not null,
  -- Name and address as they were when the event happened.
  recipient_name text not null,
  recipient_email text not null,
  ticket_id text,
  message_id text not null,
  in_reply_to text,
  state text not null,
  attempts integer not null default 0,
  last_error text,
  created_at timestamptz(3) not null default now(),
  sent_at timestamptz(3),
  primary key (tenant_id, email_id),
  -- An event writes each mail once, even if the fan-out handles the event twice.
  constraint emails_once_key unique (tenant_id, event_id, account_id, template),
  constraint emails_event_fkey foreign key (tenant_id, event_id) references events,
  constraint emails_account_fkey foreign key (tenant_id, account_id) references accounts,
  constraint emails_state_check check (state in ('queued', 'sent', 'deferred', 'failed', 'captured')),
  constraint emails_sent_check check ((sent_at is not null) = (state = 'sent'))
);
create index emails_by_created_at on emails (tenant_id, created_at, email_id);
create index emails_by_state on emails (tenant_id, state, created_at, email_id);
create index emails_of_ticket on emails (tenant_id, ticket_id, created_at, email_id) where ticket_id is not null;
create index emails_waiting on emails (state) where state in ('queued', 'deferred');

-- Down Migration

drop table emails;
