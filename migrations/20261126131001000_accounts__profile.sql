-- Up Migration

-- When the person of the account followed a link that was mailed to the address. Every account that exists counts as
-- confirmed from now on. The time is the same for all, so PostgreSQL keeps it once and writes no row.
--
-- Adding a column locks out readers and writers of accounts until all migrations are done, so this comes late. The check
-- reads accounts once.
alter table accounts add column email_confirmed_at timestamptz(3) default now();
alter table accounts alter column email_confirmed_at drop default;

-- What the person chose; null when they chose nothing.
alter table accounts
  add column time_zone text,
  add column language text constraint accounts_language_check check (language in ('en', 'de'));

-- Down Migration

alter table accounts
  drop column language,
  drop column time_zone,
  drop column email_confirmed_at;
