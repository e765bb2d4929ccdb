/** What only a program can follow: a call, a header, a member of a body. */
const forPrograms =
  /\b(?:GET|POST|PUT|PATCH|DELETE|HEAD) \/|\b(?:If-Match|ETag|Idempotency-Key|X-Tenant|X-Account)\b|"[a-z_]+": /

/**
 * What the API says, as far as it helps a person: the sentences of `detail` that are not for programs, else the title
 * of its code.
 */
export const forPeople = (detail: string, title: string): string => {
  if (detail !== '' && !forPrograms.test(detail)) return detail
  const sentences = detail.split(/(?<=[.!?]) /).filter((sentence) => sentence !== '' && !forPrograms.test(sentence))
  if (sentences.length > 0) return sentences.join(' ')
  return title === '' || /[.!?]$/.test(title) ? title : `${title}.`
}
