-- Up Migration

-- What a tenant wrote in place of a built-in mail, for each language. Without a row, or with a row without texts, the
-- built-in mail is sent. The row stays when the texts are taken away, so that its version goes on.
create table mail_templates (
  tenant_id integer not null,
  template text not null,
  language text not null,
  subject text,
  text text,
  version integer not null default 1,
  updated_at timestamptz(3) not null default now(),
  updated_by text not null,
  constraint mail_templates_pkey primary key (tenant_id, template, language),
  constraint mail_templates_tenant_id_fkey foreign key (tenant_id) references tenants (tenant_id),
  constraint mail_templates_updated_by_fkey foreign key (tenant_id, updated_by) references accounts (tenant_id, account_id),
  constraint mail_templates_language_check check (language in ('en', 'de')),
  constraint mail_templates_texts_check check ((subject is null) = (text is null))
);

-- The language of a mail, which is decided when the mail is written. Null: an earlier version wrote it, in English.
alter table emails
  add column language text,
  add constraint emails_language_check check (language in ('en', 'de'));

-- Down Migration

alter table emails drop column language;
drop table mail_templates;
