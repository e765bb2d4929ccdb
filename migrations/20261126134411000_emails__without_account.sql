-- Up Migration

-- A mail to an address that registers has no account: there is none yet, or the mail must not tell whose it is.
alter table emails alter column account_id drop not null;

-- Down Migration

delete from emails where account_id is null;
alter table emails alter column account_id set not null;
