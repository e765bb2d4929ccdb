-- Up Migration

-- The deletion of a tenant removes comments by the batch. Without this index each comment would look for its answers
-- among all that are left.
create index comments_answered on comments (tenant_id, in_reply_to) where in_reply_to is not null;

-- Down Migration

drop index comments_answered;
