-- Up Migration

-- Announced files: an address for the upload was given, and the file is not registered yet. An announcement that expires is
-- deleted, with the uploaded file.
create table attachment_uploads (
  tenant_id integer not null references tenants,
  upload_id uuid not null,
  ticket_number bigint not null,
  account_id text not null,
  file_name text not null,
  content_type text not null,
  size bigint not null,
  sha256 text not null,
  created_at timestamptz(3) not null default now(),
  expires_at timestamptz(3) not null,
  primary key (tenant_id, upload_id),
  constraint attachment_uploads_ticket_fkey foreign key (tenant_id, ticket_number) references tickets,
  constraint attachment_uploads_account_fkey foreign key (tenant_id, account_id) references accounts
);
create index attachment_uploads_of_account on attachment_uploads (tenant_id, account_id, expires_at);
create index attachment_uploads_expired on attachment_uploads (expires_at);

-- The files are in the store, under (tenant_id, attachment_id). The name is for people only; no path contains it.
create table attachments (
  tenant_id integer not null references tenants,
  attachment_id uuid not null,
  ticket_number bigint not null,
  -- The comment that has it.
  comment_id uuid,
  author_id text not null,
  file_name text not null,
  content_type text not null,
  size bigint not null,
  sha256 text not null,
  visibility text not null,
  created_at timestamptz(3) not null,
  deleted_at timestamptz(3),
  -- Since when it is known that the store does not have the file.
  missing_at timestamptz(3),
  primary key (tenant_id, attachment_id),
  constraint attachments_ticket_fkey foreign key (tenant_id, ticket_number) references tickets,
  constraint attachments_comment_fkey foreign key (tenant_id, comment_id) references comments,
  constraint attachments_author_fkey foreign key (tenant_id, author_id) references accounts,
  constraint attachments_size_check check (size > 0),
  constraint attachments_sha256_check check (sha256 ~ '^[0-9a-f]{64}$'),
  constraint attachments_visibility_check check (visibility in ('public', 'internal'))
);
create index attachments_of_ticket on attachments (tenant_id, ticket_number, created_at, attachment_id)
  where deleted_at is null;
create index attachments_of_comment on attachments (tenant_id, comment_id) where comment_id is not null;
create index attachments_missing on attachments (tenant_id, attachment_id)
  where missing_at is not null and deleted_at is null;

-- Down Migration

drop table attachments;
drop table attachment_uploads;
