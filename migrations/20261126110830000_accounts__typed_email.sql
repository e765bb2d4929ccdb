-- Up Migration

-- `email` is the address that mails go to and by which an account is found: its domain is in ASCII, in punycode when it
-- was typed in Unicode. `typed_email` is the address as it was typed, when it differs: people read it.
--
-- Adding a column locks out readers and writers of accounts until all migrations are done, so this comes late.
alter table accounts add column typed_email text;

-- Lists of customers are searched by the typed address, too. Few accounts have one, so the index is small.
create index accounts_typed_search on accounts using gin (tenant_id, lower(typed_email) gin_trgm_ops)
  where typed_email is not null;

-- The accounts whose address has not the form of today. Every start looks for them, and mostly there are none.
create index accounts_old_address on accounts (tenant_id, account_id) where email ~ '[^!-~]';

-- Down Migration

drop index accounts_old_address;
drop index accounts_typed_search;
alter table accounts drop column typed_email;
