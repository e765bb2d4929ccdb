-- Up Migration

-- Since when a technician, or a service account, has their category. Who has a category only now has not seen the tickets
-- that left its queue before, so the feed does not name these tickets. What is there before this version counts from now:
-- one time for all, so that PostgreSQL keeps it once and no table is written anew.
alter table technicians add column category_since timestamp(3) with time zone not null default now();
alter table technicians alter column category_since set default clock_timestamp();
alter table service_accounts add column category_since timestamp(3) with time zone not null default now();
alter table service_accounts alter column category_since set default clock_timestamp();

-- Since when an account watches a ticket. Who watches only now has not seen what was taken out of the conversation before.
alter table ticket_watchers add column watched_since timestamp(3) with time zone not null default now();
alter table ticket_watchers alter column watched_since set default clock_timestamp();

-- Down Migration

alter table ticket_watchers drop column watched_since;
alter table service_accounts drop column category_since;
alter table technicians drop column category_since;
