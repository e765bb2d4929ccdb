-- Up Migration

-- When a clean-up removed the parameters of an old mail, and with them all texts that the mail quotes.
alter table emails add parameters_blanked_at timestamptz(3);
-- For that clean-up. Mails that wait are not in the index, so each mail enters the index once, when it is settled.
create index emails_not_blanked on emails (created_at)
  where parameters_blanked_at is null and state not in ('queued', 'deferred');

-- Down Migration

drop index emails_not_blanked;
alter table emails drop parameters_blanked_at;
