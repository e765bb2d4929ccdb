-- Up Migration

-- A list of some statuses, or of some kinds, reads the first rows of each of them.
create index orders_of_product_by_status on orders (tenant_id, product_number, status, order_number);
create index orders_of_customer_by_status on orders (tenant_id, customer_id, status, order_number);
create index products_by_kind on products (tenant_id, kind, product_number);

-- Products are found by a part of their title or number, in lower case.
create index products_called on products using gin (tenant_id, lower(title || ' ' || product_id) gin_trgm_ops);

-- Down Migration

drop index products_called;
drop index products_by_kind;
drop index orders_of_customer_by_status;
drop index orders_of_product_by_status;
