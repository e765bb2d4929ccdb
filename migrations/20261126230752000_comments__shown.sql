-- Up Migration

-- Lists of comments, and the last comment on a ticket, pass over deleted comments. Whoever deletes thousands on one
-- ticket must not make them slow. The index of all comments stays: writing and moving read deleted comments, too.
create index comments_shown on comments (tenant_id, ticket_number, visibility, created_at, comment_id)
  where deleted_at is null;

-- Down Migration

drop index comments_shown;
