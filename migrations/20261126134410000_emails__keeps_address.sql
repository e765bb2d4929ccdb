-- Up Migration

-- Whether a mail goes to `recipient_email`, whatever address its account has when the mail is sent: to the address that
-- an account had before, or to one that it does not have yet. All other mails go to the address of their account.
--
-- Adding a column locks out readers and writers of emails until all migrations are done, so this comes late.
alter table emails add column keeps_address boolean not null default false;

-- Down Migration

alter table emails drop column keeps_address;
