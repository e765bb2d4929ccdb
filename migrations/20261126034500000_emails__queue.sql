-- Up Migration

-- Mails are claimed and settled in batches.
alter table emails
  -- When the mail is due. Of a tenant's mails that are due, the earliest comes first. Null: a job of an earlier version of
  -- the program hands the mail over.
  add column due_at timestamptz(3),
  -- How often a process died while it had the mail in hand.
  add column deaths smallint not null default 0,
  -- The SHA-256 of the text that the mail server took, with the secrets of links masked. Null when no text was taken, or
  -- by an earlier version.
  add column text_sha256 bytea,
  -- When a person had the mail sent again. A mail is given up four days after that.
  add column resent_at timestamptz(3),
  drop constraint emails_state_check,
  add constraint emails_state_check
    check (state in ('queued', 'sent', 'deferred', 'failed', 'captured', 'cancelled'));

drop index emails_waiting;
create index emails_waiting on emails (tenant_id, due_at, event_id) include (state)
  where state in ('queued', 'deferred');
-- Mails that may have killed a process are handed over one at a time.
create index emails_suspect on emails (due_at) where state in ('queued', 'deferred') and deaths > 0;
-- For lists of tickets that have a failed mail.
create index emails_failed on emails (tenant_id, ticket_id) where state = 'failed';

-- The mails that a process has in hand. A row is deleted in the statement that settles its mail.
create table email_claims (
  tenant_id integer not null references tenants,
  email_id uuid not null,
  -- `process_id` of `worker_processes`.
  holder uuid not null,
  -- The mail is a suspect, and no other suspect may be in hand at the same time.
  is_suspect boolean not null,
  claimed_at timestamptz(3) not null default now(),
  primary key (tenant_id, email_id),
  constraint email_claims_email_fkey foreign key (tenant_id, email_id) references emails on delete cascade
);
create unique index email_claims_one_suspect on email_claims (tenant_id) where is_suspect;

-- Down Migration

drop table email_claims;
drop index emails_failed;
drop index emails_suspect;
drop index emails_waiting;
update emails set state = 'failed', last_error = coalesce(last_error, 'Cancelled.') where state = 'cancelled';
alter table emails
  drop constraint emails_state_check,
  add constraint emails_state_check check (state in ('queued', 'sent', 'deferred', 'failed', 'captured')),
  drop column resent_at,
  drop column text_sha256,
  drop column deaths,
  drop column due_at;
create index emails_waiting on emails (state) where state in ('queued', 'deferred');
