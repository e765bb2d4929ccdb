-- Up Migration

-- btree_gin lets a search index lead with the tenant, pg_trgm finds a part of a name or an address by index.
-- Both are trusted extensions (PostgreSQL 13 and later): the owner of the database may create them.
create extension if not exists btree_gin;
create extension if not exists pg_trgm;

-- Everyone who can sign in, in every role. It is one table, so that a sign-in name is unique across roles and sessions,
-- password resets and events refer to one table.
create table accounts (
  tenant_id integer not null references tenants,
  account_id text not null,
  role text not null,
  sign_in_name text not null,
  email text not null,
  name text not null,
  password_hash text,
  token_version integer not null default 1,
  status text not null,
  created_at timestamptz(3) not null default now(),
  primary key (tenant_id, account_id),
  constraint accounts_role_check check (role in ('admin', 'technician', 'customer')),
  constraint accounts_status_check check (status in ('invited', 'active', 'deactivated')),
  -- A number belongs to its role, because an admin called CUS0001 could otherwise take the place of a customer.
  constraint accounts_account_id_check check ((account_id ~* '^(CUS|TEC)[0-9]+$') = (role <> 'admin')),
  -- A sign-in name that looks like an e-mail address or an account number must be the account's own, because a sign-in
  -- takes all three and must never find two accounts.
  constraint accounts_sign_in_name_check check (
    (position('@' in sign_in_name) = 0 or lower(sign_in_name) = lower(email))
    and (sign_in_name !~* '^(CUS|TEC)[0-9]+$' or upper(sign_in_name) = account_id)
  )
);
create unique index accounts_sign_in_name_key on accounts (tenant_id, lower(sign_in_name));
create unique index accounts_email_key on accounts (tenant_id, lower(email));
create index accounts_search on accounts using gin (tenant_id, lower(name || ' ' || email) gin_trgm_ops);
create index accounts_active_admins on accounts (tenant_id) where role = 'admin' and status = 'active';

create table customers (
  tenant_id integer not null references tenants,
  customer_number bigint not null,
  customer_id text not null generated always as (public_id('CUS', customer_number)) stored,
  primary key (tenant_id, customer_number),
  constraint customers_customer_id_key unique (tenant_id, customer_id),
  constraint customers_account_fkey foreign key (tenant_id, customer_id) references accounts
);

create table technicians (
  tenant_id integer not null references tenants,
  technician_number bigint not null,
  technician_id text not null generated always as (public_id('TEC', technician_number)) stored,
  phone_number text not null,
  category text not null,
  available boolean not null default true,
  primary key (tenant_id, technician_number),
  constraint technicians_technician_id_key unique (tenant_id, technician_id),
  constraint technicians_account_fkey foreign key (tenant_id, technician_id) references accounts
);
create index technicians_category on technicians (tenant_id, lower(category), technician_number);

-- Down Migration

drop table technicians;
drop table customers;
drop table accounts;
drop extension pg_trgm;
drop extension btree_gin;
