-- Up Migration

-- Reads the table once, and writes nothing: no comment of before answers another.
alter table comments validate constraint comments_in_reply_to_fkey;

-- Down Migration

alter table comments
  drop constraint comments_in_reply_to_fkey,
  add constraint comments_in_reply_to_fkey foreign key (tenant_id, in_reply_to) references comments (tenant_id, comment_id)
    not valid;
