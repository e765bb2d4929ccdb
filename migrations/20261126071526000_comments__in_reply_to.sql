-- Up Migration

-- The comment that a comment answers, on the same ticket. The next migration validates the reference. There is no index,
-- because comments are never deleted as rows, and answers are looked up by the answering comment only.
alter table comments
  add column in_reply_to uuid,
  add constraint comments_in_reply_to_fkey foreign key (tenant_id, in_reply_to) references comments (tenant_id, comment_id)
    not valid;

-- The Message-ID of the mail about the answered comment, when this recipient got one. in_reply_to stays the root of the
-- ticket's thread.
alter table emails add column answered_message_id text;

-- Down Migration

alter table emails drop column answered_message_id;
alter table comments drop column in_reply_to;
