-- Up Migration

-- All changes of accounts in one statement, which reads the table once for the checks and writes no row. It locks out
-- readers and writers of accounts until all migrations are done, so this comes late.
alter table accounts
  -- When the person of the account followed a link that was mailed to the address. Every account that exists counts as
  -- confirmed from now on. The time is the same for all, so PostgreSQL keeps it once.
  add column email_confirmed_at timestamptz(3) default now(),
  -- What the person chose; null when they chose nothing.
  add column time_zone text,
  add column language text,
  -- Goes up when all API tokens of an account end at once.
  add column api_token_version integer not null default 1,
  -- Service accounts: accounts of programs, without an address, a sign-in name and a password.
  add column kind text not null default 'person',
  alter column email drop not null,
  alter column sign_in_name drop not null,
  -- A technician can become an admin, and a technician again, under the same number. So a CUS number is a customer's and a
  -- customer has one, a technician has a TEC number or is a program, and an account with a TEC number is a technician or
  -- an admin.
  drop constraint accounts_account_id_check,
  add constraint accounts_account_id_check check (
    (account_id ~* '^CUS[0-9]+$') = (role = 'customer')
    and (role <> 'technician' or account_id ~* '^TEC[0-9]+$' or kind = 'service')),
  add constraint accounts_kind_check check (
    case kind
      when 'person' then email is not null and sign_in_name is not null
      when 'service' then email is null and typed_email is null and sign_in_name is null and password_hash is null
        and role <> 'customer' and status <> 'invited' and account_id ~ '^SVC[0-9]+$'
      else false end),
  add constraint accounts_language_check check (language in ('en', 'de'));
alter table accounts alter column email_confirmed_at drop default;

-- Down Migration

-- Fails while a technician is an admin: make them a technician again first. Fails while there is a service account, too,
-- because events tell of it.
alter table accounts
  drop constraint accounts_language_check,
  drop constraint accounts_kind_check,
  drop constraint accounts_account_id_check,
  add constraint accounts_account_id_check check ((account_id ~* '^(CUS|TEC)[0-9]+$') = (role <> 'admin')),
  alter column sign_in_name set not null,
  alter column email set not null,
  drop column kind,
  drop column api_token_version,
  drop column language,
  drop column time_zone,
  drop column email_confirmed_at;
