-- Up Migration

-- Mails to an address, to an account, and of a template, each newest first. The three indexes are written with each mail.
-- An account has mails to addresses that it no longer has, so an address is not found by its account.
create index emails_of_recipient on emails (tenant_id, lower(recipient_email), created_at, email_id);
create index emails_of_account on emails (tenant_id, account_id, created_at, email_id);
create index emails_by_template on emails (tenant_id, template, created_at, email_id);

-- Down Migration

drop index emails_of_recipient, emails_of_account, emails_by_template;
