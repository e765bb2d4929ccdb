-- Up Migration

-- Customers read the public comments of a ticket, so the index has these in their order, without the internal ones.
drop index comments_of_ticket;
create index comments_of_ticket on comments (tenant_id, ticket_number, visibility, created_at, comment_id);

-- Down Migration

drop index comments_of_ticket;
create index comments_of_ticket on comments (tenant_id, ticket_number, created_at, comment_id);
