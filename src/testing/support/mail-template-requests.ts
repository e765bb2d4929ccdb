const german = { id: ['ticket_urgent', 'de'] }

/** Valid requests of the templates of mails, by `METHOD /path`. */
export const mailTemplateRequests = {
  'GET /mail-templates': () => ({}),
  'GET /mail-templates/:template/:language': () => german,
  'PUT /mail-templates/:template/:language': () => ({
    ...german,
    body: { subject: '[{{ticket_id}}] News', text: '{{greeting}}' },
  }),
  'DELETE /mail-templates/:template/:language': () => german,
  'POST /mail-templates/:template/:language/preview': () => ({ ...german, body: {} }),
  'POST /mail-templates/:template/:language/test': () => ({ ...german, body: {} }),
}
