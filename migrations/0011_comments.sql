-- Up Migration

-- The time of the first public comment of the staff, and the closed ticket that this one follows. The index is only for that
-- foreign key.
alter table tickets
  add column first_response_at timestamptz(3),
  add column follow_up_of_number bigint,
  add constraint tickets_follow_up_fkey foreign key (tenant_id, follow_up_of_number) references tickets;
create index tickets_follow_ups on tickets (tenant_id, follow_up_of_number) where follow_up_of_number is not null;

-- The comments on tickets. The id does not tell how many comments there are, because customers must not learn the number of
-- internal ones. Within a ticket, created_at never goes backwards, so it is the order of the comments.
create table comments (
  tenant_id integer not null references tenants,
  comment_id uuid not null,
  ticket_number bigint not null,
  author_id text not null,
  visibility text not null,
  body text not null,
  created_at timestamptz(3) not null,
  edited_at timestamptz(3),
  deleted_at timestamptz(3),
  primary key (tenant_id, comment_id),
  constraint comments_ticket_fkey foreign key (tenant_id, ticket_number) references tickets,
  constraint comments_author_fkey foreign key (tenant_id, author_id) references accounts,
  constraint comments_visibility_check check (visibility in ('public', 'internal'))
);
create index comments_of_ticket on comments (tenant_id, ticket_number, created_at, comment_id);

-- Down Migration

drop table comments;
alter table tickets drop column follow_up_of_number, drop column first_response_at;
