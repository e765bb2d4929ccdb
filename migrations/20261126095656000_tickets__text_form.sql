-- Up Migration

-- Text has one form: composed (Unicode NFC), without white space at both ends. Brings the rows into it that differ, and
-- writes no other row. The versions, times and events of what is changed stay, because nobody changed anything. Events
-- and mails are never written: they say what was said.
--
-- Reads every ticket and comment once: some 10 s for 200,000 tickets and 400,000 comments of which a twentieth differs.
-- This migration locks only the rows that it writes, until all migrations of the upgrade are done, so it comes first:
-- programs of the version before go on until the indexes are built after it. Texts that they write meanwhile keep
-- their form.

-- The functions and the table are dropped at the end. (A temporary one would leave its schema behind.)
--
-- What `trim` of JavaScript removes.
create function form_white_space() returns text language sql immutable return
  U&'\0009\000A\000B\000C\000D\0020\00A0\1680\2000\2001\2002\2003\2004\2005\2006\2007\2008\2009\200A\2028\2029\202F\205F\3000\FEFF';

create function form_text(given text) returns text language sql immutable return
  btrim(normalize(given, nfc), form_white_space());

-- ASCII is composed, and most text is ASCII. To ask that first makes it four times as fast.
create function form_differs(given text) returns boolean language sql immutable return
  (octet_length(given) <> char_length(given) and given is not nfc normalized)
  or given <> btrim(given, form_white_space());

-- To compose a text can make it longer, and to trim it can leave nothing. A text that its form would make empty or too
-- long stays as it is. No program has written such rows.
create function form_fits(given text, longest integer) returns boolean language sql immutable return
  form_differs(given) and char_length(form_text(given)) between 1 and longest;

create function form_within(given text, longest integer) returns text language sql immutable return
  case when form_fits(given, longest) then form_text(given) else given end;

update tenants set name = form_text(name) where form_fits(name, 100);
update accounts set name = form_text(name) where form_fits(name, 100);
update technicians set category = form_within(category, 60), phone_number = form_within(phone_number, 40)
  where form_fits(category, 60) or form_fits(phone_number, 40);
update comments set body = form_text(body) where form_fits(body, 10000);

-- In the names of files, characters that turn the direction of text are left out, too.
create function form_file_name(given text) returns text language sql immutable return
  form_text(translate(given, U&'\061C\200E\200F\202A\202B\202C\202D\202E\2066\2067\2068\2069', ''));
update attachments set file_name = form_file_name(file_name)
  where octet_length(file_name) <> char_length(file_name) and file_name <> form_file_name(file_name);
update attachment_uploads set file_name = form_file_name(file_name)
  where octet_length(file_name) <> char_length(file_name) and file_name <> form_file_name(file_name);

-- Tags are in lower case as well.
create function form_tag(given text) returns text language sql immutable return
  normalize(lower(form_text(given)), nfc);

create table changed_tags as
  select g.tenant_id, g.tag as old, form_tag(g.tag) as tag from tags g where g.tag <> form_tag(g.tag);

update tickets t set
  subject = form_within(subject, 200),
  issue_category = form_within(issue_category, 60),
  issue_description = form_within(issue_description, 10000),
  resolution_summary = form_within(resolution_summary, 10000),
  close_reason = form_within(close_reason, 2000)
where form_fits(subject, 200) or form_fits(issue_category, 60) or form_fits(issue_description, 10000)
  or form_fits(resolution_summary, 10000) or form_fits(close_reason, 2000);

do $$
declare
  odd bigint;
begin
  select count(*) into odd from tickets where form_differs(subject) or form_differs(issue_category);
  if odd > 0 then
    raise warning '% tickets keep their subject or category: in its form it would be empty or too long', odd;
  end if;
end $$;

-- Equal tags become one, on each ticket and in the list of tags, whose counts are made anew.
update tickets t set tags = array(
  select distinct coalesce(c.tag, had.tag) collate "C" as tag
  from unnest(t.tags) had (tag) left join changed_tags c on c.tenant_id = t.tenant_id and c.old = had.tag order by tag)
where exists (select from changed_tags) and t.tags <> '{}'
  and t.tags && array(select c.old from changed_tags c where c.tenant_id = t.tenant_id);

insert into tags (tenant_id, tag, ticket_count)
select c.tenant_id, c.tag, (
  select count(*) from tickets t
  where t.tenant_id = c.tenant_id and t.tags @> array[c.tag] and t.tags <> '{}' and t.deleted_at is null)
from (select distinct d.tenant_id, d.tag from changed_tags d) c
on conflict (tenant_id, tag) do update set ticket_count = excluded.ticket_count;

delete from tags g using changed_tags c where g.tenant_id = c.tenant_id and g.tag = c.old;

drop table changed_tags;
drop function form_tag, form_file_name, form_within, form_fits, form_differs, form_text, form_white_space;

-- Down Migration

-- The form stays: the version before reads it as well.
