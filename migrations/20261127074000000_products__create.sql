-- Up Migration

-- The numbers of products and orders. To change the check locks out readers and writers of counters until all
-- migrations are done.
alter table counters drop constraint counters_name_check;
alter table counters add constraint counters_name_check check (
  name in ('ticket', 'customer', 'technician', 'service', 'webhook', 'product', 'order'));
insert into counters (tenant_id, name)
select t.tenant_id, c.name from tenants t cross join (values ('product'), ('order')) c (name);

-- What can be ordered.
create table products (
  tenant_id integer not null,
  product_number bigint not null,
  product_id text not null generated always as (public_id('PRD', product_number)) stored,
  owner_id text not null,
  title text not null,
  kind text not null,
  category text not null,
  -- In the smallest unit of the currency, such as cents.
  price bigint not null,
  currency text not null,
  -- How many units there are: the rows of `product_units` that are not retired.
  units integer not null,
  version integer not null default 1,
  created_at timestamp(3) with time zone not null default now(),
  updated_at timestamp(3) with time zone not null default now(),
  constraint products_pkey primary key (tenant_id, product_number),
  constraint products_product_id_key unique (tenant_id, product_id),
  constraint products_tenant_id_fkey foreign key (tenant_id) references tenants (tenant_id),
  constraint products_owner_fkey foreign key (tenant_id, owner_id) references accounts (tenant_id, account_id),
  constraint products_kind_check check (kind in ('loan', 'licence', 'one_off')),
  constraint products_price_check check (price >= 0),
  constraint products_units_check check (units >= 0)
);
create index products_of_owner on products (tenant_id, owner_id, product_number);
-- Categories are compared in small letters.
create index products_by_category on products (tenant_id, lower(category), product_number);

-- The units of a product. A unit that was taken away stays as a row, because orders name it.
create table product_units (
  tenant_id integer not null,
  product_number bigint not null,
  unit_number integer not null,
  is_retired boolean not null default false,
  constraint product_units_pkey primary key (tenant_id, product_number, unit_number),
  constraint product_units_tenant_id_fkey foreign key (tenant_id) references tenants (tenant_id),
  constraint product_units_product_fkey foreign key (tenant_id, product_number)
    references products (tenant_id, product_number)
);

-- Who has which unit. Title, kind, category and price are as they were when the order was made.
create table orders (
  tenant_id integer not null,
  order_number bigint not null,
  order_id text not null generated always as (public_id('ORD', order_number)) stored,
  product_number bigint not null,
  unit_number integer not null,
  customer_id text not null,
  -- The ticket that the order raised.
  ticket_number bigint,
  title text not null,
  kind text not null,
  category text not null,
  price bigint not null,
  currency text not null,
  status text not null default 'reserved',
  reserved_until timestamp(3) with time zone not null,
  -- What the payment is called where it was made.
  reference text,
  version integer not null default 1,
  created_at timestamp(3) with time zone not null default now(),
  updated_at timestamp(3) with time zone not null default now(),
  constraint orders_pkey primary key (tenant_id, order_number),
  constraint orders_order_id_key unique (tenant_id, order_id),
  constraint orders_tenant_id_fkey foreign key (tenant_id) references tenants (tenant_id),
  constraint orders_unit_fkey foreign key (tenant_id, product_number, unit_number)
    references product_units (tenant_id, product_number, unit_number),
  constraint orders_customer_fkey foreign key (tenant_id, customer_id) references accounts (tenant_id, account_id),
  constraint orders_ticket_fkey foreign key (tenant_id, ticket_number) references tickets (tenant_id, ticket_number),
  constraint orders_status_check check (status in ('reserved', 'complete', 'cancelled', 'expired', 'returned')),
  constraint orders_returned_check check (status <> 'returned' or kind = 'loan')
);
-- No unit is with two orders at once.
create unique index orders_live_unit on orders (tenant_id, product_number, unit_number)
  where status in ('reserved', 'complete');
create index orders_of_product on orders (tenant_id, product_number, order_number);
create index orders_of_customer on orders (tenant_id, customer_id, order_number);
create index orders_of_ticket on orders (tenant_id, ticket_number) where ticket_number is not null;
create index orders_by_status on orders (tenant_id, status, order_number);
-- For what ends reservations whose job was lost.
create index orders_reserved on orders (reserved_until) where status = 'reserved';

-- Down Migration

drop table orders;
drop table product_units;
drop table products;
delete from counters where name in ('product', 'order');
alter table counters drop constraint counters_name_check;
alter table counters add constraint counters_name_check check (
  name in ('ticket', 'customer', 'technician', 'service', 'webhook'));
