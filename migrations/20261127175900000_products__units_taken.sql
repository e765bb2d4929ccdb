-- Up Migration

-- How many orders of the product are reserved or complete, also reservations whose time is over and that nobody has
-- ended yet. With it an index tells the products of which every unit is taken.
alter table products add column units_taken integer not null default 0;
update products p set units_taken = (
  select count(*) from orders o
  where o.tenant_id = p.tenant_id and o.product_number = p.product_number and o.status in ('reserved', 'complete'));
alter table products add column is_full boolean not null generated always as (units_taken >= units) stored;

-- Lists read the first rows of each kind, full and not: of all products, of a category, and of an owner.
create index products_of_kind on products (tenant_id, kind, is_full, product_number);
create index products_of_category on products (tenant_id, lower(category), kind, is_full, product_number);
create index products_of_owner_by_kind on products (tenant_id, owner_id, kind, is_full, product_number);
drop index products_by_kind;
drop index products_by_category;
drop index products_of_owner;
-- Reservations of a tenant whose time is over and that nobody has ended yet.
create index orders_overdue on orders (tenant_id, reserved_until) where status = 'reserved';

-- Counts in the statement that changes the order, whoever changes it. Whoever takes or frees a unit locks the product
-- before the order, so that two of them never wait for each other.
create function count_units_taken() returns trigger language plpgsql as $$
begin
  update public.products p
  set units_taken = p.units_taken + case when new.status in ('reserved', 'complete') then 1 else -1 end
  where p.tenant_id = new.tenant_id and p.product_number = new.product_number;
  return null;
end $$;
create trigger orders_unit_taken after insert on orders
  for each row when (new.status in ('reserved', 'complete')) execute function count_units_taken();
create trigger orders_unit_changed after update of status on orders
  for each row when ((old.status in ('reserved', 'complete')) <> (new.status in ('reserved', 'complete')))
  execute function count_units_taken();

-- Down Migration

drop trigger orders_unit_changed on orders;
drop trigger orders_unit_taken on orders;
drop function count_units_taken();
drop index orders_overdue;
create index products_of_owner on products (tenant_id, owner_id, product_number);
create index products_by_category on products (tenant_id, lower(category), product_number);
create index products_by_kind on products (tenant_id, kind, product_number);
drop index products_of_owner_by_kind;
drop index products_of_category;
drop index products_of_kind;
alter table products drop column is_full;
alter table products drop column units_taken;
